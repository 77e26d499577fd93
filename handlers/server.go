package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"wenda/handlers/limit"
	"wenda/handlers/web"
)

// A Server answers residents and programs over HTTP. Make it with New.
type Server struct {
	cfg     Config
	deps    Deps
	log     *slog.Logger
	echo    *echo.Echo
	pages   *web.Pages
	limiter *limit.Rate
	keys    *limit.Rate // of signed requests, by the key's name
	typing  *limit.Rate // of suggestions while typing, apart: they must not eat up the right to ask
	streams *limit.Count
	metrics *metrics

	stopping context.Context // done when open streams must end
	stop     context.CancelFunc
}

// New makes a Server. It returns every mistake in cfg at once.
func New(cfg Config, deps Deps) (*Server, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("http settings: %w", err)
	}
	if deps.Asker == nil || deps.Answers == nil || deps.Documents == nil || deps.Suggestions == nil {
		return nil, errors.New("http: Asker, Answers, Documents and Suggestions are needed")
	}
	if deps.Mask == nil {
		deps.Mask = func(text string) string { return text }
	}
	if deps.Script == nil {
		deps.Script = asIs{}
	}
	if deps.Closed == nil {
		deps.Closed = func(string) bool { return false }
	}
	if deps.Log == nil {
		deps.Log = slog.Default()
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.Tally == nil {
		deps.Tally = NewTally()
	}
	pages, err := web.New(deps.Script.ToTraditional)
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	s := &Server{cfg: cfg, deps: deps, log: deps.Log, echo: echo.New(), pages: pages,
		limiter: limit.NewRate(cfg.RatePerMinute, cfg.RateBurst, cfg.RateAddresses, deps.Now),
		typing:  limit.NewRate(5*cfg.RatePerMinute, 3*cfg.RateBurst, cfg.RateAddresses, deps.Now), // one at every pause in typing
		keys:    limit.NewRate(cfg.SignedPerMinute, cfg.SignedBurst, cfg.RateAddresses, deps.Now),
		streams: limit.NewCount(cfg.Streams, cfg.StreamsPerClient, cfg.LimitsOff, problemFull, problemManyStreams), metrics: newMetrics(slices.Concat(deps.Collectors, []prometheus.Collector{deps.Tally}))}
	s.stopping, s.stop = context.WithCancel(context.Background())
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.IPExtractor = cfg.ipExtractor()
	s.echo.HTTPErrorHandler = s.fail
	s.echo.Use(s.identify, s.secure, s.observe, s.recoverPanics, s.inScript)
	s.routes()
	return s, nil
}

// routes is the whole public surface; openapi.json describes each of them, and a test compares.
func (s *Server) routes() {
	e := s.echo
	e.POST("/api/v1/ask", s.ask, s.limit)
	e.POST("/api/v1/signed/ask", s.ask, s.signed)
	e.GET("/api/v1/answers/:id", s.answer, s.limit)
	e.POST("/api/v1/answers/:id/feedback", s.feedback, s.limit)
	get(e, "/api/v1/suggestions", s.suggestions)
	get(e, "/api/openapi.json", s.openapi)

	get(e, "/healthz", s.healthz)
	get(e, "/readyz", s.readyz)
	get(e, "/metrics", echo.WrapHandler(s.metrics.handler()))

	get(e, "/", s.home)
	e.POST("/", s.homeAsk, s.limit)
	get(e, "/doc/:id", s.document)
	get(e, "/a/:id", s.answerPage, s.limit)
	e.POST("/a/:id/feedback", s.answerPageFeedback, s.limit)
	get(e, "/doc/:id/text", s.documentText)
	get(e, "/about", s.about)
	get(e, "/privacy", s.privacy)
	get(e, "/accessibility", s.accessibility)
	get(e, "/settings", s.settings)
	e.POST("/settings", s.setSettings)
	if s.cfg.Development {
		get(e, "/style", s.style)
	}

	get(e, "/widget.js", s.widgetScript)
	get(e, "/widget", s.widget)
	get(e, "/widget/demo", s.demo)
	get(e, "/assets/:name", s.asset)
	for _, path := range web.IconPaths() {
		get(e, path, s.icon)
	}
	get(e, "/manifest.webmanifest", s.manifest)
	get(e, "/robots.txt", s.robots)

	for _, m := range s.deps.Mounts {
		serve := func(c echo.Context) error {
			r := c.Request()
			if m.Limited != nil && m.Limited(r) {
				if err := s.admit(c); err != nil {
					return err
				}
			}
			ctx := context.WithValue(r.Context(), requestIDKeyType{}, requestID(c))
			m.Handler.ServeHTTP(c.Response(), r.WithContext(context.WithValue(ctx, clientAddressKeyType{}, c.RealIP())))
			return nil
		}
		e.Any(m.Prefix, serve)
		e.Any(m.Prefix+"/*", serve)
	}
}

// get routes HEAD as well, which Echo does not do by itself.
func get(e *echo.Echo, path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) {
	e.Match([]string{http.MethodGet, http.MethodHead}, path, h, m...)
}

// Handler serves requests without a listener, for tests.
func (s *Server) Handler() http.Handler { return s.echo }

// Serve answers on l until ctx is done, then shuts down: no new connections; requests finish; open streams get StreamGrace to finish and then
// end with an error event; what is left after ShutdownTimeout is cut. It returns nil after a shutdown and closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	base, cutAll := context.WithCancel(context.WithoutCancel(ctx))
	defer cutAll()
	srv := &http.Server{
		Handler:           s.echo,
		ReadHeaderTimeout: s.cfg.ReadHeaderTimeout,
		ReadTimeout:       s.cfg.ReadTimeout,
		WriteTimeout:      s.cfg.WriteTimeout,
		IdleTimeout:       s.cfg.IdleTimeout,
		MaxHeaderBytes:    s.cfg.MaxHeaderBytes,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	select {
	case err := <-served:
		s.stop()
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	grace := time.AfterFunc(s.cfg.StreamGrace, s.stop)
	defer grace.Stop()
	defer s.stop()
	limit, cancel := context.WithTimeout(base, s.cfg.ShutdownTimeout)
	defer cancel()
	err := srv.Shutdown(limit)
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("requests cut at shutdown", "after", s.cfg.ShutdownTimeout.String())
		cutAll()
		err = srv.Close()
	}
	<-served
	if err != nil {
		return fmt.Errorf("shut down %s: %w", l.Addr(), err)
	}
	return nil
}
