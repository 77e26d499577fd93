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
	return c.Blob(http.StatusOK, a.Type, a.Body)
}
