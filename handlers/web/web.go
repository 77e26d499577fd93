package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"sync"
)

//go:embed templates/*.html
var templateFiles embed.FS

// Pages renders pages. It is immutable and safe for concurrent use.
type Pages struct {
	simple      pageSet
	traditional pageSet
	convert     func(string) string
	icons       func() map[string][]byte // draws once, when first asked
}

// A pageSet is the pages in one script of Chinese, with the assets that they name.
type pageSet struct {
	pages  map[string]*template.Template
	assets *assets
}

// names of the pages; each is templates/NAME.html over layout.html and answer.html.
var names = []string{"home", "answer_page", "document", "error", "settings", "about", "privacy", "accessibility", "style", "widget", "demo"}

// New loads templates and assets; an error means that this binary is broken. traditional turns simplified into traditional characters and
// leaves everything else as it is; nil leaves all.
func New(traditional func(string) string) (*Pages, error) {
	if traditional == nil {
		traditional = func(text string) string { return text }
	}
	p := &Pages{convert: traditional, icons: sync.OnceValue(drawIcons)}
	var err error
	if p.simple, err = loadSet(nil); err != nil {
		return nil, err
	}
	if p.traditional, err = loadSet(traditional); err != nil {
		return nil, err
	}
	return p, nil
}

func loadSet(convert func(string) string) (pageSet, error) {
	a, err := loadAssets(convert)
	if err != nil {
		return pageSet{}, err
	}
	set := pageSet{pages: map[string]*template.Template{}, assets: a}
	for _, name := range names {
		t, err := template.New("layout.html").Funcs(template.FuncMap{"asset": a.url, "preload": a.preload, "chosen": chosen}).
			ParseFS(templateFiles, "templates/layout.html", "templates/answer.html", "templates/"+name+".html")
		if err != nil {
			return pageSet{}, fmt.Errorf("template %s: %w", name, err)
		}
		set.pages[name] = t
	}
	return set, nil
}

// A choice is one button of a display setting.
type choice struct {
	Value, Text string
	Pressed     bool
}

func chosen(value, text, now string) choice { return choice{value, text, value == now} }

// Render writes the page with this name; model is what its template reads, hant asks for traditional characters. The whole page is converted,
// so that nothing is forgotten; what must not be stands in it as character references (&#31616; is the first of the switch's own label).
// Addresses are safe: templates write Chinese in them as percent escapes. Nothing is written when the template fails.
func (p *Pages) Render(w io.Writer, name string, model any, hant bool) error {
	set := p.simple
	if hant {
		set = p.traditional
	}
	t, ok := set.pages[name]
	if !ok {
		return fmt.Errorf("no page %q", name)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, model); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	if hant {
		_, err := io.WriteString(w, p.convert(b.String()))
		return err
	}
	_, err := b.WriteTo(w)
	return err
}

// Asset returns a file by its hashed name (without /assets/).
func (p *Pages) Asset(hashed string) (Asset, bool) {
	if a, ok := p.simple.assets.byHashed[hashed]; ok {
		return a, true
	}
	a, ok := p.traditional.assets.byHashed[hashed]
	return a, ok
}

// Named returns a file by its name in assets/, in simplified characters: for the few that others address without a hash.
func (p *Pages) Named(name string) (Asset, bool) {
	a, ok := p.simple.assets.byName[name]
	return a, ok
}

// Icon returns a drawn icon (PNG) by its path, as /icon-192.png.
func (p *Pages) Icon(path string) ([]byte, bool) {
	png, ok := p.icons()[path]
	return png, ok
}

// IconPaths lists the paths of Icon.
func IconPaths() []string { return []string{"/icon-180.png", "/icon-192.png", "/icon-512.png"} }

// URL is the address of an asset by its plain name, in simplified characters, for pages that other packages make: staff's use the same
// style.css, with its tokens and components.
func (p *Pages) URL(name string) (string, error) { return p.simple.assets.url(name) }
