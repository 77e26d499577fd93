package staff

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"wenda/corpus"
	"wenda/prompts"
	"wenda/rag"
	"wenda/store"
)

// busPage is a document of the tests: the words are ours.
const busPage = `信息名称：测试区校车安排
索 引 号：TEST-1/2026-1
发布机构：测试区教育局
发布日期：2026-01-05
废止日期：有效

测试区校车安排

一、开行

（一）时间

校车在工作日早上七点十分从东站发车。每班校车配一名照管员。

（二）报名

家长在每年八月二十日以前向学校报名。校车每学期收费三百六十元。
`

// A library is a site with documents, the engine and the live prompts, wired as cmd/wenda does; without a sentence model.
type librarySite struct {
	*site
	library *corpus.Library
	base    *prompts.Set

	revision int64 // that set was read at
	set      *prompts.Set
}

func newLibrarySite(t *testing.T, change ...func(*Config, *Deps)) *librarySite {
	t.Helper()
	base, err := prompts.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	l := &librarySite{library: &corpus.Library{Wording: corpus.Wording{Lexicon: corpus.Lexicon{StopPhrases: base.StopPhrases, Version: base.Version}}}, base: base}
	l.site = newSite(t, append(change, func(_ *Config, d *Deps) {
		l.library.Shelf = d.Store
		d.Library, d.Prompts = l.library, l.live
		engine := rag.New(rag.Parts{Index: l.library.Current, Prompts: l.live})
		d.Ask = func(ctx context.Context, q rag.Question, with *prompts.Set) (rag.Answer, error) {
			if with == nil {
				return engine.Ask(ctx, q, nil)
			}
			return rag.New(rag.Parts{Index: l.library.Current, Prompts: func() *prompts.Set { return with }}).Ask(ctx, q, nil)
		}
	})...)
	if _, err := l.library.Import(t.Context(), "bus.txt", []byte(busPage), nil); err != nil {
		t.Fatal(err)
	}
	l.reload()
	return l
}

// wholeSite is a library with everything else that a console has: a bench over the same documents, somebody who works the runs off, and a
// server whose channels can be switched.
func wholeSite(t *testing.T) (*librarySite, *testBench, *fixed) {
	t.Helper()
	b := &testBench{}
	r := &fixed{state: State{Channels: []Channel{{Name: "portal", Log: "portal"}, {Name: "api:search", Log: "api:search"}, {Name: "wechat:main", Note: "消息和小程序页面"}}}}
	l := newLibrarySite(t, func(_ *Config, d *Deps) { b.store, d.Bench, d.Running = d.Store, b, r })
	b.index = l.library.Current()
	ctx, stop := context.WithCancel(context.Background())
	var working sync.WaitGroup
	working.Go(func() { l.console.Work(ctx) })
	t.Cleanup(func() { stop(); working.Wait() }) // before the store is closed
	return l, b, r
}

// live is the set that answers: the bundled texts with what staff approved.
func (l *librarySite) live() *prompts.Set {
	revision, err := l.store.CuratedRevision(context.Background())
	if err != nil {
		panic(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.set != nil && l.revision == revision {
		return l.set
	}
	list, retired, err := l.store.LiveCurated(context.Background())
	if err != nil {
		panic(err)
	}
	set, err := l.base.WithCurated(list, retired)
	if err != nil {
		panic(err)
	}
	l.revision, l.set = revision, set
	return set
}

// reload does what a server does within a second of a change.
func (l *librarySite) reload() {
	l.t.Helper()
	if err := l.library.Reload(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
}

// ask answers a question as a resident's, and keeps it in the log.
func (l *librarySite) ask(question, channel string) rag.Answer {
	l.t.Helper()
	a, err := l.console.deps.Ask(l.t.Context(), rag.Question{Text: question, Channel: channel}, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	if err := l.store.PutAnswer(a, store.Logged{Question: a.Trace.Asked, Channel: channel, Asked: l.clock(), Took: 3 * time.Millisecond}); err != nil {
		l.t.Fatal(err)
	}
	if err := l.store.Flush(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
	return a
}

func (l *librarySite) documentID() string { return l.library.Current().Documents()[0].ID }

// upload sends files as a browser does.
func (b *browser) upload(files map[string][]byte) (int, string) {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	_ = w.WriteField("csrf", csrfOf(b.cookie("wenda-sid")))
	for name, data := range files {
		part, err := w.CreateFormFile("file", name)
		if err != nil {
			b.t.Fatal(err)
		}
		_, _ = part.Write(data)
	}
	_ = w.Close()
	r, err := http.NewRequest(http.MethodPost, b.url+"/staff/knowledge/upload", &body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	return b.do(r)
}

// madeAnswer is a record of a made up log; everything in it is as hostile as it gets.
func madeAnswer(i int, at time.Time) (rag.Answer, store.Logged) {
	statuses := []rag.Status{rag.Answered, rag.NotStated, rag.NoSource, rag.Refused}
	questions := []string{`=HYPERLINK("http://x","点我")`, "<script>alert(1)</script>怎么报名", "校车几点", `"><img src=x onerror=alert(2)>`, "+86", "@SUM(A1)"}
	a := rag.Answer{ID: fmt.Sprintf("a_%06d", i), ConversationID: "c_1", Status: statuses[i%4], Mode: rag.Quoted, Text: "<b>回答</b>\n=1+1", IndexVersion: "i1",
		Citations: []rag.Citation{}}
	a.Answered = a.Status == rag.Answered
	if a.Answered {
		a.Citations = append(a.Citations, rag.Citation{N: 1, DocumentID: "d", Title: "<i>标题</i>", Section: "一 > <u>节</u>", Quote: "<s>句</s>", URL: "/doc/d?v=1&p=p1&s=0#p1"})
	}
	a.Trace = rag.Trace{Asked: questions[i%6], Strength: .6, Floor: .5, Candidates: []rag.Candidate{{Text: "<em>候选</em>"}}}
	return a, store.Logged{Question: questions[i%6], Channel: []string{"portal", "wechat", "<q>"}[i%3], Asked: at.Add(-time.Duration(i) * time.Minute), Took: time.Millisecond}
}

func (s *site) fillLog(n int) {
	s.t.Helper()
	for i := range n {
		for {
			err := s.store.PutAnswer(madeAnswer(i, s.clock()))
			if err == nil {
				break
			}
			if err := s.store.Flush(s.t.Context()); err != nil { // the queue is full
				s.t.Fatal(err)
			}
		}
	}
	if err := s.store.Flush(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// holds wants every one of texts on a page, and no markup that a resident sent.
func holds(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("the page does not show %q:\n%s", text, mainOf(page))
		}
	}
	for _, bad := range []string{"<script>alert", "<img src=x", "<b>回答", "<i>标题", "<u>节", "<em>候选", "<q>", "<s>句"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q as markup", bad)
		}
	}
}

func form(pairs ...string) url.Values {
	out := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out.Add(pairs[i], pairs[i+1])
	}
	return out
}
