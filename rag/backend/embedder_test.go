package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"wenda/rag/backend/scripted"
)

func embedderOf(t testing.TB, c Config) *Embedder {
	t.Helper()
	e, err := NewEmbedder(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// corpusEmbedder is corpus.Embedder, word for word; cmd/wenda/wire.go asserts the real one.
type corpusEmbedder interface {
	EmbedDocuments(ctx context.Context, texts []string) ([][]float32, error)
	EmbedQuery(ctx context.Context, text string) ([]float32, error)
	Name() string
}

var _ corpusEmbedder = (*Embedder)(nil)

var threeTexts = []string{"新增学位", "老人学手机", "校外培训"}

// body is a reply of embeddings, written out.
func body(data string) scripted.Reply {
	return scripted.JSON(200, `{"object":"list","data":[`+data+`]}`)
}

func item(index int, numbers string) string {
	return fmt.Sprintf(`{"object":"embedding","index":%d,"embedding":[%s]}`, index, numbers)
}

func items(numbers ...string) string {
	all := make([]string, len(numbers))
	for i, n := range numbers {
		all[i] = item(i, n)
	}
	return strings.Join(all, ",")
}

func TestWhatTheEmbedderMakesOfAVendor(t *testing.T) {
	good := scripted.Embed(threeTexts)
	rows := []struct {
		name   string
		vendor string
		reply  scripted.Reply
		limits func(*Limits)
		reason string
		says   string
	}{
		{name: "normal", reply: scripted.Ordered(good, []int{0, 1, 2})},
		{name: "wrong order", reply: scripted.Ordered(good, []int{2, 0, 1})},
		{name: "ollama: normal", vendor: "ollama", reply: scripted.Vectors(scripted.Request{Path: "/api/embed"}, good)},
		{name: "one too few", reply: scripted.Ordered(good, []int{0, 1}), reason: ReasonBadReply, says: "2 vectors for 3 texts"},
		{name: "one too many", reply: scripted.Ordered(append(slices.Clone(good), good[0]), []int{0, 1, 2, 3}), reason: ReasonBadReply, says: "4 vectors for 3 texts"},
		{name: "none", reply: body(""), reason: ReasonBadReply, says: "0 vectors"},
		{name: "an index twice", reply: scripted.Ordered(good, []int{0, 1, 1}), reason: ReasonBadReply, says: "index 1 twice"},
		{name: "an index out of range", reply: body(item(0, "1,0") + "," + item(1, "0,1") + "," + item(3, "1,1")), reason: ReasonBadReply, says: "index 3 twice or out of range"},
		{name: "a negative index", reply: body(item(0, "1,0") + "," + item(1, "0,1") + "," + item(-1, "1,1")), reason: ReasonBadReply, says: "index -1"},
		{name: "no index", reply: body(`{"embedding":[1,0]},{"embedding":[0,1]},{"embedding":[1,1]}`), reason: ReasonBadReply, says: "without index"},
		{name: "NaN as a word", reply: body(items("1,0", "NaN,1", "1,1")), reason: ReasonBadReply, says: "cannot be read"},
		{name: "NaN as null", reply: body(items("1,0", "null,1", "1,1")), reason: ReasonBadReply, says: "element 0 of a vector"},
		{name: "infinity", reply: body(items("1,0", "1e39,1", "1,1")), reason: ReasonBadReply, says: "element 0 of a vector"},
		{name: "numbers as words", reply: body(items("1,0", `"1",1`, "1,1")), reason: ReasonBadReply, says: "element 0 of a vector"},
		{name: "base64", reply: body(`{"index":0,"embedding":"AACAPw=="},{"index":1,"embedding":"AACAPw=="},{"index":2,"embedding":"AACAPw=="}`), reason: ReasonBadReply, says: "not an array"},
		{name: "zeros", reply: body(items("1,0", "0,0", "1,1")), reason: ReasonBadReply, says: "zeros"},
		{name: "another dimension", reply: body(items("1,0", "0,1,0", "1,1")), reason: ReasonBadReply, says: "3 dimensions, others have 2"},
		{name: "no dimension", reply: body(items("", "", "")), reason: ReasonBadReply, says: "cannot be read"},
		{name: "ollama: one too few", vendor: "ollama", reply: scripted.JSON(200, `{"embeddings":[[1,0],[0,1]]}`), reason: ReasonBadReply, says: "2 vectors for 3 texts"},
		{name: "ollama: an error body", vendor: "ollama", reply: scripted.JSON(200, `{"error":"no such model"}`), reason: ReasonFailed, says: "no such model"},
		{name: "an error body", reply: scripted.JSON(200, `{"error":{"message":"oops"}}`), reason: ReasonFailed, says: "oops"},
		{name: "HTML", reply: scripted.HTML(200), reason: ReasonBadReply, says: "a page"},
		{name: "half a body", reply: scripted.JSON(200, `{"data":[{"index":0`), reason: ReasonBadReply, says: "cannot be read"},
		{name: "cut", reply: scripted.Reply{Steps: []scripted.Step{scripted.Write(`{"data":[`), scripted.Cut()}}, reason: ReasonTruncated, says: "the connection ended"},
		{name: "a body without an end", reply: scripted.JSON(200, strings.Repeat(" ", 3*vectorBytes+1)), reason: ReasonTooLarge, says: "bytes of vectors"},
		{name: "a stall", reply: scripted.Reply{Steps: []scripted.Step{scripted.Write(`{`), scripted.Hold()}}, limits: func(l *Limits) { l.Total = short }, reason: ReasonTimeoutTotal, says: "still going"},
		{name: "nothing", reply: scripted.Reply{Steps: []scripted.Step{scripted.Hold()}}, limits: func(l *Limits) { l.Total = short }, reason: "timeout", says: "after 80ms"},
		{name: "400", reply: scripted.Refuse(400, "", "batch size must not exceed 10", ""), reason: ReasonBadRequest, says: "batch size"},
		{name: "401", reply: scripted.Refuse(401, "", "bad key "+testKey, ""), reason: ReasonUnauthorized, says: "bad key [key]"},
		{name: "429", reply: scripted.Refuse(429, "", "slow down", "60"), reason: ReasonRateLimited, says: "retry after 1m0s"},
		{name: "a redirect", reply: scripted.Redirect("http://127.0.0.1:1/"), reason: ReasonRedirected, says: "not followed"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := vendorServer(t)
			s.Script(row.reply)
			c := configOf(s, row.vendor)
			if row.limits != nil {
				row.limits(&c.Limits)
			}
			e := embedderOf(t, c)
			texts := slices.Clone(threeTexts)
			got, err := e.EmbedDocuments(t.Context(), texts)
			if !slices.Equal(texts, threeTexts) {
				t.Errorf("the caller's texts became %q", texts)
			}
			if row.reason != "" {
				var fault *Error
				if !errors.As(err, &fault) || !strings.HasPrefix(fault.Reason(), row.reason) || !strings.Contains(fault.Error(), row.says) || got != nil {
					t.Fatalf("got %v, %v, want %s: %q", got, err, row.reason, row.says)
				}
				if strings.Contains(err.Error(), "wenda0123") {
					t.Errorf("the key is in %v", err)
				}
				if u := e.Usage(); u.Failures[fault.Code] != 1 || u.Completed != 0 {
					t.Errorf("usage %+v", u)
				}
				// A wrong reply settles nothing: another dimension is fine now.
				if row.limits == nil {
					if _, err := e.EmbedDocuments(t.Context(), texts); err != nil {
						t.Errorf("the next call: %v", err)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range got {
				want := vector(slices.Clone(good[i]))
				want.unit()
				if !reflect.DeepEqual(vector(v), want) {
					t.Errorf("text %d: got %v, want %v", i, v, want)
				}
				if l := length(v); math.Abs(l-1) > 1e-6 {
					t.Errorf("text %d has length %v", i, l)
				}
			}
			if u := e.Usage(); u.Calls != 1 || u.Tokens.Prompt != 3 {
				t.Errorf("usage %+v", u)
			}
		})
	}
	t.Logf("%d rows", len(rows))
}

func length(v []float32) float64 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}

// Batches of the vendor's size, results in the order of the texts, each as EmbedQuery gives it.
func TestBatches(t *testing.T) {
	texts := make([]string, 23)
	for i := range texts {
		texts[i] = fmt.Sprintf("第%d段\n新增学位", i)
	}
	for _, row := range []struct {
		vendor string
		batch  int
		want   []int
	}{{"qwen", 0, []int{10, 10, 3}}, {"glm", 0, []int{23}}, {"", 0, []int{10, 10, 3}}, {"", 7, []int{7, 7, 7, 2}}, {"ollama", 5, []int{5, 5, 5, 5, 3}}} {
		s := vendorServer(t)
		c := configOf(s, row.vendor)
		c.Batch = row.batch
		e := embedderOf(t, c)
		vectors, err := e.EmbedDocuments(t.Context(), texts)
		if err != nil || len(vectors) != len(texts) {
			t.Fatalf("%s: %d vectors, %v", row.vendor, len(vectors), err)
		}
		var sizes []int
		for _, r := range s.Requests() {
			sizes = append(sizes, len(r.Input))
		}
		if !slices.Equal(sizes, row.want) {
			t.Errorf("%s: batches %v, want %v", row.vendor, sizes, row.want)
		}
		if s.Requests()[0].Input[0] != texts[0] {
			t.Errorf("%s: sent %q", row.vendor, s.Requests()[0].Input[0])
		}
		v, err := e.EmbedQuery(t.Context(), texts[11])
		if err != nil || !slices.Equal(v, vectors[11]) {
			t.Errorf("%s: text 11 is %v alone and %v among others, %v", row.vendor, v, vectors[11], err)
		}
	}
}

func TestTheDimensionStays(t *testing.T) {
	s := vendorServer(t)
	e := embedderOf(t, configOf(s, ""))
	if _, err := e.EmbedQuery(t.Context(), "学位"); err != nil {
		t.Fatal(err)
	}
	s.Script(body(item(0, "1,0,0")))
	_, err := e.EmbedQuery(t.Context(), "学位")
	if err == nil || !strings.Contains(err.Error(), "3 dimensions, others have 8") {
		t.Errorf("got %v", err)
	}
}

func TestNothingToEmbed(t *testing.T) {
	s := vendorServer(t)
	e := embedderOf(t, configOf(s, ""))
	if _, err := e.EmbedQuery(t.Context(), " \n"); !errors.Is(err, ErrEmptyText) {
		t.Errorf("got %v", err)
	}
	if _, err := e.EmbedDocuments(t.Context(), []string{"学位", ""}); !errors.Is(err, ErrEmptyText) || !strings.Contains(err.Error(), "text 2 of 2") {
		t.Errorf("got %v", err)
	}
	if v, err := e.EmbedDocuments(t.Context(), nil); err != nil || len(v) != 0 {
		t.Errorf("got %v, %v", v, err)
	}
	if len(s.Requests()) != 0 {
		t.Errorf("%d requests", len(s.Requests()))
	}
}

func TestTheEmbedderTriesTwice(t *testing.T) {
	s := vendorServer(t)
	s.Script(scripted.Refuse(503, "", "busy", ""), scripted.Vectors(scripted.Request{}, scripted.Embed([]string{"学位"})),
		scripted.Refuse(503, "", "busy", ""), scripted.Refuse(503, "", "busy", ""))
	e := embedderOf(t, configOf(s, ""))
	if _, err := e.EmbedQuery(t.Context(), "学位"); err != nil {
		t.Fatal(err)
	}
	if _, err := e.EmbedQuery(t.Context(), "学位"); err == nil {
		t.Error("a third try")
	}
	if u := e.Usage(); u.Calls != 4 || u.Completed != 1 || u.Retries != 2 || u.Failures[ReasonOverloaded] != 3 || len(s.Requests()) != 4 {
		t.Errorf("usage %+v", u)
	}
}

func TestAFullEmbedderSaysSo(t *testing.T) {
	s := vendorServer(t)
	s.Answer(func(scripted.Request) scripted.Reply { return scripted.Reply{Steps: []scripted.Step{scripted.Hold()}} })
	e := embedderOf(t, configOf(s, ""))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	for range defaultCalls {
		go func() {
			_, err := e.EmbedQuery(ctx, "学位")
			ended <- err
		}()
	}
	soon(t, "all places are taken", func() bool { _, busy := s.Open(); return busy == defaultCalls })
	var fault *Error
	if _, err := e.EmbedQuery(t.Context(), "学位"); !errors.As(err, &fault) || fault.Code != ReasonBusy {
		t.Errorf("got %v", err)
	}
	waiting, stop := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer stop()
	if _, err := e.EmbedDocuments(waiting, threeTexts); !errors.As(err, &fault) || fault.Code != ReasonDeadline {
		t.Errorf("got %v", err)
	}
	cancel()
	for range defaultCalls {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
}

// FuzzVector: what is read is finite, and what encoding/json reads.
func FuzzVector(f *testing.F) {
	seeds := []string{"[1,2.5,-3e-5]", "[]", "[null]", "[1e39]", "[[1]]", `["1"]`, "[1,]", "{}", "null", "[ 1 , 2 ]", "[0x1]", "[NaN]"}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var v vector
		if json.Unmarshal(raw, &v) != nil || v == nil {
			return
		}
		var want []float32
		if err := json.Unmarshal(raw, &want); err != nil || !slices.Equal(v, want) {
			t.Fatalf("%s: got %v, encoding/json %v, %v", raw, v, want, err)
		}
	})
}
