package eval

import (
	"fmt"
	"io"
	"strings"

	"wenda/rag"
)

// shownCandidates is how many sentences of a trace are shown.
const shownCandidates = 4

// Wrong reports whether a verdict is listed among the failures: a wrong answer, or a right one that does not cite where it comes from.
func Wrong(v Verdict) bool { return !v.OK || !v.Cited }

// WriteFailure writes one wrong answer with what happened on the way, for a terminal.
func WriteFailure(w io.Writer, v Verdict) error {
	var b strings.Builder
	f := failed(v)
	fmt.Fprintf(&b, "%s %s\n", f.ID, f.Kind)
	for _, h := range f.History {
		fmt.Fprintf(&b, "  前 %s\n", h)
	}
	fmt.Fprintf(&b, "  问 %s\n  %s（应为 %s）\n  答 %s [%s]\n", f.Question, f.Why, f.Expected, f.Answer, f.Status)
	for _, c := range f.Citations {
		fmt.Fprintf(&b, "  引 %s\n", c)
	}
	for _, t := range f.Traces {
		for _, l := range t.Lines {
			fmt.Fprintf(&b, "  %s\n", l)
		}
		for _, c := range t.Candidates.Rows {
			fmt.Fprintf(&b, "    %s s%s v%s w%s %s | %s (%s)\n", c[0], c[1], c[2], c[3], c[4], c[5], c[6])
		}
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

type failurePage struct {
	ID, Kind, Question string
	History            []string
	Why, Expected      string
	Answer, Status     string
	Citations          []string
	Traces             []tracePage
}

type tracePage struct {
	Lines      []string
	Candidates table
}

func failed(v Verdict) failurePage {
	e := v.Case.Expect
	f := failurePage{ID: v.Case.ID, Kind: v.Case.Kind, Question: v.Case.Question, Why: v.Why, Answer: v.Answer.Text,
		Status: strings.TrimSpace(string(v.Answer.Status) + " " + v.Answer.Reason)}
	switch {
	case f.Why != "":
	case v.Foreign != "":
		f.Why = "引用了别的文件《" + v.Foreign + "》"
	default:
		f.Why = "没有引用对的段落"
	}
	for _, t := range v.Case.History {
		f.History = append(f.History, t.Role+": "+t.Content)
	}
	f.Expected = fmt.Sprintf("不答 %v", e.Status)
	if e.answerable() {
		f.Expected = fmt.Sprintf("%v %s", e.Facts, e.Section)
	}
	for _, c := range v.Answer.Citations {
		f.Citations = append(f.Citations, fmt.Sprintf("[%d] 《%s》%s：%s", c.N, c.Title, c.Section, c.Quote))
	}
	for _, t := range parts(v.Trace) {
		if t.Asked != "" {
			f.Traces = append(f.Traces, traced(t))
		}
	}
	return f
}

// traced is one question of a message: what it was taken for, the scores that decided, and the sentences that were found.
func traced(t rag.Trace) tracePage {
	var p tracePage
	say := func(format string, args ...any) { p.Lines = append(p.Lines, fmt.Sprintf(format, args...)) }
	if t.Standalone != "" {
		say("作 %s", t.Standalone)
	}
	say("strength %.3f/%.3f answerable %.2f/%.2f coverage %.2f positive %.3f rule %s kind %s route %s", t.Strength, t.Floor, t.Answerable, t.Cut, t.Coverage,
		t.Positive, t.Rule, t.Kind, t.Route)
	for _, near := range []struct{ name, text string }{{"negative", t.Negative}, {"example", t.Example}, {"outline", t.Outline}} {
		if near.text != "" {
			say("%s %s", near.name, near.text)
		}
	}
	for _, d := range t.Dropped {
		say("dropped %s: %s", d.Reason, d.Text)
	}
	p.Candidates = table{Caption: "检索到的句子：" + t.Asked, Head: []string{"分", "句", "问法", "词", "段落", "句子", "最近的问法"}}
	for _, c := range t.Candidates[:min(shownCandidates, len(t.Candidates))] {
		p.Candidates.Rows = append(p.Candidates.Rows, []string{fmt.Sprintf("%.3f", c.Score), fmt.Sprintf("%.3f", c.Cosine), fmt.Sprintf("%.3f", c.Variant),
			fmt.Sprintf("%.1f", c.Words), c.Section, c.Text, c.Asked})
	}
	return p
}
