package eval

import (
	"fmt"
	"strings"
)

// A chart is a drawing of the report in units of its view box, y downwards. What it shows stands in a table beside it; Title and Text
// are what a screen reader says.
type chart struct {
	ID            string
	Title, Text   string
	Width, Height float64
	Rects         []rect
	Lines         []segment
	Paths         []path
	Dots          []dot
	Labels        []label
}

type rect struct {
	X, Y, W, H float64
	Class      string
}

type segment struct {
	X1, Y1, X2, Y2 float64
	Class          string
}

type path struct{ Points, Class string }

type dot struct {
	X, Y  float64
	Class string
}

type label struct {
	X, Y   float64
	Text   string
	Anchor string // start, middle, end
}

// barChart draws the share of right answers of every kind with its 95 % interval.
func barChart(rows []Row) chart {
	const left, right, step, top = 110., 540., 24., 8.
	c := chart{ID: "kinds", Title: "各类题答对的比例", Width: 640, Height: top + step*float64(len(rows)) + 26}
	x := func(share float64) float64 { return left + share*(right-left) }
	foot := top + step*float64(len(rows))
	for _, share := range []float64{0, .25, .5, .75, 1} {
		c.Lines = append(c.Lines, segment{x(share), top, x(share), foot, "grid"})
		c.Labels = append(c.Labels, label{x(share), foot + 16, fmt.Sprintf("%.0f%%", 100*share), "middle"})
	}
	var says []string
	for i, r := range rows {
		y := top + step*float64(i)
		share := float64(r.OK) / float64(max(r.N, 1))
		c.Rects = append(c.Rects, rect{left, y + 4, share * (right - left), step - 8, "bar"})
		c.Lines = append(c.Lines, segment{x(r.Low), y + step/2, x(r.High), y + step/2, "whisker"},
			segment{x(r.Low), y + 7, x(r.Low), y + step - 7, "whisker"}, segment{x(r.High), y + 7, x(r.High), y + step - 7, "whisker"})
		c.Labels = append(c.Labels, label{left - 6, y + step/2 + 4, r.Kind, "end"}, label{right + 8, y + step/2 + 4, percent(r.OK, r.N), "start"})
		says = append(says, fmt.Sprintf("%s %s（%s至%s）", r.Kind, percent(r.OK, r.N), rate(r.Low), rate(r.High)))
	}
	c.Text = strings.Join(says, "，")
	return c
}

// A plot is a chart with a square field from 0 to 1 on both sides.
const (
	plotLeft, plotTop = 60., 12.
	plotSide          = 300.
)

func plotX(v float64) float64 { return plotLeft + v*plotSide }
func plotY(v float64) float64 { return plotTop + (1-v)*plotSide }

func plot(id, title, across, up string) chart {
	c := chart{ID: id, Title: title, Width: 480, Height: plotTop + plotSide + 44}
	for _, v := range []float64{0, .25, .5, .75, 1} {
		c.Lines = append(c.Lines, segment{plotX(v), plotY(0), plotX(v), plotY(1), "grid"}, segment{plotX(0), plotY(v), plotX(1), plotY(v), "grid"})
		c.Labels = append(c.Labels, label{plotX(v), plotY(0) + 16, fmt.Sprintf("%.0f%%", 100*v), "middle"}, label{plotX(0) - 6, plotY(v) + 4, fmt.Sprintf("%.0f%%", 100*v), "end"})
	}
	c.Lines = append(c.Lines, segment{plotX(0), plotY(0), plotX(1), plotY(1), "even"})
	c.Labels = append(c.Labels, label{plotX(.5), plotY(0) + 36, across, "middle"}, label{plotX(1) + 8, plotTop + 10, up, "start"})
	return c
}

// curveChart draws the refusals, with the head's threshold and the whole engine marked.
func curveChart(curve Curve) chart {
	c := plot("curve", "拒答曲线", "该答的误拒", "该拒的拒了")
	var points []string
	for _, p := range curve.Points {
		points = append(points, fmt.Sprintf("%.1f,%.1f", plotX(p.Answerable), plotY(p.Near)))
	}
	c.Paths = append(c.Paths, path{strings.Join(points, " "), "curve"})
	for i, p := range []struct {
		Point
		name string
	}{{curve.Head, "现在的门槛"}, {curve.Engine, "现在的引擎"}} {
		class, y := []string{"mark", "mark other"}[i], plotTop+50+24*float64(i)
		c.Dots = append(c.Dots, dot{plotX(p.Answerable), plotY(p.Near), class}, dot{plotX(1) + 16, y, class}) // on the curve, and in the key
		c.Labels = append(c.Labels, label{plotX(1) + 26, y + 4, p.name, "start"})
	}
	c.Text = fmt.Sprintf("曲线下面积 %.3f。现在的门槛误拒 %s，该拒的拒了 %s；现在的引擎误拒 %s，该拒的拒了 %s。", curve.Area, rate(curve.Head.Answerable), rate(curve.Head.Near),
		rate(curve.Engine.Answerable), rate(curve.Engine.Near))
	return c
}

// calibrationChart draws what the head said against what was.
func calibrationChart(bins []Bin) chart {
	c := plot("calibration", "校准", "打分给的把握", "实际该答")
	var says []string
	for _, b := range bins {
		if b.N == 0 {
			continue
		}
		c.Lines = append(c.Lines, segment{plotX(b.Said), plotY(b.From), plotX(b.Said), plotY(b.To), "whisker"})
		c.Dots = append(c.Dots, dot{plotX(b.Said), plotY(b.Was), "mark"})
		says = append(says, fmt.Sprintf("把握 %s 时实际 %s（%d 题）", rate(b.Said), rate(b.Was), b.N))
	}
	c.Text = strings.Join(says, "，")
	return c
}

// lengthChart draws how long answers are.
func lengthChart(bars []LengthBar) chart {
	const left, top, step, high = 40., 12., 34., 180.
	c := chart{ID: "lengths", Title: "答案的长度", Width: left + step*float64(len(bars)) + 50, Height: top + high + 40}
	most := 1
	for _, b := range bars {
		most = max(most, b.N)
	}
	var says []string
	for i, b := range bars {
		h := high * float64(b.N) / float64(most)
		x := left + step*float64(i)
		c.Rects = append(c.Rects, rect{x + 2, top + high - h, step - 4, h, "bar"})
		c.Labels = append(c.Labels, label{x, top + high + 16, fmt.Sprint(b.Low), "middle"})
		if b.N > 0 {
			c.Labels = append(c.Labels, label{x + step/2, top + high - h - 2, fmt.Sprint(b.N), "middle"})
			says = append(says, fmt.Sprintf("%s字 %d 个", lengthName(b), b.N))
		}
	}
	c.Lines = append(c.Lines, segment{left, top + high, left + step*float64(len(bars)), top + high, "axis"})
	c.Labels = append(c.Labels, label{left + step*float64(len(bars))/2, top + high + 34, "字数", "middle"})
	c.Text = strings.Join(says, "，")
	return c
}
