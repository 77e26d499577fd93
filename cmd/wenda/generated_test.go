package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"wenda/rag"
	"wenda/rag/backend"
	"wenda/rag/backend/scripted"
)

// composingServer is a server by words alone whose engine composes with a scripted vendor, by the adapter of wire.go.
func composingServer(tb testing.TB) (site, *scripted.Server, *App) {
	tb.Helper()
	vendor := scripted.Start()
	tb.Cleanup(vendor.Close)
	b, err := backend.New(backend.Config{BaseURL: vendor.URL + "/v1", Model: "m",
		Limits: backend.Limits{Header: time.Hour, FirstToken: time.Hour, Gap: time.Hour, Total: time.Hour}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(b.Close)
	chain, err := backend.NewChain([]*backend.Backend{b}, backend.ChainConfig{Calls: 1000, BreakerCalls: 1 << 20})
	if err != nil {
		tb.Fatal(err)
	}
	app, err := open(tb.Context(), Config{Data: tb.TempDir(), Models: tb.TempDir(), Addr: "127.0.0.1:0", Limits: "off", Log: "error"}, newLog(&logBuffer{}, "error"))
	if err != nil {
		tb.Fatal(err)
	}
	app.Engine = rag.New(rag.Parts{Prompts: app.prompts.Load, Index: app.Library.Current, Model: composerOf(chain, app.switches),
		Patience: rag.Patience{First: time.Hour, Gap: time.Hour, Total: time.Hour}})
	ctx, cancel := context.WithCancel(context.Background())
	address, served := make(chan net.Addr, 1), make(chan error, 1)
	go func() { served <- app.serve(ctx, func(a net.Addr) { address <- a }) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			tb.Error(err)
		}
		if err := app.close(); err != nil {
			tb.Error(err)
		}
	})
	select {
	case a := <-address:
		return site{"http://" + a.String()}, vendor, app
	case err := <-served:
		tb.Fatal(err)
	}
	return site{}, nil, nil
}

var passageIn = regexp.MustCompile(`(?m)^\[(\d+)\] .*\n(.*)$`)

// echo says every passage that it is given with its number: always right.
func echo(r scripted.Request) scripted.Reply {
	var said []string
	for _, m := range passageIn.FindAllStringSubmatch(r.Messages[1].Content, -1) {
		said = append(said, m[2], "["+m[1]+"]")
	}
	return scripted.Chat(said...)
}

// The same generated answer comes as JSON, by both streams, later by its ID, and on its page; always marked as made by AI.
func TestGeneratedInAllFormats(t *testing.T) {
	s, vendor, _ := composingServer(t)
	vendor.Answer(echo)
	const question = "今年新增多少学位"
	r, err := s.do(http.MethodPost, "/api/v1/ask", askBody(question))
	if err != nil {
		t.Fatal(err)
	}
	want, err := answerOf(r)
	if err != nil || want.Mode != rag.Generated || want.Degraded || !strings.Contains(want.Text, "2800个") || !strings.Contains(want.Label, "人工智能生成") {
		t.Fatalf("got %v, %s, degraded %v (%s), label %q: %s", err, want.Mode, want.Degraded, want.Reason, want.Label, want.Text)
	}
	marked := func(r reply, id string) {
		t.Helper()
		var label rag.AIGC
		if err := json.Unmarshal([]byte(r.header.Get("AIGC")), &label); err != nil || label != (rag.AIGC{Label: "1", ContentProducer: "钟楼区政府网站智能问答", ProduceID: id}) {
			t.Errorf("header AIGC %q: %+v, %v", r.header.Get("AIGC"), label, err)
		}
	}
	marked(r, want.ID)
	for _, format := range []string{"text/event-stream", "application/x-ndjson"} {
		got, events, err := s.stream(format, question)
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if got.Text != want.Text || !reflect.DeepEqual(got.Citations, want.Citations) || got.Mode != want.Mode || got.Label != want.Label || got.AIGC == nil || got.AIGC.ProduceID != got.ID {
			t.Errorf("%s: got %+v\nwant %+v", format, got, want)
		}
		if text, citations := shownOf(t, events); text != want.Text || !reflect.DeepEqual(citations, want.Citations) {
			t.Errorf("%s: a reader sees %q %+v", format, text, citations)
		}
		var stages []string
		for _, e := range events {
			if e.name == "stage" {
				var st struct{ Stage string }
				if err := json.Unmarshal(e.data, &st); err != nil {
					t.Fatal(err)
				}
				stages = append(stages, st.Stage)
			}
		}
		if strings.Join(stages, " ") != "understand compose verify" { // what was found is remembered
			t.Errorf("%s: stages %q", format, stages)
		}
	}
	later := s.mustGet(t, "/api/v1/answers/"+want.ID)
	if got, err := answerOf(later); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("later: %v, %+v", err, got)
	}
	marked(later, want.ID)
	if page := s.mustGet(t, "/a/"+want.ID); !strings.Contains(page.body, want.Label) {
		t.Error("the answer's page lacks the label")
	}
	if r, err := s.do(http.MethodPost, "/api/v1/ask", askBody("你好")); err != nil || r.header.Get("AIGC") != "" || strings.Contains(r.body, "aigc") {
		t.Errorf("a fixed reply is marked: %v, %q, %s", err, r.header.Get("AIGC"), r.body)
	}
	hant, err := s.ask("今年新增多少學位")
	if err != nil || !strings.Contains(hant.Text, "新增學位2800個") || !strings.Contains(hant.Label, "人工智能生成") {
		t.Errorf("traditional: %v, label %q, %q", err, hant.Label, hant.Text)
	}
}

// A model that begins well and then lies: the stream is reset and goes on with the quoted answer, which is the one that is kept.
func TestResetInAStream(t *testing.T) {
	s, vendor, _ := composingServer(t)
	vendor.Answer(func(r scripted.Request) scripted.Reply {
		m := passageIn.FindStringSubmatch(r.Messages[1].Content)
		return scripted.Chat(m[2], "["+m[1]+"]", "计划新增学位99999个。[1]", "计划新增学位88888个。[1]")
	})
	for _, format := range []string{"text/event-stream", "application/x-ndjson"} {
		a, events, err := s.stream(format, "今年新增多少学位")
		if err != nil {
			t.Fatal(err)
		}
		resets := 0
		for _, e := range events {
			if e.name == "reset" {
				resets++
			}
			if strings.Contains(string(e.data), "99999") {
				t.Errorf("%s: a lie left: %s", format, e.data)
			}
		}
		text, citations := shownOf(t, events)
		if resets != 1 || a.Mode != rag.Quoted || !a.Degraded || a.Reason != "unverified" || text != a.Text || !reflect.DeepEqual(citations, a.Citations) {
			t.Errorf("%s: %d resets, %s, degraded %v (%s), shown %q, answer %q", format, resets, a.Mode, a.Degraded, a.Reason, text, a.Text)
		}
		if page := s.mustGet(t, "/a/"+a.ID); !strings.Contains(page.body, "智能组织语言暂时不可用") {
			t.Error("the answer's page does not say that it is degraded")
		}
	}
}

// A client that leaves its stream ends the vendor's call; one that leaves a JSON request too.
func TestLeavingEndsTheCall(t *testing.T) {
	s, vendor, _ := composingServer(t)
	vendor.Answer(func(r scripted.Request) scripted.Reply {
		m := passageIn.FindStringSubmatch(r.Messages[1].Content)
		return scripted.Stream(scripted.Write(scripted.Delta(m[2]+"["+m[1]+"]计划")), scripted.Hold())
	})
	busy := func(n int) {
		t.Helper()
		if err := until("calls at the vendor's", func() (bool, error) { _, b := vendor.Open(); return b == n, nil }); err != nil {
			t.Error(err)
		}
	}
	asked := 0
	for _, accept := range []string{"text/event-stream", "application/json"} {
		ctx, leave := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/api/v1/ask", strings.NewReader(askBody("今年新增多少学位")))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", accept)
		var wg sync.WaitGroup
		wg.Go(func() {
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				return // it left
			}
			defer res.Body.Close()
			for lines := bufio.NewScanner(res.Body); lines.Scan(); {
				if strings.Contains(lines.Text(), "2800") { // the first sentence came while the vendor holds
					leave()
				}
			}
		})
		if accept == "application/json" {
			busy(1)
			leave()
		}
		wg.Wait()
		busy(0)
		leave()
		asked++
		if n := len(vendor.Requests()); n != asked {
			t.Errorf("%s: the vendor was asked %d times, want %d", accept, n, asked)
		}
	}
}
