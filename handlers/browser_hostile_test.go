package handlers

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"wenda/handlers/browsertest"
	"wenda/rag"
)

// Markup in questions, answers, documents, names and addresses runs nowhere and asks nobody.
func TestBrowserHostileText(t *testing.T) {
	const evil = `<img src=/hacked onerror=window.hacked=1><script>window.hacked=1</script>"'><svg onload=window.hacked=1>[x](javascript:window.hacked=1)`
	bad := readDocument(t, "bad.md", "# 标题"+evil+"\n\n## 一、"+evil+"\n\n这里有一句话"+evil+"，说明一件事情。\n")
	w := conversationWorld(t)
	w.shelf.index = buildIndex(t, bad)
	c := bad.Chunks[len(bad.Chunks)-1]
	a := rag.Answer{ID: "a_evil", ConversationID: "c_1", Status: rag.NotStated, Mode: rag.Generated, Text: evil + "[1]", Notice: evil, Label: evil, AsOf: evil, Related: []string{evil},
		Handoff: &rag.Handoff{Name: evil, Phone: evil, Hours: evil, Say: evil}, Citations: []rag.Citation{{N: 1, DocumentID: bad.ID, Title: evil, Issuer: evil,
			Section: evil, Quote: evil, Published: evil, URL: "/doc/" + bad.ID + "?s=0#" + c.ID}}}
	a.Trace.Asked = evil
	w.deps.Asker = askFunc(func(_ context.Context, _ rag.Question, emit func(rag.Event)) (rag.Answer, error) {
		if emit != nil {
			emit(rag.Event{Citation: &a.Citations[0]})
			emit(rag.Event{Delta: a.Text})
		}
		return a, nil
	})
	w.deps.Suggestions = suggestionList{{Question: evil + "书屋", Topic: evil}}
	w.answers.put(a)
	at, _ := w.listen(t)
	j := newJourney(t, "hostile", 1280, 800, true)
	if _, err := chromedp.Call(j.Ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	check := func(where string) {
		t.Helper()
		if browsertest.Eval[bool](j, `window.hacked === 1 || document.querySelector("main img, main svg, main script") !== null`) {
			t.Errorf("%s: text became markup", where)
		}
		if got := browsertest.Eval[string](j, `[...document.querySelectorAll("main a[href]")].map((a) => a.href).filter((h) => !h.startsWith(location.origin) && !h.startsWith("tel:")).join(" ")`); got != "" {
			t.Errorf("%s: links lead to %s", where, got)
		}
	}
	j.Open(at + "/")
	check("first visit")
	j.Write("#q", "书屋")
	j.See("#guesses li")
	check("suggestions")
	j.Enter()
	j.See(lastAnswered)
	check("answer")
	j.Click(".turn [data-do=rephrase]")
	j.Click(".turn .card a")
	j.Until("the document beside", besidePanel+`?.activeElement?.id === "cited"`)
	if browsertest.Eval[bool](j, besidePanel+`.defaultView.hacked === 1 || `+besidePanel+`.querySelector("main img, main svg") !== null`) {
		t.Error("the document beside: text became markup")
	}
	j.Open(at + "/")
	j.See(".turn .feedback:not([hidden])")
	check("kept conversation")
	j.Click("#fresh a")
	j.See("#recent a")
	check("recent questions")
	q := url.QueryEscape(evil)
	for _, path := range []string{"/?q=" + q, "/?edit=" + q, "/a/a_evil", "/doc/" + bad.ID + "?find=" + q, "/doc/" + bad.ID + "?p=" + q + "&s=0&cite=" + q, "/?script=" + q + "&c=" + q, "/widget?script=" + q, "/a/" + url.PathEscape(evil), "/about?bare=1&x=" + q} {
		j.Open(at + path)
		j.See("main")
		check(path)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.asked) < 20 {
		t.Fatalf("only %d requests were seen", len(j.asked))
	}
	for _, u := range j.asked {
		if strings.Contains(u, "/hacked") || !strings.HasPrefix(u, at+"/") && !strings.HasPrefix(u, "data:") {
			t.Errorf("the page asked for %s", u)
		}
	}
}
