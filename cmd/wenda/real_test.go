//go:build long

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"wenda/rag"
	"wenda/rag/backend/scripted"
)

// A server composes with a real language model, which talks nonsense, is killed in the middle of an answer, is gone, and comes back: a
// resident always gets the quoted answer, whole and at once, and nothing of the nonsense. make llm fetches the model.
func TestRealModelBehindTheServer(t *testing.T) {
	model := scripted.StartReal(t)
	const question = "今年新增多少学位"
	const held = `{"grammar": "root ::= [一-龥]{400,500} \"。[1]\""}` // it does not know when to stop
	s, err := serveWith(Config{Data: t.TempDir(), Models: t.TempDir(), LLM: LLM{Compose: []string{"llamacpp"}, URL: map[string]string{"llamacpp": model.URL + "/v1"},
		Extra: map[string]string{"llamacpp": held}, Limits: map[string]string{"first-token": "1m", "header": "1m", "gap": "20s"}, Embedders: []string{bundledEmbedder}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	quoted := func(what string, a rag.Answer) {
		t.Helper()
		if a.Status != rag.Answered || a.Mode != rag.Quoted || !a.Degraded || a.Reason == "" || !strings.Contains(a.Text, "2800") || a.Label != "" {
			t.Errorf("%s: status %s, mode %s, degraded %v (%s), label %q: %s", what, a.Status, a.Mode, a.Degraded, a.Reason, a.Label, a.Text)
		}
		if later := s.mustGet(t, "/api/v1/answers/"+a.ID); later.status != 200 || !strings.Contains(later.body, "2800") {
			t.Errorf("%s: by its ID %d %s", what, later.status, later.body)
		}
		t.Logf("%s: %s", what, a.Reason)
	}
	// ask streams, and does something once the model is at work.
	ask := func(wording string, atWork func()) (rag.Answer, time.Duration) {
		t.Helper()
		done := make(chan struct{})
		var a rag.Answer
		var events []event
		var err error
		began := time.Now()
		go func() {
			defer close(done)
			a, events, err = s.stream("text/event-stream", wording)
		}()
		if atWork != nil {
			for model.Busy(t) == 0 {
				select {
				case <-done:
					t.Fatalf("%s was answered without the model: %s %s", wording, a.Mode, a.Reason)
				case <-time.After(5 * time.Millisecond):
				}
			}
			atWork()
		}
		<-done
		if err != nil {
			t.Fatal(err)
		}
		if text, _ := shownOf(t, events); text != a.Text {
			t.Errorf("a reader sees %q, the answer is %q", text, a.Text)
		}
		return a, time.Since(began)
	}

	a, took := ask(question, func() {})
	quoted(fmt.Sprintf("nonsense (%v)", took.Round(time.Millisecond)), a)

	a, took = ask("2022年"+question, model.Kill)
	quoted(fmt.Sprintf("killed in mid-answer (%v)", took.Round(time.Millisecond)), a)

	a, took = ask("全年"+question, nil)
	quoted(fmt.Sprintf("gone (%v)", took.Round(time.Millisecond)), a)
	if r := s.mustGet(t, "/readyz"); r.status != 200 {
		t.Errorf("without the model /readyz says %d %s", r.status, r.body)
	}

	model.Start(t)
	busy := false
	a, _ = ask("钟楼区"+question, func() { busy = true })
	quoted("back", a)
	if !busy {
		t.Error("the model that came back was not asked")
	}
}
