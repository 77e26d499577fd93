package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"wenda/rag/backend"
	"wenda/rag/backend/scripted"
)

// embeddingVendor gives good vectors while well.
func embeddingVendor(t *testing.T) *scripted.Server {
	t.Helper()
	s := scripted.Start()
	t.Cleanup(s.Close)
	return s
}

func withEmbedder(data string, s *scripted.Server, model string) Config {
	return Config{Data: data, Models: "none", LLM: LLM{Embedders: []string{"vllm=" + model}, URL: map[string]string{"vllm": s.URL + "/v1"}, Limits: map[string]string{"retry-wait": "1ms"}}}
}

// serveWhile serves until f returns.
func serveWhile(t *testing.T, cfg Config, f func(*server)) {
	t.Helper()
	s, err := serveWith(cfg)
	if err != nil {
		t.Fatal(err)
	}
	f(s)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if t.Failed() {
		t.Logf("log:\n%s", s.log)
	}
}

// A vendor's embedder: its vectors are made in the background while words answer, are kept by its name, and are never mixed with those of
// another one; to come back to an earlier one costs nothing.
func TestEmbedderOfAVendor(t *testing.T) {
	s, data := embeddingVendor(t), t.TempDir()
	hold := make(chan struct{})
	refused := 0
	s.Answer(func(r scripted.Request) scripted.Reply { // one request after the other until it is well
		<-hold
		if len(s.Requests()) == 20 {
			refused++
			return scripted.Refuse(500, "", "no", "")
		}
		return scripted.Good(r)
	})
	began := time.Now()
	serveWhile(t, withEmbedder(data, s, "first"), func(running *server) {
		r := running.mustGet(t, "/readyz")
		if got := readinessOf(t, r); r.status != 503 || got.Embedder != "vllm/first" || got.Reason == "" {
			t.Errorf("readyz while vectors are made: %d %+v", r.status, got)
		}
		wantPlaces(t, "by words", running.mustAsk(t, "今年新增多少学位"))
		if got := running.mustGet(t, "/metrics").body; strings.Contains(got, "wenda_vectors_missing 0\n") || !strings.Contains(got, "wenda_vectors_missing ") {
			t.Error("no vectors are missing by the metrics")
		}
		close(hold)
		if got := readinessOf(t, running.ready(t)); got.Embedder != "vllm/first" || got.Missing != 0 {
			t.Errorf("readyz %+v", got)
		}
		if refused != 1 || !strings.Contains(running.log.String(), `"msg":"answering by words alone"`) {
			t.Errorf("refused %d times, and tried again", refused)
		}
		before := len(s.Requests())
		running.mustAsk(t, "我的身份证号是320402199003072618，补课班现在怎么管")
		if len(s.Requests()) == before {
			t.Error("the question was not embedded")
		}
		for _, r := range s.Requests()[before:] {
			if strings.Contains(string(r.Body), "320402") {
				t.Errorf("personal data was sent: %s", r.Body)
			}
		}
		got := running.mustGet(t, "/metrics").body
		if !strings.Contains(got, "wenda_vectors_missing 0\n") || !strings.Contains(got, fmt.Sprintf(`wenda_llm_calls_total{backend="vllm/first embed"} %d`, len(s.Requests()))) {
			t.Errorf("metrics do not tell of the embedder: %d requests", len(s.Requests()))
		}
		if log := running.log.String(); !strings.Contains(log, `"msg":"computing vectors","embedder":"vllm/first","done":`) || !strings.Contains(log, `"msg":"index swapped"`) {
			t.Error("no progress in the log")
		}
		// It fails: words answer, and the log says why.
		s.Answer(func(scripted.Request) scripted.Reply { return scripted.Refuse(401, "", "no", "") })
		wantPlaces(t, "the vendor fails", running.mustAsk(t, "2022年新增多少个学位？"))
		if !strings.Contains(running.log.String(), `"msg":"embedding failed; searching by words","backend":"vllm/first","reason":"unauthorized","status":401`) {
			t.Error("nothing in the log of an embedder that failed")
		}
		s.Answer(nil)
	})
	t.Logf("all vectors with %d requests in %v", len(s.Requests()), time.Since(began).Round(time.Millisecond))

	other := embeddingVendor(t)
	serveWhile(t, withEmbedder(data, other, "second"), func(running *server) {
		if r := running.mustGet(t, "/readyz"); r.status != 503 || readinessOf(t, r).Embedder != "vllm/second" {
			t.Errorf("readyz %d %s: vectors of two embedders were mixed", r.status, r.body)
		}
		wantPlaces(t, "by words again", running.mustAsk(t, "今年新增多少学位"))
		if err := until("the second embedder is asked", func() (bool, error) { return len(other.Requests()) > 10, nil }); err != nil {
			t.Error(err)
		}
	})
	before := len(s.Requests())
	serveWhile(t, withEmbedder(data, s, "first"), func(running *server) {
		if r := running.mustGet(t, "/readyz"); r.status != 200 || readinessOf(t, r).Embedder != "vllm/first" {
			t.Errorf("back to the first: readyz %d %s", r.status, r.body)
		}
	})
	if got := len(s.Requests()); got != before {
		t.Errorf("%d requests for vectors that are kept", got-before)
	}
}

func TestDoctorTriesTheEmbedder(t *testing.T) {
	gone := scripted.Start()
	gone.Close()
	got := runShort(t, "doctor", "--data", t.TempDir(), "--embedder", gone.URL+"/v1=m")
	if got.code != exitFailure || !strings.Contains(got.stderr, backend.ReasonUnreachable) {
		t.Errorf("exit status %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	for _, args := range [][]string{{"--embedder", "deepseek"}, {"--embedder", "gogle"}, {"--embedder", "ollama"}} {
		if got := runShort(t, append([]string{"documents"}, args...)...); got.code != exitMisuse || !strings.Contains(got.stderr, "embedder：") {
			t.Errorf("%q: exit status %d: %s", args, got.code, got.stderr)
		}
	}
}
