package handlers

import (
	"encoding/json"
	"reflect"
	"testing"

	"wenda/rag"
)

// underway is a Progress with one answer.
type underway map[string]rag.Composing

func (u underway) Composing(id string) (rag.Composing, bool) {
	c, ok := u[id]
	return c, ok
}

func TestAnswerUnderWay(t *testing.T) {
	now := rag.Composing{ID: "a_9", State: "composing", Stage: "verify", Text: "一句。[1]", Citations: []rag.Citation{{N: 1, Title: "标题"}},
		Label: "AI", AIGC: &rag.AIGC{Label: "1", ProduceID: "a_9"}}
	shown := now
	now.Owner = "a hash that is nobody's business"
	making := underway{"a_9": now}
	w := newWorld(t, func(_ *Config, d *Deps) { d.Progress = making })
	rec := w.get("/api/v1/answers/a_9")
	var got rag.Composing
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
		t.Fatalf("%s: %v", rec.Body, err)
	}
	if rec.Code != 202 || rec.Header().Get("Retry-After") != "1" || !reflect.DeepEqual(got, shown) {
		t.Errorf("got %d, Retry-After %q, %+v, want 202, 1, %+v", rec.Code, rec.Header().Get("Retry-After"), got, shown)
	}
	delete(making, "a_9")
	wantError(t, w.get("/api/v1/answers/a_9"), 404, "answer_unknown")
	if rec := w.get("/api/v1/answers/a_1"); rec.Code != 200 {
		t.Errorf("a kept answer: %d", rec.Code)
	}
}
