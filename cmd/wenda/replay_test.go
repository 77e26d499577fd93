package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"wenda/corpus"
	"wenda/prompts"
	"wenda/rag"
	"wenda/store"
)

// A diary is an app that asks, logs and replays. The bundled plan is withdrawn, and its questions are gone: reading
// and indexing them takes a second each time.
type diary struct {
	*App
	t *testing.T
}

func newDiary(t *testing.T) diary {
	a := wordsApp(t, Config{})
	d := diary{a, t}
	bundled, err := a.Store.Live(t.Context())
	d.must(err)
	d.must(a.Store.ChangeVariants(t.Context(), store.By{Name: "t"}, "variants", bundled[0].Document.ID, "",
		func([]corpus.Variant) ([]corpus.Variant, error) { return nil, nil }))
	d.must(a.Store.WithdrawDocument(t.Context(), store.By{Name: "t"}, bundled[0].Document.ID, "试"))
	return d
}

func TestReplay(t *testing.T) {
	d := newDiary(t) // which takes the most time
	for _, part := range []struct {
		name string
		f    func(diary)
	}{{"documents of then", replayDocuments}, {"words of then", replayWords}, {"follow-up", replayFollowUp}, {"differences", replayDifferences}, {"during a swap", replaySwap},
		{"another start", replayStart}} {
		t.Run(part.name, func(t *testing.T) {
			d := diary{d.App, t}
			d.imports("图书馆周末九点开门。")
			part.f(d)
		})
	}
}

// imports makes this sentence the text of the library's rules.
func (d diary) imports(sentence string) {
	d.t.Helper()
	text := "# 社区图书馆开放办法\n\n## 开放时间\n\n" + sentence + "工作日开放到晚上八点。\n\n## 借书\n\n凭身份证办理借书证，一次最多借五本书。\n"
	_, err := d.Library.Import(d.t.Context(), "library.md", []byte(text), nil)
	d.must(err)
	d.must(d.ready(d.t.Context()))
}

func (d diary) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// logs asks a resident's question and keeps the answer.
func (d diary) logs(q rag.Question) rag.Answer {
	d.t.Helper()
	q.Channel = "portal"
	d.must(d.readCurated(d.t.Context()))
	answer, err := d.Engine.Ask(d.t.Context(), q, nil)
	d.must(err)
	d.keeps(answer)
	return answer
}

func (d diary) keeps(answer rag.Answer) {
	d.t.Helper()
	d.must(d.Store.PutAnswer(answer, store.Logged{Question: answer.Trace.Asked, Channel: "portal"}))
	d.must(d.Store.Flush(d.t.Context()))
}

func (d diary) replays(id string, same, exact bool) replayed {
	d.t.Helper()
	r, err := d.replay(d.t.Context(), id)
	d.must(err)
	if r.Same != same || r.Exact != exact {
		d.t.Errorf("replay of %s: same %t, index as it was %t; want %t, %t\n%+v\n%v", r.Question, r.Same, r.Exact, same, exact, r.Changes, r.Lacking)
	}
	return r
}

// What was answered is answered again from the documents of then, whatever became of them since.
func replayDocuments(d diary) {
	t := d.t
	const question = "图书馆周末几点开门"
	first := d.logs(rag.Question{Text: question})
	if !strings.Contains(first.Text, "九点") {
		t.Fatalf("got %s %s", first.Status, first.Text)
	}
	d.replays(first.ID, true, true)

	d.imports("图书馆周末十点开门。")
	second := d.logs(rag.Question{Text: question})
	if !strings.Contains(second.Text, "十点") {
		t.Fatalf("got %s", second.Text)
	}
	d.replays(first.ID, true, true)

	by, ctx, id := store.By{Name: "t"}, t.Context(), first.Citations[0].DocumentID
	d.must(d.Store.WithdrawDocument(ctx, by, id, "试"))
	d.must(d.ready(ctx))
	if gone := d.logs(rag.Question{Text: question}); strings.Contains(gone.Text, "点开门") {
		t.Fatalf("withdrawn, and answers %s", gone.Text)
	} else {
		d.replays(gone.ID, true, true)
	}
	d.replays(first.ID, true, true)
	d.replays(second.ID, true, true)

	d.must(d.Store.RestoreDocument(ctx, by, id, citedVersion(first.Citations[0]), ""))
	d.must(d.ready(ctx))
	restored := d.logs(rag.Question{Text: question})
	if !strings.Contains(restored.Text, "九点") {
		t.Fatalf("restored: %s", restored.Text)
	}
	d.replays(restored.ID, true, true)
	d.replays(second.ID, true, true)

	d.imports("图书馆周末十点开门。") // a version that was live before
	d.replays(d.logs(rag.Question{Text: question}).ID, true, true)
	d.replays(restored.ID, true, true)
}

// Prompts and curated answers are those of then as well.
func replayWords(d diary) {
	t := d.t
	ctx, by := t.Context(), store.By{Name: "t"}
	const question = "图书馆几楼有饮水机"
	before := d.logs(rag.Question{Text: "谢谢"})

	text, err := prompts.Default("replies.yaml")
	d.must(err)
	said := before.Text
	reworded := strings.Replace(string(text), strings.TrimRight(said, "\n"), "不客气，改过的。", 1)
	if reworded == string(text) {
		t.Fatalf("no %q in the replies", said)
	}
	n, err := d.Store.SaveDraft(ctx, by, "replies.yaml", 0, []byte(reworded), "")
	d.must(err)
	_, err = d.Store.ReleasePrompts(ctx, by, "prompt.publish", 0, map[string]int{"replies.yaml": n}, "")
	d.must(err)
	set, err := prompts.Load(d.Store.PromptOverride)
	d.must(err)
	d.prompts.Store(set)
	after := d.logs(rag.Question{Text: "谢谢"})
	if !strings.Contains(after.Text, "改过的") || after.Text == before.Text {
		t.Fatalf("got %q", after.Text)
	}
	d.replays(before.ID, true, before.IndexVersion != "")
	d.replays(after.ID, true, after.IndexVersion != "")

	plain := d.logs(rag.Question{Text: question})
	c := prompts.Curated{ID: store.NewCuratedID(), Owner: "图书馆", Review: "2030-01-01", Asks: []string{question}, Answer: "饮水机在二楼。"}
	c.Cites = []prompts.Cite{{Document: d.documentID("社区图书馆开放办法"), Section: []string{"开放时间"}, Facts: []string{"晚上八点"}}}
	version, err := d.Store.SaveCurated(ctx, by, c, 0)
	d.must(err)
	d.must(d.Store.ApproveCurated(ctx, by, c.ID, version, false))
	curated := d.logs(rag.Question{Text: question})
	if !strings.Contains(curated.Text, "二楼") {
		t.Fatalf("got %s %s", curated.Status, curated.Text)
	}
	d.must(d.Store.RetireCurated(ctx, by, c.ID, "试"))
	retired := d.logs(rag.Question{Text: question})
	for _, a := range []rag.Answer{plain, curated, retired} {
		d.replays(a.ID, true, true)
	}
}

func (d diary) documentID(title string) string {
	d.t.Helper()
	for _, doc := range d.Library.Current().Documents() {
		if doc.Meta.Title == title {
			return doc.ID
		}
	}
	d.t.Fatalf("no document %s", title)
	return ""
}

// A follow-up is understood by what was asked before it; where that was not kept, as it was understood.
func replayFollowUp(d diary) {
	t := d.t
	first := d.logs(rag.Question{Text: "图书馆周末几点开门"})
	next := d.logs(rag.Question{Text: "那工作日呢？", ConversationID: first.ConversationID})
	if next.Trace.Standalone == "" || !next.Answered {
		t.Fatalf("no follow-up: %+v", next)
	}
	if r := d.replays(next.ID, true, true); len(r.Lacking) != 0 || r.Now.Trace.Standalone != next.Trace.Standalone {
		t.Errorf("lacking %v, understood as %q", r.Lacking, r.Now.Trace.Standalone)
	}
	told := d.logs(rag.Question{Text: "那工作日呢？", History: []rag.Turn{{Role: "user", Content: "图书馆周末几点开门"}}})
	if r := d.replays(told.ID, true, true); len(r.Lacking) != 1 || !strings.Contains(r.Lacking[0], told.Trace.Standalone) {
		t.Errorf("of a conversation that was not kept: %v", r.Lacking)
	}
}

// What cannot be had is said, and a different answer ends with 4.
func replayDifferences(d diary) {
	t := d.t
	answer := d.logs(rag.Question{Text: "图书馆周末几点开门"})
	forged := answer
	forged.ID, forged.Status, forged.Text, forged.IndexVersion = "a_forged", rag.NoSource, "没有找到。", "i000000000000"
	forged.Citations, forged.Mode = nil, rag.Generated
	d.keeps(forged)
	r := d.replays("a_forged", false, false)
	if len(r.Changes) != 3 || r.Changes[0].Then != "no_source" || r.Changes[0].Now != "answered" || !strings.Contains(r.Changes[2].Now, "社区图书馆开放办法") {
		t.Errorf("differences: %+v", r.Changes)
	}
	if len(r.Lacking) != 2 || !strings.Contains(r.Lacking[0], "i000000000000") || !strings.Contains(r.Lacking[1], "没有配置") {
		t.Errorf("lacking: %v", r.Lacking)
	}
	for _, tt := range []struct {
		id   string
		code int
		want string
	}{{answer.ID, 0, "都与当时一样"}, {"a_forged", exitDiffers, "结果不同"}, {"a_unknown", exitFailure, "日志里没有 a_unknown"}} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), []string{"log", "replay", tt.id, "--data", d.Config.Data, "--models", d.Config.Models}, &stdout, &stderr)
		if code != tt.code || !strings.Contains(stdout.String()+stderr.String(), tt.want) {
			t.Errorf("replay %s: exit status %d, want %d and %q\n%s%s", tt.id, code, tt.code, tt.want, &stdout, &stderr)
		}
	}
}

// An index that was being built when somebody asked answered from the documents before the change.
func replaySwap(d diary) {
	t := d.t
	d.imports("图书馆周末八点开门。")
	answer, err := d.Engine.Ask(t.Context(), rag.Question{Text: "图书馆周末几点开门"}, nil)
	d.must(err)
	d.imports("图书馆周末十一点开门。")
	answer.Trace.Took = time.Millisecond
	d.keeps(answer) // logged after the import, answered before
	d.replays(answer.ID, true, true)
	answer.ID, answer.Citations, answer.Text = "a_bare", nil, ""
	d.keeps(answer)
	d.replays("a_bare", false, true) // nothing but the index version tells which documents
}

// The next start must not bring a withdrawn plan back.
func replayStart(d diary) {
	d.must(d.assemble(d.t.Context()))
	live, err := d.Store.Live(d.t.Context())
	d.must(err)
	if len(live) != 1 || live[0].Document.Meta.Title != "社区图书馆开放办法" {
		d.t.Errorf("%d documents, first %s", len(live), live[0].Document.Meta.Title)
	}
}
