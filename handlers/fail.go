package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"wenda/handlers/contract"
)

// fail writes the reply of an error: JSON to programs, a page to people. A stream that has begun says it by an event itself.
func (s *Server) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	p := problemOf(err)
	if p.Status == contract.ClientGone {
		c.Response().Status = p.Status
		return
	}
	if p.RetryAfter > 0 {
		c.Response().Header().Set(echo.HeaderRetryAfter, contract.RetryAfter(p.RetryAfter))
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	if c.Request().Method == http.MethodHead {
		err = c.NoContent(p.Status)
	} else if speaksJSON(c.Request().URL.Path) {
		err = c.JSON(p.Status, p.Body(requestID(c)))
	} else {
		err = s.errorPage(c, p)
	}
	if err != nil {
		s.log.Warn("write error reply", "error", err, "request_id", requestID(c))
	}
}

// speaksJSON tells paths that programs call from those that people open.
func speaksJSON(path string) bool {
	return path == "/api" || strings.HasPrefix(path, "/api/") || path == "/healthz" || path == "/readyz" || path == "/metrics"
}
