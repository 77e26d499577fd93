package rag

import (
	"strings"
	"testing"

	"wenda/corpus"
)

// sentencesOf are all statements of the fixture as passages, one each.
func sentencesOf(tb testing.TB) []passage {
	tb.Helper()
	set := promptSet(tb)
	var out []passage
	for _, d := range fixture(tb).Documents() {
		for i := range d.Chunks {
			c := &d.Chunks[i]
			if c.Kind != corpus.Paragraph {
				continue
			}
			for _, s := range fixture(tb).Sentences(d.ID, c.ID) {
				out = append(out, passagesOf(set, Draft{Outline: true, Statements: []Statement{{s.Text, []corpus.Source{s}}}}, corpus.Result{})...)
			}
		}
	}
	if len(out) < 15 {
		tb.Fatalf("only %d sentences", len(out))
	}
	return out
}

// check examines text against the passages, of which it cites the first.
func check(tb testing.TB, text string, of ...passage) Verdict {
	tb.Helper()
	x := &examiner{passages: of, terms: &promptSet(tb).Terms, secrets: secretsOf("feedfacecafebeef", []string{promptSet(tb).Composing.System("feedfacecafebeef")}, of)}
	_, v := x.examine(tb.Context(), parseSaying(text+"[1]"))
	return v
}

// Every sentence of the document may be said of itself, and with its year.
func TestSentencesBearThemselvesOut(t *testing.T) {
	for _, p := range sentencesOf(t) {
		for _, text := range []string{p.text, "2022年，" + p.text, "按照计划，" + p.text} {
			if v := check(t, text, p); !v.OK {
				t.Errorf("%q: %s %s", text, v.Reason, v.Detail)
			}
		}
	}
}

// No sentence of the document may be said of another one, with few exceptions none, and no figure of a sentence may be another one.
func TestMutatedSentencesAreRefused(t *testing.T) {
	all := sentencesOf(t)
	n, left := 0, 0
	refuse := func(what, text string, p passage) {
		t.Helper()
		n++
		if v := check(t, text, p); v.OK {
			left++
			t.Errorf("%s: %q of %q", what, text, p.text)
		}
	}
	for _, p := range all {
		for _, o := range all {
			if o.text != p.text {
				refuse("of another sentence", o.text, p)
			}
		}
		text := unified(p.text)
		list := quantities(text)
		for i, q := range list {
			for _, other := range []string{"7", "77", "1" + q.value, q.value + "0", "0.5"} {
				if q.unit == "" || other == q.value {
					continue
				}
				refuse("another figure", text[:q.at]+other+strings.TrimPrefix(q.unit, "第")+text[q.to:], p)
			}
			for j, r := range list { // swapped within the sentence
				if i < j && q.value != r.value {
					refuse("swapped", text[:q.at]+r.value+q.unit+text[q.to:r.at]+q.value+r.unit+text[r.to:], p)
				}
			}
		}
		for _, o := range all { // the figure of another sentence
			for _, q := range list {
				for _, r := range quantities(unified(o.text)) {
					if r.value != q.value && q.unit != "" {
						refuse("figure of another sentence", text[:q.at]+r.value+strings.TrimPrefix(q.unit, "第")+text[q.to:], p)
					}
				}
			}
		}
		stem := strings.TrimRight(p.text, "。")
		for _, addition := range []string{"，已经完成", "，比去年多", "，由张明负责", "，费用全免", "，武进区也一样", "，详见附件二", "，效果显著", "，其中三分之一在北港", "，家长可以报名", "，并获国家级表彰", "，该项工作进展顺利"} {
			refuse("with an addition", stem+addition+"。", p)
		}
		for _, denial := range []string{"不", "没有", "未", "不再"} {
			refuse("denied", denial+p.text, p)
		}
	}
	t.Logf("%d mutations, %d left", n, left)
}

// A citation that was not given is told as that.
func TestCitationMustExist(t *testing.T) {
	p := sentencesOf(t)[0]
	for _, mark := range []string{"[2]", "[0]", "[1][7]", "[1,9]", "【3】"} {
		x := &examiner{passages: []passage{p}, terms: &promptSet(t).Terms}
		if _, v := x.examine(t.Context(), parseSaying(p.text+mark)); v.OK || v.Reason != "citation" {
			t.Errorf("%s: got %+v", mark, v)
		}
	}
}
