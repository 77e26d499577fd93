package rag

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wenda/corpus"
	"wenda/corpus/plan"
)

func TestSwapped(t *testing.T) {
	for _, c := range []struct {
		passage, said string
		wrong         bool
	}{
		{"教育局向学校提供设备。", "学校向教育局提供设备。", true},
		{"教育局向学校提供设备。", "教育局向学校提供设备。", false},
		{"教育局向学校提供设备。", "学校的设备由教育局提供。", false},
		{"教育局向学校提供设备。", "设备向学校提供。", false},
		{"组织人事科管理名师工作室。", "名师工作室管理组织人事科。", true},
		{"组织人事科管理名师工作室。", "名师工作室由组织人事科管理。", false},
		{"骨干教师帮青年教师。", "青年教师帮骨干教师。", true},
		{"骨干教师帮青年教师。", "骨干教师要帮青年教师。", false},
		{"家长对学校的评价，学校对家长的回复都公开。", "学校对家长的回复公开。", false}, // both ways are there
		{"学校向家长通报情况，家长向学校反映问题。", "家长向学校说明。", false},     // likewise
		{"城区学校支持农村学校。", "农村学校支持城区学校。", true},
		{"城区学校支持农村学校。", "支持农村学校的是城区学校。", false},
	} {
		got := swapped(c.said, []passage{{text: c.passage}})
		if (got != "") != c.wrong {
			t.Errorf("%q of %q: got %q", c.said, c.passage, got)
		}
	}
	of := sentencesOf(t)[0] // in the place of a document
	of.text = "教育局向学校提供设备。"
	if v := check(t, "学校向教育局提供设备。", of); v.OK || v.Reason != "order" {
		t.Errorf("the examiner: %+v", v)
	}
	if v := check(t, "教育局将向学校提供设备。", of); !v.OK {
		t.Errorf("the examiner refuses what is right: %+v", v)
	}
}

// planSentences are those of the digest in this binary and of the official page, which say the same in other words.
func planSentences(t *testing.T) (digest, official []string) {
	t.Helper()
	folder := os.Getenv("WENDA_SHARED")
	if folder == "" {
		folder = filepath.Join("..", "..", "shared")
	}
	read := func(name string, text []byte) (out []string) {
		d, err := corpus.Read(name, text)
		if err != nil {
			t.Fatal(err)
		}
		for i := range d.Chunks {
			if c := &d.Chunks[i]; c.Kind == corpus.Paragraph {
				for s := range c.Sentences {
					out = append(out, c.Sentence(s))
				}
			}
		}
		return out
	}
	text, err := os.ReadFile(filepath.Join(folder, "seeds", "zhonglou-education-plan-2022.txt"))
	if err != nil {
		t.Fatal(err)
	}
	official = read("plan.txt", text)
	bundled, err := plan.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, para := range bundled.Paragraphs {
		for _, u := range para.Units {
			digest = append(digest, u.Say)
		}
	}
	if len(digest) < 200 || len(official) < 100 {
		t.Fatalf("%d and %d sentences", len(digest), len(official))
	}
	return digest, official
}

// True paraphrases keep their order, by far the most; of sentences whose sides were swapped most are found.
func TestSwappedOverThePlan(t *testing.T) {
	digest, official := planSentences(t)
	pairs, alarms := 0, 0
	for _, d := range digest {
		grams := bigrams(d)
		best, of := 0, ""
		for _, o := range official {
			if n := covered(grams, corpus.Fold(o)); n > best {
				best, of = n, o
			}
		}
		if float64(best) < .5*float64(len(grams)) || len(grams) < 4 {
			continue
		}
		for _, p := range [][2]string{{d, of}, {of, d}} {
			pairs++
			if c := swapped(p[0], []passage{{text: p[1]}}); c != "" {
				alarms++
				if alarms <= 5 {
					t.Logf("alarm in pair %d", pairs)
				}
			}
		}
	}
	made, found := 0, 0
	for _, s := range append(digest, official...) {
		for _, c := range clausesIn(corpus.Fold(s)) {
			at := pivots.FindStringIndex(c)
			if at == nil {
				continue
			}
			left, right := endIn(c[:at[0]], c), beginningIn(c[at[1]:], c)
			left, right = lastRunes(left, 4), clipRunes(right, 4)
			if left == "" || right == "" || left == right {
				continue
			}
			turnedRound := strings.TrimSuffix(c[:at[0]], left) + right + c[at[0]:at[1]] + left + strings.TrimPrefix(c[at[1]:], right)
			made++
			if swapped(turnedRound, []passage{{text: s}}) != "" {
				found++
			}
		}
	}
	t.Logf("%d of %d paraphrases alarm; %d of %d swaps are found", alarms, pairs, found, made)
	if pairs < 150 || made < 30 || alarms*100 > pairs || found*100 < 80*made {
		t.Errorf("%d pairs, %d swaps", pairs, made)
	}
}
