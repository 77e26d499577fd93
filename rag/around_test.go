package rag

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"wenda/corpus"
)

// A paragraph on a library: 0 is not leant on by 1, 2 leans on 1, 3 tells how many, 4 opens another item.
const libraryPage = `柳湾图书馆简介

一、馆舍

图书馆由陈树人捐建。1962年迁到柳湾路。该楼后来评为历史建筑。馆内有藏书六万册。1.阅览室周一闭馆。该室1980年评为建筑。
`

// lastParagraph is an index of one document, without vectors, with the sentences of its last paragraph.
func lastParagraph(t *testing.T, name, text string, sentences int) (*corpus.Index, []corpus.Source) {
	t.Helper()
	d, err := corpus.Read(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	x, err := corpus.Build(t.Context(), corpus.Material{Documents: []corpus.Document{d}})
	if err != nil {
		t.Fatal(err)
	}
	chunks := x.Documents()[0].Chunks
	all := x.Sentences(d.ID, chunks[len(chunks)-1].ID)
	if len(all) != sentences {
		t.Fatalf("got %d sentences, want %d", len(all), sentences)
	}
	return x, all
}

// What stands beside the best sentence of a bare document is quoted with it where that leans on it or the question goes on there.
func TestWithAround(t *testing.T) {
	x, all := lastParagraph(t, "library.txt", libraryPage, 6)
	r := &run{set: promptSet(t), index: x}
	for _, c := range []struct {
		name, question string
		best           int
		scores         map[int]float64 // of other sentences; the best has .9
		quotes         []int           // what was chosen before
		kind           string
		unmet          bool
		want           []int
	}{
		{"it leans on the one before", "哪栋楼评为历史建筑", 2, map[int]float64{1: .8}, []int{2}, "", false, []int{1, 2}},
		{"it stands alone", "图书馆谁捐建的", 1, map[int]float64{0: .2}, []int{1}, "", false, []int{1}},
		{"it only says the question again", "迁到柳湾路1962年的是哪里", 1, map[int]float64{0: .8}, []int{1}, "", false, []int{0, 1}},
		{"and the one before is far", "迁到柳湾路1962年的是哪里", 1, map[int]float64{0: -.5}, []int{1}, "", false, []int{1}},
		{"the kind of thing is lacking", "柳湾路的楼谁捐建的", 1, map[int]float64{0: .7}, []int{1}, "person", true, []int{0, 1}},
		{"a figure that only the one before has", "建筑评为历史多少年", 2, nil, []int{2}, "", false, []int{1, 2}},
		{"the question goes on behind", "评为历史建筑的楼藏书多少", 2, map[int]float64{3: .85, 1: -3}, []int{2}, "", false, []int{2, 3}},
		{"behind it is far", "评为历史建筑的楼藏书多少", 2, map[int]float64{3: .2, 1: -3}, []int{2}, "", false, []int{2}},
		{"another item is behind", "藏书和阅览室", 3, map[int]float64{4: .9, 2: -3}, []int{3}, "", false, []int{3}},
		{"another item is before", "阅览室的藏书呢", 4, map[int]float64{3: .9}, []int{4}, "", false, []int{4}},
		{"the figure is told", "哪一年迁到柳湾路", 1, map[int]float64{0: 2.9, 2: 2.9}, []int{1}, "date", false, []int{1}},
		{"told, but of what", "该楼评为建筑哪一年", 5, map[int]float64{4: .9}, []int{5}, "date", false, []int{4, 5}},
		{"what was chosen stays", "哪栋楼评为历史建筑", 2, map[int]float64{1: .8}, []int{2, 4}, "", false, []int{1, 2, 4}},
		{"three are enough", "哪栋楼评为历史建筑", 2, map[int]float64{1: .8}, []int{2, 0, 4}, "", false, []int{2, 0, 4}},
		{"the best is not quoted", "哪栋楼评为历史建筑", 2, map[int]float64{1: .8}, []int{4}, "", false, []int{4}},
		{"in their order", "哪栋楼评为历史建筑", 2, map[int]float64{1: .8, 3: 0}, []int{2, 0}, "", false, []int{0, 1, 2}},
	} {
		hit := corpus.Hit{Document: all[0].Document, Chunk: all[0].Chunk, Sentences: []corpus.SentenceScore{{Source: all[c.best], Score: .9}}}
		for i, score := range c.scores {
			hit.Sentences = append(hit.Sentences, corpus.SentenceScore{Source: all[i], Score: score})
		}
		f := found{understood: understood{followUp: followUp{question: c.question}}, result: corpus.Result{Hits: []corpus.Hit{hit}}}
		for _, i := range c.quotes {
			f.quotes = append(f.quotes, all[i])
		}
		var got []int
		for _, q := range r.withAround(f, expectation{kind: c.kind}, c.unmet) {
			got = append(got, q.Sentence)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// The cells of a row are not read on.
func TestWithAroundInRows(t *testing.T) {
	x, all := lastParagraph(t, "x.md", "# 公告\n\n| 学校 | 学费 | 住宿费 |\n|---|---|---|\n| 五中 | 900元 | 350元 |\n| 六中 | 600元 | 300元 |\n", 3)
	if all[0].Chunk.Row == nil {
		t.Fatal("no row of a table")
	}
	hit := corpus.Hit{Document: all[0].Document, Chunk: all[0].Chunk, Sentences: []corpus.SentenceScore{{Source: all[1], Score: .9}, {Source: all[2], Score: 2.9}}}
	f := found{understood: understood{followUp: followUp{question: "学费"}}, result: corpus.Result{Hits: []corpus.Hit{hit}}, quotes: all[1:2]}
	if got := (&run{set: promptSet(t), index: x}).withAround(f, expectation{}, true); len(got) != 1 {
		t.Errorf("got %d cells", len(got))
	}
}

// Every sign counts what it was fitted to count. Sentences without a character of the question, but where it is said.
func TestAroundLogits(t *testing.T) {
	near := func(text string, far float64) neighbour {
		return neighbour{Source: corpus.Source{Text: text}, far: far}
	}
	for _, c := range []struct {
		name          string
		question      string
		best          string
		n             neighbour
		unmet, figure bool
		before        float64
		behind        float64
	}{
		{"nothing", "谁", "晴天。", near("雨天。", 0), false, false, beforeOffset, behindOffset},
		{"it leans", "谁", "该天。", near("雨天。", 0), false, false, beforeOffset + beforeLeans, behindOffset},
		{"it echoes", "晴天", "晴天。", near("雨日。", 0), false, false, beforeOffset + beforeEcho, behindOffset + behindEcho},
		{"it lacks the kind", "谁", "晴天。", near("雨天。", 0), true, false, beforeOffset + beforeLacks, behindOffset},
		{"a figure beside it", "谁", "晴天。", near("雨天6次。", 0), false, true, beforeOffset + beforeFigure, behindOffset},
		{"a figure that the question says", "6次谁", "晴6次。", near("雨6次。", 0), false, true, beforeOffset + beforeEcho*2/3, behindOffset + behindEcho*2/3},
		{"a figure in it", "谁", "晴6次。", near("雨天7次。", 0), false, true, beforeOffset - beforeTold, behindOffset - behindTold},
		{"nobody asks for one", "谁", "晴6次。", near("雨天7次。", 0), false, false, beforeOffset, behindOffset},
		{"far", "谁", "晴天。", near("雨天。", .5), false, false, beforeOffset - beforeFar*.5, behindOffset - behindFar*.5},
		{"together they say more", "雪山", "晴天。", near("雪山。", 0), false, false, beforeOffset, behindOffset + behindSays},
	} {
		before, behind := beforeLogit(c.question, c.best, c.n, c.unmet, c.figure), behindLogit(c.question, c.best, c.n, c.figure)
		if math.Abs(before-c.before) > 1e-9 || math.Abs(behind-c.behind) > 1e-9 {
			t.Errorf("%s: got %.3f and %.3f, want %.3f and %.3f", c.name, before, behind, c.before, c.behind)
		}
	}
}

// No more than fits is quoted.
func TestWithAroundHasRoom(t *testing.T) {
	long := strings.Repeat("柳湾路上的书店和茶馆都搬走了又搬回来", 12)
	x, all := lastParagraph(t, "library.txt", fmt.Sprintf("柳湾简介\n\n一、馆舍\n\n%s。该楼评为历史建筑。\n", long), 2)
	hit := corpus.Hit{Document: all[0].Document, Chunk: all[0].Chunk, Sentences: []corpus.SentenceScore{{Source: all[1], Score: .9}, {Source: all[0], Score: .85}}}
	f := found{understood: understood{followUp: followUp{question: "哪栋楼评为历史建筑"}}, result: corpus.Result{Hits: []corpus.Hit{hit}}, quotes: all[1:]}
	if got := (&run{set: promptSet(t), index: x}).withAround(f, expectation{}, false); len(got) != 1 {
		t.Errorf("got %d quotes of %d runes", len(got), runesOf(got))
	}
}

func TestLeansBack(t *testing.T) {
	for text, want := range map[string]bool{
		"该标志被评为第三名。": true, "但这些因素不利。": true, "在这次选举中获胜。": true, "其中有三所。": false, "其他人不行。": false, "其长子继位。": true, "因此关闭。": true, "他于1014年去世。": true,
		"学校应当公示。": false, "最后，该线停运。": true, "对这类车辆不收费。": true,
	} {
		if got := leansBack.MatchString(text); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

// A sentence that is too long to be shown whole is cut around the clause that says most of what is asked, with the one behind it.
func TestAskedClauses(t *testing.T) {
	lands := "分布于" + strings.Repeat("越南、老挝、缅甸、泰国、", 14) + "印度等地，春花开在山上，秋花开在2米高处，见于路旁。"
	list := "主要的马路有，" + strings.Repeat("威拍路与粦铃路的交界处、", 13) + "叻抛路。"
	hits := bareHits(bareSentence(lands, .8), bareSentence("秋花开在别处。", .7))
	never, high := func(string) bool { return false }, func(text string) bool { return strings.Contains(text, "米") }
	for _, c := range []struct {
		name, question string
		holds          func(string) bool
		want           []string
	}{
		{"by its words", "花开在哪", never, []string{"春花开在山上，秋花开在2米高处，"}},
		{"by the kind of thing", "花开多高", high, []string{"秋花开在2米高处，见于路旁。"}},
		{"the last one", "在路旁吗", never, []string{"见于路旁。"}},
		{"nothing of it", "有毒吗", high, nil},
	} {
		f := found{understood: understood{followUp: followUp{question: c.question}}, result: corpus.Result{Hits: hits}}
		for _, s := range hits[0].Sentences {
			f.quotes = append(f.quotes, s.Source)
		}
		if got := askedClauses(f, c.holds); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if got, want := cutQuote(lands, []string{"见于路旁"}), "……春花开在山上，秋花开在2米高处，见于路旁。"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := cutQuote(list, nil); got != list {
		t.Errorf("got %q, want the whole list", got)
	}
	if got := cutQuote(list+strings.Repeat("另有支路。", 40), nil); !strings.HasSuffix(got, "……") {
		t.Errorf("%d runes are quoted whole", len([]rune(got)))
	}
}
