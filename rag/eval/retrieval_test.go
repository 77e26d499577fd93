package eval

import (
	"math"
	"testing"

	"wenda/corpus"
	"wenda/rag"
)

// found makes candidates of sections, a sentence each.
func found(sections ...string) []rag.Candidate {
	var out []rag.Candidate
	for _, s := range sections {
		out = append(out, rag.Candidate{Section: s, Text: "句子。"})
	}
	return out
}

func TestRankOf(t *testing.T) {
	part := func(sections ...string) rag.Trace { return rag.Trace{Candidates: found(sections...)} }
	for _, c := range []struct {
		name, section string
		trace         rag.Trace
		rank          int
		searched      bool
	}{
		{"the first", "学位", part("三 > 学位", "四"), 1, true},
		{"the second", "学位", part("四", "三 > 学位"), 2, true},
		{"two sentences of a paragraph count once", "学位", part("四", "四", "五", "五", "三 > 学位"), 3, true},
		{"a paragraph that comes again", "学位", part("四", "五", "四", "三 > 学位"), 3, true},
		{"one of several right ones", "师资|学位。", part("四", "三 > 学位", "师资"), 2, true},
		{"absent", "学位", part("四", "五"), 0, true},
		{"not searched", "学位", rag.Trace{Route: "greeting"}, 0, false},
		{"the best of two questions", "学位", rag.Trace{Parts: []rag.Trace{part("四", "五", "三 > 学位"), part("五", "三 > 学位")}}, 2, true},
		{"one of two questions", "学位", rag.Trace{Parts: []rag.Trace{part("四"), part("三 > 学位")}}, 1, true},
		{"two questions, one of them talk", "学位", rag.Trace{Parts: []rag.Trace{{Route: "thanks"}, part("四")}}, 0, true},
	} {
		v := Verdict{Case: Case{Expect: Expect{Answerable: yes(), Section: c.section}}, Trace: c.trace}
		if rank, searched := rankOf(v, nil); rank != c.rank || searched != c.searched {
			t.Errorf("%s: got rank %d, searched %v, want %d, %v", c.name, rank, searched, c.rank, c.searched)
		}
	}
}

func TestRetrieval(t *testing.T) {
	verdict := func(kind string, answerable *bool, sections ...string) Verdict {
		return Verdict{Case: Case{Kind: kind, Expect: Expect{Answerable: answerable, Section: "学位"}}, Trace: rag.Trace{Candidates: found(sections...)}}
	}
	got := Retrieval([]Verdict{
		verdict("direct", yes(), "学位"), verdict("direct", yes(), "一", "学位"), verdict("direct", yes(), "一", "二", "三", "学位"), verdict("direct", yes(), "一"), verdict("direct", yes()),
		verdict("nearmiss", no(), "学位"), verdict("smalltalk", nil, "学位"), verdict("typo", yes(), "一", "二", "学位"),
	}, nil)
	want := []RankRow{
		{"direct", 4, 1, 2, 3, (1 + .5 + .25) / 4, 1},
		{"typo", 1, 0, 1, 1, 1. / 3, 0},
		{"all", 5, 1, 3, 4, (1 + .5 + .25 + 1./3) / 5, 1},
	}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range want {
		if math.Abs(got[i].MRR-want[i].MRR) > 1e-9 {
			t.Errorf("%s: got MRR %f, want %f", want[i].Kind, got[i].MRR, want[i].MRR)
		}
		got[i].MRR = want[i].MRR
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
	if got := Retrieval(nil, nil); len(got) != 0 {
		t.Errorf("of nothing: got %+v", got)
	}
}

// A paragraph of the same heading in another document is not the right one.
func TestRetrievalAmongDocuments(t *testing.T) {
	read := func(source, text string) corpus.Document {
		d, err := corpus.Read(source, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	const frame = "信息名称:%\n索引号:#\n发布机构:教育局\n产生日期:2022-02-11\n\n%\n\n一、学位\n\n"
	text := func(title, number, body string) string {
		out := ""
		for _, r := range frame {
			switch r {
			case '%':
				out += title
			case '#':
				out += number
			default:
				out += string(r)
			}
		}
		return out + body + "\n"
	}
	ours := read("ours", text("我区计划", "014119491/2022-00011", "全年新增学位2800个。各校都要做好准备。"))
	theirs := read("theirs", text("邻区计划", "900000001/2022-00010", "全年新增学位5000个。各校都要做好准备。"))
	plain := read("plain.txt", "图书馆办法\n\n周末上午九点开门，下午五点关门。")
	documentOf := Places([]corpus.Document{ours, theirs, plain})
	const section = "一、学位"
	for sentence, want := range map[string]string{"全年新增学位2800个。": "014119491/2022-00011", "全年新增学位5000个。": "900000001/2022-00010", "各校都要做好准备。": "", "没有这一句。": ""} {
		if got := documentOf(rag.Candidate{Section: section, Text: sentence}); got != want {
			t.Errorf("%s: got %q, want %q", sentence, got, want)
		}
	}
	if got := documentOf(rag.Candidate{Section: "图书馆办法", Text: "周末上午九点开门，下午五点关门。"}); got != "图书馆办法" {
		t.Errorf("a document without a number: got %q, want its title", got)
	}
	candidate := func(text string) rag.Candidate { return rag.Candidate{Section: section, Text: text} }
	for _, c := range []struct {
		name, document string
		candidates     []rag.Candidate
		want           int
	}{
		{"ours first", "014119491/2022-00011", []rag.Candidate{candidate("全年新增学位2800个。"), candidate("全年新增学位5000个。")}, 1},
		{"ours second", "014119491/2022-00011", []rag.Candidate{candidate("全年新增学位5000个。"), candidate("全年新增学位2800个。")}, 2},
		{"theirs only", "014119491/2022-00011", []rag.Candidate{candidate("全年新增学位5000个。")}, 0},
		{"a sentence of both is nobody's", "014119491/2022-00011", []rag.Candidate{candidate("各校都要做好准备。"), candidate("全年新增学位2800个。")}, 2},
		{"any document will do", "", []rag.Candidate{candidate("全年新增学位5000个。")}, 1},
	} {
		v := Verdict{Case: Case{Expect: Expect{Answerable: yes(), Section: "学位", Document: c.document}}, Trace: rag.Trace{Candidates: c.candidates}}
		if got, _ := rankOf(v, documentOf); got != c.want {
			t.Errorf("%s: got rank %d, want %d", c.name, got, c.want)
		}
	}
}
