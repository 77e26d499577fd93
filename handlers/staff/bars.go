package staff

import "wenda/store"

// bars are names with lying bars, the most frequent first, drawn by the server as SVG, with a table of the same figures.
type bars struct {
	Title         string
	Head          string // of the first column of its table
	Empty         string // said instead when there are none
	Width, Height int
	Left          int // where the bars begin
	Lines         []barLine
}

type barLine struct {
	Name, Short string
	To          string // a page; empty without one
	Count       int
	Y, Base     int // of the bar and of its texts
	W, End      float64
}

const (
	barsLeft    = 232
	barsCount   = 40 // room for the figure behind the longest bar
	barLineHigh = 24
	maxBarRunes = 13 // of a name beside its bar
)

// ranked draws counts as they are ordered. called says what people call a name and where it leads; nil: the name itself, nowhere.
func ranked(title, head, empty string, list []store.Counted, called func(name string) (shown, to string)) bars {
	b := bars{Title: title, Head: head, Empty: empty, Width: chartWidth, Height: barLineHigh*len(list) + 4, Left: barsLeft}
	for i, c := range list {
		l := barLine{Name: c.Name, Count: c.Count, Y: barLineHigh*i + 4, Base: barLineHigh*i + 16}
		if called != nil {
			l.Name, l.To = called(c.Name)
		}
		l.Short = l.Name
		if r := []rune(l.Name); len(r) > maxBarRunes {
			l.Short = string(r[:maxBarRunes-1]) + "…"
		}
		l.W = float64(chartWidth-barsLeft-barsCount) * float64(c.Count) / float64(max(1, list[0].Count))
		l.End = barsLeft + l.W + 6
		b.Lines = append(b.Lines, l)
	}
	return b
}
