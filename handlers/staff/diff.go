package staff

import (
	"io"
	"strings"
	"unicode"
)

// An edit is a run of tokens that both texts have (same), or that only the old (del) or the new one has (ins).
type edit struct {
	kind string
	list []string
}

// maxEdits bounds the work of a comparison; texts that differ more are shown as wholly replaced.
const maxEdits = 4000

// edits compares two lists of tokens: E. Myers, An O(ND) Difference Algorithm and Its Variations, Algorithmica 1 (1986), greedy form.
// Together the same and del runs are a, the same and ins runs are b.
func edits(a, b []string) []edit {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var out []edit
	out = appended(out, "same", a[:head]...)
	for _, e := range middle(a[head:len(a)-tail], b[head:len(b)-tail]) {
		out = appended(out, e.kind, e.list...)
	}
	return appended(out, "same", a[len(a)-tail:]...)
}

func appended(out []edit, kind string, tokens ...string) []edit {
	if len(tokens) == 0 {
		return out
	}
	if n := len(out); n > 0 && out[n-1].kind == kind {
		out[n-1].list = append(out[n-1].list, tokens...)
		return out
	}
	return append(out, edit{kind, append([]string(nil), tokens...)})
}

func middle(a, b []string) []edit {
	if len(a) == 0 || len(b) == 0 {
		return appended(appended(nil, "del", a...), "ins", b...)
	}
	limit := min(len(a)+len(b), maxEdits)
	at := map[int]int{1: 0} // furthest x of a diagonal
	var trace []map[int]int
	for d := 0; d <= limit; d++ {
		kept := make(map[int]int, d+2)
		for k := -d; k <= d; k += 2 {
			x := at[k-1] + 1
			if k == -d || k != d && at[k-1] < at[k+1] {
				x = at[k+1]
			}
			y := x - k
			for x < len(a) && y < len(b) && a[x] == b[y] {
				x, y = x+1, y+1
			}
			kept[k] = x
			if x >= len(a) && y >= len(b) {
				trace = append(trace, kept)
				return walked(a, b, trace)
			}
		}
		trace = append(trace, kept)
		at = kept
	}
	return appended(appended(nil, "del", a...), "ins", b...)
}

// walked goes back from the end.
func walked(a, b []string, trace []map[int]int) []edit {
	type step struct {
		kind  string
		token string
	}
	var back []step
	x, y := len(a), len(b)
	for d := len(trace) - 1; d > 0; d-- {
		before := trace[d-1]
		k := x - y
		prev := k - 1
		left, leftOK := before[k-1]
		right, rightOK := before[k+1]
		if !leftOK || rightOK && left < right {
			prev = k + 1
		}
		start := before[prev] // of the run that stayed: behind one insertion or deletion
		if prev == k-1 {
			start++
		}
		for x > start {
			back = append(back, step{"same", a[x-1]})
			x, y = x-1, y-1
		}
		if prev == k+1 {
			back = append(back, step{"ins", b[y-1]})
			y--
		} else {
			back = append(back, step{"del", a[x-1]})
			x--
		}
	}
	for x > 0 && y > 0 {
		back = append(back, step{"same", a[x-1]})
		x, y = x-1, y-1
	}
	var out []edit
	for i := len(back) - 1; i >= 0; i-- {
		out = appended(out, back[i].kind, back[i].token)
	}
	return out
}

// words cuts a line for comparing: runs of letters and digits of one script, Chinese characters one by one, everything else one by one.
func words(line string) []string {
	var out []string
	var run []rune
	end := func() {
		if len(run) > 0 {
			out, run = append(out, string(run)), nil
		}
	}
	for _, r := range line {
		if (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_') && !unicode.Is(unicode.Han, r) {
			run = append(run, r)
			continue
		}
		end()
		out = append(out, string(r))
	}
	end()
	return out
}

// A diffLine is a line of a comparison as it is shown. N is its number in the text that has it: the new one, of del the old one.
type diffLine struct {
	Kind  string // same, del, ins, gap
	N     int
	Parts []diffPart
}

// A diffPart is a run of a line; Marked is what differs from the line that it replaces.
type diffPart struct {
	Text   string
	Marked bool
}

// around is how many lines are shown before and after a change.
const around = 2

// diff compares two texts line by line and marks the words that differ. It is empty for equal texts.
func diff(before, after string) []diffLine {
	if before == after {
		return nil
	}
	var out []diffLine
	oldN, newN := 0, 0
	list := edits(lines(before), lines(after))
	for i := 0; i < len(list); i++ {
		e := list[i]
		switch {
		case e.kind == "same":
			out = append(out, stayed(e.list, newN, i > 0, i < len(list)-1)...)
			oldN, newN = oldN+len(e.list), newN+len(e.list)
		case e.kind == "del" && i+1 < len(list) && list[i+1].kind == "ins":
			out = append(out, replaced(e.list, list[i+1].list, oldN, newN)...)
			oldN, newN = oldN+len(e.list), newN+len(list[i+1].list)
			i++
		case e.kind == "ins" && i+1 < len(list) && list[i+1].kind == "del":
			out = append(out, replaced(list[i+1].list, e.list, oldN, newN)...)
			oldN, newN = oldN+len(list[i+1].list), newN+len(e.list)
			i++
		case e.kind == "del":
			out = append(out, plainLines("del", e.list, oldN)...)
			oldN += len(e.list)
		default:
			out = append(out, plainLines("ins", e.list, newN)...)
			newN += len(e.list)
		}
	}
	return out
}

func lines(text string) []string {
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")
}

func plainLines(kind string, list []string, from int) []diffLine {
	var out []diffLine
	for i, l := range list {
		out = append(out, diffLine{kind, from + i + 1, []diffPart{{l, false}}})
	}
	return out
}

// stayed keeps a few lines beside changes of a run that stayed.
func stayed(list []string, from int, changedBefore, changedAfter bool) []diffLine {
	head, tail := 0, 0
	if changedBefore {
		head = min(around, len(list))
	}
	if changedAfter {
		tail = min(around, len(list)-head)
	}
	out := plainLines("same", list[:head], from)
	if left := len(list) - head - tail; left > 0 {
		out = append(out, diffLine{Kind: "gap", N: left})
	}
	return append(out, plainLines("same", list[len(list)-tail:], from+len(list)-tail)...)
}

// replaced shows lines that took the place of others, with the words that differ marked where the lines pair up.
func replaced(before, after []string, oldN, newN int) []diffLine {
	var olds, news []diffLine
	for i := range max(len(before), len(after)) {
		switch {
		case i >= len(before):
			news = append(news, plainLines("ins", after[i:i+1], newN+i)...)
		case i >= len(after):
			olds = append(olds, plainLines("del", before[i:i+1], oldN+i)...)
		default:
			d, n := diffLine{Kind: "del", N: oldN + i + 1}, diffLine{Kind: "ins", N: newN + i + 1}
			for _, e := range edits(words(before[i]), words(after[i])) {
				text := strings.Join(e.list, "")
				if e.kind != "ins" {
					d.Parts = append(d.Parts, diffPart{text, e.kind == "del"})
				}
				if e.kind != "del" {
					n.Parts = append(n.Parts, diffPart{text, e.kind == "ins"})
				}
			}
			olds, news = append(olds, d), append(news, n)
		}
	}
	return append(olds, news...)
}

// merge puts two changes of one text together, line by line. Where both changed the same place both are kept, under marks, and
// clean is false.
func merge(base, theirs, mine string) (text string, clean bool) {
	a, b := changesOf(base, theirs), changesOf(base, mine)
	from := lines(base)
	var out []string
	clean = true
	for at := 0; at <= len(from); {
		x, okX := a[at]
		y, okY := b[at]
		switch {
		case okX && okY && x.upTo == y.upTo && strings.Join(x.list, "\n") == strings.Join(y.list, "\n"):
			out, at = append(out, x.list...), at+x.span(at)
		case okX && okY:
			clean = false
			end := max(x.upTo, y.upTo)
			end = reach(a, b, at, end)
			out = append(out, conflictOf(side(a, from, at, end), side(b, from, at, end))...)
			if end == at {
				at = next(&out, from, at)
			} else {
				at = end
			}
		case okX || okY:
			one, other := x, b
			if okY {
				one, other = y, a
			}
			if end := reach(a, b, at, one.upTo); overlaps(other, at, one.upTo) {
				clean = false
				out = append(out, conflictOf(side(a, from, at, end), side(b, from, at, end))...)
				at = end
			} else {
				out = append(out, one.list...)
				if one.upTo == at {
					at = next(&out, from, at)
				} else {
					at = one.upTo
				}
			}
		default:
			at = next(&out, from, at)
		}
	}
	return strings.Join(out, "\n") + "\n", clean
}

// A hunk replaces lines of the base, up to upTo, by list.
type hunk struct {
	upTo int
	list []string
}

func (h hunk) span(at int) int { return max(1, h.upTo-at) }

// changesOf lists hunks by the line of the base where they begin.
func changesOf(base, other string) map[int]hunk {
	out := map[int]hunk{}
	at := 0
	list := edits(lines(base), lines(other))
	for i := 0; i < len(list); i++ {
		if list[i].kind == "same" {
			at += len(list[i].list)
			continue
		}
		h, from := hunk{upTo: at}, at
		for ; i < len(list) && list[i].kind != "same"; i++ {
			if list[i].kind == "del" {
				h.upTo += len(list[i].list)
			} else {
				h.list = append(h.list, list[i].list...)
			}
		}
		i--
		out[from], at = h, h.upTo
	}
	return out
}

func next(out *[]string, from []string, at int) int {
	if at < len(from) {
		*out = append(*out, from[at])
	}
	return at + 1
}

func overlaps(other map[int]hunk, at, upTo int) bool {
	for from := range other {
		if from > at && from < upTo {
			return true
		}
	}
	return false
}

// reach widens a range until no hunk of either side sticks out of it.
func reach(a, b map[int]hunk, at, upTo int) int {
	for grew := true; grew; {
		grew = false
		for _, m := range []map[int]hunk{a, b} {
			for from, h := range m {
				if from >= at && from < upTo && h.upTo > upTo {
					upTo, grew = h.upTo, true
				}
			}
		}
	}
	return upTo
}

// side is what one text has for lines at to upTo of the base.
func side(m map[int]hunk, from []string, at, upTo int) []string {
	var out []string
	for i := at; i <= upTo; {
		if h, ok := m[i]; ok && (i < upTo || i == at) {
			out = append(out, h.list...)
			if h.upTo > i {
				i = h.upTo
				continue
			}
		}
		if i < upTo {
			out = append(out, from[i])
		}
		i++
	}
	return out
}

// Marks around what two people wrote in one place; they are YAML comments, so that the text still loads where it can.
const (
	markTheirs = "# <<<<<<< 别人保存的"
	markMine   = "# ======= 您写的"
	markEnd    = "# >>>>>>> 二者留一，然后删掉这三行"
)

func conflictOf(theirs, mine []string) []string {
	out := append([]string{markTheirs}, theirs...)
	out = append(append(out, markMine), mine...)
	return append(out, markEnd)
}

// WriteDiff writes a comparison for a terminal: lines of the old text after -, of the new one after +.
func WriteDiff(w io.Writer, before, after string) error {
	var b strings.Builder
	for _, l := range diff(before, after) {
		mark := map[string]string{"same": "  ", "del": "- ", "ins": "+ ", "gap": "  ……"}[l.Kind]
		b.WriteString(mark)
		for _, p := range l.Parts {
			b.WriteString(p.Text)
		}
		b.WriteString("\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
