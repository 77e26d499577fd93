package rag

import (
	"context"
	"regexp"
	"strings"
	"unicode"

	"wenda/corpus"
)

// What a sentence needs of the passages that it cites. Bigrams are pairs of neighbouring Chinese characters, numbers and generic words
// aside. Set with the tables of right answers and of lies (2026-11-26, doc.go).
const (
	sentenceSupport = .60 // share of a sentence's bigrams that the passages hold
	clauseSupport   = .45 // likewise of every clause with two bigrams or more
	oneSupport      = .65 // likewise by one of several passages
	nounSupport     = .50 // of the words beside a figure
	vectorSupport   = .80 // cosine of clause and passage, where words do not suffice (2026-11-26, bge-small-zh, the 283 sentences of the digest
	// against the official page's: .67 of the right sentences reach it, .03 of the nearest wrong ones; .75: .83 and .12, .86: .42 and .004)
	turnedShare = .5 // of a clause's bigrams that must stand in a passage's clause for a comparison of their negations
)

// generic are words that say nothing about what a figure counts, and may be added to any sentence about a plan.
var generic = regexp.MustCompile(`计划|力争|争取|争创|目标|打算|预计|拟|将要|将会|将|要|会|新增加?|新建|改扩建|扩建|改建|建设|建立|增加|增设|设立|举办|举行|开展|组织|安排|招聘|招收|引进|培养|评选|申报|创建|创成|打造|` +
	`推进|实现|达到|提供|配备|更换|投入|用于|展出|全年|年内|本年|\d{4}年|全区|我区|区里|区级|本区|共计|共有|总共|一共|共|` +
	`根据|按照|依据|文件|资料|工作|提出|明确|其中|包括|分别|还有|还|并且|并|也|都|为|是|有|在|的|了|和|与|及|以及|等|对|到|从|由|把|被|让|使|给|向|以|中|里|上|另外|此外|同时|方面|情况|来自|进行|有关|相关|个别|这|那|其|各|该|数量|规模|届时|一些|继续|具体|写明|发布|这份`)

// content is a text without figures and generic words: what remains, with blanks where something was.
func content(text string) string {
	text = unified(text)
	var b strings.Builder
	at := 0
	for _, q := range quantities(text) {
		if q.at < at {
			continue
		}
		b.WriteString(text[at:q.at] + " ")
		at = q.to
	}
	b.WriteString(text[at:])
	out := generic.ReplaceAllString(b.String(), " ")
	return strings.Join(strings.FieldsFunc(out, func(r rune) bool { return !unicode.Is(unicode.Han, r) && !unicode.IsLetter(r) }), " ")
}

// bigrams are the pairs of neighbouring letters of a text's content.
func bigrams(text string) []string {
	var out []string
	for _, run := range strings.Fields(content(text)) {
		rs := []rune(run)
		for i := 0; i+1 < len(rs); i++ {
			out = append(out, string(rs[i:i+2]))
		}
	}
	return out
}

func covered(grams []string, evidence string) int {
	n := 0
	for _, g := range grams {
		if strings.Contains(evidence, corpus.Fold(g)) {
			n++
		}
	}
	return n
}

// unsupported returns the first clause that the passages do not bear out; empty when all is supported.
func (x *examiner) unsupported(ctx context.Context, text string, cited []passage) string {
	evidence := evidenceOf(cited)
	all := bigrams(text)
	if len(all) == 0 && len(quantities(unified(text))) == 0 { // nothing that could be compared
		return text
	}
	if n := covered(all, evidence); float64(n) < sentenceSupport*float64(len(all)) && !x.near(ctx, text, cited) {
		return text
	}
	for _, c := range clausesIn(text) {
		grams := bigrams(c)
		if len(grams) >= 2 && float64(covered(grams, evidence)) < clauseSupport*float64(len(grams)) && !x.near(ctx, c, cited) {
			return c
		}
		if len(cited) > 1 && fused(c, cited) {
			return c
		}
	}
	return ""
}

// fused reports a clause that no single passage bears out, nor its items one by one: what two passages say became one thing.
func fused(clause string, cited []passage) bool {
	one := func(text string) bool {
		grams := bigrams(text)
		if len(grams) < 2 {
			return true
		}
		for _, p := range cited {
			if float64(covered(grams, evidenceOf([]passage{p}))) >= oneSupport*float64(len(grams)) {
				return true
			}
		}
		return false
	}
	if one(clause) {
		return false
	}
	for _, item := range enumerated.Split(clause, -1) {
		if !one(item) {
			return true
		}
	}
	return false
}

// near compares sentence vectors. Without an embedder, or when it fails, nothing is near.
func (x *examiner) near(ctx context.Context, text string, cited []passage) bool {
	if x.embed == nil {
		return false
	}
	v, err := x.embed(ctx, corpus.Plain(text))
	if err != nil {
		return false
	}
	for _, p := range cited {
		w, err := x.embed(ctx, corpus.Plain(p.text))
		if err != nil || len(w) != len(v) {
			return false
		}
		dot := float32(0)
		for i := range v {
			dot += v[i] * w[i]
		}
		if dot >= vectorSupport {
			return true
		}
	}
	return false
}

var clauseEnds = func(r rune) bool { return strings.ContainsRune("，,；;。！？!?：:（）()…", r) }

// clausesIn cuts at commas and their like; an enumeration of figures is cut at its items as well.
func clausesIn(text string) []string {
	var out []string
	text = thousands.ReplaceAllString(unified(text), "$1$2")
	for _, c := range strings.FieldsFunc(text, clauseEnds) {
		if len(quantities(c)) < 2 {
			out = append(out, c)
			continue
		}
		out = append(out, enumerated.Split(c, -1)...)
	}
	return out
}

var thousands = regexp.MustCompile(`(\d),(\d{3})`)

var enumerated = regexp.MustCompile(`、|以及|和|与|及|并`)

// Negations, and words that hold their characters and deny nothing.
var (
	negation = regexp.MustCompile(`不|未|没|无|非|勿|禁止|严禁|停止|暂停|取消|终止|拒绝|避免|防止|杜绝|免除|叫停|关停|否`)
	neutral  = regexp.MustCompile(`不少于|不低于|不小于|不超过|不高于|不多于|不少|不断|不仅|不但|不同|不等|未来|未成年|非遗|非物质|非常|无障碍|无偿|无线|没收|是否`)
)

// denies reports a clause that says no; 不停止 says yes.
func denies(clause string) bool {
	return len(negation.FindAllString(neutral.ReplaceAllString(clause, ""), -1))%2 == 1
}

// turned returns a clause that says yes where the passage's most similar clause says no, or the other way round.
func turned(text string, cited []passage) string {
	var theirs []string
	anyDenies := false
	for _, p := range cited {
		for _, c := range clausesIn(p.text) {
			theirs = append(theirs, c)
			anyDenies = anyDenies || denies(c)
		}
	}
	for _, c := range clausesIn(text) {
		if denies(c) && !anyDenies {
			return c
		}
		grams := bigrams(c)
		best, like := 0, false
		for _, t := range theirs {
			if n := covered(grams, corpus.Fold(t)); n > best || n == best && n > 0 && denies(t) == denies(c) {
				best, like = n, denies(t) == denies(c)
			}
		}
		if best > 0 && float64(best) >= turnedShare*float64(len(grams)) && !like {
			return c
		}
	}
	return ""
}
