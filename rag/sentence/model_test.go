//go:build cgo

package sentence

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func openModel(t testing.TB, opts Options) *Model {
	t.Helper()
	m, err := Open(modelsDir(t), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// The vector published with the issue; int8 differs a little by processor.
func TestGolden(t *testing.T) {
	m := openModel(t, Options{})
	v, err := m.EmbedQuery(t.Context(), "补课班怎么管")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{-0.0022, 0.0672, 0.0255, 0.0076} {
		if got := float64(v[i]); math.Abs(got-want) > .005 {
			t.Errorf("value %d: got %.4f, want %.4f ± .005", i, got, want)
		}
	}
	if got := cosine(v, v); len(v) != m.Dim() || math.Abs(got-1) > 1e-5 {
		t.Errorf("got %d values of squared length %f, want %d of 1", len(v), got, m.Dim())
	}
	if got, want := m.Name(), "bge-small-zh-v1.5-int8/cls"; got != want {
		t.Errorf("name: got %q, want %q", got, want)
	}
}

func TestMeaning(t *testing.T) {
	m := openModel(t, Options{})
	v, err := m.EmbedDocuments(t.Context(), []string{"补课班怎么管", "加强校外培训机构治理", "提高教师工资待遇"})
	if err != nil {
		t.Fatal(err)
	}
	if near, far := cosine(v[0], v[1]), cosine(v[0], v[2]); near <= far {
		t.Errorf("cosine with the right sentence %.3f, with another %.3f", near, far)
	}
	upper, err1 := m.EmbedQuery(t.Context(), "STEAM教育是什么")
	lower, err2 := m.EmbedQuery(t.Context(), "steam教育是什么")
	if err := errors.Join(err1, err2); err != nil || !slices.Equal(upper, lower) {
		t.Errorf("upper case changes the vector: %v", err)
	}
}

// Each vector of a batch is bit for bit that of the text alone, whatever stands beside it, and in the order of the texts.
func TestDocumentsEqualQueries(t *testing.T) {
	m := openModel(t, Options{Slots: 4, Cache: -1})
	texts := []string{"学位", strings.Repeat("新增学位两千八百个，", 60), "补课班怎么管", "学 位", "老人学手机", "补课班怎么管", "学位", "\u200b学位", "a"}
	before := slices.Clone(texts)
	got, err := m.EmbedDocuments(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(texts, before) {
		t.Errorf("texts were changed: %q", texts)
	}
	if len(got) != len(texts) {
		t.Fatalf("got %d vectors, want %d", len(got), len(texts))
	}
	for i, text := range texts {
		want, err := m.EmbedQuery(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got[i], want) {
			t.Errorf("text %d: cosine of batch and single %f, want equal", i, cosine(got[i], want))
		}
	}
	got[0][0] = 9
	if got[6][0] == 9 {
		t.Error("equal texts share memory")
	}
	none, err := m.EmbedDocuments(t.Context(), nil)
	if err != nil || none == nil || len(none) != 0 {
		t.Errorf("no texts: got %v, %v", none, err)
	}
}

func TestLongTextIsCut(t *testing.T) {
	m := openModel(t, Options{})
	long := strings.Repeat("教育", 255)
	v, err := m.EmbedDocuments(t.Context(), []string{long, long + "后面的不看", strings.Repeat("教育", 200_000)})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(v[0], v[1]) || !slices.Equal(v[0], v[2]) {
		t.Error("text beyond 512 tokens changes the vector")
	}
}

func TestQueryOwnsItsVector(t *testing.T) {
	m := openModel(t, Options{})
	a, err1 := m.EmbedQuery(t.Context(), "学位")
	want := slices.Clone(a)
	clear(a)
	b, err2 := m.EmbedQuery(t.Context(), "学位") // remembered
	if err := errors.Join(err1, err2); err != nil || !slices.Equal(b, want) {
		t.Errorf("a caller changed the remembered vector: %v", err)
	}
}

func TestEmptyText(t *testing.T) {
	m := openModel(t, Options{})
	for _, text := range []string{"", " \n\u3000", "\u200b\u202e\ufeff", "\xff\xfe", "\u0301"} {
		if _, err := m.EmbedQuery(t.Context(), text); !errors.Is(err, ErrEmptyText) {
			t.Errorf("EmbedQuery(%q): got %v, want ErrEmptyText", text, err)
		}
		if v, err := m.EmbedDocuments(t.Context(), []string{"学位", text}); !errors.Is(err, ErrEmptyText) || v != nil {
			t.Errorf("EmbedDocuments with %q: got %v, want ErrEmptyText", text, err)
		} else if !strings.Contains(err.Error(), "text 2 of 2") {
			t.Errorf("the error does not say which text: %v", err)
		}
	}
}

func TestContext(t *testing.T) {
	m := openModel(t, Options{Slots: 1})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.EmbedQuery(gone, "学位"); !errors.Is(err, context.Canceled) {
		t.Errorf("EmbedQuery: got %v, want context.Canceled", err)
	}
	if v, err := m.EmbedDocuments(gone, []string{"学位"}); !errors.Is(err, context.Canceled) || v != nil {
		t.Errorf("EmbedDocuments: got %v, want context.Canceled", err)
	}

	m.slots <- struct{}{} // every slot is taken: waiting ends with the context
	soon, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if _, err := m.EmbedQuery(soon, "等待中的问题"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting query: got %v, want context.DeadlineExceeded", err)
	}
	if _, err := m.EmbedDocuments(soon, []string{"甲", "乙"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting documents: got %v, want context.DeadlineExceeded", err)
	}
	<-m.slots
	if _, err := m.EmbedQuery(t.Context(), "等待中的问题"); err != nil {
		t.Errorf("after a given-up query: %v", err)
	}
}

// What was begun ahead is what EmbedQuery gives, from memory; who has asked comes first, and without a memory nothing is begun.
func TestAhead(t *testing.T) {
	m := openModel(t, Options{Slots: 1})
	m.slots <- struct{}{}
	m.Ahead("满了") // must not wait behind the one who has asked
	<-m.slots
	m.Ahead("学位")
	got, err := m.EmbedQuery(t.Context(), "学位")
	if err != nil {
		t.Fatal(err)
	}
	other := openModel(t, Options{Slots: 1, Cache: -1})
	other.Ahead("学位")
	want, err := other.EmbedQuery(t.Context(), "学位")
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("the vector of what was begun ahead differs: %v", err)
	}
	remembered := func(m *Model, text string) bool {
		m.recent.mu.Lock()
		defer m.recent.mu.Unlock()
		_, done := m.recent.byKey[keyOf(m.words.encode(text))]
		return done || len(m.recent.pending) > 0
	}
	if !remembered(m, "学位") || remembered(m, "满了") || remembered(other, "学位") {
		t.Errorf("remembered: %v, behind a full model %v, without a memory %v; want only the first", remembered(m, "学位"), remembered(m, "满了"), remembered(other, "学位"))
	}
}

// Meant for -race: queries, documents and a Close in the middle.
func TestConcurrent(t *testing.T) {
	m := openModel(t, Options{Slots: 2, Cache: 8})
	want, err := m.EmbedQuery(t.Context(), "问题3")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 20 {
				text := fmt.Sprintf("问题%d", (g+i)%12)
				v, err := m.EmbedQuery(t.Context(), text)
				if err != nil {
					t.Errorf("query: %v", err)
				} else if text == "问题3" && !slices.Equal(v, want) {
					t.Errorf("another vector under load: cosine %f", cosine(v, want))
				}
			}
		})
	}
	all.Go(func() {
		v, err := m.EmbedDocuments(t.Context(), []string{"问题1", "问题3", "问题5"})
		if err != nil || !slices.Equal(v[1], want) {
			t.Errorf("documents under load: %v", err)
		}
	})
	all.Wait()
}

func TestClose(t *testing.T) {
	m, err := Open(modelsDir(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 50 {
				if _, err := m.EmbedQuery(t.Context(), fmt.Sprintf("%d问%d", g, i)); err != nil {
					if !errors.Is(err, ErrClosed) {
						t.Errorf("got %v, want ErrClosed", err)
					}
					return
				}
			}
		})
	}
	if err := errors.Join(m.Close(), m.Close()); err != nil {
		t.Error(err)
	}
	all.Wait()
	if _, err := m.EmbedQuery(t.Context(), "新问题"); !errors.Is(err, ErrClosed) {
		t.Errorf("query: got %v, want ErrClosed", err)
	}
	if _, err := m.EmbedDocuments(t.Context(), []string{"新问题"}); !errors.Is(err, ErrClosed) {
		t.Errorf("documents: got %v, want ErrClosed", err)
	}
}

func TestOpenMissingAndCorrupt(t *testing.T) {
	empty := t.TempDir()
	_, err := Open(empty, Options{})
	var missing *MissingError
	if !errors.As(err, &missing) || len(missing.Files) != 3 || !strings.Contains(err.Error(), "make model") {
		t.Errorf("empty folder: got %v, want a *MissingError with 3 files and its hint", err)
	}
	if _, err := Open(filepath.Join(empty, "none"), Options{}); !errors.As(err, &missing) {
		t.Errorf("no folder: got %v, want *MissingError", err)
	}
	for _, name := range []string{modelFile, tokenizerFile, runtimeFile(t)} {
		dir := copyModel(t)
		damage(t, filepath.Join(dir, name))
		_, err := Open(dir, Options{})
		var corrupt *CorruptError
		if !errors.As(err, &corrupt) || !strings.HasSuffix(corrupt.File, name) || !strings.Contains(err.Error(), "SHA-256") {
			t.Errorf("damaged %s: got %v, want a *CorruptError", name, err)
		}
		if err := os.Truncate(filepath.Join(dir, name), 1000); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, Options{}); !errors.As(err, &corrupt) || !strings.Contains(err.Error(), "1000 bytes") {
			t.Errorf("short %s: got %v, want a *CorruptError", name, err)
		}
	}
}

func TestNormalisedRefuses(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for name, v := range map[string][]float32{"zero": {0, 0}, "NaN": {1, nan}, "infinite": {1, inf}} {
		if got, err := normalised(v); err == nil {
			t.Errorf("%s: got %v, want an error", name, got)
		}
	}
}

func cosine(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}
