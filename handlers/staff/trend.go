package staff

import (
	"fmt"
	"strings"
)

// A trend is a small line of counts, drawn by the server, with the same in words for who does not see it.
type trend struct {
	Points string // of an SVG polyline, 0 to 100 wide and 0 to 20 high
	Words  string
}

// trendOf draws counts by day and compares the second half with the first.
func trendOf(counts []int) trend {
	most := 1
	for _, n := range counts {
		most = max(most, n)
	}
	points := make([]string, len(counts))
	first, second := 0, 0
	for i, n := range counts {
		points[i] = fmt.Sprintf("%.1f,%.1f", 100*float64(i)/float64(max(1, len(counts)-1)), 19-18*float64(n)/float64(most))
		if i < len(counts)/2 {
			first += n
		} else {
			second += n
		}
	}
	words := "持平"
	switch {
	case second > first+first/4:
		words = "在增加"
	case first > second+second/4:
		words = "在减少"
	}
	return trend{strings.Join(points, " "), fmt.Sprintf("%s（前半%d次，后半%d次）", words, first, second)}
}
