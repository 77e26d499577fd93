package rag

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"wenda/corpus"
)

// A Verdict is a guard's decision about one statement. OK is false unless every check passed.
type Verdict struct {
	OK     bool
	Reason string // a code, for the trace
	Detail string
}

// verify checks one statement against the texts of the passages that it cites, see evidence.verify. A statement without a passage has nothing
// to rest on and fails.
func verify(statement string, passages []string, read func(text string) *evidence) Verdict {
	if len(passages) == 0 {
		return Verdict{false, "no_passage", ""}
	}
	return read(strings.Join(passages, "\n")).verify(statement)
}

// An evidence is what the passages that a statement cites were read for. It is not changed.
type evidence struct {
	text, folded      string
	plain             string // see plainNumbers
	figures, measured map[string]bool
}

func readEvidence(text string) *evidence {
	plain := plainNumbers(text)
	return &evidence{text, corpus.Fold(text), plain, figuresOf(plain), measuredOf(plain)}
}

// verify checks one statement: figures, dates, quoted names, and that no plan is told as a result.
func (e *evidence) verify(statement string) Verdict {
	plain := plainNumbers(statement)
	if detail := untimely(plain, e.plain); detail != "" {
		return Verdict{false, "figure", detail}
	}
	for f := range figuresOf(plain) {
		if !e.figures[f] {
			return Verdict{false, "figure", f}
		}
	}
	for f := range measuredOf(plain) {
		if !e.measured[f] {
			return Verdict{false, "measure", f}
		}
	}
	for _, m := range quotedName.FindAllStringSubmatch(statement, -1) {
		name := corpus.Fold(strings.Join(m[1:], ""))
		if !strings.Contains(e.folded, name) {
			return Verdict{false, "name", m[0]}
		}
	}
	for _, m := range resultWord.FindAllString(statement, -1) {
		if !strings.Contains(e.text, m) {
			return Verdict{false, "plan_as_result", m}
		}
	}
	return Verdict{OK: true}
}

var (
	quotedName = regexp.MustCompile(`“([^”]+)”|《([^》]+)》|「([^」]+)」|『([^』]+)』|"([^"]+)"`)
	// words that tell a result; a plan's sentence holds none of them, or the very same
	resultWord = regexp.MustCompile(`已经?\p{Han}|(?:完成|建成|达到|实现|获得|取得|新增|获评|通过)了`)

	percent = regexp.MustCompile(`百分之([零〇一二两三四五六七八九十百]+)`)
	// a number with what it counts; years, months and days are compared without
	withMeasure = regexp.MustCompile(`(\d+(?:,\d{3})*(?:\.\d+)?\s*[万亿]?|[零〇一二两三四五六七八九十百千]+[万亿]?)\s*(人次|场次|个|所|名|人|次|场|节|项|轮|届|家|位|批|间|亩|元|倍|岁|天|%)`)
	arabic      = regexp.MustCompile(`\d+(?:,\d{3})*(?:\.\d+)?\s*[万亿]?`)
	chinese     = regexp.MustCompile(`([零〇一二两三四五六七八九十百千]+(?:点[零一二三四五六七八九]+)?[万亿]?)(个|所|名|人|次|场|节|项|轮|届|年|月|日|号|岁|天|条|家|位|批|期|间|亩|元|倍|成|%|万|亿)`)
)

// figures returns the numbers of a text in one spelling: 2,800 and 2800 and 二千八百个 are "2800", 2万 is "20000", 2022-02-11 and
// 2022年2月11日 are "2022", "2", "11". Chinese numerals count only before a measure (十二所, not 一体化).
func figures(text string) map[string]bool { return figuresOf(plainNumbers(text)) }

// figuresOf is figures of what plainNumbers wrote.
func figuresOf(text string) map[string]bool {
	out := map[string]bool{}
	text = tokenShape.ReplaceAllString(text, " ") // times and weekdays are compared by untimely
	for _, m := range arabic.FindAllString(text, -1) {
		out[arabicValue(m)] = true
	}
	for _, m := range chinese.FindAllStringSubmatch(text, -1) {
		if v, ok := chineseValue(m[1]); ok {
			out[v] = true
		}
	}
	return out
}

// measured returns the numbers of a text with what they count: "13所", "2800个".
func measured(text string) map[string]bool { return measuredOf(plainNumbers(text)) }

// measuredOf is measured of what plainNumbers wrote.
func measuredOf(text string) map[string]bool {
	out := map[string]bool{}
	for _, m := range withMeasure.FindAllStringSubmatch(text, -1) {
		value := m[1]
		if value[0] >= '0' && value[0] <= '9' {
			out[arabicValue(value)+m[2]] = true
		} else if v, ok := chineseValue(value); ok {
			out[v+m[2]] = true
		}
	}
	return out
}

// plainNumbers writes percentages in words with a sign, times of a day and other figures in one spelling (clocked, respelled), and everything
// in NFKC. Twice is once.
func plainNumbers(text string) string {
	text = percent.ReplaceAllStringFunc(norm.NFKC.String(text), func(s string) string {
		if v, ok := chineseValue(strings.TrimPrefix(s, "百分之")); ok {
			return v + "%"
		}
		return s
	})
	return clocked(respelled(text))
}

// untimely is a time of a day or a weekday of a statement that the passages do not have; empty when they have all. Both are as plainNumbers
// writes them.
func untimely(statement, all string) string {
	theirs := tokens(all)
	for _, q := range tokens(statement) {
		if !slices.ContainsFunc(theirs, func(t quantity) bool { return t.bears(q) }) {
			return q.value + q.unit
		}
	}
	return ""
}

func arabicValue(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, ",", ""), " ", "")
	factor := 1.
	switch {
	case strings.HasSuffix(s, "万"):
		factor, s = 1e4, strings.TrimSuffix(s, "万")
	case strings.HasSuffix(s, "亿"):
		factor, s = 1e8, strings.TrimSuffix(s, "亿")
	}
	if len(s) > 15 { // an index or record number: compared digit by digit
		return s
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s
	}
	return strconv.FormatFloat(v*factor, 'f', -1, 64)
}

var chineseDigit = map[rune]float64{'零': 0, '〇': 0, '一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9}

func chineseValue(s string) (string, bool) {
	var total, section, digit float64
	units := map[rune]float64{'十': 10, '百': 100, '千': 1000}
	runes := []rune(s)
	plain := true // 二〇二二: digit by digit
	for _, r := range runes {
		if _, ok := chineseDigit[r]; !ok {
			plain = false
		}
	}
	if plain && len(runes) > 1 {
		v := 0.
		for _, r := range runes {
			v = v*10 + chineseDigit[r]
		}
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	for _, r := range runes {
		switch {
		case r == '万':
			total, section, digit = (total+section+digit)*1e4, 0, 0
		case r == '亿':
			total, section, digit = (total+section+digit)*1e8, 0, 0
		case units[r] > 0:
			if digit == 0 {
				digit = 1
			}
			section += digit * units[r]
			digit = 0
		default:
			d, ok := chineseDigit[r]
			if !ok {
				return "", false
			}
			digit = d
		}
	}
	return strconv.FormatFloat(total+section+digit, 'f', -1, 64), true
}

// verified drops statements that the guards refuse. When nothing is left, the answer is a refusal.
func (r *run) verified(p partial) partial {
	var kept []Statement
	for _, s := range p.draft.Statements {
		v := verify(s.Text, passages(s), r.evidence.Of)
		if v.OK {
			kept = append(kept, s)
			continue
		}
		p.trace.Dropped = append(p.trace.Dropped, Dropped{s.Text, v.Reason + ":" + v.Detail})
	}
	if len(kept) == 0 && len(p.draft.Statements) > 0 {
		p.draft = Draft{}
		p.notice, p.related, p.remember.Cited = nil, nil, nil
		p = r.noSource(p)
		p.trace.Rule = "verify"
		return p
	}
	if len(kept) < len(p.draft.Statements) {
		p.remember.Cited = nil
		for _, s := range kept {
			for _, src := range s.Sources {
				p.remember.Cited = append(p.remember.Cited, place{src.Document.ID, src.Chunk.ID, src.Sentence})
			}
		}
	}
	p.draft.Statements = kept
	return p
}

// passages are the texts that a statement may take its figures and names from: the cited chunks and their headings.
func passages(s Statement) []string {
	var out []string
	for _, src := range s.Sources {
		out = append(out, src.Chunk.Text, src.Chunk.SectionPath())
	}
	return out
}
