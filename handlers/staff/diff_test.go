package staff

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// rebuilt puts both texts together again from the edits.
func rebuilt(list []edit) (a, b []string) {
	for _, e := range list {
		if e.kind != "ins" {
			a = append(a, e.list...)
		}
		if e.kind != "del" {
			b = append(b, e.list...)
		}
	}
	return a, b
}

func TestEditsRebuildBothTexts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	tokens := strings.Split("甲乙丙丁a", "")
	make1 := func() []string {
		var out []string
		for range r.IntN(30) {
			out = append(out, tokens[r.IntN(len(tokens))])
		}
		return out
	}
	for range 3000 {
		a, b := make1(), make1()
		list := edits(a, b)
		gotA, gotB := rebuilt(list)
		if !slices.Equal(gotA, a) || !slices.Equal(gotB, b) {
			t.Fatalf("edits(%v, %v) = %v", a, b, list)
		}
		changed := 0
		for _, e := range list {
			if e.kind != "same" {
				changed += len(e.list)
			}
		}
		if want := len(a) + len(b) - 2*common(a, b); changed != want {
			t.Fatalf("edits(%v, %v): %d changed, the least is %d", a, b, changed, want)
		}
	}
}

// common is the length of the longest common subsequence, the plain way.
func common(a, b []string) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		before := 0
		for j, y := range b {
			keep := row[j+1]
			if x == y {
				row[j+1] = before + 1
			} else {
				row[j+1] = max(row[j+1], row[j])
			}
			before = keep
		}
	}
	return row[len(b)]
}

func TestDiffMarksWords(t *testing.T) {
	got := diff("a: 今年新增学位\nb: 1\n", "a: 明年新增学位\nb: 1\n")
	var marked []string
	for _, l := range got {
		for _, p := range l.Parts {
			if p.Marked {
				marked = append(marked, l.Kind+p.Text)
			}
		}
	}
	if want := []string{"del今", "ins明"}; !slices.Equal(marked, want) {
		t.Errorf("marked %q, want %q (%+v)", marked, want, got)
	}
	if diff("x\n", "x\n") != nil {
		t.Error("equal texts differ")
	}
}

func TestMerge(t *testing.T) {
	const base = "1\n2\n3\n4\n5\n"
	for _, c := range []struct {
		name, theirs, mine, want string
		clean                    bool
	}{
		{"apart", "1\nX\n3\n4\n5\n", "1\n2\n3\n4\nY\n", "1\nX\n3\n4\nY\n", true},
		{"the same", "1\nX\n3\n4\n5\n", "1\nX\n3\n4\n5\n", "1\nX\n3\n4\n5\n", true},
		{"added and removed", "1\n2\n3\n4\n5\n6\n", "2\n3\n4\n5\n", "2\n3\n4\n5\n6\n", true},
		{"one place", "1\nX\n3\n4\n5\n", "1\nY\n3\n4\n5\n",
			"1\n" + markTheirs + "\nX\n" + markMine + "\nY\n" + markEnd + "\n3\n4\n5\n", false},
		{"over each other", "1\nX\n4\n5\n", "1\n2\nY\n4\n5\n",
			"1\n" + markTheirs + "\nX\n" + markMine + "\n2\nY\n" + markEnd + "\n4\n5\n", false},
		{"both at the end", base + "A\n", base + "B\n", base + markTheirs + "\nA\n" + markMine + "\nB\n" + markEnd + "\n", false},
	} {
		got, clean := merge(base, c.theirs, c.mine)
		if got != c.want || clean != c.clean {
			t.Errorf("%s: got %q, %v\nwant %q, %v", c.name, got, clean, c.want, c.clean)
		}
	}
}

// Whatever two people did, no line of either is lost.
func TestMergeLosesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	change := func(base []string, mark string) []string {
		var out []string
		for i, l := range base {
			switch r.IntN(6) {
			case 0:
				out = append(out, mark+l)
			case 1:
				out = append(out, l, mark+"+"+string(rune('a'+i)))
			case 2:
			default:
				out = append(out, l)
			}
		}
		return out
	}
	for range 2000 {
		var base []string
		for i := range 1 + r.IntN(8) {
			base = append(base, string(rune('0'+i)))
		}
		theirs, mine := change(base, "T"), change(base, "M")
		got, _ := merge(strings.Join(base, "\n")+"\n", strings.Join(theirs, "\n")+"\n", strings.Join(mine, "\n")+"\n")
		have := lines(got)
		for _, l := range append(slices.Clone(theirs), mine...) {
			if (strings.HasPrefix(l, "T") || strings.HasPrefix(l, "M")) && !slices.Contains(have, l) {
				t.Fatalf("base %q, theirs %q, mine %q: %q is lost in %q", base, theirs, mine, l, have)
			}
		}
	}
}
