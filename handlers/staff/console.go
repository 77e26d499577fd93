package staff

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"wenda/corpus"
	"wenda/prompts"
	"wenda/rag"
	"wenda/store"
)

// Config holds the limits and durations of SECURITY.md that concern the console. Start from Defaults.
type Config struct {
	Portal string // name of the portal in the header
	Plain  bool   // http on this machine only: a cookie without __Host- and Secure

	OIDC *OIDC // nil: sign-in by name and password alone

	Idle     time.Duration // a session unused for so long has ended
	Life     time.Duration // a session of this age has ended
	LinkLife time.Duration // of one-time links

	Failures      int           // sign-ins of a name and address that may fail
	FailureWindow time.Duration // within
	FailureKeys   int           // names and addresses remembered
	Hashes        int           // passwords hashed at once
	HashesWaiting int           // sign-ins that may wait for that

	FormBytes   int64 // largest form
	SignInBytes int64 // largest form of sign-in
	UploadBytes int64 // largest form with files
}

// Defaults returns the settings of SECURITY.md.
func Defaults() Config {
	return Config{
		Portal: "钟楼区", Idle: 30 * time.Minute, Life: 8 * time.Hour, LinkLife: 48 * time.Hour,
		Failures: 5, FailureWindow: 15 * time.Minute, FailureKeys: 20000, Hashes: 2, HashesWaiting: 32,
		FormBytes: 1 << 20, SignInBytes: 4 << 10, UploadBytes: 20 << 20,
	}
}

// Deps is what a Console needs from others.
type Deps struct {
	Store     *store.Store
	Bench     Bench                    // nil: nothing can be tried
	Library   *corpus.Library          // documents that are searched, and their index; nil: pages that need one say so
	Ask       Asker                    // answers without writing the log; nil likewise
	Running   Running                  // the server; nil: its channels and models are not shown
	Propose   Proposer                 // of questions; nil: no language model is configured
	Advice    func(code string) string // what a failure of a model means and what to do, in Chinese; empty for codes that it does not know; nil: codes alone
	Prompts   func() *prompts.Set
	Fetch     func(ctx context.Context, address string) (name string, data []byte, err error) // of uploads by URL; nil: none
	Address   func(*http.Request) string                                                      // the client's address, proxies considered; nil: the peer's
	RequestID func(context.Context) string                                                    // nil: none
	Log       *slog.Logger                                                                    // nil is slog.Default
	Now       func() time.Time                                                                // nil is time.Now
}

// An Asker answers a question with this set of prompts (nil: the one that is live) and everything else as it is live, outside of the log.
type Asker func(ctx context.Context, q rag.Question, with *prompts.Set) (rag.Answer, error)

// A Console serves /staff. Make it with New; it is safe for concurrent use.
type Console struct {
	cfg      Config
	deps     Deps
	log      *slog.Logger
	now      func() time.Time
	store    *store.Store
	pages    *pages
	mux      *http.ServeMux
	cross    *http.CrossOriginProtection
	routes   []Route
	hasher   *hasher
	fails    *failures
	exports  exports
	vectors  vectorMemory
	grouped  groupings
	bench    Bench
	runner   *runner
	provider *provider  // of OpenID Connect; nil without
	backing  sync.Mutex // held while a backup is made
}

// New makes a Console.
func New(cfg Config, deps Deps) (*Console, error) {
	if deps.Store == nil {
		return nil, errors.New("staff: a Store is needed")
	}
	if deps.Address == nil {
		deps.Address = peer
	}
	if deps.RequestID == nil {
		deps.RequestID = func(context.Context) string { return "" }
	}
	if deps.Bench == nil {
		deps.Bench = noBench{}
	}
	if deps.Log == nil {
		deps.Log = slog.Default()
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.Advice == nil {
		deps.Advice = func(string) string { return "" }
	}
	p, err := newPages(deps.Advice)
	if err != nil {
		return nil, fmt.Errorf("staff pages: %w", err)
	}
	c := &Console{cfg: cfg, deps: deps, log: deps.Log, now: deps.Now, store: deps.Store, pages: p, cross: http.NewCrossOriginProtection(),
		hasher: newHasher(cfg), fails: newFailures(cfg, deps.Now), bench: deps.Bench, runner: newRunner(), provider: newProvider(cfg.OIDC, deps.Now)}
	c.mount()
	return c, nil
}

// ServeHTTP implements http.Handler for all of /staff and below.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.mux.ServeHTTP(w, r) }

// Routes lists everything that can be reached. It belongs to the Console.
func (c *Console) Routes() []Route { return c.routes }

func (c *Console) mount() {
	c.routes = c.allRoutes()
	c.mux = http.NewServeMux()
	for _, rt := range c.routes {
		c.mux.Handle(rt.Method+" "+rt.Path, c.serve(rt))
	}
	c.mux.Handle("/", c.serve(Route{Needs: Anyone, handle: func(v *visit) error { return noPage }}))
}
