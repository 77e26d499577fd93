package corpus

import (
	"strings"
	"testing"

	"wenda/corpus/plan"
)

func TestTie(t *testing.T) {
	d := mustRead(t, "a", []byte("通知\n\n一、学位\n新增学位2800个，新建学校13所。学位都在城区。\n学位另有安排。\n二、培训\n新增学位另行通知。培训机构要登记。\n"))
	tests := []struct {
		name   string
		anchor Anchor
		want   string // "" ties to nothing
	}{
		{"most facts", Anchor{[]string{"一、学位"}, []string{"学位", "2800个"}, ""}, "新增学位2800个，新建学校13所。"},
		{"only under its heading", Anchor{[]string{"二、培训"}, []string{"新增学位", "2800个"}, ""}, "新增学位另行通知。"},
		{"the innermost heading counts", Anchor{[]string{"第三部分", "二、培训："}, []string{"登记"}, ""}, "培训机构要登记。"},
		{"facts are folded", Anchor{[]string{"一 、学位"}, []string{"２８００ 个"}, ""}, "新增学位2800个，新建学校13所。"},
		{"likeness settles ties", Anchor{[]string{"一、学位"}, []string{"学位"}, "学位的其他安排另有通知"}, "学位另有安排。"},
		{"facts go before likeness", Anchor{[]string{"一、学位"}, []string{"学位", "2800个"}, "学位另有安排。"}, "新增学位2800个，新建学校13所。"},
		{"the first of equals", Anchor{[]string{"一、学位"}, []string{"学位"}, ""}, "新增学位2800个，新建学校13所。"},
		{"no such heading", Anchor{[]string{"三、师资"}, []string{"学位"}, ""}, ""},
		{"no fact there", Anchor{[]string{"二、培训"}, []string{"2800个"}, ""}, ""},
		{"no facts", Anchor{[]string{"二、培训"}, nil, "培训机构要登记。"}, ""},
	}
	for _, tt := range tests {
		p, ok := d.Tie(tt.anchor)
		got := ""
		if ok {
			got = d.Chunks[p.Chunk].Sentence(p.Sentence)
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestTieSkipsLeadAndSummary(t *testing.T) {
	d := official(t)
	if p, ok := d.Tie(Anchor{Section: []string{"信息公开栏"}, Facts: []string{"532"}}); ok { // only the summary says so there
		t.Errorf("ties to %q", d.Chunks[p.Chunk].Sentence(p.Sentence))
	}
	for _, a := range []Anchor{
		{Section: []string{"增强美育熏陶"}, Facts: []string{"美育"}, Say: "增强美育熏陶。"},
		{Section: []string{"信息公开栏"}, Facts: []string{"2022年"}, Say: "2022年"},
	} {
		p, ok := d.Tie(a)
		if !ok {
			t.Errorf("%v ties to nothing", a)
			continue
		}
		if c := d.Chunks[p.Chunk]; c.Kind == Summary || c.Lead && p.Sentence == 0 {
			t.Errorf("%v ties to %q", a, c.Sentence(p.Sentence))
		}
	}
}

// Every unit of the digest must find its sentence on the official page, and that sentence must hold all its facts.
func TestDigestTiesToOfficialPage(t *testing.T) {
	p, err := plan.Load()
	if err != nil {
		t.Fatal(err)
	}
	page := official(t)
	units, whole := 0, 0
	for _, para := range p.Paragraphs {
		for _, u := range para.Units {
			units++
			place, ok := page.Tie(Anchor{para.Heading, u.Facts, u.Say})
			if !ok {
				t.Errorf("ties to nothing: %q under %q", u.Say, para.Heading[len(para.Heading)-1])
				continue
			}
			said := Fold(page.Chunks[place.Chunk].Sentence(place.Sentence))
			var lacks []string
			for _, f := range u.Facts {
				if !strings.Contains(said, Fold(f)) {
					lacks = append(lacks, f)
				}
			}
			if len(lacks) == 0 {
				whole++
				continue
			}
			t.Logf("facts %q of %q are not in the one sentence of the official page", lacks, u.Say)
		}
	}
	if units < 150 {
		t.Fatalf("only %d units", units)
	}
	if share := float64(whole) / float64(units); share < .97 {
		t.Errorf("%d of %d units (%.3f) have all their facts in one official sentence, want .97", whole, units, share)
	}
}

// The official page takes the digest's place and keeps its variants, through a second import too.
func TestOfficialPageKeepsVariants(t *testing.T) {
	p, err := plan.Load()
	if err != nil {
		t.Fatal(err)
	}
	k := Kept{Document: mustRead(t, "bundled", []byte(p.Text())), Origin: Bundled}
	add := func(heading, facts []string, say, text, lack string) {
		k.Variants = append(k.Variants, Variant{ID: VariantID(k.Document.ID, text, lack != ""), Text: text, Negative: lack != "", Lacks: lack, Origin: Bundled,
			Anchor: Anchor{heading, facts, say}})
	}
	for _, para := range p.Paragraphs {
		for _, u := range para.Units {
			for _, a := range u.Ask {
				add(para.Heading, u.Facts, u.Say, a, "")
			}
			for _, n := range u.Not {
				add(para.Heading, u.Facts, u.Say, n.Question, n.Lack)
			}
		}
	}
	if len(k.Variants) < 2500 {
		t.Fatalf("only %d variants", len(k.Variants))
	}
	l, shelf := library(t, nil)
	if err := l.Seed(t.Context(), k); err != nil {
		t.Fatal(err)
	}
	for i, page := range []string{string(officialPage(t)), savedPage(t) + " "} {
		r, err := l.Import(t.Context(), "official", []byte(page), nil)
		if err != nil {
			t.Fatal(err)
		}
		if !r.Replaced || r.Carried != len(k.Variants) || r.Tied != r.Carried {
			t.Errorf("import %d: %d of %d variants tied (replaced: %v), want all %d", i+1, r.Tied, r.Carried, r.Replaced, len(k.Variants))
		}
		if x := reload(t, l); x.Manifest.Untied != 0 || x.Manifest.Variants+x.Manifest.Negatives != len(k.Variants) || x.Manifest.Documents != 1 {
			t.Errorf("import %d: got manifest %+v", i+1, x.Manifest)
		}
	}
	if d := onlyKept(t, shelf).Document; d.Meta.Format != "portal" || d.ID != k.Document.ID {
		t.Errorf("got document %s of format %s, want %s", d.ID, d.Meta.Format, k.Document.ID)
	}
}
