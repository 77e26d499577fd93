package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
)

//go:embed templates/*.html
var templateFiles embed.FS

// Pages renders pages. It is immutable and safe for concurrent use.
type Pages struct {
	pages  map[string]*template.Template
	assets *assets
}

// names of the pages; each is templates/NAME.html over layout.html and answer.html.
var names = []string{"home", "answer_page", "document", "error"}

// New loads templates and assets; an error means that this binary is broken.
func New() (*Pages, error) {
	a, err := loadAssets()
	if err != nil {
		return nil, err
	}
	p := &Pages{pages: map[string]*template.Template{}, assets: a}
	for _, name := range names {
		t, err := template.New("layout.html").Funcs(template.FuncMap{"asset": a.url}).
			ParseFS(templateFiles, "templates/layout.html", "templates/answer.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", name, err)
		}
		p.pages[name] = t
	}
	return p, nil
}

// Render writes the page with this name; model is what its template reads. Nothing is written when the template fails.
func (p *Pages) Render(w io.Writer, name string, model any) error {
	t, ok := p.pages[name]
	if !ok {
		return fmt.Errorf("no page %q", name)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, model); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	_, err := b.WriteTo(w)
	return err
}

// Asset returns a file by its hashed name (without /assets/).
func (p *Pages) Asset(hashed string) (Asset, bool) {
	a, ok := p.assets.byHashed[hashed]
	return a, ok
}

// URL is the address of an asset by its plain name (style.css), for pages of other packages.
func (p *Pages) URL(name string) (string, error) { return p.assets.url(name) }
