package corpus

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"wenda/corpus/script"
)

// A document is bare while it has fewer variants than sentences; a paragraph with one is none all the same.
func TestMarkBare(t *testing.T) {
	d, err := Read("a.txt", []byte("甲办法\n\n一、条件\n\n年满十八岁。住满两年。\n\n二、时间\n\n每年四月办理。\n"))
	if err != nil {
		t.Fatal(err)
	}
	section := d.Chunks[len(d.Chunks)-1].Section
	for _, c := range []struct {
		variants int
		want     string // texts of the bare sentences
	}{{0, "年满十八岁。 住满两年。 每年四月办理。"}, {1, "年满十八岁。 住满两年。"}, {3, ""}} {
		m := Material{Documents: []Document{d}, DocumentOf: map[string]string{}}
		for i := range c.variants {
			v := Variant{ID: strings.Repeat("v", i+1), Text: strings.Repeat("几月办", i+1), Anchor: Anchor{Section: section, Facts: []string{"四月"}}}
			m.Variants, m.DocumentOf[v.ID] = append(m.Variants, v), d.ID
		}
		x := build(t, withVectors(t, m))
		var bare []string
		for _, n := range x.bareOf {
			bare = append(bare, x.targets[n].text)
		}
		if got := strings.Join(bare, " "); got != c.want || len(x.bareOf)+len(x.sentOf) != len(x.targets) {
			t.Errorf("%d variants: got %q, want %q", c.variants, got, c.want)
		}
		if x.Manifest.Missing != 0 {
			t.Errorf("%d variants: %d vectors missing", c.variants, x.Manifest.Missing)
		}
	}
}

func TestInContext(t *testing.T) {
	for _, c := range []struct {
		section []string
		text    string
		want    string
	}{
		{[]string{"公租房", "咨询方式"}, "电话1234。", "咨询方式：电话1234。"},
		{[]string{"每月发多少钱？"}, "答：每月60元。", "每月发多少钱？：每月60元。"},
		{nil, "电话1234。", "电话1234。"},
	} {
		chunk := &Chunk{Kind: Paragraph, Section: c.section, Text: c.text, Sentences: []Span{{0, len(c.text)}}}
		if got := new(Document).inContext(chunk, 0); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// What follows the first sentence of a list item is about what that names, unless it names it itself.
func TestItem(t *testing.T) {
	d, err := Read("works.txt", []byte(strings.Join([]string{"旧改公告", "一、小区", "1．春禾里小区，位于桐影路42号。4月8日开工。", "2．印染厂宿舍，位于织锦巷15号。4月10日开工。印染厂宿舍不新增车位。",
		"二、地点", "（一）**各街道（镇）医保窗口**：在区政务中心。周六上班。", "3、每组不超过20辆，间距2米。超过的另行公告。", "每组不超过20辆。", "4. 本人申请，家属代办。可以网上办。", "说明：先来先办。节假日除外。", "春禾里小区和印染厂宿舍同步换管道。"}, "\n\n")))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for i := range d.Chunks {
		c := &d.Chunks[i]
		for s := range c.Sentences {
			if item := d.Item(c, s); item != "" {
				got[c.Sentence(s)] = item + "|" + d.inContext(c, s)
			}
		}
	}
	want := map[string]string{"4月8日开工。": "春禾里小区|一、小区：春禾里小区：4月8日开工。", "4月10日开工。": "印染厂宿舍|一、小区：印染厂宿舍：4月10日开工。", "周六上班。": "各街道医保窗口|二、地点：各街道医保窗口：周六上班。"}
	if !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Questions with their answers are headings; a question without one is text.
func TestQuestionsAreHeadings(t *testing.T) {
	d, err := Read("faq.txt", []byte("高龄津贴问答\n\n一、标准\n\n问：每月发多少钱？\n\n答：每人每月60元。\n\n问题2：哪里办？\n答：到社区办。\n\n问：还有吗？\n\n以上由民政局解释。\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range d.Chunks {
		got[c.Text] = c.SectionPath()
	}
	for text, section := range map[string]string{"答：每人每月60元。": "一、标准 > 每月发多少钱？", "答：到社区办。": "一、标准 > 哪里办？", "问：还有吗？": "一、标准 > 哪里办？"} {
		if got[text] != section {
			t.Errorf("%s: got %q, want %q (of %q)", text, got[text], section, got)
		}
	}
}

// The mark of an answer is not told.
func TestTold(t *testing.T) {
	for text, want := range map[string]string{"答：每月60元。": "每月60元。", "答:每月60元。": "每月60元。", "答复要及时。": "答复要及时。", "A：甲方。": "A：甲方。"} {
		c := &Chunk{Text: text, Sentences: []Span{{0, len(text)}}}
		if got := c.Told(0); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A document in traditional characters is searched in simplified ones, sentence by sentence as it stands; its IDs and its title stay.
func TestInSimplified(t *testing.T) {
	s := script.New()
	page := "國際音標\n\n一、歷史\n\n首版於1888年發佈。後來修訂過𠀀幾次。\n"
	d, err := Read("a.txt", []byte(page))
	if err != nil {
		t.Fatal(err)
	}
	got, rewritten := d.inSimplified(s)
	if !rewritten || got.ID != d.ID || got.Version != d.Version || got.Meta.Title != "國際音標" {
		t.Errorf("got %v %+v", rewritten, got.Meta)
	}
	var texts, ids []string
	for i, c := range got.Chunks {
		ids = append(ids, c.ID)
		if c.ID != d.Chunks[i].ID || c.Text != got.Text[c.Start:c.End] {
			t.Errorf("chunk %d: got %+v", i, c)
		}
		for n := range c.Sentences {
			texts = append(texts, c.Sentence(n))
		}
	}
	if want := []string{"首版于1888年发布。", "后来修订过𠀀几次。"}; !slices.Equal(texts, want) || len(ids) == 0 {
		t.Errorf("got %q, want %q", texts, want)
	}
	if d.Chunks[0].Text != "首版於1888年發佈。後來修訂過𠀀幾次。" {
		t.Error("the imported document was changed")
	}
	simple, err := Read("b.txt", []byte("国际音标\n\n首版于1888年发布。\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, rewritten := simple.inSimplified(s); rewritten {
		t.Error("a simplified document was rewritten")
	}
	if _, rewritten := d.inSimplified(nil); rewritten {
		t.Error("rewritten without a script")
	}
	k := Kept{Document: d, Variants: []Variant{{Text: "首版何時發佈", Anchor: Anchor{Section: []string{"一、歷史"}, Facts: []string{"發佈"}}}}}
	k, _ = k.inSimplified(s)
	if v := k.Variants[0]; v.Text != "首版何时发布" || v.Anchor.Section[0] != "一、历史" || v.Anchor.Facts[0] != "发布" {
		t.Errorf("got %+v", v)
	}
}

// shorter is a script whose simplified characters take fewer bytes.
type shorter struct{}

func (shorter) IsTraditional(string) bool       { return true }
func (shorter) ToSimplified(text string) string { return strings.ReplaceAll(text, "後", "a") }

// Offsets follow where characters take more or fewer bytes, and a text with other runes is left alone.
func TestInSimplifiedOffsets(t *testing.T) {
	d, err := Read("a.txt", []byte("後後後\n\n一、後來\n\n先後有三次。後來沒有了。\n"))
	if err != nil {
		t.Fatal(err)
	}
	got, _ := d.inSimplified(shorter{})
	c := got.Chunks[0]
	if c.Sentence(0) != "先a有三次。" || c.Sentence(1) != "a來沒有了。" || got.Text[c.Start:c.End] != c.Text {
		t.Errorf("got %q, %q of %q", c.Sentence(0), c.Sentence(1), c.Text)
	}
	for _, b := range got.Blocks {
		if b.Kind == Paragraph && got.Text[b.Start:b.End] != "先a有三次。a來沒有了。" {
			t.Errorf("block %+v is %q", b, got.Text[b.Start:b.End])
		}
	}
	if at := offsets("後", "ab"); at != nil {
		t.Errorf("got %v for a text with more runes", at)
	}
}

// A phrasing without a vector is scored by its words.
func TestBareScoreWithoutVector(t *testing.T) {
	s := &scores{sentWords: func(int) float64 { return 10 }}
	if got := s.bareScore(0); got != 10*bareWords {
		t.Errorf("got %v", got)
	}
}

// Bare documents win the question whose best sentence there is nearer than what questions to other documents find, against the nearest variant.
func TestBareWins(t *testing.T) {
	x := &Index{posVec: &vectors{}, positives: make([]indexedVariant, 1), chunks: []chunkRef{{chunk: &Chunk{ID: "c"}, count: 1}}, targets: []target{{bare: true}}}
	x.Fitted.BareMost = .62
	hits := []Hit{{Sentences: make([]SentenceScore, 1)}}
	rows := []Hit{{Sentences: []SentenceScore{{Row: rowMost}}}}
	words := []Hit{{Words: .5, Sentences: make([]SentenceScore, 1)}}
	for _, c := range []struct {
		name             string
		cosine, positive float64
		margin           float64
		favoured         string
		bare, others     []Hit
		tried, theirs    bool
	}{
		{"near, no variant is", .7, .6, 0, "", hits, hits, true, true},
		{"a variant is nearer", .6, .8, 0, "", hits, hits, false, false},
		{"surely answered elsewhere", .62, .66, 3, "", hits, hits, false, false},
		{"surely not answered there", .62, .66, -3, "", hits, hits, true, true},
		{"the answer before came from there", .6, .7, 0, "c", hits, hits, true, true},
		{"from there, and this says nothing alone", .45, .8, 0, "full", hits, hits, true, false},
		{"from there, and this says something alone", .45, .8, 0, "c", hits, hits, false, false},
		{"none", .9, .5, 0, "", nil, hits, false, false},
		{"not answered there, a variant is nearer", .6, .7, -6, "", hits, hits, true, false},
		{"it may be answered there", .6, .7, 0, "", hits, hits, false, false},
		{"and a row is named", .6, .7, 0, "", rows, hits, true, false},
		{"and its words stand here", .6, .7, 0, "", words, hits, true, false},
		{"and its words stand there, too", .6, .7, 0, "", words, words, false, false},
		{"nothing else", .3, .9, 0, "", hits, nil, true, true},
	} {
		views := []view{{scores: &scores{bare: map[int]float64{0: c.cosine}, mostWords: 1}, weight: .35}}
		if c.favoured == "full" {
			views[0].weight, c.favoured = 1, "c"
		}
		tried, theirs := x.bareWins(Result{Hits: c.others, Positive: c.positive, Answerable: c.margin}, views, c.bare, c.favoured)
		if tried != c.tried || theirs != c.theirs {
			t.Errorf("%s: got %v, %v", c.name, tried, theirs)
		}
	}
}

// A follow-up stays near the paragraph of the answer before: in it, in its section, in its document. How near a sentence is says the phrasing that was put
// together with the question before, too, where that was meant.
func TestBareHitsOfFollowUps(t *testing.T) {
	one, two := &Document{ID: "d1"}, &Document{ID: "d2"}
	x := &Index{bareOf: []int{0, 1, 2, 3}, chunks: []chunkRef{
		{doc: one, chunk: &Chunk{ID: "a", Section: []string{"一"}}, first: 0, count: 1}, {doc: one, chunk: &Chunk{ID: "b", Section: []string{"一"}}, first: 1, count: 1},
		{doc: one, chunk: &Chunk{ID: "c", Section: []string{"二"}}, first: 2, count: 1}, {doc: two, chunk: &Chunk{ID: "d", Section: []string{"一"}}, first: 3, count: 1}, {doc: two, chunk: &Chunk{ID: "plan", Section: []string{"一"}}, first: 4, count: 1}}}
	for i := range 4 {
		x.targets = append(x.targets, target{chunk: i, bare: true, text: "甲"})
	}
	x.targets = append(x.targets, target{chunk: 4, text: "乙"})
	cosine := func(c float64) *scores {
		near := map[int]float64{0: c, 1: c, 2: c, 3: c}
		return &scores{vector: true, bare: near, bareCosine: func(t int) float64 { return near[t] }, sentWords: func(int) float64 { return 0 }, words: make([]float64, 5)}
	}
	near := map[string]float64{"a": 1, "b": sharesSection, "c": sharesDocument, "d": 0}
	for _, c := range []struct {
		name     string
		weight   float64
		favoured string
		cosine   map[string]float64
	}{
		{"it says nothing alone", 1, "a", map[string]float64{"a": .6, "b": .6, "c": .6, "d": .6}},
		{"it may stand alone", .35, "a", map[string]float64{"a": .6, "b": .4, "c": .4, "d": .4}},
		{"put together it has no vector", 2, "a", map[string]float64{"a": .4, "b": .4, "c": .4, "d": .4}},
		{"before it another kind of document", 1, "plan", map[string]float64{"a": .4, "b": .4, "c": .4, "d": .4}},
		{"nothing before", 1, "", map[string]float64{"a": .4, "b": .4, "c": .4, "d": .4}},
	} {
		views := []view{{scores: cosine(.4), weight: 1}, {scores: cosine(.8), weight: c.weight}}
		if c.weight == 2 {
			views[1].scores = &scores{sentWords: func(int) float64 { return 0 }, words: make([]float64, 5)}
		}
		hits := x.bareHits(views, 5, c.favoured, .1)
		if len(hits) != 4 {
			t.Fatalf("%s: got %d paragraphs", c.name, len(hits))
		}
		for _, h := range hits {
			s := h.Sentences[0]
			want := near[h.Chunk.ID]
			if c.favoured != "a" {
				want = 0
			}
			if math.Abs(s.Cosine-c.cosine[h.Chunk.ID]) > 1e-9 || s.Near != want || math.Abs(s.Score-(hits[len(hits)-1].Score+.1*want)) > 1e-9 {
				t.Errorf("%s: %s: cosine %v, near %v, score %v", c.name, h.Chunk.ID, s.Cosine, s.Near, s.Score)
			}
		}
	}
}

// A question may go on in a document that has its words, but for one; one that has others of its own is about something else.
func TestWithin(t *testing.T) {
	read := func(name, text string) Document {
		d, err := Read(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	x, err := Build(t.Context(), Material{Documents: []Document{read("a.txt", "公租房指南\n\n一、材料\n\n提交申请材料两份。\n"), read("b.txt", "教育计划\n\n一、学位\n\n全年新增学位千个，准备好材料。\n")}})
	if err != nil {
		t.Fatal(err)
	}
	chunks := x.Documents()[0].Chunks
	id := chunks[len(chunks)-1].ID
	for question, want := range map[string]bool{"要带什么材料": true, "准备材料": true, "提交材料": true, "新增学位": false, "打什么电话": true} {
		if got := x.Within(question, id); got != want {
			t.Errorf("%s: got %v", question, got)
		}
	}
	if x.Within("材料", "nowhere") || x.IsBare("nowhere") {
		t.Error("a chunk that is not there")
	}
}
