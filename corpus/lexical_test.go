package corpus

import (
	"math"
	"slices"
	"testing"
)

func lexicalOf(texts ...string) *lexical {
	l := newLexical()
	for _, t := range texts {
		l.add(field{t, 1})
	}
	l.finish()
	return l
}

func TestBM25(t *testing.T) {
	// two texts of one pair: lengths are equal, so every term counts idf*weight; idf is ln(1+1.5/1.5), weights are .3 + .3 + 1
	got := lexicalOf("学位", "教师").score(newAnalyser(Lexicon{}).query("学位"))
	if want := 1.6 * math.Log(2); math.Abs(got[0]-want) > 1e-6 || got[1] != 0 {
		t.Errorf("got %v, want %v and 0", got, want)
	}
	// a word twice in a text of length 2, the average being 1.5: tf*(k1+1)/(tf+k1*(1-b+b*2/1.5)) with k1 .9 and b .6
	got = lexicalOf("ppd ppd", "iep").score(newAnalyser(Lexicon{}).query("ppd"))
	if want := math.Log(2) * 2 * 1.9 / (2 + 1.08); math.Abs(got[0]-want) > 1e-6 {
		t.Errorf("got %v, want %v", got[0], want)
	}
	tests := []struct {
		name, question string
		texts          []string
		want           []int // numbers of the texts with a score, best first
	}{
		{"a pair counts more than its characters apart", "学位", []string{"位学的事", "学位的事"}, []int{1, 0}},
		{"more often is better", "学位", []string{"学位供给", "学位学位"}, []int{1, 0}},
		{"the shorter text is better", "学位", []string{"学位以及其他很多很多事情的安排", "学位的安排"}, []int{1, 0}},
		{"rare terms count more", "学校书法", []string{"学校", "书法", "学校楼", "学校门"}, []int{1, 0, 2, 3}},
		{"words of letters and digits are whole", "IEP", []string{"完善IEP课程", "IE浏览器", "iep"}, []int{2, 0}},
		{"full width equals half width", "２８００", []string{"2800个", "28个"}, []int{0}},
		{"words keep apart", "iep ppd", []string{"PPD 与 IEP", "ieppp d"}, []int{0}},
		{"blanks between characters do not count", "学 位", []string{"学位", "教师"}, []int{0}},
		{"nothing in common", "天气", []string{"学位", "教师"}, nil},
		{"no question", "", []string{"学位"}, nil},
	}
	for _, tt := range tests {
		scores := lexicalOf(tt.texts...).score(newAnalyser(Lexicon{}).query(tt.question))
		var got []int
		for i, s := range scores {
			if s > 0 {
				got = append(got, i)
			}
		}
		slices.SortStableFunc(got, func(a, b int) int {
			switch d := scores[b] - scores[a]; {
			case d > 1e-9:
				return 1
			case d < -1e-9:
				return -1
			}
			return 0
		})
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v by scores %v, want %v", tt.name, got, scores, tt.want)
		}
	}
}

func TestBM25FieldsAndEmptyIndex(t *testing.T) {
	l := newLexical()
	l.add(field{"学位", 1}, field{"安排", .4})
	l.add(field{"安排", 1}, field{"学位", .4})
	l.finish()
	if got := l.score(newAnalyser(Lexicon{}).query("学位")); got[0] <= got[1] || got[1] <= 0 {
		t.Errorf("got %v, want the text before the title, and both above 0", got)
	}
	empty := lexicalOf()
	if got := empty.score(newAnalyser(Lexicon{}).query("学位")); len(got) != 0 {
		t.Errorf("empty index: got %v", got)
	}
	if got, want := lexicalOf("学位", "教师", "书法").maxIDF(), math.Log(8); math.Abs(got-want) > 1e-9 { // ln(1 + 3.5/.5)
		t.Errorf("highest idf: got %v, want %v", got, want)
	}
}

func TestAnalyser(t *testing.T) {
	a := newAnalyser(Lexicon{
		StopPhrases: []string{"请问", "多少", "请问一下", "", "Ｈi"},
		Thesaurus: []Synonym{
			{Say: []string{"补课班", ""}, Means: []string{"校外培训"}},
			{Say: []string{"有多少学位"}, Means: []string{"新增学位"}},
		},
	})
	weights := func(list ...any) map[term]float64 {
		out := map[term]float64{}
		for i := 0; i < len(list); i += 2 {
			for _, tm := range terms(list[i].(string)) {
				if _, have := out[tm]; !have {
					out[tm] = list[i+1].(float64)
				}
			}
		}
		return out
	}
	tests := []struct {
		name, question string
		want           map[term]float64
		topic          string
	}{
		{"stop phrases part their neighbours", "学请问位", weights("学", 1., "位", 1.), "学 位"},
		{"the longest stop phrase goes first", "请问一下学位", weights("学位", 1.), "学位"},
		{"stop phrases are folded", "HI 学位", weights("学位", 1.), "学位"},
		{"the thesaurus adds at .8", "补课班", weights("补课班", 1., "校外培训", .8), "补课班"},
		{"own terms keep 1", "补课班培训", weights("补课班培训", 1., "校外培训", .8), "补课班培训"},
		{"the thesaurus sees stop phrases too", "有多少学位", weights("有", 1., "学位", 1., "新增学位", .8), "有 学位"},
		{"blanks do not hide a trigger", "补 课 班", weights("补课班", 1., "校外培训", .8), "补课班"},
		{"only stop phrases", "请问多少", weights(), ""},
	}
	for _, tt := range tests {
		got := a.query(tt.question)
		if len(got) != len(tt.want) {
			t.Errorf("%s: got %d terms, want %d", tt.name, len(got), len(tt.want))
		}
		for tm, w := range tt.want {
			if got[tm] != w {
				t.Errorf("%s: term %x: got weight %v, want %v", tt.name, tm, got[tm], w)
			}
		}
		if got := a.topic(tt.question); got != tt.topic {
			t.Errorf("%s: got topic %q, want %q", tt.name, got, tt.topic)
		}
	}
}

// scoreWithout must give what an index gives that never had the variant, but for the length of its text: that one stays as it was, and costs a
// few percent in these tiny texts (a paragraph of the plan has 50 variants and more).
func TestScoreWithoutEqualsRebuilding(t *testing.T) {
	texts := []string{"新增学位2800个", "校外培训机构要登记", "书法节在秋天举行", "学校食堂的监管"}
	variants := []string{"学位够不够", "补课班怎么管", "写字比赛", "食堂吃得放心吗"}
	build := func(without int) *lexical {
		l := newLexical()
		for i, text := range texts {
			fields := []field{{text, 1}, {"第二个问法", variantWordWeight}}
			if i != without {
				fields = append(fields, field{variants[i], variantWordWeight})
			}
			l.add(fields...)
		}
		l.finish()
		return l
	}
	all := build(-1)
	a := newAnalyser(Lexicon{})
	for i, v := range variants {
		own := map[term]float32{}
		for _, tm := range terms(v) {
			own[tm] += variantWordWeight
		}
		for _, question := range []string{v, "学位", texts[i]} {
			q := a.query(question)
			got, want := all.scoreWithout(q, int32(i), own), build(i).score(q)[i]
			if (got == 0) != (want == 0) || got > want+1e-9 || got < .92*want {
				t.Errorf("%s without %s: got %.4f, want %.4f", question, v, got, want)
			}
		}
	}
}
