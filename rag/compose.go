package rag

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"wenda/corpus"
)

// A Draft is an answer before the guards: statements, each with the sentences that it rests on.
type Draft struct {
	Intro      string // said before the statements; of prompts, so not verified
	Statements []Statement
	Outline    bool // one statement a line
}

// A Statement is one sentence of a draft.
type Statement struct {
	Text    string
	Sources []corpus.Source
}

// A Composer makes a draft of what was found. Extract quotes; a model-backed one comes later.
type Composer interface {
	// Compose returns a draft with at least one statement, every one with at least one source, or an error. It must be safe for
	// concurrent use.
	Compose(f found) (Draft, error)
}

var _ Composer = Extract{}

// Extract composes by quoting: the sentence that answers best, a second one where it adds, or an outline.
type Extract struct{}

// Limits of quoted answers, in runes.
const (
	maxQuoteRunes   = 150 // longer sentences are cut at clause ends around what was asked
	maxTwoRunes     = 130 // of two sentences together
	maxPointRunes   = 46
	maxOutlineLines = 10
	minOutlineLines = 3 // of each of several subjects
)

// Compose quotes.
func (Extract) Compose(f found) (Draft, error) {
	if f.draft != nil {
		return *f.draft, nil
	}
	if f.outline != nil {
		return outlineDraft(f), nil
	}
	d := Draft{}
	for _, s := range f.quotes {
		said, facts := s, f.facts
		if f.rival != nil && s.Text == f.rival.Text {
			facts = f.rival.Facts
		}
		if f.number {
			said.Text = withoutOtherFigures(s.Text, facts)
		}
		d.Statements = append(d.Statements, Statement{quote(said, facts), []corpus.Source{s}})
	}
	return d, nil
}

func outlineDraft(f found) Draft {
	d := Draft{Outline: true, Intro: f.outlineIntro}
	for _, p := range bestFirst(mostTelling(f.outline.Points, f.lines), f.result.Hits) {
		text := p.Text
		if text == "" {
			text = clip(tidyQuote(p.Source.Text), maxPointRunes, nil)
		}
		text = introduced(strings.TrimRight(text, "。；;"), p.Source)
		d.Statements = append(d.Statements, Statement{text, []corpus.Source{p.Source}})
	}
	return d
}

// bestFirst puts the points of the best paragraph first: they are what was asked for, the others stand around it. Outlines of the
// document as a whole keep their order, since no paragraph is theirs.
func bestFirst(points []corpus.OutlinePoint, hits []corpus.Hit) []corpus.OutlinePoint {
	if len(hits) == 0 {
		return points
	}
	var first, rest []corpus.OutlinePoint
	for _, p := range points {
		if p.Chunk.ID == hits[0].Chunk.ID {
			first = append(first, p)
		} else {
			rest = append(rest, p)
		}
	}
	if len(first) < 2 {
		return points
	}
	return append(first, rest...)
}

// mostTelling keeps n points in their order: those with figures and names before those without.
func mostTelling(points []corpus.OutlinePoint, n int) []corpus.OutlinePoint {
	telling := func(p corpus.OutlinePoint) int {
		text := p.Text + p.Source.Text
		k := 0
		if numberIn.MatchString(text) {
			k++
		}
		if strings.ContainsAny(text, "“《") {
			k++
		}
		return k
	}
	keep := map[int]bool{}
	for want := 2; want >= 0; want-- {
		for i, p := range points {
			if telling(p) == want && len(keep) < n {
				keep[i] = true
			}
		}
	}
	var out []corpus.OutlinePoint
	for i, p := range points {
		if keep[i] {
			out = append(out, p)
		}
	}
	return out
}

// withoutOtherFigures leaves out, at the ends of a sentence of several clauses, those that tell other figures than the one asked for (beside
// 44节 nobody is to read 100节). What was left out shows as ……. A sentence that holds no fact stays whole.
func withoutOtherFigures(text string, facts []string) string {
	clauses := clauseSpans(text)
	holds := func(c [2]int) bool { return containsAny(corpus.Fold(text[c[0]:c[1]]), foldAll(facts)) }
	first := slices.IndexFunc(clauses, holds)
	if first < 0 || utf8.RuneCountInString(text) <= shortNumberRunes {
		return text
	}
	last := first
	for i, c := range clauses {
		if holds(c) {
			last = i
		}
	}
	other := func(i int) bool { return numberIn.MatchString(text[clauses[i][0]:clauses[i][1]]) }
	for first > 0 && !other(first-1) {
		first--
	}
	for last+1 < len(clauses) && !other(last+1) {
		last++
	}
	out := strings.TrimRight(text[clauses[first][0]:clauses[last][1]], "，,；;、")
	if first > 0 {
		out = "……" + out
	}
	if last+1 < len(clauses) {
		out += "……"
	}
	return out
}

// shortNumberRunes is up to how many runes a sentence is quoted whole where a number was asked for.
const shortNumberRunes = 45

func foldAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = corpus.Fold(s)
	}
	return out
}

// quote shows a sentence as an answer: typography mended, too long ones cut around facts, a target introduced as a plan.
func quote(s corpus.Source, facts []string) string {
	text := tidyQuote(s.Text)
	if s.Chunk.Kind == corpus.Metadata || s.Chunk.Kind == corpus.Footer {
		return fieldQuote(text)
	}
	text = cutQuote(text, facts)
	if end, _ := utf8.DecodeLastRuneInString(text); !strings.ContainsRune("。！？…”》）", end) {
		text = strings.TrimRight(text, "；;，,、") + "。"
	} else if end == '；' {
		text = strings.TrimSuffix(text, "；") + "。"
	}
	return introduced(text, s)
}

// reportTitle tells what was done, though it may plan too.
var reportTitle = regexp.MustCompile(`总结|报告|情况`)

// IsPlan reports that a document tells what is to be done, and nothing that was.
func IsPlan(m corpus.Meta) bool {
	return planTitle.MatchString(m.Title) && !reportTitle.MatchString(m.Title)
}

var (
	emptyField   = regexp.MustCompile(`[:：]\s*$`)
	planTitle    = regexp.MustCompile(`(?:计划|思路|要点|规划|方案|工作安排)(?:[（(][^）)]*[）)]|》.*|[-_—|].*|\s)*$`) // 招生计划的公告 is none
	plannedWords = regexp.MustCompile(`计划|力争|争取|争创|将|目标|打算|拟|(?:^|[^重主需必])要(?:[^求点素闻]|$)|年内|规划|今年|推进|推动|落实|加强|完善|健全`)
	targetFigure = regexp.MustCompile(`\d+(?:-\d+)?(?:余|多)?\s*(?:个|所|名|人|次|场|节|项|支|万|%)`)
)

// fieldQuote shows a row of the metadata table or footer; an empty one says so.
func fieldQuote(text string) string {
	text = strings.TrimRight(text, "| ")
	if emptyField.MatchString(text) {
		return strings.TrimRight(text, ":： ") + "：页面上没有填写。"
	}
	if !strings.HasSuffix(text, "。") {
		text += "。"
	}
	return text
}

// introduced is introducePlan for a sentence; a cell of a table says in its head what its figure is.
func introduced(text string, s corpus.Source) string {
	if s.Chunk.Row != nil {
		return text
	}
	return introducePlan(text, s.Document)
}

// introducePlan marks a target of a plan as one, where its sentence alone could be read as done.
func introducePlan(text string, d *corpus.Document) string {
	if !IsPlan(d.Meta) || !targetFigure.MatchString(text) || plannedWords.MatchString(text) {
		return text
	}
	if label, rest, ok := strings.Cut(text, "："); ok && utf8.RuneCountInString(label) <= labelRunes { // 队伍：计划培养……
		return label + "：计划" + rest
	}
	return "计划" + strings.TrimPrefix(text, "计划")
}

// labelRunes is the longest label in front of a point.
const labelRunes = 8

// tidyQuote mends typography for showing: half-width commas and brackets between Chinese characters become full-width, blanks
// between them go. No word is changed.
func tidyQuote(s string) string {
	s = strings.TrimSpace(s)
	rs := []rune(s)
	var b strings.Builder
	for i, r := range rs {
		prev, next := rune(0), rune(0)
		if i > 0 {
			prev = rs[i-1]
		}
		if i+1 < len(rs) {
			next = rs[i+1]
		}
		wideSide := wide(prev) || (next != 0 && wide(next))
		switch {
		case r == ' ' && (wide(prev) || wide(next)):
			continue
		case r == ',' && wideSide && !(unicode.IsDigit(prev) && unicode.IsDigit(next)):
			b.WriteRune('，')
		case r == ';' && wideSide:
			b.WriteRune('；')
		case r == ':' && wideSide && !unicode.IsDigit(next):
			b.WriteRune('：')
		case r == ':' && wide(prev):
			b.WriteRune('：')
		case r == '(' && wideSide:
			b.WriteRune('（')
		case r == ')' && wideSide:
			b.WriteRune('）')
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimLeft(b.String(), "•· ")
}

func wide(r rune) bool {
	return unicode.Is(unicode.Han, r) || strings.ContainsRune("，。；：、“”《》（）", r)
}

// clip cuts a sentence of more than limit runes at clause ends: the shortest run of whole clauses that holds all facts, grown
// towards limit. What was left out shows as ……. Quotation marks and brackets are never cut open.
func clip(text string, limit int, facts []string) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	clauses := clauseSpans(text)
	first, last := -1, -1
	hold := func(i int) {
		if first < 0 || i < first {
			first = i
		}
		last = max(last, i)
	}
	for _, f := range facts {
		at := strings.Index(text, f)
		for i, c := range clauses {
			over := at >= 0 && c[0] < at+len(f) && at < c[1] // a fact may run over two clauses
			if over || at < 0 && strings.Contains(corpus.Fold(text[c[0]:c[1]]), corpus.Fold(f)) {
				hold(i)
			}
		}
	}
	if first < 0 {
		first, last = 0, 0
	}
	length := func(a, b int) int { return utf8.RuneCountInString(text[clauses[a][0]:clauses[b][1]]) }
	for length(first, last) < limit {
		switch {
		case first > 0 && length(first-1, last) <= limit:
			first--
		case last+1 < len(clauses) && length(first, last+1) <= limit:
			last++
		default:
			goto done
		}
	}
done:
	out := text[clauses[first][0]:clauses[last][1]]
	if first > 0 {
		out = "……" + out
	}
	if last+1 < len(clauses) {
		out = strings.TrimRight(out, "，,；;、") + "……"
	}
	return out
}

// cutQuote is clip for a quote. Where little could be kept, since what follows is one long list, a sentence of up to twice the length stays whole.
func cutQuote(text string, facts []string) string {
	cut := clip(text, maxQuoteRunes, facts)
	if strings.HasSuffix(cut, "……") && utf8.RuneCountInString(cut) < maxQuoteRunes/2 && utf8.RuneCountInString(text) <= 2*maxQuoteRunes {
		return text
	}
	return cut
}

// pairedMarks open and close what a quote never cuts.
var pairedMarks = [...][2]rune{{'“', '”'}, {'‘', '’'}, {'《', '》'}, {'（', '）'}, {'〔', '〕'}}

// clauseSpans cuts text after ， ； outside of quotes and brackets. A closing mark ends only what was opened by its own kind.
func clauseSpans(text string) [][2]int {
	var out [][2]int
	start := 0
	var depths [len(pairedMarks)]int // of each pair
	depth := 0                       // their sum
	for i, r := range text {
		switch r {
		case '，', '；', ',', ';':
			if depth == 0 {
				end := i + utf8.RuneLen(r)
				out = append(out, [2]int{start, end})
				start = end
			}
			continue
		}
		for k, p := range pairedMarks {
			switch {
			case r == p[0]:
				depths[k]++
				depth++
			case r == p[1] && depths[k] > 0:
				depths[k]--
				depth--
			}
		}
	}
	if start < len(text) {
		out = append(out, [2]int{start, len(text)})
	}
	return out
}

// ofItem says before a quote which list item it is about, in brackets as an editor's addition, where it does not itself.
func ofItem(text string, s corpus.Source) string {
	item := s.Document.Item(s.Chunk, s.Sentence)
	if item == "" {
		return text
	}
	return "（" + item + "）" + text
}
