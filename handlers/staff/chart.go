package staff

import (
	"slices"
	"strconv"
)

// A chart is upright bars, one a day or a class, drawn by the server as SVG, with a table of the same figures for who does not see it.
// Colours come from the style sheet by class, and every series has its own lightness, so that print tells them apart.
type chart struct {
	Title         string
	Head          string // of the first column of its table
	Empty         string // said instead when there are no figures
	Unit          string // behind every figure of the table
	Keys, Total   bool   // the series are named even if there is one; the table has their sum
	Width, Height int
	Foot          int // of the labels
	Bars          []bar
	Grid          []gridLine
	Labels        []axisLabel
	Series        []series
	Rows          []chartRow // of days the newest first
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
	chartWidth  = 560
	chartHeight = 200
	chartLeft   = 44
	chartBottom = 22
	maxLabels   = 7

	wholeShare = 100 // the end of an axis of percentages
)

// byDay draws series of counts by day, in the order of names; series that have none are left out.
func byDay(title string, days []string, counts map[string][]int, names []string) chart {
	c := stacked(title, days, dayLabels(days), counts, names, 0)
	c.Head, c.Empty, c.Keys, c.Total = "日期", "这段时间没有。", true, len(c.Series) > 1
	slices.Reverse(c.Rows)
	return c
}

// dayLabels names as many days as there is room for.
func dayLabels(days []string) []string {
	labels := make([]string, len(days))
	for i := 0; i < len(days); i += (len(days) + maxLabels - 1) / maxLabels {
		labels[i] = days[i][5:]
	}
	return labels
}

// stacked draws series of counts over classes, those with a label named below. top is the end of the axis; 0: what the figures need.
func stacked(title string, classes, labels []string, counts map[string][]int, names []string, top int) chart {
	c := chart{Title: title, Width: chartWidth, Height: chartHeight, Foot: chartHeight - 4}
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
	for i, d := range classes {
		r := chartRow{Day: d}
		for _, l := range lists {
			r.Counts = append(r.Counts, l[i])
			r.Sum += l[i]
		}
		most = max(most, r.Sum)
		c.Rows = append(c.Rows, r)
	}
	if most = round(most); top > 0 {
		most = top
	}
	plot := float64(chartHeight - chartBottom - 8)
	width := float64(chartWidth-chartLeft) / float64(max(1, len(classes)))
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
		c.Grid = append(c.Grid, gridLine{8 + plot*float64(i)/2, axisFigure(most * (2 - i) / 2)})
	}
	for i, text := range labels {
		if text != "" {
			c.Labels = append(c.Labels, axisLabel{chartLeft + width*(float64(i)+.5), text})
		}
	}
	return c
}

// axisFigure writes a figure as short as the margin of a chart is: 15000 is 1.5万.
func axisFigure(n int) string {
	if n >= 10000 {
		return strconv.FormatFloat(float64(n)/10000, 'f', -1, 64) + "万"
	}
	return strconv.Itoa(n)
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
