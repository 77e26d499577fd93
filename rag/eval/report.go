package eval

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"time"
)

//go:embed report.html
var reportHTML string

// A Report is a run with everything that is told about it on one page.
type Report struct {
	Made        time.Time
	About       []string // what was asked of what: sets, documents, index version; a line each
	Verdicts    []Verdict
	DocumentOf  DocumentOf // may be nil: one document
	Comparisons []Comparison
	Alone       []Verdict // the same cases without foreign documents beside the right one; nil: not asked
	AloneOf     DocumentOf
}

// WriteReport writes the page: HTML with its style inside, without scripts, so that it can be mailed and opened anywhere. Everything
// from cases, answers and documents is escaped.
func WriteReport(w io.Writer, r Report) error {
	t, err := template.New("report").Parse(reportHTML)
	if err != nil {
		return fmt.Errorf("parse report.html: %w", err)
	}
	return t.Execute(w, reportPage(r))
}

// A page is what report.html shows.
type page struct {
	Made        string
	About       []string
	Kinds       []kindLine
	Bars        chart
	Traced      bool
	NoTraces    string
	NoCurve     string
	Retrieval   table
	Beside      *table // retrieval without and with foreign documents
	Curve       *curvePage
	Calibration *calibrationPage
	Times       table
	Lengths     table
	LengthChart chart
	Comparisons []comparisonPage
	Failures    []failurePage
	Total       int
}

type kindLine struct {
	Row
	Right, Interval, Cited, First, Refused, Handled string
}

type curvePage struct {
	Chart chart
	Table table
}

type calibrationPage struct {
	Chart chart
	Table table
}

type comparisonPage struct {
	Title    string
	Decision string
	Worse    bool
	Table    table
	Lists    []listPage
	Unpaired []listPage
}

type listPage struct {
	Heading string
	Items   []itemPage
}

type itemPage struct{ ID, Kind, Question, Why string }

func reportPage(r Report) page {
	rows := Table(r.Verdicts)
	p := page{Made: r.Made.Format("2006-01-02 15:04"), About: r.About, Total: len(r.Verdicts), Traced: Traced(r.Verdicts), NoTraces: noTraces, NoCurve: noCurve}
	for _, row := range rows {
		p.Kinds = append(p.Kinds, kindLine{row, percent(row.OK, row.N), rate(row.Low) + "–" + rate(row.High), percent(row.Cited, row.Answers),
			percent(row.First, row.Answers), percent(row.Refusals, row.Answers), percent(row.Handled, row.Talk)})
	}
	p.Bars = barChart(rows)
	lengths := Lengths(r.Verdicts)
	p.LengthChart, p.Lengths = lengthChart(lengths), lengthTable(lengths)
	if p.Traced {
		p.Retrieval = tableOf("检索：对的段落排在第几", rankRows(Retrieval(r.Verdicts, r.DocumentOf)), rankNote)
		if r.Alone != nil {
			t := tableOf("检索：单独时→旁边有别处的政策时", ranksBeside(Retrieval(r.Alone, r.AloneOf), Retrieval(r.Verdicts, r.DocumentOf)), "")
			p.Beside = &t
		}
		p.Times = tableOf("各步骤用时", timeRows(Times(r.Verdicts)), "")
		if c, ok := Refusals(r.Verdicts); ok {
			part := refusalPart(r.Verdicts)
			p.Curve = &curvePage{curveChart(c), tableOf(part.heading, part.rows, part.note)}
			bins, _ := Calibration(r.Verdicts)
			part = calibrationPart(r.Verdicts)
			p.Calibration = &calibrationPage{calibrationChart(bins), tableOf(part.heading, part.rows, part.note)}
		}
	}
	for _, c := range r.Comparisons {
		p.Comparisons = append(p.Comparisons, comparedPage(c))
	}
	for _, v := range r.Verdicts {
		if Wrong(v) {
			p.Failures = append(p.Failures, failed(v))
		}
	}
	return p
}

func tableOf(caption string, rows [][]string, note string) table {
	return table{caption, rows[0], rows[1:], note}
}

func lengthTable(bars []LengthBar) table {
	t := table{Caption: "已回答的答案有多长", Head: []string{"字数", "答案数"}}
	for _, b := range bars {
		t.Rows = append(t.Rows, []string{lengthName(b), strconv.Itoa(b.N)})
	}
	return t
}

func lengthName(b LengthBar) string {
	if b.High == 0 {
		return fmt.Sprintf("%d以上", b.Low)
	}
	return fmt.Sprintf("%d–%d", b.Low, b.High-1)
}

func comparedPage(c Comparison) comparisonPage {
	p := comparisonPage{Title: "比较：" + c.Title, Decision: decision(c), Worse: c.Worsened(), Table: tableOf("成对比较", comparedRows(c), "")}
	for _, list := range changeLists(c) {
		if len(list.changes) == 0 {
			continue
		}
		l := listPage{Heading: fmt.Sprintf("%s %d 题", list.heading, len(list.changes))}
		for _, ch := range list.changes {
			l.Items = append(l.Items, itemPage{ch.After.Case.ID, ch.After.Case.Kind, ch.After.Case.Question, list.why(ch)})
		}
		p.Lists = append(p.Lists, l)
	}
	for _, list := range unpairedLists(c) {
		if len(list.ids) == 0 {
			continue
		}
		l := listPage{Heading: fmt.Sprintf("%s %d 题", list.heading, len(list.ids))}
		for _, id := range list.ids {
			l.Items = append(l.Items, itemPage{ID: id})
		}
		p.Unpaired = append(p.Unpaired, l)
	}
	return p
}
