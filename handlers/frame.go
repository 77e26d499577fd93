package handlers

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

// A frame is what layout.html reads, on every page.
type frame struct {
	Portal      string
	Title       string
	Description string // for search engines and previews of links
	Display     display
	Path        string // where the display's forms lead back to: a GET of this page, without a question being asked again where possible
	Here        string // absolute address, for previews of links; empty where there is nothing to preview
	Picture     string // absolute address of the picture of previews
	Hidden      bool   // not for search engines
	Bare        bool   // in a frame beside an answer: neither header nor footer
	Widget      bool   // in a frame on another site
	Style       bool   // /style is there
}

// frame makes the part that all pages have.
func (s *Server) frame(c echo.Context, title string) frame {
	r := c.Request()
	f := frame{Portal: s.cfg.Portal, Title: title, Display: displayOf(r), Path: "/", Style: s.cfg.Development,
		Description: s.cfg.Portal + "智能问答：根据公开文件回答居民的问题，每句话都附出处。"}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		f.Path = r.URL.RequestURI()
	}
	f.Here = s.origin(r) + r.URL.Path
	f.Picture = s.origin(r) + "/icon-512.png"
	f.Bare = r.URL.Query().Get("bare") == "1"
	return f
}

// origin is ours as the client sees it. The host is the client's own claim: it is only ever given back to it.
func (s *Server) origin(r *http.Request) string {
	u := url.URL{Scheme: "http", Host: r.Host}
	if s.cfg.TLS {
		u.Scheme = "https"
	}
	return strings.TrimSuffix(u.String(), "/")
}

// page renders one, in the script that the resident chose. The browser may keep it for going back, and must ask before it shows it as new.
func (s *Server) page(c echo.Context, status int, name string, model any) error {
	var b strings.Builder
	if err := s.pages.Render(&b, name, model, displayOf(c.Request()).Hant()); err != nil {
		return err
	}
	h := c.Response().Header()
	if status < http.StatusBadRequest {
		h.Set("Cache-Control", "private, no-cache")
	}
	h.Add("Vary", "Cookie")
	return s.packed(c, status, echo.MIMETextHTMLCharsetUTF8, []byte(b.String()))
}
