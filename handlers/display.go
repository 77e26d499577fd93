package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// A display is how a resident wants the pages: kept in the one cookie that residents get, read on every page, so that it works without
// scripts too. The zero value is what most have.
type display struct {
	Script string // hans or hant
	Theme  string // auto, light, dark, contrast
	Size   string // normal, large, huge
	Elder  string // off, on
}

// displayCookie holds values of displayValues joined by dots, as hant.dark.large.on; nothing that tells one resident from another.
const displayCookie = "wenda-display"

// displayValues lists what may be chosen; the first of each is the default.
func displayValues() [4][]string {
	return [4][]string{{"hans", "hant"}, {"auto", "light", "dark", "contrast"}, {"normal", "large", "huge"}, {"off", "on"}}
}

// fields are d's in the order of displayValues.
func (d *display) fields() [4]*string { return [4]*string{&d.Script, &d.Theme, &d.Size, &d.Elder} }

func defaultDisplay() display {
	var d display
	for i, f := range d.fields() {
		*f = displayValues()[i][0]
	}
	return d
}

// with returns d with the value chosen, which names its field by itself; unknown ones change nothing.
func (d display) with(value string) display {
	for i, f := range d.fields() {
		if slices.Contains(displayValues()[i], value) {
			*f = value
		}
	}
	return d
}

func (d display) String() string {
	return strings.Join([]string{d.Script, d.Theme, d.Size, d.Elder}, ".")
}

// Lang is the page's language tag.
func (d display) Lang() string {
	if d.Hant() {
		return "zh-Hant"
	}
	return "zh-CN"
}

// Hant tells traditional characters.
func (d display) Hant() bool { return d.Script == "hant" }

// displayOf reads the cookie; ?script= wins over it, which frames on other sites need: they get no cookie.
func displayOf(r *http.Request) display {
	d := defaultDisplay()
	if c, err := r.Cookie(displayCookie); err == nil {
		for _, v := range strings.Split(c.Value, ".") {
			d = d.with(v)
		}
	}
	if v := r.URL.Query().Get("script"); slices.Contains(displayValues()[0], v) {
		d.Script = v
	}
	return d
}

// settingsView is what settings.html reads.
type settingsView struct{ frame }

func (s *Server) settings(c echo.Context) error {
	return s.page(c, http.StatusOK, "settings", settingsView{s.frame(c, "显示设置")})
}

// setSettings is POST /settings by the forms of the header: one value, kept for a year, and back to where the form stood.
func (s *Server) setSettings(c echo.Context) error {
	if err := s.parseForm(c); err != nil {
		return err
	}
	form := c.Request().PostForm
	d := displayOf(c.Request()).with(form.Get("set"))
	http.SetCookie(c.Response(), &http.Cookie{Name: displayCookie, Value: d.String(), Path: "/", MaxAge: 365 * 24 * 3600,
		SameSite: http.SameSiteLaxMode, HttpOnly: true, Secure: s.cfg.TLS})
	return c.Redirect(http.StatusSeeOther, localPath(form.Get("return")))
}

// localPath keeps a redirect on this site: a path of ours, else the first page. //host and \host would leave it.
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n") {
		return "/"
	}
	q := u.Query()
	q.Del("script") // what was chosen now wins
	u.RawQuery = q.Encode()
	return u.String()
}
