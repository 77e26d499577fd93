package staff

import (
	"strings"
)

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
