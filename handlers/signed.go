package handlers

import (
	"bytes"
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"wenda/handlers/signed"
)

const signedKey = "signed_by"

// signedBy is the name of the key that the request was signed with; empty for the others.
func signedBy(c echo.Context) string {
	name, _ := c.Get(signedKey).(string)
	return name
}

// signed lets programs in that sign their requests. They are limited by their key and not by their address: a server asks for many
// people. Whoever is refused is limited by the address, and learns nothing but that; the log says why.
func (s *Server) signed(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		body, err := io.ReadAll(http.MaxBytesReader(c.Response().Writer, r.Body, s.cfg.BodyBytes))
		if err != nil {
			return bodyProblem(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		name, err := s.deps.Signed.Verify(r.Context(), r, body, func(name string) error {
			if s.cfg.LimitsOff {
				return nil
			}
			if wait := s.keys.Take(name); wait > 0 {
				s.metrics.limited("key")
				return problemLimit.In(wait)
			}
			return nil
		})
		var refused *signed.Refused
		if errors.As(err, &refused) {
			s.metrics.limited("signature")
			if err := s.admit(c); err != nil {
				return err
			}
			return problemSigned.Because(err)
		}
		if err != nil {
			return err
		}
		c.Set(signedKey, name)
		return next(c)
	}
}
