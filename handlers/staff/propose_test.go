package staff

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"wenda/corpus"
	"wenda/rag"
	"wenda/rag/backend"
	"wenda/rag/backend/scripted"
	"wenda/store"
)

// modelled lets an engine compose with a chain, as cmd/wenda does.
type modelled struct{ chain *backend.Chain }

func (m modelled) Name() string { return "m" }
func (m modelled) Compose(ctx context.Context, messages []rag.Message, channel string, deliver func(string) error) (rag.Usage, error) {
	done, err := m.chain.Compose(ctx, backend.Request{Messages: messages, Channel: channel}, func(_ context.Context, delta string) error { return deliver(delta) })
	return rag.Usage{Backend: done.Backend, Model: done.Model, PromptTokens: done.Tokens.Prompt, CompletionTokens: done.Tokens.Completion, Cost: done.Cost}, err
}

// proposingSite is a library with a model that a scripted vendor plays.
func proposingSite(t *testing.T) (*librarySite, *scripted.Server, *backend.Chain) {
	t.Helper()
	vendor := scripted.Start()
	t.Cleanup(vendor.Close)
	b, err := backend.New(backend.Config{BaseURL: vendor.URL + "/v1", Model: "m"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	chain, err := backend.NewChain([]*backend.Backend{b}, backend.ChainConfig{ChannelTokens: map[string]int{"staff": 20000}})
	if err != nil {
		t.Fatal(err)
	}
	l := newLibrarySite(t)
	engine := rag.New(rag.Parts{Index: l.library.Current, Prompts: l.live, Model: modelled{chain}})
	l.console.deps.Propose = engine.Propose
	l.console.pages.advice = func(code string) string {
		return map[string]string{"failed": "厂商出错", "nothing_said": "没有问题"}[code]
	}
	return l, vendor, chain
}

// feePlace is the sentence of the bus page with the fee, as the forms name it.
func (l *librarySite) feePlace(t *testing.T) (chunk, sentence string) {
	t.Helper()
	for _, d := range l.library.Current().Documents() {
		for _, c := range d.Chunks {
			for i := range c.Sentences {
				if strings.Contains(c.Sentence(i), "三百六十元") {
					return c.ID, []string{"0", "1", "2", "3"}[i]
				}
			}
		}
	}
	t.Fatal("no such sentence")
	return "", ""
}

// A model proposes, an editor accepts, somebody who may publishes: before that nothing counts. Who proposed is kept, and what it cost is the
// channel staff's.
func TestProposedVariants(t *testing.T) {
	l, vendor, chain := proposingSite(t)
	editor, publisher, viewer := l.as("wang", store.Edit), l.as("zhao", store.Publish), l.as("li", store.View)
	chunk, sentence := l.feePlace(t)
	path := "/staff/knowledge/" + l.documentID()
	vendor.Answer(func(scripted.Request) scripted.Reply {
		return scripted.Chat("问：坐校车怎么收费的\n问：校车收费有9000元吗\n问：校车收费<b>多少\n反：校车坐满了还能报名吗\n")
	})
	if got := mainOf(viewer.mustGet(path + "/chunk?p=" + chunk)); strings.Contains(got, "请模型拟") {
		t.Error("a viewer is offered to ask the model")
	}
	page := mainOf(publisher.mustPost(path+"/propose", form("p", chunk, "sentence", sentence, "texts", "坐校车<i>要钱吗\n一学期几块")))
	for _, want := range []string{"坐校车怎么收费的", "原文没有这个数字", "9000", "坐校车&lt;i&gt;要钱吗\n一学期几块</textarea>", "有链接、标记或别的符号", "个词元", "scripted"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in %s", want, page)
		}
	}
	if strings.Contains(page, "<b>多少") || !strings.Contains(page, `name="pick" value="0" checked`) || strings.Contains(page, `name="pick" value="1" checked`) || !strings.Contains(page, `name="pick" value="2" disabled`) {
		t.Errorf("markup, or the wrong ones are picked: %s", page)
	}
	if got := chain.Usage().Channels; got["staff"] == 0 || len(got) != 1 {
		t.Errorf("channels %v", got)
	}
	count := func() (all, accepted int) {
		t.Helper()
		h, err := l.store.Document(t.Context(), l.documentID())
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range h.Variants {
			if v.Origin == corpus.Accepted {
				accepted++
			}
		}
		return len(h.Variants), accepted
	}
	before, _ := count()
	for name, fields := range map[string][]string{"nothing picked": {"p", chunk, "sentence", sentence}, "too short": {"p", chunk, "sentence", sentence, "pick", "0", "text0", "x"},
		"a negative one that lacks nothing": {"p", chunk, "sentence", sentence, "pick", "0", "text0", "校车有几辆", "negative0", "yes", "lacks0", "nothing"}} {
		if status, _ := editor.post(path+"/drafts", form(fields...)); status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, status)
		}
	}
	picked := form("p", chunk, "sentence", sentence, "model", "scripted", "pick", "0", "text0", "坐校车怎么收费的", "pick", "3", "text3", "校车坐满了还能报名吗", "negative3", "yes", "lacks3", "detail", "publish", "yes")
	if got := mainOf(editor.mustPost(path+"/drafts", picked)); !strings.Contains(got, "存为草稿") || !strings.Contains(got, "还没有发布") || strings.Contains(got, "drafts/publish") {
		t.Errorf("an editor's: %s", got)
	}
	if all, accepted := count(); all != before || accepted != 0 {
		t.Errorf("drafts count already: %d, %d accepted", all, accepted)
	}
	drafts, err := l.store.VariantDrafts(t.Context(), l.documentID())
	if err != nil || len(drafts) != 2 || drafts[0].Who != "wang" || drafts[0].Variant.Model != "scripted" || !drafts[1].Variant.Negative {
		t.Fatalf("drafts %+v, %v", drafts, err)
	}
	n := func(i int) string {
		return strings.TrimSpace(strings.Split(mainOf(publisher.mustGet(path+"/chunk?p="+chunk)), `name="draft" value="`)[i+1][:1])
	}
	first, second := n(0), n(1)
	if status, _ := editor.post(path+"/drafts/publish", form("p", chunk, "draft", first)); status != http.StatusForbidden {
		t.Errorf("an editor publishes: %d", status)
	}
	if got := mainOf(publisher.mustPost(path+"/drafts/publish", form("p", chunk, "draft", first))); !strings.Contains(got, "已发布1个问法") || !strings.Contains(got, "采纳模型拟的") {
		t.Errorf("published: %s", got)
	}
	if got := mainOf(editor.mustPost(path+"/drafts/drop", form("p", chunk, "draft", second))); !strings.Contains(got, "已丢弃1个草稿") {
		t.Errorf("dropped: %s", got)
	}
	if got := mainOf(editor.mustPost(path+"/drafts/drop", form("p", chunk, "draft", second))); !strings.Contains(got, "已经不在了") {
		t.Errorf("dropped again: %s", got)
	}
	h, err := l.store.Document(t.Context(), l.documentID())
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(h.Variants, func(v corpus.Variant) bool { return v.Text == "坐校车怎么收费的" })
	if at < 0 || h.Variants[at].Origin != corpus.Accepted || h.Variants[at].Model != "scripted" || h.Variants[at].Accepted == "" {
		t.Errorf("variants %+v", h.Variants)
	}
	list, err := l.store.Changes(t.Context(), store.ChangeFilter{What: "variants."})
	if err != nil || len(list) != 3 || list[0].What != "variants.drop" || list[1].What != "variants.publish" || list[2].What != "variants.draft" {
		t.Errorf("audit %+v, %v", list, err)
	}
	// Somebody who may does both at once.
	publisher.mustPost(path+"/drafts", form("p", chunk, "sentence", sentence, "model", "scripted", "pick", "0", "text0", "坐校车一学期多少钱", "publish", "yes"))
	if _, accepted := count(); accepted != 2 {
		t.Errorf("%d accepted", accepted)
	}
}

// A model that does what it likes gives a sentence in Chinese, and what was typed is still there.
func TestProposingFails(t *testing.T) {
	l, vendor, _ := proposingSite(t)
	publisher := l.as("zhao", store.Publish)
	chunk, sentence := l.feePlace(t)
	path := "/staff/knowledge/" + l.documentID()
	ask := func(what, want string) {
		t.Helper()
		got := mainOf(publisher.mustPost(path+"/propose", form("p", chunk, "sentence", sentence, "texts", "写了一半的问法")))
		if !strings.Contains(got, want) || !strings.Contains(got, "写了一半的问法</textarea>") {
			t.Errorf("%s: no %q in %s", what, want, got)
		}
	}
	for what, c := range map[string]struct {
		reply scripted.Reply
		want  string
	}{
		"500":    {scripted.Refuse(500, "", "oops", ""), "模型没有拟出问法：厂商出错（failed）"},
		"prose":  {scripted.Chat("这句话讲的是校车。"), "没有问题（nothing_said）"},
		"markup": {scripted.Chat("问：<script>alert(1)</script>几点\n"), "&lt;script&gt;"},
	} {
		vendor.Answer(func(scripted.Request) scripted.Reply { return c.reply })
		ask(what, c.want)
	}
	if err := l.store.SwitchOff(t.Context(), store.By{Name: "t"}, store.ModelSwitch, "t", l.clock()); err != nil {
		t.Fatal(err)
	}
	asked := len(vendor.Requests())
	ask("switched off", "停用")
	if len(vendor.Requests()) != asked {
		t.Error("asked though it is off")
	}
	l.console.deps.Propose = nil
	ask("no model", "没有配置语言模型")
	if err := l.store.SwitchOn(t.Context(), store.By{Name: "t"}, store.ModelSwitch, ""); err != nil {
		t.Fatal(err)
	}
	l.console.deps.Propose = func(context.Context, rag.Sought) (rag.Proposed, error) { return rag.Proposed{}, errors.New("broken") }
	if status, _ := publisher.post(path+"/propose", form("p", chunk, "sentence", sentence)); status != http.StatusInternalServerError {
		t.Errorf("a failure of the machine: %d", status)
	}
	if status, _ := publisher.post(path+"/propose", form("p", chunk, "sentence", "99")); status != http.StatusBadRequest {
		t.Errorf("no such sentence: %d", status)
	}
	// Every check has its words.
	for _, code := range rag.ProposalProblems() {
		if nameOf(proposalNames, code) == code {
			t.Errorf("%s has no words", code)
		}
	}
}
