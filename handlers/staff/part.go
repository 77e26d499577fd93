package staff

import (
	"net/url"
	"strconv"
)

// partSize is how many paragraphs a page shows at once: a document of 2,000 would be a page of a megabyte.
const partSize = 300

// A part is the piece of a long list that a page shows, with the addresses of the pieces beside it.
type part struct {
	From, To, All int    // To is the place after the last one
	Before, After string // addresses; empty: there is none
}

// partOf reads where to begin from the field of the query; what cannot be meant is the beginning.
func (v *visit) partOf(field string, all int) part {
	from, _ := strconv.Atoi(v.form(field))
	if from < 0 || from >= all {
		from = 0
	}
	p := part{From: from, To: min(from+partSize, all), All: all}
	at := func(n int) string {
		q := url.Values{}
		for name, values := range v.r.URL.Query() {
			q[name] = values
		}
		q.Set(field, strconv.Itoa(n))
		return v.r.URL.Path + "?" + q.Encode() + "#" + field
	}
	if from > 0 {
		p.Before = at(max(0, from-partSize))
	}
	if p.To < all {
		p.After = at(p.To)
	}
	return p
}

// First is the place of the first one as people count.
func (p part) First() int { return min(p.From+1, p.All) }

// Whole reports that there is no other part.
func (p part) Whole() bool { return p.Before == "" && p.After == "" }
