package handlers

import (
	"bytes"
	"compress/gzip"
	"strings"

	"github.com/labstack/echo/v4"

	"wenda/handlers/web"
)

// packedFrom is the size in bytes from which packing is worth it.
const packedFrom = 1024

// packed replies with body, compressed where the client takes gzip and the body is large enough. Streams never pass here: they are
// written event by event. Pages hold no secret that a guess in the question could help to read (BREACH): residents have no session.
func (s *Server) packed(c echo.Context, status int, kind string, body []byte) error {
	c.Response().Header().Add("Vary", "Accept-Encoding")
	if len(body) < packedFrom || !takesGzip(c) {
		return c.Blob(status, kind, body)
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := z.Write(body); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentEncoding, "gzip")
	return c.Blob(status, kind, b.Bytes())
}

// file replies with an asset, in the form packed when the program started where there is one.
func (s *Server) file(c echo.Context, a web.Asset) error {
	c.Response().Header().Add("Vary", "Accept-Encoding")
	body := a.Body
	if a.Packed != nil && takesGzip(c) {
		c.Response().Header().Set(echo.HeaderContentEncoding, "gzip")
		body = a.Packed
	}
	return c.Blob(200, a.Type, body)
}

// takesGzip reads Accept-Encoding: gzip, unless it is refused by q=0.
func takesGzip(c echo.Context) bool {
	for _, part := range strings.Split(c.Request().Header.Get(echo.HeaderAcceptEncoding), ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q := strings.ReplaceAll(strings.TrimSpace(params), " ", "")
			return q != "q=0" && !strings.HasPrefix(q, "q=0.0")
		}
	}
	return false
}
