package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

//go:embed assets/*
var assetFiles embed.FS

// An Asset is a file as it is served.
type Asset struct {
	Hashed string // name.HASH.ext
	Type   string // media type
	Body   []byte // not to be changed
	Packed []byte // Body compressed by gzip; nil where that saves nothing
}

type assets struct {
	convert  func(string) string // of the words in scripts; nil leaves them
	byName   map[string]Asset    // style.css
	byHashed map[string]Asset    // style.0a1b2c3d4e.css
	imports  map[string][]string // of a script: the names of all that it imports, and that these import
}

// moduleImport finds the imports of our modules: from "./answer.js".
var moduleImport = regexp.MustCompile(`(from\s+")\./([a-z_]+\.js)(")`)

// loadAssets reads all assets. convert turns the Chinese words in scripts into another script of Chinese; nil leaves them.
func loadAssets(convert func(string) string) (*assets, error) {
	entries, err := assetFiles.ReadDir("assets")
	if err != nil {
		return nil, fmt.Errorf("read assets: %w", err)
	}
	a := &assets{convert: convert, byName: map[string]Asset{}, byHashed: map[string]Asset{}, imports: map[string][]string{}}
	for _, e := range entries {
		if _, err := a.load(e.Name(), nil); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// load hashes a file after the files that it imports, since their hashed names stand in it. above are the modules that led here.
func (a *assets) load(name string, above []string) (Asset, error) {
	if done, ok := a.byName[name]; ok {
		return done, nil
	}
	for _, n := range above {
		if n == name {
			return Asset{}, fmt.Errorf("assets import each other: %s", strings.Join(append(above, name), " > "))
		}
	}
	body, err := assetFiles.ReadFile("assets/" + name)
	if err != nil {
		return Asset{}, fmt.Errorf("asset %s: %w", name, err)
	}
	kind, ok := map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}[path.Ext(name)]
	if !ok {
		return Asset{}, fmt.Errorf("asset %s: no media type is known for it", name)
	}
	if path.Ext(name) == ".js" {
		if a.convert != nil {
			body = []byte(a.convert(string(body)))
		}
		for _, m := range moduleImport.FindAllStringSubmatch(string(body), -1) {
			if _, err := a.load(m[2], append(above, name)); err != nil {
				return Asset{}, err
			}
			for _, n := range append([]string{m[2]}, a.imports[m[2]]...) {
				if !slices.Contains(a.imports[name], n) {
					a.imports[name] = append(a.imports[name], n)
				}
			}
		}
		body = moduleImport.ReplaceAllFunc(body, func(b []byte) []byte {
			m := moduleImport.FindStringSubmatch(string(b))
			return []byte(m[1] + "./" + a.byName[m[2]].Hashed + m[3])
		})
	}
	sum := sha256.Sum256(body)
	base := strings.TrimSuffix(name, path.Ext(name))
	out := Asset{Hashed: base + "." + hex.EncodeToString(sum[:5]) + path.Ext(name), Type: kind, Body: body, Packed: pack(body)}
	a.byName[name], a.byHashed[out.Hashed] = out, out
	return out, nil
}

// pack compresses as well as gzip can: once, when the program starts.
func pack(body []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	_, _ = z.Write(body)                                  // a buffer takes everything
	_ = z.Close()
	if b.Len() >= len(body) {
		return nil
	}
	return b.Bytes()
}

// url is the address of an asset, for templates; an unknown name is a mistake in a template.
func (a *assets) url(name string) (string, error) {
	f, ok := a.byName[name]
	if !ok {
		return "", fmt.Errorf("no asset %q", name)
	}
	return "/assets/" + f.Hashed, nil
}

// preload are the addresses of all that a script imports, so that browsers need not find them out one by one.
func (a *assets) preload(name string) ([]string, error) {
	if _, err := a.url(name); err != nil {
		return nil, err
	}
	var out []string
	for _, n := range a.imports[name] {
		out = append(out, "/assets/"+a.byName[n].Hashed)
	}
	return out, nil
}
