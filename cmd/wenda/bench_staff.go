package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"wenda/handlers/staff"
	"wenda/rag/sentence"
	"wenda/store"
)

// pageWanted is how long a page of the console may take on the server (issue 7).
const pageWanted = 300 * time.Millisecond

// pageRounds is how often each page is asked for after a first time that does not count.
const pageRounds = 10

// A pageTime is what one address of the console took. Times are of the server alone: the request goes to the console's handler, without a
// network.
type pageTime struct {
	Route    string  `json:"route"`
	Page     string  `json:"page"`
	First    float64 `json:"first_ms"` // that does not count: nothing is cached yet
	P50      float64 `json:"p50_ms"`
	P95      float64 `json:"p95_ms"`
	Max      float64 `json:"max_ms"`
	Bytes    int     `json:"bytes"`
	Baseline float64 `json:"baselines"` // P50 in times of counting the log's rows once, measured right before
	Over     bool    `json:"over"`      // P95 above pageWanted
}

// staffReport is what bench --staff prints with --json.
type staffReport struct {
	Rows     int          `json:"rows"`
	Chunks   int          `json:"chunks"`
	Baseline float64      `json:"baseline_ms"`
	Pages    []pageTime   `json:"pages"`
	Exports  []exportTime `json:"exports"`
}

// staff measures every page of the console over a data folder made up for it.
func (b bench) staff(ctx context.Context, dir string) error {
	models := b.cfg.Models
	b.cfg.Models = filepath.Join(dir, "none") // pages are measured, not search: the index is by words
	var made *staffMade
	err := b.opened(ctx, func(a *App, _ time.Duration) (err error) {
		made, err = b.fillStaff(ctx, a)
		return err
	})
	if err != nil {
		return fmt.Errorf("make up data: %w", err)
	}
	return b.opened(ctx, func(a *App, _ time.Duration) error {
		m, err := sentence.Open(models, sentence.Options{})
		if err == nil { // questions of gaps are compared by their vectors
			a.Library.Embedder = m
			defer m.Close()
		}
		v, err := b.visitor(ctx, a)
		if err == nil {
			err = v.console.RememberOnce(ctx) // as a server does in the background
		}
		if err != nil {
			return err
		}
		report, err := v.measure(ctx, made)
		if err != nil {
			return err
		}
		report.Rows, report.Chunks = b.rows, a.Library.Current().Manifest.Chunks
		if report.Exports, err = v.exports(ctx); err != nil {
			return err
		}
		if b.cfg.JSON {
			return printJSON(b.out, report)
		}
		b.printStaff(report)
		return nil
	})
}

func (b bench) printStaff(r staffReport) {
	b.say("console: %d log rows, %d chunks; counting the rows once takes %.2f ms (the baseline)", r.Rows, r.Chunks, r.Baseline)
	b.say("%9s %9s %9s %9s %9s %10s", "p50 ms", "p95 ms", "max ms", "first ms", "baselines", "bytes")
	over := 0
	for _, p := range r.Pages {
		mark := ""
		if p.Over {
			mark, over = "  > "+pageWanted.String(), over+1
		}
		b.say("%9.1f %9.1f %9.1f %9.1f %9.1f %10d  %s%s", p.P50, p.P95, p.Max, p.First, p.Baseline, p.Bytes, p.Page, mark)
	}
	b.say("%d pages of %d routes, %d above %s", len(r.Pages), countRoutes(r.Pages), over, pageWanted)
	for _, e := range r.Exports {
		b.say("export %-5s %d rows, %.1f MB in %.1f s; memory at most %.1f MB above idle", e.Format, e.Rows, float64(e.Bytes)/1e6, e.Seconds, e.Resident)
	}
}

func countRoutes(pages []pageTime) int {
	seen := map[string]bool{}
	for _, p := range pages {
		seen[p.Route] = true
	}
	return len(seen)
}

// A visitor is an administrator in front of the console.
type visitor struct {
	app     *App
	console *staff.Console
	cookie  string
	rows    int
}

func (b bench) visitor(ctx context.Context, a *App) (*visitor, error) {
	console, err := a.console()
	if err != nil {
		return nil, err
	}
	account, err := a.Store.Account(ctx, benchAdmin)
	if err != nil {
		return nil, err
	}
	token := "bench"
	now := time.Now()
	if err := a.Store.AddSession(ctx, store.HashToken(token), account.ID, "cli", now, now.Add(-time.Hour)); err != nil {
		return nil, err
	}
	return &visitor{app: a, console: console, cookie: token, rows: b.rows}, nil
}

// counter takes an answer and keeps only its size.
type counter struct {
	head   http.Header
	status int
	bytes  int
}

func (c *counter) Header() http.Header { return c.head }
func (c *counter) WriteHeader(s int)   { c.status = s }
func (c *counter) Write(b []byte) (int, error) {
	c.bytes += len(b)
	return len(b), nil
}

// get asks for an address; anything but 200 is an error.
func (v *visitor) get(ctx context.Context, path string, signedIn bool) (took time.Duration, bytes int, err error) {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	if signedIn {
		r.AddCookie(&http.Cookie{Name: "wenda-sid", Value: v.cookie})
	}
	w := &counter{head: http.Header{}, status: http.StatusOK}
	began := time.Now()
	v.console.ServeHTTP(w, r)
	if took = time.Since(began); w.status != http.StatusOK {
		return took, w.bytes, fmt.Errorf("GET %s: %d", path, w.status)
	}
	return took, w.bytes, nil
}

// baseline counts the rows of the log, which this machine can do so fast at this moment.
func (v *visitor) baseline(ctx context.Context) (time.Duration, error) {
	var took []time.Duration
	for range 3 {
		began := time.Now()
		if _, err := v.app.Store.CountLog(ctx, store.LogFilter{}, 1<<30); err != nil {
			return 0, err
		}
		took = append(took, time.Since(began))
	}
	return slices.Min(took), nil
}

// measure asks for every address, the slowest first in the report. Each route that can be read is among them, or has a reason in unmeasured.
func (v *visitor) measure(ctx context.Context, made *staffMade) (staffReport, error) {
	var out staffReport
	var err error
	if made.gap, err = v.openGap(ctx); err != nil {
		return out, err
	}
	addresses := made.addresses()
	for _, rt := range v.console.Routes() {
		if rt.Method != http.MethodGet || unmeasured[rt.Path] != "" {
			continue
		}
		if len(addresses[rt.Path]) == 0 {
			return out, fmt.Errorf("no address of %s is measured", rt.Path)
		}
		for _, path := range addresses[rt.Path] {
			p, base, err := v.page(ctx, rt, path)
			if err != nil {
				return out, err
			}
			out.Pages = append(out.Pages, p)
			if out.Baseline == 0 || base < out.Baseline {
				out.Baseline = base
			}
		}
	}
	slices.SortStableFunc(out.Pages, func(a, b pageTime) int { return int(b.P50*1000) - int(a.P50*1000) })
	return out, nil
}

var gapLink = regexp.MustCompile(`href="/staff/gaps/([0-9a-f]{16})"`)

// openGap is the key of the first gap on the page of gaps.
func (v *visitor) openGap(ctx context.Context) (string, error) {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/staff/gaps?days=90", nil)
	r.AddCookie(&http.Cookie{Name: "wenda-sid", Value: v.cookie})
	w := httptest.NewRecorder()
	v.console.ServeHTTP(w, r)
	m := gapLink.FindStringSubmatch(w.Body.String())
	if m == nil {
		return "", fmt.Errorf("the page of gaps (%d) names none", w.Code)
	}
	return m[1], nil
}

func (v *visitor) page(ctx context.Context, route staff.Route, path string) (pageTime, float64, error) {
	base, err := v.baseline(ctx)
	if err != nil {
		return pageTime{}, 0, err
	}
	signedIn := route.Needs != staff.Anyone
	first, _, err := v.get(ctx, path, signedIn)
	p := pageTime{Route: route.Path, Page: shownPath(path), First: milliseconds(first)}
	var took []time.Duration
	for range pageRounds {
		if err == nil {
			var d time.Duration
			d, p.Bytes, err = v.get(ctx, path, signedIn)
			took = append(took, d)
		}
	}
	if err = errors.Join(err, ctx.Err()); err != nil {
		return p, 0, err
	}
	p.P50, p.P95, p.Max = milliseconds(percentile(took, .5)), milliseconds(percentile(took, .95)), milliseconds(percentile(took, 1))
	p.Over = p.P95 > milliseconds(pageWanted)
	p.Baseline = p.P50 / milliseconds(base)
	return p, milliseconds(base), nil
}

// shownPath shortens an address for the table.
func shownPath(path string) string {
	path = strings.TrimPrefix(path, "/staff")
	if r := []rune(path); len(r) > 90 {
		return string(r[:90]) + "…"
	}
	return path
}
