package prompts

import (
	"testing"
)

func curatedFor(id string, asks ...string) Curated {
	return Curated{ID: id, Owner: "教育局", Review: "2027-06-30", Asks: asks, Answer: "答案 " + id,
		Cites: []Cite{{Document: "d1", Section: []string{"一"}, Facts: []string{"x"}}}}
}

func TestWithCurated(t *testing.T) {
	base, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(s *Set, question string) string {
		c, ok := s.CuratedFor(question)
		if !ok {
			return ""
		}
		return c.ID
	}
	before := len(base.Curated())
	got, err := base.WithCurated([]Curated{
		curatedFor("s-1", "校车几点发车", "五项管理是哪五项"),          // takes one question of a bundled entry
		curatedFor("s-2", "校车几点发车？", "校车在哪里坐", "班车何时出发"), // the first counts
		curatedFor("which-document", "你的资料是哪一年的"),        // replaces a bundled entry
	}, []string{"nobody"})
	if err != nil {
		t.Fatal(err)
	}
	for question, want := range map[string]string{"校车几点发车": "s-1", "五项管理是哪五项？": "s-1", "五项管理指什么": "five-managements",
		"校车在哪里坐呀": "s-2", base.Standard("班车何时出发"): "s-2", "你的资料是哪一年的": "which-document", "这是今年的吗": ""} {
		if have := ask(got, question); have != want {
			t.Errorf("%s: got %q, want %q", question, have, want)
		}
	}
	if c, _ := got.CuratedFor("你的资料是哪一年的"); c.Answer != "答案 which-document" {
		t.Errorf("got %q", c.Answer)
	}
	if len(base.Curated()) != before || ask(base, "五项管理是哪五项") != "five-managements" || ask(base, "校车几点发车") != "" {
		t.Error("the set that was extended changed")
	}
	if got.Version == base.Version || len(got.Version) != len(base.Version) {
		t.Errorf("versions %s and %s", base.Version, got.Version)
	}
	gone, err := base.WithCurated(nil, []string{"five-managements"})
	if err != nil || ask(gone, "五项管理是哪五项") != "" || ask(base, "五项管理是哪五项") == "" {
		t.Errorf("retired: %v", err)
	}
	if same, err := base.WithCurated(nil, nil); err != nil || same != base {
		t.Error("nothing to add makes another set")
	}
	if _, err := base.WithCurated([]Curated{{ID: "s-3", Asks: []string{"问"}}}, nil); err == nil {
		t.Error("an entry without owner, answer and cites was taken")
	}
}

func TestCuratedDays(t *testing.T) {
	for _, c := range []struct {
		from, until, day string
		want             bool
	}{{"", "", "2026-01-01", true}, {"2026-01-02", "", "2026-01-01", false}, {"2026-01-01", "2026-01-01", "2026-01-01", true}, {"", "2025-12-31", "2026-01-01", false}} {
		v := curatedFor("x", "问")
		v.From, v.Until = c.from, c.until
		if got := v.Valid(c.day); got != c.want {
			t.Errorf("%s to %s on %s: %v", c.from, c.until, c.day, got)
		}
	}
	for name, spoil := range map[string]func(*Curated){"review": func(c *Curated) { c.Review = "bald" }, "until": func(c *Curated) { c.Until = "2026-13-01" },
		"cite": func(c *Curated) { c.Cites[0].Document = "" }, "empty ask": func(c *Curated) { c.Asks = []string{"？"} }} {
		c := curatedFor("x", "问什么")
		if err := CheckCurated(c); err != nil {
			t.Fatal(err)
		}
		c.Cites = append([]Cite(nil), c.Cites...)
		spoil(&c)
		if CheckCurated(c) == nil {
			t.Errorf("%s: nothing was found wrong", name)
		}
	}
}
