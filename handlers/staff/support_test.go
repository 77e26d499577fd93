package staff

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"wenda/handlers/web"
	"wenda/store"
)

// A site is a console over a real store behind a real listener, with a clock of its own.
type site struct {
	t       *testing.T
	console *Console
	store   *store.Store
	url     string
	log     *strings.Builder

	mu  sync.Mutex
	now time.Time
}

func newSite(t *testing.T, change ...func(*Config, *Deps)) *site {
	t.Helper()
	s := &site{t: t, now: time.Now(), log: &strings.Builder{}}
	st, err := store.Open(t.Context(), t.TempDir(), store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s.store = st
	cfg := Defaults()
	cfg.Plain = true
	deps := Deps{Store: st, Log: slog.New(slog.NewTextHandler(&lockedWriter{w: s.log}, nil)), Now: s.clock}
	for _, f := range change {
		f(&cfg, &deps)
	}
	if s.console, err = New(cfg, deps); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(withAssets(t, s.console))
	s.url = server.URL
	t.Cleanup(func() {
		server.Close()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// withAssets serves the portal's style sheet beside the console, as the whole server does, with its Content-Security-Policy.
func withAssets(t *testing.T, console http.Handler) http.Handler {
	t.Helper()
	site, err := web.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/staff", console)
	mux.Handle("/staff/", console)
	mux.HandleFunc("/assets/{name}", func(w http.ResponseWriter, r *http.Request) {
		a, _ := site.Asset(r.PathValue("name"))
		w.Header().Set("Content-Type", a.Type)
		_, _ = w.Write(a.Body)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'")
		mux.ServeHTTP(w, r)
	})
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

func (s *site) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *site) wait(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

const goodPassword = "correct horse battery"

// account makes one with goodPassword; the hash is made once for all.
func (s *site) account(name string, role store.Role) store.Account {
	s.t.Helper()
	a, err := s.store.AddAccount(s.t.Context(), store.By{Name: "test"}, store.Account{Name: name, Role: role, Password: goodHash()})
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

var goodHash = sync.OnceValue(func() string { return hashNow(goodPassword) })

// A browser keeps cookies and follows redirects to the console only.
type browser struct {
	*site
	client *http.Client
}

func (s *site) browser() *browser {
	jar, _ := cookiejar.New(nil) // never fails
	return &browser{s, &http.Client{Jar: jar}}
}

// as is a browser that is signed in as a new account of this role, without the work of hashing.
func (s *site) as(name string, role store.Role) *browser {
	s.t.Helper()
	a, err := s.store.Account(s.t.Context(), name)
	if err != nil {
		a = s.account(name, role)
	}
	token := newToken()
	if err := s.store.AddSession(s.t.Context(), store.HashToken(token), a.ID, "127.0.0.1", s.clock(), s.clock().Add(-8*time.Hour)); err != nil {
		s.t.Fatal(err)
	}
	b := s.browser()
	b.setCookie("wenda-sid", token)
	return b
}

func (b *browser) setCookie(name, value string) {
	u, _ := url.Parse(b.url)
	b.client.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

func (b *browser) cookie(name string) string {
	u, _ := url.Parse(b.url)
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (b *browser) do(r *http.Request) (status int, body string) {
	b.t.Helper()
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func (b *browser) get(path string) (int, string) {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodGet, b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(r)
}

// mustGet wants a page.
func (b *browser) mustGet(path string) string {
	b.t.Helper()
	status, body := b.get(path)
	if status != http.StatusOK {
		b.t.Fatalf("GET %s: %d\n%s", path, status, mainOf(body))
	}
	return body
}

// post sends a form with the right token, which it takes from the cookie as the server does.
func (b *browser) post(path string, form url.Values) (int, string) {
	b.t.Helper()
	token := b.cookie("wenda-sid")
	if token == "" {
		if token = b.cookie("wenda-pre"); token == "" {
			b.get("/staff/sign-in")
			token = b.cookie("wenda-pre")
		}
	}
	form.Set("csrf", csrfOf(token))
	return b.postRaw(path, form, nil)
}

func (b *browser) mustPost(path string, form url.Values) string {
	b.t.Helper()
	status, body := b.post(path, form)
	if status != http.StatusOK {
		b.t.Fatalf("POST %s: %d\n%s", path, status, mainOf(body))
	}
	return body
}

func (b *browser) postRaw(path string, form url.Values, header map[string]string) (int, string) {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodPost, b.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for k, v := range header {
		r.Header.Set(k, v)
	}
	return b.do(r)
}

var mainPart = regexp.MustCompile(`(?s)<main.*</main>`)

func mainOf(body string) string { return mainPart.FindString(body) }
