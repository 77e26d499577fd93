package handlers

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"wenda/handlers/contract"
)

const (
	requestIDKey = "request_id"
	closedKey    = "channel_closed" // set where a page says that its channel is switched off
)

// callerRequestID is what an X-Request-ID of the client must look like to be taken over: it ends up in logs and replies.
var callerRequestID = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// identify gives the request its ID.
func (s *Server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := c.Request().Header.Get(echo.HeaderXRequestID)
		if !callerRequestID.MatchString(id) {
			var b [12]byte
			_, _ = rand.Read(b[:]) // crypto/rand never fails (Go 1.24)
			id = "r_" + hex.EncodeToString(b[:])
		}
		c.Set(requestIDKey, id)
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		return next(c)
	}
}

func requestID(c echo.Context) string {
	id, _ := c.Get(requestIDKey).(string)
	return id
}

// secure sets the headers of SECURITY.md. APIs and pages with answers are not stored by anybody; handlers of other things say so.
func (s *Server) secure(next echo.HandlerFunc) echo.HandlerFunc {
	csp := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; " +
		"form-action 'self'; manifest-src 'self'; frame-src 'self'; frame-ancestors " +
		strings.Join(append([]string{"'self'"}, s.cfg.FrameAncestors...), " ")
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Cache-Control", "no-store")
		if s.cfg.TLS {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		return next(c)
	}
}

// observe writes one log line and the metrics of a request. The line never holds a query string or a body: questions stand there.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		started := time.Now()
		err := next(c)
		if err != nil {
			c.Error(err) // writes the reply, so that the status below is the client's
		}
		r, res := c.Request(), c.Response()
		status, level, closed := res.Status, slog.LevelInfo, c.Get(closedKey) != nil
		attrs := []any{"method", r.Method, "route", route(c), "path", brief(r.URL.Path), "bytes", res.Size,
			"took_ms", time.Since(started).Milliseconds(), "address", c.RealIP(), "request_id", requestID(c)}
		if err != nil {
			p := problemOf(err)
			status, closed = p.Status, closed || p == problemClosed // of a stream that failed in mid-way too
			attrs = append(attrs, "code", p.Code)
			if p.Cause != nil {
				attrs = append(attrs, "error", p.Cause.Error())
			}
		}
		switch {
		case closed: // nothing is wrong where somebody switched off
		case status == http.StatusServiceUnavailable: // it passes: not ready yet, busy, restarting
			level = slog.LevelWarn
		case status >= 500:
			level = slog.LevelError
		}
		s.log.Log(r.Context(), level, "request", append(attrs, "status", status)...)
		s.metrics.request(r.Method, route(c), status)
		return nil
	}
}

// route is the pattern that matched, so that logs and metrics have few of them.
func route(c echo.Context) string {
	if p := c.Path(); p != "" && p != "/*" {
		return p
	}
	return "none"
}

// recoverPanics turns a panic into an error; the stack goes to the log.
func (s *Server) recoverPanics(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch v := recover(); {
			case v == nil:
			case v == http.ErrAbortHandler: //nolint:errorlint // compared as net/http does
				panic(v)
			default:
				err = s.panicked(v, requestID(c))
			}
		}()
		return next(c)
	}
}

func (s *Server) panicked(v any, id string) error {
	s.log.Error("panic", "value", fmt.Sprint(v), "stack", string(debug.Stack()), "request_id", id)
	return problemInternal.Because(errors.New("panic"))
}

// limit lets an address do only so many things that cost something.
func (s *Server) limit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.admit(c); err != nil {
			return err
		}
		return next(c)
	}
}

func (s *Server) admit(c echo.Context) error {
	if s.cfg.LimitsOff {
		return nil
	}
	if wait := s.limiter.Take(clientOf(c.RealIP())); wait > 0 {
		s.metrics.limited("rate")
		return problemLimit.In(wait).Saying("提问太频繁了，请等" + contract.RetryAfter(wait) + "秒再试。")
	}
	return nil
}

// ipExtractor finds the client's address: the peer's, unless the peer is a trusted proxy.
func (c Config) ipExtractor() echo.IPExtractor {
	if len(c.TrustedProxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range c.TrustedProxies {
		trust = append(trust, echo.TrustIPRange(&net.IPNet{IP: p.Masked().Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}
