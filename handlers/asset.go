package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// asset is GET /assets/:name. Names carry the hash of their content, so that a copy is good for ever.
func (s *Server) asset(c echo.Context) error {
	a, ok := s.pages.Asset(c.Param("name"))
	if !ok {
		return problemNoPage
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	return s.file(c, a)
}

// icon is GET /icon-192.png and so on: drawn when the program starts.
func (s *Server) icon(c echo.Context) error {
	png, ok := s.pages.Icon(c.Path())
	if !ok {
		return problemNoPage
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=86400")
	return c.Blob(http.StatusOK, "image/png", png)
}
