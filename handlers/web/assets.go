package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"strings"
)

//go:embed assets/*
var assetFiles embed.FS

// An Asset is a file as it is served.
type Asset struct {
	Hashed string // name.HASH.ext
	Type   string // media type
	Body   []byte // not to be changed
}

type assets struct {
	byName   map[string]Asset // style.css
	byHashed map[string]Asset // style.0a1b2c3d4e.css
}

// moduleImport finds the imports of our modules: from "./answer.js".
var moduleImport = regexp.MustCompile(`(from\s+")\./([a-z_]+\.js)(")`)

func loadAssets() (*assets, error) {
	entries, err := assetFiles.ReadDir("assets")
	if err != nil {
		return nil, fmt.Errorf("read assets: %w", err)
	}
	a := &assets{byName: map[string]Asset{}, byHashed: map[string]Asset{}}
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
		for _, m := range moduleImport.FindAllStringSubmatch(string(body), -1) {
			if _, err := a.load(m[2], append(above, name)); err != nil {
				return Asset{}, err
			}
		}
		body = moduleImport.ReplaceAllFunc(body, func(b []byte) []byte {
			m := moduleImport.FindStringSubmatch(string(b))
			return []byte(m[1] + "./" + a.byName[m[2]].Hashed + m[3])
		})
	}
	sum := sha256.Sum256(body)
	base := strings.TrimSuffix(name, path.Ext(name))
	out := Asset{Hashed: base + "." + hex.EncodeToString(sum[:5]) + path.Ext(name), Type: kind, Body: body}
	a.byName[name], a.byHashed[out.Hashed] = out, out
	return out, nil
}

// url is the address of an asset, for templates; an unknown name is a mistake in a template.
func (a *assets) url(name string) (string, error) {
	f, ok := a.byName[name]
	if !ok {
		return "", fmt.Errorf("no asset %q", name)
	}
	return "/assets/" + f.Hashed, nil
}
