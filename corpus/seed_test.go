package corpus

import "testing"

func TestDigestNeverReturns(t *testing.T) {
	l, shelf := library(t, nil)
	if err := l.Seed(t.Context(), digestOf(t, firstPage, "位子有多少")); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Import(t.Context(), "official.txt", []byte(secondPage), nil); err != nil {
		t.Fatal(err)
	}
	official := onlyKept(t, shelf).Document.Version
	newer := digestOf(t, firstPage+"\n另有一段新的话。\n", "位子有多少", "能上学的名额")
	if err := l.Seed(t.Context(), newer); err != nil {
		t.Fatal(err)
	}
	k := onlyKept(t, shelf)
	if k.Document.Version != official || k.Origin != Staff || k.Document.Meta.Source != "official.txt" {
		t.Errorf("got version %s of origin %s, want the official %s", k.Document.Version, k.Origin, official)
	}
	if got, want := texts(k), "位子有多少|学位在哪里登记|能上学的名额"; got != want {
		t.Errorf("got variants %s, want the newer binary's %s", got, want)
	}
}

// Even the digest itself, imported by staff, is theirs from then on.
func TestImportedDigestIsStaffs(t *testing.T) {
	l, shelf := library(t, nil)
	if err := l.Seed(t.Context(), digestOf(t, firstPage)); err != nil {
		t.Fatal(err)
	}
	if r, err := l.Import(t.Context(), "same.txt", []byte(firstPage), nil); err != nil || r.Unchanged {
		t.Fatalf("got %+v, error %v", r, err)
	}
	if err := l.Seed(t.Context(), digestOf(t, secondPage)); err != nil {
		t.Fatal(err)
	}
	if k := onlyKept(t, shelf); k.Origin != Staff || k.Document.Meta.Source != "same.txt" {
		t.Errorf("got origin %s from %s", k.Origin, k.Document.Meta.Source)
	}
}

func TestNewerBinaryReplacesBundledOnly(t *testing.T) {
	own := func(k *Kept, text string, origin Origin) {
		k.Variants = append(k.Variants, Variant{ID: VariantID(k.Document.ID, text, false), Text: text, Origin: origin,
			Anchor: Anchor{Section: []string{"二、培训"}, Facts: []string{"登记"}}})
	}
	l, shelf := library(t, nil)
	old := digestOf(t, firstPage, "旧问法", "留下的问法")
	own(&old, "工作人员的问法", Staff)
	own(&old, "模型提议的问法", Accepted)
	own(&old, "位子有多少", Staff) // staff tied it elsewhere
	old.Outlines = append(old.Outlines, Outline{ID: "o1", Topic: "工作人员的提纲", Asks: []string{"都有什么"}, Anchor: Anchor{Section: []string{"二、培训"}}, Origin: Staff})
	if err := shelf.Put(t.Context(), old, "", nil); err != nil {
		t.Fatal(err)
	}
	if err := l.Seed(t.Context(), digestOf(t, secondPage, "留下的问法", "新问法", "位子有多少")); err != nil {
		t.Fatal(err)
	}
	k := onlyKept(t, shelf)
	if got, want := texts(k), "位子有多少|学位在哪里登记|工作人员的问法|新问法|模型提议的问法|留下的问法"; got != want {
		t.Errorf("got variants %s, want %s", got, want)
	}
	for _, v := range k.Variants {
		if v.Text == "位子有多少" && v.Origin != Staff {
			t.Errorf("the edited variant is %s again", v.Origin)
		}
	}
	if len(k.Outlines) != 2 || k.Outlines[1].Topic != "工作人员的提纲" {
		t.Errorf("got outlines %+v", k.Outlines)
	}
	if k.Document.Version != digestOf(t, secondPage).Document.Version || k.Origin != Bundled {
		t.Errorf("the newer digest did not replace the older one")
	}
	// a correction of facts alone is a correction
	mended := digestOf(t, secondPage, "留下的问法", "新问法", "位子有多少")
	mended.Variants[0].Anchor.Facts = []string{"城区"}
	if err := l.Seed(t.Context(), mended); err != nil {
		t.Fatal(err)
	}
	if got := onlyKept(t, shelf).Variants[0].Anchor.Facts[0]; got != "城区" {
		t.Errorf("got fact %s, want the corrected one", got)
	}
	puts := shelf.puts
	if err := l.Seed(t.Context(), mended); err != nil || shelf.puts != puts {
		t.Errorf("seeding the same again: %d puts, error %v", shelf.puts-puts, err)
	}
}
