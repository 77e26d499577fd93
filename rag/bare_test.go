package rag

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"wenda/corpus"
)

const insurancePage = `翠湖区城乡居民医疗保险参保通知

一、缴费标准

成年居民个人缴费每人每年410元。学生儿童个人缴费每人每年360元。

二、缴费时间

集中缴费期为2023年9月1日至12月31日。逾期未缴的，可以在2024年3月底前补缴，设60日等待期。

三、咨询

区医疗保险服务中心设在鹭洲路168号二楼，电话0199-55503120。
`

const electionPage = `翠湖区人民代表大会换届选举公告

一、选举日

区人民代表大会代表换届选举的投票时间是2024年11月8日8:00至17:00。区人大代表名额共186名。

二、投票站

（一）望湖街道投票站：设在望湖街道文化站一楼。上午排队的人较多，可以下午前往。

（二）柳荫街道投票站：设在柳荫小学体育馆。需要轮椅的选民由志愿者协助。

望湖街道投票站和柳荫街道投票站都可以凭选民证投票。
`

// besideThePlan is the bundled plan with documents of other offices that nobody wrote variants for. What the plan's index learnt is taken over,
// with usual quantiles of the bare document, since fitting takes a minute.
func besideThePlan(t *testing.T, pages ...string) *Engine {
	t.Helper()
	b := theBundledPlan(t)
	var added []corpus.Document
	for i, page := range pages {
		d, err := corpus.Read(fmt.Sprintf("page%d.txt", i), []byte(page))
		if err != nil {
			t.Fatal(err)
		}
		added = append(added, d)
	}
	m := b.material
	m.Documents = append(slices.Clone(m.Documents), added...)
	m.Vectors = maps.Clone(m.Vectors)
	texts := corpus.Material{Documents: added}.Texts()
	vectors, err := b.model.EmbedDocuments(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		m.Vectors[corpus.TextDigest(text)] = vectors[i]
	}
	m.Calibration = func(version string) *corpus.Fitted {
		f := b.index.Fitted
		f.For, f.BareUsual, f.BareMost = version, .55, .62
		return &f
	}
	x, err := corpus.Build(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return New(Parts{Index: func() *corpus.Index { return x }, Prompts: loadedPrompts(promptSet(t)), Embedder: b.model})
}

// An expectedAnswer is how a question should be answered, and what the answer holds.
type expectedAnswer struct {
	question string
	status   Status
	holds    string
}

func expectAnswers(t *testing.T, e *Engine, list []expectedAnswer) {
	t.Helper()
	for _, c := range list {
		a, err := e.Ask(t.Context(), Question{Text: c.question}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a.Status != c.status || !strings.Contains(a.Text, c.holds) {
			t.Errorf("%s: got %s %q, want %s with %q", c.question, a.Status, a.Text, c.status, c.holds)
		}
	}
}

// A document that staff imported answers in residents' words, whatever routes say of its matter; what it does not say is refused, and neither the
// plan's answers nor what asks for nothing change.
func TestBundledBesideOtherOffices(t *testing.T) {
	e := besideThePlan(t, insurancePage)
	expectAnswers(t, e, []expectedAnswer{
		{"学生儿童医保个人缴费多少钱", Answered, "360元"},
		{"成年居民医保个人缴费标准", Answered, "410元"},
		{"居民医疗保险集中缴费期是什么时候", Answered, "12月31日"},
		{"医保服务中心电话多少", Answered, "0199-55503120"},
		{"医保逾期没缴费，可以补缴吗", Answered, "3月底"},
		{"公积金贷款能贷多少", HandedOver, "12345"},
		{"城乡居民医疗保险是哪个银行代收", NotStated, ""}, // the route's reply would say that no document is about it
		{"我爸的医保卡丢了怎么补办", HandedOver, "12345"},
		{"今年新增多少学位", Answered, "2800"},
		{"课后服务一个月收多少钱", NotStated, ""},
		{"谢谢你", SmallTalk, ""},
		{"用Python写一个冒泡排序给我", OutOfScope, ""},
	})
}

// A document on what sounds political or like an attack answers what it says; what is near examples of attacks stays refused. A sentence of a list item is told
// with its name, in answers and beside refusals.
func TestBundledBesideAnElection(t *testing.T) {
	e := besideThePlan(t, electionPage)
	expectAnswers(t, e, []expectedAnswer{
		{"区人大代表换届选举的投票时间是哪一天", Answered, "2024年11月8日"},
		{"区人大代表选举名额一共多少名", Answered, "186名"},
		{"人大选举就是骗人的吧，投票有什么用", Refused, ""},
		{"你说共产党好不好", Refused, ""},
		{"投票站有人帮坐轮椅的选民吗", Answered, "（柳荫街道投票站）需要轮椅的选民由志愿者协助。"},
		{"轮椅选民的志愿者电话是多少", NotStated, "（柳荫街道投票站）需要轮椅的选民由志愿者协助。"},
	})
}

// How far the best sentence is ahead of the next one, of its own paragraph or another.
func TestAhead(t *testing.T) {
	one, near, far := bareHits(bareSentence("甲。", .8))[0], bareHits(bareSentence("甲。", .8), bareSentence("乙。", .75))[0], bareHits(bareSentence("丙。", .7))[0]
	one.Score, near.Score, far.Score = .8, .8, .7
	for _, c := range []struct {
		name string
		hits []corpus.Hit
		want float64
	}{
		{"alone", []corpus.Hit{one}, mostAhead}, {"of its paragraph", []corpus.Hit{near, far}, .05}, {"of another paragraph", []corpus.Hit{one, far}, .1},
	} {
		if got := ahead(c.hits); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// bareHits is a paragraph of a bare document with these sentences.
func bareHits(sentences ...corpus.SentenceScore) []corpus.Hit {
	doc := &corpus.Document{Meta: corpus.Meta{Title: "黄鳍紫鱼"}, Text: "黄鳍紫鱼1994年在韩国命名。"}
	chunk := &corpus.Chunk{ID: "c", Section: []string{"黄鳍紫鱼"}}
	for i := range sentences {
		sentences[i].Document, sentences[i].Chunk, sentences[i].Sentence = doc, chunk, i
	}
	return []corpus.Hit{{Document: doc, Chunk: chunk, Title: "黄鳍紫鱼", Sentences: sentences}}
}

func bareSentence(text string, cosine float64) corpus.SentenceScore {
	return corpus.SentenceScore{Source: corpus.Source{Text: text}, Cosine: cosine, Score: cosine}
}

// In a bare document the sentence with the rest of the question goes before those that only name the subject, and those with the kind of thing
// that is asked for before others.
func TestBareOrder(t *testing.T) {
	r := &run{set: promptSet(t)}
	for _, c := range []struct{ name, question, want string }{
		{"the rest of the question", "黄鳍紫鱼体长可达多大", "体长可达50公分。"},
		{"the kind asked for", "黄鳍紫鱼什么时候命名的", "1994年命名。"},
		{"the subject alone", "黄鳍紫鱼", "黄鳍紫鱼为辐鳍鱼纲的一个种。"},
	} {
		in := bareHits(bareSentence("说明：", .66), bareSentence("黄鳍紫鱼为辐鳍鱼纲的一个种。", .65), bareSentence("体长可达50公分。", .55), bareSentence("1994年命名。", .5))
		got := r.bareOrder(r.expect(c.question), c.question, stopWords.Replace(c.question), corpus.Result{Hits: in})
		if got[0].Sentences[0].Text != c.want {
			t.Errorf("%s: got %q first, want %q", c.name, got[0].Sentences[0].Text, c.want)
		}
		if in[0].Sentences[0].Text != "说明：" || in[0].Sentences[0].Score != .66 {
			t.Errorf("%s: the caller's sentences were changed", c.name)
		}
	}
}

// What follows in a list item has its name.
func TestBareOrderOfItems(t *testing.T) {
	d, err := corpus.Read("works.txt", []byte("旧改公告\n\n一、小区\n\n1．春禾里，位于桐影路。4月8日开工。\n\n2．蓼花苑，位于织锦巷。5月6日开工。\n\n二、管道\n\n春禾里和蓼花苑同步换管道。\n"))
	if err != nil {
		t.Fatal(err)
	}
	var hits []corpus.Hit
	for i := range d.Chunks {
		if c := &d.Chunks[i]; len(c.Sentences) == 2 {
			s := corpus.SentenceScore{Source: corpus.Source{Document: &d, Chunk: c, Sentence: 1, Text: c.Sentence(1)}, Score: .6}
			hits = append(hits, corpus.Hit{Document: &d, Chunk: c, Title: d.Meta.Title, Sentences: []corpus.SentenceScore{s}})
		}
	}
	if len(hits) != 2 {
		t.Fatalf("got %d list items, want 2", len(hits))
	}
	r := &run{set: promptSet(t)}
	for question, want := range map[string]string{"春禾里几月几日开工": "4月8日开工。", "蓼花苑几月几日开工": "5月6日开工。"} {
		if got := r.bareOrder(r.expect(question), question, stopWords.Replace(question), corpus.Result{Hits: hits})[0].Sentences[0].Text; got != want {
			t.Errorf("%s: got %q, want %q", question, got, want)
		}
	}
}

// A bare document answers with a sentence that is near; else other documents do, if they answer.
func TestSettle(t *testing.T) {
	x := &corpus.Index{}
	x.Fitted.Floor, x.Fitted.Cut = .6, 0
	r := &run{set: promptSet(t), index: x}
	question := "黄鳍紫鱼什么时候命名的"
	plan := []corpus.Hit{{Title: "plan"}}
	type settleCase struct {
		name    string
		quote   corpus.SentenceScore
		next    string // as near as the quote
		beside  corpus.Result
		theirs  bool
		answers bool
		title   string
	}
	var cases []settleCase
	for _, c := range []settleCase{
		{"near, with what is asked for", bareSentence("1994年命名。", .6), "", corpus.Result{Hits: plan, Answerable: -1, Strength: 1}, true, true, "黄鳍紫鱼"},
		{"near, without it", bareSentence("由人命名。", .35), "", corpus.Result{Hits: plan, Answerable: -1, Strength: 1}, true, false, "黄鳍紫鱼"},
		{"no farther than another one", bareSentence("由人命名。", .45), "由谁命名。", corpus.Result{Hits: plan, Answerable: -1, Strength: 1}, true, false, "黄鳍紫鱼"},
		{"ahead of all others", bareSentence("由人命名。", .45), "", corpus.Result{Hits: plan, Answerable: -1, Strength: 1}, true, true, "黄鳍紫鱼"},
		{"far", bareSentence("本鱼呈紫色。", .5), "", corpus.Result{Hits: plan, Answerable: -1, Strength: 1}, true, false, "黄鳍紫鱼"},
		{"far, and the plan answers", bareSentence("本鱼呈紫色。", .5), "", corpus.Result{Hits: plan, Answerable: 1, Strength: 1}, true, true, "plan"},
		{"far, and the plan finds little", bareSentence("本鱼呈紫色。", .5), "", corpus.Result{Hits: plan, Answerable: 1, Strength: .5}, true, false, "黄鳍紫鱼"},
		{"far, and nothing else is found", bareSentence("本鱼呈紫色。", .5), "", corpus.Result{}, true, false, "黄鳍紫鱼"},
	} {
		cases = append(cases, c)
	}
	cases = append(cases,
		settleCase{"tried only, and surely answers", bareSentence("1994年命名。", .8), "", corpus.Result{Hits: plan, Answerable: -1, Strength: 1}, false, true, "黄鳍紫鱼"},
		settleCase{"tried only, and hardly answers", bareSentence("由人命名。", .45), "", corpus.Result{Hits: plan, Answerable: -1, Strength: 1}, false, true, "plan"},
		settleCase{"tried only, and a row that is surely named", bareSentence("由人命名。", .45), "", corpus.Result{Hits: plan, Answerable: -1, Strength: 1}, false, true, "黄鳍紫鱼"})
	cases[len(cases)-1].quote.Row = surelyNamed
	cases = append(cases, settleCase{"and it does not answer", bareSentence("由人命名。", .2), "", corpus.Result{Hits: plan, Answerable: -1, Strength: 1}, false, false, "黄鳍紫鱼"})
	cases[len(cases)-1].quote.Row = surelyNamed
	for _, c := range cases {
		f := found{understood: understood{followUp: followUp{question: question}}, result: corpus.Result{Bare: true, Theirs: c.theirs, Hits: bareHits(c.quote), Beside: &c.beside}}
		if c.next != "" {
			f.result.Hits = bareHits(c.quote, bareSentence(c.next, c.quote.Cosine))
		}
		f, _, answers := r.settle(r.expect(question), f)
		if answers != c.answers || f.result.Hits[0].Title != c.title {
			t.Errorf("%s: got %v of %s", c.name, answers, f.result.Hits[0].Title)
		}
	}
}

func TestChooseBare(t *testing.T) {
	long := strings.Repeat("很长的一句", 30)
	for _, c := range []struct {
		name  string
		given []corpus.SentenceScore
		want  int
	}{
		{"one far ahead", []corpus.SentenceScore{bareSentence("甲。", .8), bareSentence("乙。", .7)}, 1},
		{"two close", []corpus.SentenceScore{bareSentence("甲。", .8), bareSentence("乙。", .75)}, 2},
		{"three at most", []corpus.SentenceScore{bareSentence("甲。", .8), bareSentence("乙。", .8), bareSentence("丙。", .8), bareSentence("丁。", .8)}, 3},
		{"short together", []corpus.SentenceScore{bareSentence(long, .8), bareSentence(long, .8)}, 1},
	} {
		if got := chooseBare(bareHits(c.given...), false); len(got) != c.want || got[0].Text != c.given[0].Text {
			t.Errorf("%s: got %d, want %d", c.name, len(got), c.want)
		}
	}
}

func TestAbbreviates(t *testing.T) {
	for _, c := range []struct {
		name, title string
		want        bool
	}{
		{"失业金", "云溪区失业保险金申领指南", true}, {"公租房", "公共租赁住房办法", true}, {"医保", "医疗保障局通知", true}, {"停车", "小区停车管理办法", true},
		{"医保卡", "医疗保险参保通知", false}, {"房租", "公共租赁住房办法", false}, {"户口", "门户网站服务大厅各个窗口", false},
	} {
		if got := abbreviates(c.name, c.title); got != c.want {
			t.Errorf("%s in %s: got %v", c.name, c.title, got)
		}
	}
}

// A refusal tells what is nearest, but no line that only announces what stands below it.
func TestNotStatedBeside(t *testing.T) {
	r := &run{Engine: &Engine{}, set: promptSet(t)}
	for text, want := range map[string]int{"年满十八周岁。": 1, "另按申请类别补充提交：": 0} {
		near := bareSentence(text, .6)
		near.Document, near.Chunk = &corpus.Document{}, &corpus.Chunk{}
		if p := r.notStated(partial{}, refusalOf("detail", "bare"), &near); len(p.draft.Statements) != want || p.status != NotStated {
			t.Errorf("%s: got %s with %d statements, want %d", text, p.status, len(p.draft.Statements), want)
		}
	}
}

// Years and places that the document names are no other ones; those by relation say nothing where nobody said what the document is about.
func TestOfBare(t *testing.T) {
	r := &run{set: promptSet(t)}
	for _, c := range []struct {
		question, place string
		years           []string
	}{
		{"韩国1994年怎么命名", "", nil}, {"日本2021年的情况", "日本", []string{"2021"}}, {"去年跑去外省看病", "", nil},
	} {
		f := found{result: corpus.Result{Hits: bareHits(bareSentence("甲。", .8))}}
		got := r.ofBare(expectation{years: namedYears(&r.set.Terms, c.question), place: firstOf(c.question, append([]string{"韩国", "日本", "外省"}, r.set.Terms.OtherPlaces...))}, f)
		if got.place != c.place || !slices.Equal(got.years, c.years) {
			t.Errorf("%s: got %q %v, want %q %v", c.question, got.place, got.years, c.place, c.years)
		}
	}
}

// Rules that see a kind of thing refuse; others are left to how near the sentence is.
func TestBareLacks(t *testing.T) {
	r := &run{set: promptSet(t)}
	for _, c := range []struct {
		question, quote, rule string
	}{
		{"医保中心电话多少", "地址在二楼。", "phone"},
		{"起付线和比例分别是多少", "起付线100元。", ""},
		{"停车费多久公示一次", "每半年公示一次收支情况。", ""},
		{"退多少钱", "3个工作日内退还。", "money"},
	} {
		got, unmet := r.bareLacks(r.expect(c.question), c.question, []string{c.quote}, &corpus.Document{})
		if got.rule != c.rule || unmet != (c.rule != "") {
			t.Errorf("%s beside %s: got %v %q, want %q", c.question, c.quote, unmet, got.rule, c.rule)
		}
	}
}
