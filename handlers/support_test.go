package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"wenda/corpus"
	"wenda/corpus/script"
	"wenda/handlers/contract"
	"wenda/rag"
	"wenda/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(run{m}) }

// askFunc is an Asker by script; the engine itself is tested behind these handlers in cmd/wenda.
type askFunc func(ctx context.Context, q rag.Question, emit func(rag.Event)) (rag.Answer, error)

func (f askFunc) Ask(ctx context.Context, q rag.Question, emit func(rag.Event)) (rag.Answer, error) {
	return f(ctx, q, emit)
}

// kept is an Answers in memory.
type kept struct {
	mu       sync.Mutex
	answers  map[string]rag.Answer
	feedback []store.Feedback
	err      error
}

func (k *kept) put(a rag.Answer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.answers == nil {
		k.answers = map[string]rag.Answer{}
	}
	k.answers[a.ID] = a
}

func (k *kept) Answer(_ context.Context, id string) (rag.Answer, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	a, ok := k.answers[id]
	if k.err != nil {
		return rag.Answer{}, k.err
	}
	if !ok {
		return rag.Answer{}, fmt.Errorf("answer %s: %w", id, store.ErrNotFound)
	}
	return a, nil
}

func (k *kept) Feedback(_ context.Context, f store.Feedback) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		return k.err
	}
	if _, ok := k.answers[f.AnswerID]; !ok {
		return fmt.Errorf("feedback on %s: %w", f.AnswerID, store.ErrNotFound)
	}
	k.feedback = append(k.feedback, f)
	return nil
}

func (k *kept) given() []store.Feedback {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]store.Feedback(nil), k.feedback...)
}

// shelf is a Documents over a real index.
type shelf struct {
	index *corpus.Index
	old   []corpus.Document
}

func (s *shelf) Current() *corpus.Index { return s.index }

func (s *shelf) DocumentVersion(_ context.Context, id, version string) (corpus.Document, error) {
	for _, d := range s.old {
		if d.ID == id && d.Version == version {
			return d, nil
		}
	}
	return corpus.Document{}, store.ErrNotFound
}

type suggestionList []Suggestion

func (l suggestionList) Suggestions() []Suggestion { return l }

// Suggest finds the typed words; the ranking is cmd/wenda's and tested there.
func (l suggestionList) Suggest(typed string, most int) []Suggestion {
	var out []Suggestion
	for _, s := range l {
		if strings.Contains(s.Question, typed) && len(out) < most {
			out = append(out, Suggestion{Question: s.Question})
		}
	}
	return out
}

func readDocument(t testing.TB, source, text string) corpus.Document {
	t.Helper()
	d, err := corpus.Read(source, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func buildIndex(t testing.TB, docs ...corpus.Document) *corpus.Index {
	t.Helper()
	x, err := corpus.Build(context.Background(), corpus.Material{Documents: docs})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func planText(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/plan.txt")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// cite makes the citation of the sentence that contains text.
func cite(t testing.TB, d corpus.Document, n int, text string) rag.Citation {
	t.Helper()
	for _, c := range d.Chunks {
		if c.Kind == corpus.Summary {
			continue
		}
		for i := range c.Sentences {
			if strings.Contains(c.Sentence(i), text) {
				return rag.Citation{N: n, DocumentID: d.ID, Title: d.Meta.Title, Issuer: d.Meta.Issuer, IndexNumber: d.Meta.IndexNumber,
					Section: c.SectionPath(), Quote: c.Sentence(i), Published: d.Meta.Published,
					URL: fmt.Sprintf("/doc/%s?v=%s&s=%d#%s", d.ID, d.Version, i, c.ID)}
			}
		}
	}
	t.Fatalf("no sentence with %q", text)
	return rag.Citation{}
}

// A world is a Server with everything around it.
type world struct {
	*Server
	answers  *kept
	shelf    *shelf
	document corpus.Document
	log      *lockedBuffer
}

// lockedBuffer is a log that tests may read while requests write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newWorld makes a Server; change may be nil. Without an Asker every question gets the answer of sampleAnswer.
func newWorld(t testing.TB, change func(*Config, *Deps)) *world {
	t.Helper()
	d := readDocument(t, "plan.txt", planText(t))
	w := &world{answers: &kept{}, shelf: &shelf{index: buildIndex(t, d)}, document: d, log: &lockedBuffer{}}
	sample := w.sampleAnswer(t)
	w.answers.put(sample)
	cfg := Defaults()
	deps := Deps{Answers: w.answers, Documents: w.shelf, Suggestions: suggestionList{{"今年新建几个社区书屋", "社区书屋"}, {"读书节什么时候办", "阅读活动"}},
		Script: script.New(), Log: slog.New(slog.NewJSONHandler(w.log, nil)),
		Asker: askFunc(func(_ context.Context, q rag.Question, emit func(rag.Event)) (rag.Answer, error) {
			a := sample
			a.RequestID = q.RequestID
			if emit != nil {
				emit(rag.Event{ID: a.ID, Stage: "understand"})
				emit(rag.Event{Stage: "retrieve"})
				emit(rag.Event{Citation: &a.Citations[0]})
				emit(rag.Event{Delta: a.Text})
				emit(rag.Event{Stage: "done"})
				emit(rag.Event{Done: &a})
			}
			return a, nil
		})}
	if change != nil {
		change(&cfg, &deps)
	}
	s, err := New(cfg, deps)
	if err != nil {
		t.Fatal(err)
	}
	w.Server = s
	return w
}

func (w *world) sampleAnswer(t testing.TB) rag.Answer {
	return rag.Answer{ID: "a_1", ConversationID: "c_1", Status: rag.Answered, Answered: true, Mode: rag.Quoted,
		Text: "全年力争新建社区书屋9个，改造旧书屋14个。[1]", Citations: []rag.Citation{cite(t, w.document, 1, "新建社区书屋9个"), cite(t, w.document, 2, "藏书不少于3000册")},
		AsOf: "2024-03-05", Notice: "这是2024年的计划。", Related: []string{"书屋几点关门"}, IndexVersion: w.shelf.index.Manifest.Version}
}

// do sends a request to the handler itself.
func (w *world) do(method, path, contentType, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, r)
	return rec
}

func (w *world) post(path, body string, headers ...string) *httptest.ResponseRecorder {
	return w.do(http.MethodPost, path, "application/json", body, headers...)
}

func (w *world) get(path string, headers ...string) *httptest.ResponseRecorder {
	return w.do(http.MethodGet, path, "", "", headers...)
}

// wantError checks that a reply is an error of the contract: status, code, a Chinese message, the request ID, nothing else.
func wantError(t *testing.T, rec *httptest.ResponseRecorder, status int, code string) contract.ErrorBody {
	t.Helper()
	var got contract.ErrorBody
	if err := decodeStrict(rec.Body.Bytes(), &got); err != nil {
		t.Fatalf("error body %q: %v", rec.Body, err)
	}
	if rec.Code != status || got.Code != code {
		t.Errorf("got %d %s (%s), want %d %s", rec.Code, got.Code, got.Message, status, code)
	}
	if !strings.ContainsFunc(got.Message, func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }) {
		t.Errorf("message %q is not Chinese", got.Message)
	}
	if got.RequestID == "" || got.RequestID != rec.Header().Get("X-Request-ID") {
		t.Errorf("request_id %q, header %q", got.RequestID, rec.Header().Get("X-Request-ID"))
	}
	return got
}

func decodeAnswer(t *testing.T, r io.Reader) rag.Answer {
	t.Helper()
	var a rag.Answer
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		t.Fatal(err)
	}
	return a
}
