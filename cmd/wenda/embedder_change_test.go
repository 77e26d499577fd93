package main

import (
	"context"

	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wenda/rag/backend"
	"wenda/rag/backend/scripted"
	"wenda/store"
)

// smallPage takes few vectors.
const smallPage = "信息名称：测试区校车安排\n索 引 号：TEST-1/2026-1\n发布机构：测试区教育局\n发布日期：2026-01-05\n废止日期：有效\n\n测试区校车安排\n\n一、时间\n\n" +
	"校车在工作日早上七点十分从东站发车。每班校车配一名照管员。\n\n二、收费\n\n校车每学期收费360元。\n"

const smallQuestion = "校车每学期收费多少"

// smallData is a data folder without the bundled plan, so that its vectors take a moment, not minutes.
func smallData(t *testing.T) string {
	t.Helper()
	cfg := Config{Data: filepath.Join(t.TempDir(), "data"), Models: t.TempDir(), LLM: LLM{Embedders: []string{wordsEmbedder}}}
	a, err := open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := a.Store.Live(t.Context())
	for _, k := range kept {
		if err == nil {
			err = a.Store.WithdrawDocument(t.Context(), store.By{Name: "t"}, k.Document.ID, "t")
		}
	}
	if err == nil {
		_, err = a.Library.Import(t.Context(), "bus.txt", []byte(smallPage), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := a.close(); err != nil {
		t.Fatal(err)
	}
	return cfg.Data
}

// A changingServer serves in this process, and its app can be looked at.
type changingServer struct {
	site
	*App
	stop func()
}

func serveSmall(t *testing.T, data string, vendor *scripted.Server, embedders ...string) *changingServer {
	t.Helper()
	cfg := Config{Data: data, Models: t.TempDir(), Addr: "127.0.0.1:0", Limits: "off", Log: "error", LLM: LLM{Embedders: embedders,
		URL: map[string]string{"vllm": vendor.URL + "/v1"}, Limits: map[string]string{"retry-wait": "1ms"}}}
	a, err := open(t.Context(), cfg, newLog(&logBuffer{}, "error"))
	if err != nil {
		t.Fatal(err)
	}
	a.embedAgain = time.Millisecond
	ctx, cancel := context.WithCancel(context.Background())
	address, served := make(chan net.Addr, 1), make(chan error, 1)
	go func() { served <- a.serve(ctx, func(l net.Addr) { address <- l }) }()
	s := &changingServer{App: a}
	stopped := false
	s.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := a.close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(s.stop)
	select {
	case l := <-address:
		s.site = site{"http://" + l.String()}
	case err := <-served:
		t.Fatal(err)
	}
	return s
}

func (s *changingServer) state(t *testing.T) store.EmbedderState {
	t.Helper()
	e, err := s.Store.Embedder(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (s *changingServer) want(t *testing.T, to string) {
	t.Helper()
	if err := s.Store.WantEmbedder(t.Context(), store.By{Name: "li"}, s.choices[0].written, to, "试一试", time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := newRunning(s.App).Switched(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// serves names the embedder of the console's list that serves.
func (s *changingServer) serves(t *testing.T) string {
	t.Helper()
	var out []string
	for _, e := range newRunning(s.App).State().Embedders {
		if e.Serves {
			out = append(out, e.Written)
		}
	}
	return strings.Join(out, " ")
}

// answers wants the answer and readiness, whatever is going on.
func (s *changingServer) answers(t *testing.T, what string) {
	t.Helper()
	if a := s.mustAsk(t, smallQuestion); len(a.Citations) == 0 || !strings.Contains(a.Text, "校车") { // the vendor's vectors mean nothing
		t.Errorf("%s: %s %s", what, a.Status, a.Text)
	}
	if r := s.mustGet(t, "/readyz"); r.status != 200 {
		t.Errorf("%s: readyz %d %s", what, r.status, r.body)
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	if err := until(what, func() (bool, error) { return holds(), nil }); err != nil {
		t.Fatal(err)
	}
}

// An administrator changes the embedder of a running server. The old index answers all the time; half way it is called off, fails for good, and
// is begun again, and nothing that was made is made twice; at last both are swapped at once, and the next start has the new one.
func TestEmbedderChangedWhileServing(t *testing.T) {
	vendor, data := embeddingVendor(t), smallData(t)
	var mode atomic.Value // good, hold, or refuse after some
	var good atomic.Int32
	mode.Store("hold")
	vendor.Answer(func(r scripted.Request) scripted.Reply {
		switch m := mode.Load(); {
		case m == "hold" && good.Load() >= 5:
			return scripted.Reply{Steps: []scripted.Step{scripted.Hold()}}
		case m == "401":
			return scripted.Refuse(401, "", "bad key", "")
		case m == "503":
			return scripted.Refuse(503, "", "busy", "")
		}
		good.Add(1)
		return scripted.Good(r)
	})
	s := serveSmall(t, data, vendor, wordsEmbedder, "vllm=first")
	s.answers(t, "at first")
	if got := s.serves(t); got != wordsEmbedder || len(vendor.Requests()) != 0 {
		t.Fatalf("serves %q, %d requests", got, len(vendor.Requests()))
	}

	s.want(t, "vllm=first")
	eventually(t, "it hangs half way", func() bool { c := newRunning(s.App).State().Change; return c != nil && c.Done > 0 && c.Done < c.All })
	s.answers(t, "half way")
	if got := newRunning(s.App).State().Change; got.To != "vllm=first" || got.Percent() <= 0 || got.Percent() >= 100 {
		t.Errorf("progress %+v", got)
	}
	if err := s.Store.CancelEmbedder(t.Context(), store.By{Name: "li"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "called off", func() bool { _, busy := vendor.Open(); return busy == 0 && newRunning(s.App).State().Change == nil })
	if got := s.serves(t); got != wordsEmbedder {
		t.Errorf("after calling off %q serves", got)
	}
	s.answers(t, "called off")

	// A reason that does not pass ends it at once; one that passes is waited out, for a while.
	for reason, m := range map[string]string{backend.ReasonUnauthorized: "401", backend.ReasonOverloaded: "503"} {
		mode.Store(m)
		before := len(vendor.Requests())
		s.want(t, "vllm=first")
		eventually(t, "it failed", func() bool { return s.state(t).Failed == reason })
		eventually(t, "it ended", func() bool { return newRunning(s.App).State().Change == nil })
		tries := map[string]int{"401": 1, "503": 2 * changeTries}[m] // a request is made twice where that promises something
		if got := len(vendor.Requests()) - before; got != tries || s.serves(t) != wordsEmbedder {
			t.Errorf("%s: %d requests, want %d; %q serves", m, got, tries, s.serves(t))
		}
		s.answers(t, m)
	}
	if text := reasonText(backend.ReasonUnauthorized); !strings.Contains(text, "密钥") {
		t.Errorf("nobody is told what to do: %q", text)
	}

	texts := func() (all []string) {
		for _, r := range vendor.Requests() {
			if r.Embeddings() && len(r.Input) > 1 {
				all = append(all, r.Input...)
			}
		}
		return all
	}
	mode.Store("good")
	made := int(good.Load())
	s.want(t, "vllm=first")
	eventually(t, "it serves", func() bool { return s.serves(t) == "vllm=first" })
	eventually(t, "it is written down", func() bool { e := s.state(t); return e.Serves == "vllm=first" && e.Target == "" && e.Failed == "" })
	if made == 0 || s.Library.Current().Manifest.Embedder != "vllm/first" || s.Library.Current().Manifest.Missing != 0 {
		t.Errorf("index %+v", s.Library.Current().Manifest)
	}
	asked := len(vendor.Requests())
	s.answers(t, "changed")
	if len(vendor.Requests()) == asked {
		t.Error("the new one is not asked")
	}
	if got := newRunning(s.App).State().Embedders[1]; got.Health.OK.IsZero() || got.Breaker != "closed" || !got.Remote || got.Model != "vllm/first" {
		t.Errorf("health %+v", got)
	}
	s.stop()

	all := len(texts())
	s = serveSmall(t, data, vendor, wordsEmbedder, "vllm=first")
	s.answers(t, "after a restart")
	if got := s.serves(t); got != "vllm=first" || len(texts()) != all { // a question and its repair are asked one by one
		t.Errorf("after a restart %q serves, %d vectors were made again", got, len(texts())-all)
	}
	s.want(t, wordsEmbedder)
	eventually(t, "words again", func() bool { return s.serves(t) == wordsEmbedder && s.Library.Current().Lexical() })
	s.answers(t, "by words")
	s.stop()
	s = serveSmall(t, data, vendor, "vllm=first", wordsEmbedder) // the operator changed the setting: that counts
	if got := s.serves(t); got != "vllm=first" {
		t.Errorf("another setting: %q serves", got)
	}
	s.stop()
	s = serveSmall(t, data, vendor, "vllm=second")
	s.want(t, bundledEmbedder)
	eventually(t, "no sentence model here", func() bool { return s.state(t).Failed == changeNoModel })
	if got := texts(); len(got) == 0 {
		t.Error("no texts were embedded")
	}
}

// A server that is killed in the middle of a change serves with the old one when it starts again, and goes on where it was.
func TestEmbedderChangeGoesOnAfterAKill(t *testing.T) {
	t.Parallel()
	vendor, data := embeddingVendor(t), smallData(t)
	var good, held atomic.Int32
	release := atomic.Bool{}
	vendor.Answer(func(r scripted.Request) scripted.Reply {
		if good.Load() >= 5 && !release.Load() {
			held.Add(1)
			return scripted.Reply{Steps: []scripted.Step{scripted.Hold()}}
		}
		good.Add(1)
		return scripted.Good(r)
	})
	beside, err := store.Open(t.Context(), data, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	args := []string{"--data", data, "--models", t.TempDir(), "--embedder", "words,vllm=first", "--llm-url", "vllm=" + vendor.URL + "/v1"}
	p := startProcess(t, args...)
	if err := beside.WantEmbedder(t.Context(), store.By{Name: "li"}, wordsEmbedder, "vllm=first", "试一试", time.Now()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "half way", func() bool { return held.Load() > 0 })
	p.kill()

	p = startProcess(t, args...)
	if got := readinessOf(t, p.ready(t)); got.Embedder != "" {
		t.Errorf("after the kill %q serves", got.Embedder)
	}
	if a := p.mustAsk(t, smallQuestion); !strings.Contains(a.Text, "校车") {
		t.Errorf("after the kill: %s", a.Text)
	}
	told := runProgram(t, append([]string{"doctor"}, args...)...)
	if !strings.Contains(told.stdout, "正在换成 vllm=first，由运行中的服务接着算") {
		t.Errorf("doctor: %+v", told)
	}
	release.Store(true)
	p.kill()
	p = startProcess(t, args...)
	eventually(t, "the change is done", func() bool { return readinessOf(t, p.mustGet(t, "/readyz")).Embedder == "vllm/first" })
	if a := p.mustAsk(t, smallQuestion); !strings.Contains(a.Text, "校车") {
		t.Errorf("changed: %s", a.Text)
	}
	seen := map[string]int{}
	batches := 0
	for _, r := range vendor.Requests() {
		if len(r.Input) > 1 {
			batches++
			for _, text := range r.Input {
				seen[text]++
			}
		}
	}
	again := 0
	for _, n := range seen {
		again += n - 1
	}
	// Lost is at most what was under way at each kill: 128 texts of a batch that is kept as a whole.
	if batches < 6 || again > 3*128 || len(seen) < 200 {
		t.Errorf("%d texts in %d requests, %d asked again", len(seen), batches, again)
	}
	t.Logf("%d texts, %d asked again after two kills", len(seen), again)
	told = runProgram(t, append([]string{"doctor"}, args...)...)
	if want := "后台从 words 换成了 vllm=first"; !strings.Contains(told.stdout, want) || !strings.Contains(told.stdout, "向量厂商      vllm/first") {
		t.Errorf("doctor does not say %q: %+v", want, told)
	}
}

// A vendor's embedder that hangs costs one resident the time limit; the next ones are answered by words, and nobody asks the vendor.
func TestEmbedderThatHangs(t *testing.T) {
	vendor, data := embeddingVendor(t), smallData(t)
	s := serveSmall(t, data, vendor, "vllm=first")
	s.site.ready(t)
	s.stop()
	vendor.Answer(func(scripted.Request) scripted.Reply { return scripted.Reply{Steps: []scripted.Step{scripted.Hold()}} })
	s = serveSmall(t, data, vendor, "vllm=first")
	before := len(vendor.Requests())
	for i := range 5 {
		if a := s.mustAsk(t, smallQuestion+strings.Repeat("？", i)); !strings.Contains(a.Text, "校车") {
			t.Errorf("question %d: %s", i, a.Text)
		}
	}
	if got := len(vendor.Requests()) - before; got != 1 {
		t.Errorf("the vendor was asked %d times", got)
	}
	e := newRunning(s.App).State().Embedders[0]
	if e.Breaker != "open" || !e.Health.Now() {
		t.Errorf("the console is told %+v", e)
	}
	if got := s.mustGet(t, "/metrics").body; !strings.Contains(got, `wenda_llm_breaker{backend="vllm/first embed",state="open"} 1`) {
		t.Error("the metrics do not tell of the rest")
	}
}
