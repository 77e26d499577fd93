package staff

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"wenda/store"
)

// A historyChart is the share of right answers of the last runs, as an SVG without a style of its own.
type historyChart struct {
	Width, Height int
	Foot          int    // of the days
	Line, Live    string // points of the variants and of what was live
	Dots          []chartDot
	Grid          []chartLine
	Text          string // the same in words
}

type chartDot struct {
	X, Y float64
	Name string
	Day  string // 11-26; empty where it is the day before it as well
}

type chartLine struct {
	Y    float64
	Name string
}

// chartOfSets draws the runs of the sets that of names (IDs with blanks between them; all: every run), or else of those that ran last. It
// also names them, and what else could be drawn: sets that ran together at least twice.
func chartOfSets(runs []runLine, of string) (historyChart, string, []quickFilter) {
	by, names := map[string][]runLine{allSets: runs}, map[string]string{allSets: "全部"}
	var keys []string
	for _, r := range runs {
		if r.Status != store.RunDone || r.Summary.N == 0 {
			continue
		}
		key := strings.Join(r.Sets, " ")
		if by[key] == nil {
			keys, names[key] = append(keys, key), strings.Join(r.SetNames, "、")
		}
		by[key] = append(by[key], r)
	}
	first := len(keys)
	keys = slices.DeleteFunc(keys, func(k string) bool { return len(by[k]) < 2 })
	if first > 1 {
		keys = append(keys, allSets)
	}
	if _, known := by[of]; !known || of == "" {
		of = allSets
		if len(keys) > 0 {
			of = keys[0]
		}
	}
	var out []quickFilter
	for _, k := range keys {
		out = append(out, quickFilter{names[k], "/staff/tests?of=" + url.QueryEscape(k), k == of})
	}
	if len(out) < 2 {
		out = nil
	}
	return chartOf(by[of]), names[of], out
}

// allSets stands for every run in the choice of what is drawn.
const allSets = "all"

// chartOf draws runs that ended, the oldest on the left; empty with fewer than two.
func chartOf(runs []runLine) historyChart {
	const left, top, high, step = 44., 10., 150., 60.
	var done []runLine
	for i := len(runs) - 1; i >= 0; i-- {
		if runs[i].Summary.N > 0 && runs[i].Status == "done" {
			done = append(done, runs[i])
		}
	}
	done = done[max(0, len(done)-16):]
	c := historyChart{Width: int(left + step*float64(len(done)) + 20), Height: int(top + high + 26), Foot: int(top + high + 20)}
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
		d := chartDot{x, y(share), name, when(r.Created)[5:10]}
		if i > 0 && when(done[i-1].Created)[5:10] == d.Day {
			d.Day = ""
		}
		c.Dots = append(c.Dots, d)
		says = append(says, name)
	}
	c.Line, c.Live, c.Text = strings.Join(line, " "), strings.Join(live, " "), strings.Join(says, "；")
	return c
}
