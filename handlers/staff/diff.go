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
