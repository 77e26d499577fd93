package staff

import (
	"fmt"
	"slices"
)

// A chart is bars by day, drawn by the server as SVG, with a table of the same figures for who does not see it. Colours come from the style
// sheet by class, and every series has its own pattern of lightness, so that print tells them apart.
type chart struct {
	Title         string
	Width, Height int
	Bars          []bar
	Grid          []gridLine
	Labels        []axisLabel
	Series        []series
	Days          []string
	Rows          []chartRow // newest first
}

type bar struct {
	X, Y, W, H float64
	Series     int
}

type gridLine struct {
	Y    float64
	Text string
}

type axisLabel struct {
	X    float64
	Text string
}

type series struct {
	N    int // of its class
	Name string
	Sum  int
}

type chartRow struct {
	Day    string
	Counts []int
	Sum    int
}

const (
	chartWidth  = 800
	chartHeight = 180
	chartLeft   = 44
	chartBottom = 22
	maxLabels   = 8
)

// stacked draws series of counts by day, in the order of names; series that have none are left out.
func stacked(title string, days []string, counts map[string][]int, names []string) chart {
	c := chart{Title: title, Width: chartWidth, Height: chartHeight, Days: days}
	var lists [][]int
	known := map[string]bool{}
	add := func(name string) {
		list := counts[name]
		sum := 0
		for _, n := range list {
			sum += n
		}
		if known[name] || sum == 0 {
			return
		}
		known[name] = true
		c.Series = append(c.Series, series{len(lists), name, sum})
		lists = append(lists, list)
	}
	for _, n := range names {
		add(n)
	}
	rest := make([]string, 0, len(counts))
	for n := range counts {
		rest = append(rest, n)
	}
	slices.Sort(rest)
	for _, n := range rest {
		add(n)
	}
	most := 1
	for i, d := range days {
		r := chartRow{Day: d}
		for _, l := range lists {
			r.Counts = append(r.Counts, l[i])
			r.Sum += l[i]
		}
		most = max(most, r.Sum)
		c.Rows = append(c.Rows, r)
	}
	most = round(most)
	plot := float64(chartHeight - chartBottom - 8)
	width := float64(chartWidth-chartLeft) / float64(max(1, len(days)))
	for i, r := range c.Rows {
		y := 8 + plot
		for s, n := range r.Counts {
			h := plot * float64(n) / float64(most)
			y -= h
			if n > 0 {
				c.Bars = append(c.Bars, bar{chartLeft + width*float64(i) + width*.1, y, width * .8, h, s})
			}
		}
	}
	for i := range 3 {
		c.Grid = append(c.Grid, gridLine{8 + plot*float64(i)/2, fmt.Sprint(most * (2 - i) / 2)})
	}
	for i := 0; i < len(days); i += (len(days) + maxLabels - 1) / maxLabels {
		c.Labels = append(c.Labels, axisLabel{chartLeft + width*(float64(i)+.5), days[i][5:]})
	}
	for i, j := 0, len(c.Rows)-1; i < j; i, j = i+1, j-1 {
		c.Rows[i], c.Rows[j] = c.Rows[j], c.Rows[i]
	}
	return c
}

// round is the next even figure that reads well at the end of an axis.
func round(n int) int {
	for step := 1; ; step *= 10 {
		for _, m := range []int{2, 4, 6, 8, 10} {
			if n <= m*step {
				return m * step
			}
		}
	}
}
