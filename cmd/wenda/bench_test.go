package main

import (
	"math"
	"net/http"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"wenda/corpus"
	"wenda/handlers/staff"
	"wenda/store"
)

// wantLines checks that every line of a report is there, in order.
func wantLines(t *testing.T, got string, wants ...string) {
	t.Helper()
	rest := got
	for _, want := range wants {
		at := regexp.MustCompile(`(?m)^ *` + want).FindStringIndex(rest)
		if at == nil {
			t.Fatalf("no line %q in order in:\n%s", want, got)
		}
		rest = rest[at[1]:]
	}
}

func TestBenchByWords(t *testing.T) {
	t.Parallel()
	profile := filepath.Join(t.TempDir(), "cpu.prof")
	got := runShort(t, "bench", "--models", t.TempDir(), "--clients", "3", "--duration", "300ms", "--sizes", "0,30", "--cpuprofile", profile)
	if got.code != 0 {
		t.Fatalf("exit status %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	wantLines(t, got.stdout, "start, bundled plan: first", "1 client, 300 questions by words alone: p50", `3 clients, different questions: \d+ answers, .* failed 0;`,
		`3 clients, repeated questions: \d+ answers, .* failed 0;`, `memory: texts \d+ MB, words \d+ MB`, `size 30: \d+ chunks`,
		"retrieval after embedding, 200 questions")
	if strings.Contains(got.stdout, "recall") {
		t.Errorf("recall without vectors:\n%s", got.stdout)
	}
	for _, args := range [][]string{{"bench", "--sizes", "-1"}, {"bench", "--sizes", "many"}, {"bench", "more"}} {
		if got := runShort(t, args...); got.code != exitMisuse || got.stderr == "" {
			t.Errorf("%v: exit status %d, want %d\n%s", args, got.code, exitMisuse, got.stderr)
		}
	}
}

// What is made up is the same every time, and like what it stands for.
func TestBenchMaker(t *testing.T) {
	cfg := Config{Data: filepath.Join(t.TempDir(), "data"), Models: modelsFolder(t)}
	copyData(t, cfg.Data)
	b := bench{cfg: cfg}
	err := b.opened(t.Context(), func(a *App, _ time.Duration) error {
		document := func() (corpus.Document, map[string][]float32) {
			m, err := newBenchMaker(t.Context(), a)
			if err != nil {
				t.Fatal(err)
			}
			d, vectors, err := m.document(1, 20)
			if err != nil {
				t.Fatal(err)
			}
			return d, vectors
		}
		d, vectors := document()
		again, same := document()
		if !reflect.DeepEqual(d, again) || !reflect.DeepEqual(vectors, same) {
			t.Error("two makers make two things")
		}
		paragraphs, sentences := 0, 0
		for _, c := range d.Chunks {
			if c.Kind == corpus.Paragraph {
				paragraphs, sentences = paragraphs+1, sentences+len(c.Sentences)
			}
		}
		if paragraphs != 20 || sentences < 70 || sentences > 90 {
			t.Errorf("got %d paragraphs with %d sentences, want 20 and about %d", paragraphs, sentences, 20*benchPerParagraph)
		}
		texts := corpus.Material{Documents: []corpus.Document{d}}.Texts()
		if len(texts) < 60 || len(vectors) != len(texts) {
			t.Fatalf("got %d vectors for %d texts", len(vectors), len(texts))
		}
		for _, text := range texts {
			sum := 0.
			for _, x := range vectors[corpus.TextDigest(text)] {
				sum += float64(x) * float64(x)
			}
			if math.Abs(sum-1) > 1e-5 {
				t.Fatalf("%q: squared length %v, want 1", text, sum)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestProcessorTime(t *testing.T) {
	if runtime.GOOS != "linux" {
		if got := processor(); got != 0 {
			t.Errorf("got %s, want 0", got)
		}
		return
	}
	before := processor()
	for processor()-before < 20*time.Millisecond { // ends, or the figure never moves and the test runs out of time
		for i := range 100000 {
			_ = math.Sqrt(float64(i))
		}
	}
}

// Every page that can be read is measured, or has a reason; nothing else has either.
func TestBenchMeasuresEveryPage(t *testing.T) {
	st, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	console, err := staff.New(staff.Defaults(), staff.Deps{Store: st})
	if err != nil {
		t.Fatal(err)
	}
	addresses := (&staffMade{}).addresses()
	routes := map[string]bool{}
	for _, rt := range console.Routes() {
		if rt.Method != http.MethodGet {
			continue
		}
		routes[rt.Path] = true
		if (len(addresses[rt.Path]) > 0) == (unmeasured[rt.Path] != "") {
			t.Errorf("%s needs addresses or a reason, and not both", rt.Path)
		}
	}
	if len(routes) < 35 {
		t.Errorf("only %d pages", len(routes))
	}
	for path := range addresses {
		if !routes[path] {
			t.Errorf("%s is measured and does not exist", path)
		}
	}
	for path := range unmeasured {
		if !routes[path] {
			t.Errorf("%s has a reason and does not exist", path)
		}
	}
}
