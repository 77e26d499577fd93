package staff

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"

	"wenda/corpus"
	"wenda/handlers/web"
	"wenda/rag"
	"wenda/store"
)

//go:embed templates/*.html assets/*
var files embed.FS

// pages are templates and assets; immutable, safe for concurrent use.
type pages struct {
	advice    func(code string) string
	templates map[string]*template.Template
	assets    map[string]asset  // by hashed name
	urls      map[string]string // by plain name
}

type asset struct {
	kind string
	body []byte
}

// A page is what layout.html reads; M is the model of the page itself.
type page struct {
	Portal  string
	Title   string
	Account store.Account // zero: nobody is signed in
	Menu    []menuItem
	CSRF    string
	Flash   string
	Path    string
	Refresh int    // seconds after which the page asks for itself again; 0: never
	Goes    string // path that the page goes on to at once; empty: it stays
	M       any
}

// newPages loads everything; an error means that this binary is broken.
func newPages(advice func(code string) string) (*pages, error) {
	p := &pages{advice: advice, templates: map[string]*template.Template{}, assets: map[string]asset{}, urls: map[string]string{}}
	if err := p.loadAssets(); err != nil {
		return nil, err
	}
	site, err := web.New(nil)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"style.css", "icon.svg"} {
		if p.urls["/"+name], err = site.URL(name); err != nil {
			return nil, err
		}
	}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	for _, file := range names {
		name := strings.TrimSuffix(path.Base(file), ".html")
		if name == "layout" || strings.HasPrefix(name, "_") {
			continue
		}
		t, err := template.New("layout.html").Funcs(p.funcs()).ParseFS(files, "templates/layout.html", "templates/_*.html", file)
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", name, err)
		}
		p.templates[name] = t
	}
	return p, nil
}

var moduleImport = regexp.MustCompile(`(from\s+")\./([a-z_]+\.js)(")`)

// loadAssets gives every file a name with the hash of its content. Modules may import those that come before them by name.
func (p *pages) loadAssets() error {
	entries, err := files.ReadDir("assets")
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		body, err := files.ReadFile("assets/" + name)
		if err != nil {
			return err
		}
		kind := map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}[path.Ext(name)]
		if kind == "" {
			return fmt.Errorf("asset %s: no media type is known for it", name)
		}
		body = moduleImport.ReplaceAllFunc(body, func(b []byte) []byte {
			m := moduleImport.FindStringSubmatch(string(b))
			return []byte(m[1] + path.Base(p.urls[m[2]]) + m[3])
		})
		sum := sha256.Sum256(body)
		hashed := strings.TrimSuffix(name, path.Ext(name)) + "." + hex.EncodeToString(sum[:5]) + path.Ext(name)
		p.assets[hashed], p.urls[name] = asset{kind, body}, "/staff/assets/"+hashed
	}
	return nil
}

func (p *pages) funcs() template.FuncMap {
	return template.FuncMap{
		"asset": func(name string) (string, error) {
			u, ok := p.urls[name]
			if !ok {
				return "", fmt.Errorf("no asset %q", name)
			}
			return u, nil
		},
		"when":    when,
		"codes":   func(what string) string { return whatText(what) },
		"roles":   store.Roles,
		"dict":    dict,
		"title":   titleOf,
		"share":   func(f float64) string { return fmt.Sprintf("%.0f%%", 100*f) },
		"status":  func(s any) string { return StatusText(rag.Status(fmt.Sprint(s))) },
		"took":    took,
		"mode":    modeText,
		"step":    stepText,
		"yesno":   yesNo,
		"outcome": func(s string) string { return nameOf(statusNames, s) },
		"manner":  func(s string) string { return nameOf(modeNames, s) },
		"channel": func(s string) string { return nameOf(channelNames, s) },
		"verdict": func(s string) string { return nameOf(feedbackNames, s) },
		"millis":  func(d time.Duration) string { return fmt.Sprintf("%.1f 毫秒", float64(d)/float64(time.Millisecond)) },
		"lines":   func(s string) []string { return strings.Split(s, "\n") },
		"inc":     func(n int) int { return n + 1 },
		"chunkof": chunkOf,
		"origin":  func(o corpus.Origin) string { return nameOf(originNames, string(o)) },
		"lacks":   func(s string) string { return nameOf(lackNames, s) },
		"subject": subjectShown,
		"called":  switchTitle,
		"advice":  p.advised,
		"flaw":    func(s string) string { return nameOf(proposalNames, s) },
		"vectors": embedderTitle,
		"ago":     func(now, then time.Time) string { return age(now.Sub(then)) },
		"breaker": breakerText,
		"seen":    switchSeen,
		"size":    bytesText,
		"percent": func(share float64) string { return fmt.Sprintf("%.0f%%", 100*share) },
		"route":   routeText,
		"rule":    ruleText,
		"reason":  reasonText,
		"near":    nearText,
		"why":     whyText,
		"wrong":   wrongField,
		"about": func(complaints []string, word string) template.HTMLAttr {
			return wrongField(strings.Contains(strings.Join(complaints, ""), word))
		},

		"casekind": func(s string) string { return nameOf(kindNames, s) },
	}
}

// wrongField marks a field that a complaint is about: the complaint of a page has the ID wrong (_parts.html).
func wrongField(is bool) template.HTMLAttr {
	if !is {
		return ""
	}
	return ` aria-invalid="true" aria-describedby="wrong"`
}

// advised writes a code for people, with what it means where that is known.
func (p *pages) advised(code string) string {
	if text := p.advice(code); text != "" {
		return text + "（" + code + "）"
	}
	return code
}

// took writes a duration for people.
func took(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%.1f毫秒", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.1f秒", d.Seconds())
}

func modeText(m rag.Mode) string {
	switch m {
	case rag.Generated:
		return "模型组织"
	case rag.Quoted:
		return "摘自原文"
	case rag.Curated:
		return "审定答案"
	case rag.Fixed:
		return "固定答复"
	}
	return string(m)
}

// stepText names a step of the engine.
func stepText(step string) string {
	if name := map[string]string{"understand": "理解", "retrieve": "检索", "decide": "判断", "compose": "组织", "verify": "核对"}[step]; name != "" {
		return name
	}
	return step
}

// yesNo writes what may be neither.
func yesNo(b *bool) string {
	switch {
	case b == nil:
		return ""
	case *b:
		return "是"
	}
	return "否"
}

// dict makes a map of names and values, for templates with several arguments.
func dict(pairs ...any) (map[string]any, error) {
	out := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		out[name] = pairs[i+1]
	}
	return out, nil
}

// when writes a time for people: China's, wherever the server stands; empty for the zero time.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(chinaDay).Format("2006-01-02 15:04:05")
}

// page shows a page.
func (v *visit) page(name, title string, model any) error {
	return v.pageAs(http.StatusOK, name, title, model)
}

func (v *visit) pageAs(status int, name, title string, model any) error {
	return v.show(status, name, page{Title: title, M: model})
}

// waiting shows a page that asks for itself again.
func (v *visit) waiting(name, title string, seconds int, model any) error {
	return v.show(http.StatusOK, name, page{Title: title, M: model, Refresh: seconds})
}

func (v *visit) show(status int, name string, p page) error {
	c := v.console
	t, ok := c.pages.templates[name]
	if !ok {
		return fmt.Errorf("no page %q", name)
	}
	p.Portal, p.Account, p.Path = c.cfg.Portal, v.account(), v.r.URL.Path
	if v.session.Hash != "" {
		p.Menu = c.menuFor(v.account().Role, v.r.URL.Path)
		var err error
		if p.Flash, err = c.store.TakeFlash(v.r.Context(), v.session.Hash); err != nil {
			c.log.Warn("flash", "error", err) // the page is worth more than its message
		}
	}
	if v.token != "" {
		p.CSRF = csrfOf(v.token)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Cache-Control", "no-store")
	v.w.WriteHeader(status)
	_, _ = b.WriteTo(v.w) // who left does not read it
	return nil
}

// to goes on to another page of the console, which shows the flash once.
func (v *visit) to(path, flash string) error {
	if flash != "" && v.session.Hash != "" {
		if err := v.console.store.SetFlash(v.r.Context(), v.session.Hash, flash); err != nil {
			return err
		}
	}
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// asset is GET /staff/assets/{name}.
func (c *Console) asset(v *visit) error {
	a, ok := c.pages.assets[v.r.PathValue("name")]
	if !ok {
		return noPage
	}
	v.w.Header().Set("Content-Type", a.kind)
	v.w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = v.w.Write(a.body)
	return nil
}

// pathOf is a pattern as an address: without the mark of an exact match.
func pathOf(pattern string) string { return strings.TrimSuffix(pattern, "{$}") }
