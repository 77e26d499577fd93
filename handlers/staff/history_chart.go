package staff

import (
	"fmt"
	"strings"
)

// A historyChart is the share of right answers of the last runs, as an SVG without a style of its own.
type historyChart struct {
	Width, Height int
	Line, Live    string // points of the variants and of what was live
	Dots          []chartDot
	Grid          []chartLine
	Text          string // the same in words
}

type chartDot struct {
	X, Y float64
	Name string
}

type chartLine struct {
	Y    float64
	Name string
}

// chartOf draws runs that ended, the oldest on the left; empty with fewer than two.
func chartOf(runs []runLine) historyChart {
	const left, top, high, step = 44., 10., 140., 48.
	var done []runLine
	for i := len(runs) - 1; i >= 0; i-- {
		if runs[i].Summary.N > 0 && runs[i].Status == "done" {
			done = append(done, runs[i])
		}
	}
	done = done[max(0, len(done)-16):]
	c := historyChart{Width: int(left + step*float64(len(done)) + 20), Height: int(top + high + 24)}
	if len(done) < 2 {
		return historyChart{}
	}
	y := func(share float64) float64 { return top + (1-share)*high }
	for _, share := range []float64{0, .25, .5, .75, 1} {
		c.Grid = append(c.Grid, chartLine{y(share), fmt.Sprintf("%.0f%%", 100*share)})
	}
	var line, live, says []string
	for i, r := range done {
		x, n := left+step*(float64(i)+.5), float64(r.Summary.N)
		share := float64(r.Summary.OK) / n
		line = append(line, fmt.Sprintf("%.1f,%.1f", x, y(share)))
		live = append(live, fmt.Sprintf("%.1f,%.1f", x, y(float64(r.Summary.LiveOK)/n)))
		name := fmt.Sprintf("%s %s：%.1f%%", when(r.Created), r.Name, 100*share)
		c.Dots = append(c.Dots, chartDot{x, y(share), name})
		says = append(says, name)
	}
	c.Line, c.Live, c.Text = strings.Join(line, " "), strings.Join(live, " "), strings.Join(says, "；")
	return c
}
