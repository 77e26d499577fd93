package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// A Script converts between simplified and traditional characters. Both directions keep what is not Chinese, so that JSON and HTML stay
// what they are. It must be safe for concurrent use. *corpus/script.Converter is one.
type Script interface {
	ToTraditional(text string) string
	ToSimplified(text string) string
}

// inScript converts what programs get when Accept-Language is exactly zh-Hant or zh-Hans, as our pages send it: whole replies, with
// titles, quotes, messages and stages, since our pages show all of these. Everybody else gets texts as they are: browsers' own lists of
// languages have more than one entry or a region.
func (s *Server) inScript(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		var convert func(string) string
		switch c.Request().Header.Get("Accept-Language") {
		case "zh-Hant":
			convert = s.deps.Script.ToTraditional
		case "zh-Hans":
			convert = s.deps.Script.ToSimplified
		}
		if convert == nil || !strings.HasPrefix(c.Request().URL.Path, "/api/v1/") {
			return next(c)
		}
		c.Response().Writer = &converting{c.Response().Writer, convert}
		return next(c)
	}
}

// converting converts each write by itself: handlers write a whole reply, or a whole event of a stream, at once.
type converting struct {
	http.ResponseWriter
	convert func(string) string
}

// Write implements io.Writer: it reports the bytes of p, whatever they became.
func (w *converting) Write(p []byte) (int, error) {
	if _, err := w.ResponseWriter.Write([]byte(w.convert(string(p)))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Unwrap lets http.ResponseController reach the connection.
func (w *converting) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// asIs is a Script for servers without tables.
type asIs struct{}

func (asIs) ToTraditional(text string) string { return text }
func (asIs) ToSimplified(text string) string  { return text }
