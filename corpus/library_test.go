package corpus

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
)

func library(t *testing.T, e Embedder, pages ...string) (*Library, *memoryShelf) {
	t.Helper()
	shelf := newShelf()
	l := &Library{Shelf: shelf, Embedder: e}
	for i, p := range pages {
		if _, err := l.Import(t.Context(), string(rune('a'+i)), []byte(p), nil); err != nil {
			t.Fatal(err)
		}
	}
	return l, shelf
}

func reload(t *testing.T, l *Library) *Index {
	t.Helper()
	if err := l.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	return l.Current()
}

func TestSeedThenReload(t *testing.T) {
	e := &hashEmbedder{}
	l, shelf := library(t, e)
	if l.Current() != nil {
		t.Fatal("an index before the first Reload")
	}
	if err := l.Seed(t.Context(), digestOf(t, firstPage, "位子有多少", "培训归谁管")); err != nil {
		t.Fatal(err)
	}
	x := reload(t, l)
	if m := x.Manifest; m.Documents != 1 || m.Variants != 2 || m.Negatives != 1 || m.Outlines != 1 || m.Untied != 0 || m.Missing != 0 || m.Embedder != "hash" || x.Lexical() {
		t.Errorf("got manifest %+v", m)
	}
	embedded := e.texts.Load()
	if embedded == 0 {
		t.Fatal("nothing was embedded")
	}
	again := reload(t, l)
	if again.Manifest != x.Manifest {
		t.Errorf("second Reload: got %+v, want %+v", again.Manifest, x.Manifest)
	}
	if e.texts.Load() != embedded {
		t.Errorf("unchanged texts were embedded again: %d, before %d", e.texts.Load(), embedded)
	}
	puts := shelf.puts
	if err := l.Seed(t.Context(), digestOf(t, firstPage, "位子有多少", "培训归谁管")); err != nil || shelf.puts != puts {
		t.Errorf("seeding the same again: %d puts, error %v, want no put", shelf.puts-puts, err)
	}
}

func TestImportReplacesAndCarriesVariants(t *testing.T) {
	l, shelf := library(t, &hashEmbedder{})
	if err := l.Seed(t.Context(), digestOf(t, firstPage, "位子有多少", "还招得下吗", "培训归谁管")); err != nil {
		t.Fatal(err)
	}
	before := reload(t, l)
	report, err := l.Import(t.Context(), "new.txt", []byte(secondPage), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !report.Replaced || report.Unchanged || report.Carried != 4 || report.Tied != 3 || report.Added != 2 || report.Removed != 2 {
		t.Errorf("got %+v", report)
	}
	if k := onlyKept(t, shelf); k.Origin != Staff || k.Document.Meta.Source != "new.txt" || len(k.Outlines) != 1 {
		t.Errorf("got origin %s, source %s, %d outlines", k.Origin, k.Document.Meta.Source, len(k.Outlines))
	}
	x := reload(t, l)
	if x.Manifest.Variants != 2 || x.Manifest.Negatives != 1 || x.Manifest.Untied != 1 || x.Manifest.Version == before.Manifest.Version {
		t.Errorf("got manifest %+v", x.Manifest)
	}
	q, err := l.Embedder.EmbedQuery(t.Context(), "位子有多少")
	if err != nil {
		t.Fatal(err)
	}
	r, err := x.Search(t.Context(), Query{Text: "位子有多少", Vector: q})
	if err != nil || len(r.Hits) == 0 {
		t.Fatalf("got %d hits, error %v", len(r.Hits), err)
	}
	if got, want := r.Hits[0].Sentences[0].Text, "今年将新增学位100个。"; got != want {
		t.Errorf("the carried variant leads to %q, want %q", got, want)
	}
	again, err := l.Import(t.Context(), "other name.txt", []byte(secondPage), nil)
	if err != nil || !again.Unchanged || again.Replaced {
		t.Errorf("importing the same again: got %+v, error %v, want unchanged", again, err)
	}
}

func TestBadFileStoresNothing(t *testing.T) {
	l, shelf := library(t, &hashEmbedder{}, firstPage)
	puts, vectors := shelf.puts, len(shelf.snapshot())
	var bad *ReadError
	if _, err := l.Import(t.Context(), "x.pdf", []byte("%PDF-1.4"), nil); !errors.As(err, &bad) {
		t.Errorf("got %v, want a *ReadError", err)
	}
	if shelf.puts != puts || len(shelf.snapshot()) != vectors {
		t.Error("something was stored")
	}
}

func TestFailingShelf(t *testing.T) {
	l, shelf := library(t, nil, firstPage)
	x := reload(t, l)
	shelf.fails = errors.New("disk full")
	if _, err := l.Import(t.Context(), "b", []byte(secondPage), nil); !errors.Is(err, shelf.fails) {
		t.Errorf("got %v, want the shelf's error", err)
	}
	if l.Current() != x {
		t.Error("the index changed")
	}
}

func TestFailingEmbedder(t *testing.T) {
	e := &hashEmbedder{}
	e.fails.Store(&errNoModel)
	l, shelf := library(t, e)
	if _, err := l.Import(t.Context(), "a", []byte(firstPage), nil); !errors.Is(err, errNoModel) {
		t.Errorf("import: got %v, want the embedder's error", err)
	}
	if err := l.Reload(t.Context()); !errors.Is(err, errNoModel) {
		t.Errorf("reload: got %v, want the embedder's error", err)
	}
	x := l.Current()
	if x == nil || !x.Lexical() || x.Manifest.Documents != 1 || x.Manifest.Embedder != "" {
		t.Fatalf("got index %+v, want a lexical one of the document", x)
	}
	r, err := x.Search(t.Context(), Query{Text: "新增学位", Vector: unit(1, 1)}) // a vector that nobody can use
	if err != nil || len(r.Hits) == 0 || r.Hits[0].Sentences[0].Text != "全年新增学位100个。" {
		t.Errorf("got %+v, error %v", r.Hits, err)
	}
	e.fails.Store(nil)
	if x := reload(t, l); x.Lexical() {
		t.Error("the index stays lexical after the embedder came back")
	}
	if len(shelf.snapshot()) == 0 {
		t.Error("no vectors were kept")
	}
}

func TestSpoiledVectorsAreNeverKept(t *testing.T) {
	for name, spoil := range map[string]func([]float32){
		"NaN":      func(v []float32) { v[3] = float32(math.NaN()) },
		"zero":     func(v []float32) { clear(v) },
		"too long": func(v []float32) { v[0] += 9 },
	} {
		t.Run(name, func(t *testing.T) {
			e := &hashEmbedder{spoil: spoil}
			l, shelf := library(t, nil, firstPage)
			l.Embedder = e
			if err := l.Reload(t.Context()); err == nil {
				t.Error("no error")
			}
			if x := l.Current(); x == nil || !x.Lexical() {
				t.Error("no lexical index")
			}
			if n := len(shelf.snapshot()); n != 0 {
				t.Errorf("%d vectors were kept", n)
			}
			// rows that an earlier version kept all the same are computed again
			e.spoil = nil
			for d := range mustVectors(t, l) {
				v := make([]float32, 64)
				spoil(v)
				shelf.vectors["hash"+d] = v
			}
			if x := reload(t, l); x.Lexical() || x.Manifest.Missing != 0 {
				t.Errorf("got manifest %+v", x.Manifest)
			}
		})
	}
}

func mustVectors(t *testing.T, l *Library) map[string][]float32 {
	t.Helper()
	kept, err := l.Shelf.Live(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	v, err := l.vectors(t.Context(), l.Embeds(), l.material(kept).Texts(), nil)
	if err != nil || len(v) == 0 {
		t.Fatalf("got %d vectors, error %v", len(v), err)
	}
	return v
}

func TestVectorsOfTwoDimensionsFallBackToWords(t *testing.T) {
	l, shelf := library(t, &hashEmbedder{}, firstPage)
	for d := range shelf.snapshot() {
		shelf.vectors[d] = unit(1, 2, 3)
		break
	}
	if err := l.Reload(t.Context()); err == nil {
		t.Error("no error")
	}
	if x := l.Current(); x == nil || !x.Lexical() {
		t.Error("no lexical index")
	}
}

func TestCancelledReloadKeepsTheIndex(t *testing.T) {
	l, _ := library(t, &hashEmbedder{}, firstPage)
	x := reload(t, l)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Reload(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a cancelled context", err)
	}
	if l.Current() != x {
		t.Error("the index changed")
	}
}

// Questions go on while versions are swapped: every result belongs to one version. Meant for -race.
func TestSwapWhileSearching(t *testing.T) {
	e := &hashEmbedder{}
	l, _ := library(t, e, firstPage)
	reload(t, l)
	q, err := e.EmbedQuery(t.Context(), "新增学位")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				x := l.Current()
				r, err := x.Search(t.Context(), Query{Text: "新增学位", Vector: q})
				if err != nil || len(r.Hits) == 0 {
					t.Errorf("got %d hits, error %v", len(r.Hits), err)
					return
				}
				for _, h := range r.Hits {
					if x.Document(h.Document.ID) != h.Document {
						t.Error("a hit of another index")
					}
				}
			}
		})
	}
	for i := range 12 {
		page := []string{firstPage, secondPage}[(i+1)%2]
		if _, err := l.Import(t.Context(), "b", []byte(page), nil); err != nil {
			t.Error(err)
		}
		if err := l.Reload(t.Context()); err != nil {
			t.Error(err)
		}
	}
	close(done)
	readers.Wait()
}
