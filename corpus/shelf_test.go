package corpus

import (
	"context"
	"errors"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// memoryShelf is a Shelf for tests: the real one is a database (store), which may not be imported here.
type memoryShelf struct {
	mu      sync.Mutex
	kept    []Kept
	vectors map[string][]float32 // by embedder and digest
	fitted  map[string]Fitted
	puts    int
	fails   error // of every Put
}

func newShelf() *memoryShelf {
	return &memoryShelf{vectors: map[string][]float32{}, fitted: map[string]Fitted{}}
}

func (s *memoryShelf) Live(context.Context) ([]Kept, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.kept), nil
}

func (s *memoryShelf) Put(_ context.Context, k Kept, embedder string, vectors map[string][]float32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails != nil {
		return s.fails
	}
	s.puts++
	for d, v := range vectors {
		s.vectors[embedder+d] = v
	}
	for i := range s.kept {
		if s.kept[i].Document.ID == k.Document.ID {
			s.kept[i] = k
			return nil
		}
	}
	s.kept = append(s.kept, k)
	return nil
}

func (s *memoryShelf) Vectors(_ context.Context, embedder string, digests []string) (map[string][]float32, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string][]float32{}
	for _, d := range digests {
		if v := s.vectors[embedder+d]; v != nil {
			out[d] = v
		}
	}
	return out, nil
}

func (s *memoryShelf) PutVectors(_ context.Context, embedder string, vectors map[string][]float32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for d, v := range vectors {
		s.vectors[embedder+d] = v
	}
	return nil
}

func (s *memoryShelf) Calibration(_ context.Context, version string) (*Fitted, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, ok := s.fitted[version]; ok {
		return &f, nil
	}
	return nil, nil
}

func (s *memoryShelf) PutCalibration(_ context.Context, f Fitted) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fitted[f.For] = f
	return nil
}

// hashEmbedder is an Embedder for tests: characters and pairs counted in 64 buckets. Equal texts have equal vectors and like ones like vectors.
type hashEmbedder struct {
	texts atomic.Int64 // embedded so far
	fails atomic.Pointer[error]
	spoil func([]float32) // changes what is returned
}

var _ Embedder = (*hashEmbedder)(nil)

func (e *hashEmbedder) Name() string { return "hash" }

func (e *hashEmbedder) EmbedDocuments(ctx context.Context, texts []string) ([][]float32, error) {
	if err := e.fails.Load(); err != nil {
		return nil, *err
	}
	out := make([][]float32, len(texts))
	for i, t := range texts {
		e.texts.Add(1)
		v := make([]float32, 64)
		runes := []rune(t)
		for j := range runes {
			for _, part := range []string{string(runes[j]), string(runes[j:min(j+2, len(runes))])} {
				h := fnv.New32a()
				h.Write([]byte(part))
				v[h.Sum32()%64]++
			}
		}
		out[i] = unit(v...)
		if e.spoil != nil {
			e.spoil(out[i])
		}
	}
	return out, ctx.Err()
}

func (e *hashEmbedder) EmbedQuery(ctx context.Context, text string) ([]float32, error) {
	v, err := e.EmbedDocuments(ctx, []string{text})
	if err != nil {
		return nil, err
	}
	return v[0], nil
}

var errNoModel = errors.New("model is gone")

// Two versions of a document as the portal would have them.
const (
	firstPage  = "信息名称:通知\n索 引 号:014119491/2022-00099\n发布机构:教育局\n发布日期: 2022-02-11\n通知\n\n一、学位\n\n全年新增学位100个。学校在城区。\n\n二、培训\n\n培训机构要登记。\n\n主办单位:办公室\n"
	secondPage = "信息名称:通知\n索 引 号:014119491/2022-00099\n发布机构:教育局\n发布日期: 2022-02-11\n通知\n\n一、学位\n\n今年将新增学位100个。学校在城区。\n\n三、师资\n\n补充教师20名。\n\n主办单位:办公室\n"
)

// digestOf makes what a binary brings: a document with variants for it.
func digestOf(t *testing.T, page string, variants ...string) Kept {
	t.Helper()
	k := Kept{Document: mustRead(t, "bundled", []byte(page)), Origin: Bundled, Imported: time.Now()}
	for _, v := range variants {
		a := Anchor{Section: []string{"一、学位"}, Facts: []string{"学位", "100个"}}
		if strings.Contains(v, "培训") {
			a = Anchor{Section: []string{"二、培训"}, Facts: []string{"登记"}}
		}
		k.Variants = append(k.Variants, Variant{ID: VariantID(k.Document.ID, v, false), Text: v, Origin: Bundled, Anchor: a})
	}
	near := "学位在哪里登记"
	k.Variants = append(k.Variants, Variant{ID: VariantID(k.Document.ID, near, true), Text: near, Negative: true, Lacks: "place", Origin: Bundled,
		Anchor: Anchor{Section: []string{"一、学位"}, Facts: []string{"学位", "100个"}}})
	k.Outlines = []Outline{{ID: OutlineID(k.Document.ID, "学位", nil), Topic: "学位", Asks: []string{"学位的事"}, Anchor: Anchor{Section: []string{"一、学位"}}, Origin: Bundled}}
	return k
}

func texts(k Kept) string {
	var out []string
	for _, v := range k.Variants {
		out = append(out, v.Text)
	}
	slices.Sort(out)
	return strings.Join(out, "|")
}

func onlyKept(t *testing.T, s *memoryShelf) Kept {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) != 1 {
		t.Fatalf("got %d documents, want 1", len(s.kept))
	}
	return s.kept[0]
}

func (s *memoryShelf) snapshot() map[string][]float32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.vectors)
}
