package eval

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"wenda/rag"
)

const nasty = `<script>alert("1")</script>'"&<img src=x onerror=y>{{.}}`

// nastyRun has markup in everything that comes from cases, answers and documents.
func nastyRun() []Verdict {
	verdicts := someRun()
	v := &verdicts[2]
	v.Case.ID, v.Case.Kind, v.Case.Question = "id"+nasty, "kind"+nasty, "question"+nasty
	v.Case.History = []rag.Turn{{Role: "user", Content: "history" + nasty}}
	v.Case.Expect.Facts, v.Case.Expect.Section = [][]string{{"fact" + nasty}}, "section"+nasty
	v.Why, v.Answer.Text, v.Answer.Reason = "why"+nasty, "answer"+nasty, "reason"+nasty
	v.Answer.Citations = []rag.Citation{{N: 1, Title: "title" + nasty, Section: "cited" + nasty, Quote: "quote" + nasty}}
	v.Trace.Asked, v.Trace.Standalone, v.Trace.Negative = "asked"+nasty, "standalone"+nasty, "negative"+nasty
	v.Trace.Steps[0].Step = "step" + nasty
	v.Trace.Candidates = []rag.Candidate{{Section: "candidate" + nasty, Text: "text" + nasty, Asked: "variant" + nasty}}
	v.Trace.Dropped = []rag.Dropped{{Text: "dropped" + nasty, Reason: "because" + nasty}}
	return verdicts
}

func wholeReport() Report {
	run := nastyRun()
	before := make([]Verdict, len(run))
	copy(before, run)
	before[0].OK, before[0].Why = false, "before"+nasty
	before[2].OK = true
	before = append(before, Verdict{Case: Case{ID: "gone" + nasty, Kind: "direct", Question: "问"}})
	return Report{Made: time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC), About: []string{"about" + nasty}, Verdicts: run, Alone: run,
		Comparisons: []Comparison{Compare("title"+nasty, before, run), Compare("again", run, run)}}
}

func written(t *testing.T, r Report) (string, *goquery.Document) {
	t.Helper()
	var b bytes.Buffer
	if err := WriteReport(&b, r); err != nil {
		t.Fatal(err)
	}
	page, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), page
}

// Everything foreign is text: it is shown as it is, and makes no element.
func TestReportEscapes(t *testing.T) {
	text, page := written(t, wholeReport())
	if n := page.Find("script, img, iframe, link, object, form, [onerror], [onclick], [style], base").Length(); n > 0 {
		t.Errorf("%d elements that a report never has", n)
	}
	shown := page.Find("body").Text()
	fields := []string{"about", "id", "kind", "question", "history", "fact", "section", "why", "answer", "reason", "title", "cited", "quote", "asked", "standalone", "negative", "step",
		"candidate", "text", "variant", "dropped", "because", "gone", "before"}
	for _, f := range fields {
		if !strings.Contains(shown, f+nasty) {
			t.Errorf("%s is not shown as it is", f)
		}
	}
	for _, never := range []string{"ZgotmplZ", "NaN", "Inf", "<no value>", "http://", "https://", "%!"} {
		if strings.Contains(text, never) {
			t.Errorf("%q in the page", never)
		}
	}
}

func TestReportIsAccessible(t *testing.T) {
	_, page := written(t, wholeReport())
	if lang, _ := page.Find("html").Attr("lang"); lang != "zh-CN" || page.Find("title").First().Text() == "" || page.Find("h1").Length() != 1 || page.Find("main").Length() != 1 {
		t.Errorf("language %q, title, h1 or main is wrong", lang)
	}
	tables := page.Find("table")
	if tables.Length() < 8 {
		t.Fatalf("only %d tables", tables.Length())
	}
	tables.Each(func(_ int, s *goquery.Selection) {
		caption := s.Find("caption").Text()
		if caption == "" {
			t.Error("a table without a caption")
		}
		columns := s.Find("thead th[scope=col]").Length()
		s.Find("thead th").Each(func(_ int, th *goquery.Selection) {
			if th.Text() == "" {
				t.Errorf("%s: an empty heading", caption)
			}
		})
		rows := s.Find("tbody tr")
		if rows.Length() == 0 {
			t.Errorf("%s: no rows", caption)
		}
		rows.Each(func(_ int, tr *goquery.Selection) {
			if tr.Find("th[scope=row]").Length() != 1 || tr.Children().Length() != columns {
				t.Errorf("%s: a row of %d cells under %d headings: %s", caption, tr.Children().Length(), columns, tr.Text())
			}
		})
	})
	charts := page.Find("svg")
	if charts.Length() != 4 {
		t.Fatalf("got %d charts, want kinds, curve, calibration, lengths", charts.Length())
	}
	charts.Each(func(_ int, s *goquery.Selection) {
		role, _ := s.Attr("role")
		by, _ := s.Attr("aria-labelledby")
		ids := strings.Fields(by)
		if role != "img" || len(ids) != 2 {
			t.Fatalf("a chart with role %q, labelled by %q", role, by)
		}
		for _, id := range ids {
			if strings.TrimSpace(page.Find("#"+id).Text()) == "" {
				t.Errorf("%s says nothing", id)
			}
		}
		if s.NextAll().Find("table").Length() == 0 {
			t.Errorf("%s has no table behind it", by)
		}
		if s.Find("rect, polyline, circle").Length() == 0 {
			t.Errorf("%s draws nothing", by)
		}
	})
	seen := map[string]bool{}
	page.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id, _ := s.Attr("id")
		if seen[id] {
			t.Errorf("the id %s twice", id)
		}
		seen[id] = true
	})
	links := page.Find("nav a")
	if links.Length() != 6 {
		t.Errorf("got %d links, want 6", links.Length())
	}
	links.Each(func(_ int, s *goquery.Selection) {
		if to, _ := s.Attr("href"); !seen[strings.TrimPrefix(to, "#")] {
			t.Errorf("a link to nowhere: %s", to)
		}
	})
}

// The figures on the page are those of the terminal.
func TestReportSaysWhatTheTablesSay(t *testing.T) {
	r := wholeReport()
	_, page := written(t, r)
	text := page.Text()
	curve, _ := Refusals(r.Verdicts)
	for _, want := range []string{"2026-11-24 09:30，5 题", rate(curve.Area)[:2], "现在的引擎（加规则）", "期望校准误差", "MRR", "答错的题（2）", "结论：", "单独时→旁边有别处的政策时", "检索 retrieve"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	if n := page.Find("article.failure").Length(); n != 2 {
		t.Errorf("got %d failures, want 2", n)
	}
	if n := page.Find("#kinds-title").Parent().Find("rect").Length(); n != len(Table(r.Verdicts)) {
		t.Errorf("got %d bars, want %d", n, len(Table(r.Verdicts)))
	}
}

func TestReportOfAServersRun(t *testing.T) {
	_, page := written(t, Report{Verdicts: []Verdict{{Case: Case{ID: "1", Kind: "direct", Question: "问", Expect: Expect{Answerable: yes(), Section: "学位"}}, OK: true, Cited: true, Runes: 30}}})
	if text := page.Text(); !strings.Contains(text, "没有检索过程") || strings.Contains(text, "MRR") || page.Find("svg").Length() != 2 {
		t.Errorf("got %s", text)
	}
	if got := page.Find("#failures").Text(); !strings.Contains(got, "没有。") {
		t.Errorf("no failures are told as %q", got)
	}
}

func TestReportThatCannotBeWritten(t *testing.T) {
	if err := WriteReport(broken{}, wholeReport()); !errors.Is(err, errBroken) {
		t.Errorf("got error %v", err)
	}
}
