package corpus

import (
	"regexp"
	"strings"
	"time"
)

// WithMeta is a document with other metadata, and so another version of it. Its 索引号 and address stay: they are what it is known by.
func (d Document) WithMeta(m Meta) Document {
	m.IndexNumber, m.URL, m.Source, m.Format = d.Meta.IndexNumber, d.Meta.URL, d.Meta.Source, d.Meta.Format
	if m.Title != d.Meta.Title {
		m.Year = yearOf(m.Title)
	}
	d.Meta = m
	d.Version = versionOf(d.Text, m)
	return d
}

func versionOf(text string, m Meta) string { return digest(text + "\x00" + m.key())[:16] }

var (
	validUntil = regexp.MustCompile(`(20\d\d)[-年./](\d{1,2})[-月./](\d{1,2})`)
	abolished  = regexp.MustCompile(`^(已)?(废止|失效|作废)`)
)

// Expired reports whether the document has ended on a day, YYYY-MM-DD: its 废止日期 is that day or before it, or says that it was
// abolished. 有效, an empty one and what cannot be read are no end.
func (m Meta) Expired(day string) bool {
	v := strings.TrimSpace(m.Validity)
	if abolished.MatchString(v) {
		return true
	}
	p := validUntil.FindStringSubmatch(v)
	if p == nil {
		return false
	}
	t, err := time.Parse("2006-1-2", p[1]+"-"+p[2]+"-"+p[3])
	return err == nil && t.Format(time.DateOnly) <= day
}

// chinaTime is the time that dates of documents are meant in, wherever the server stands.
var chinaTime = time.FixedZone("CST", 8*60*60)

// Today is the day of a time as documents count days.
func Today(t time.Time) string { return t.In(chinaTime).Format(time.DateOnly) }

// A ChunkChange is one paragraph of the comparison of two versions.
type ChunkChange struct {
	Kind    byte // '=' in both, '-' only in the old one, '+' only in the new one
	Section string
	Text    string
}

// Compare lists the paragraphs of two versions in the order of the new one, with those that are gone where they stood. Only what changed is
// listed, with how many did not.
func Compare(old, d Document) (changes []ChunkChange, same int) {
	has := map[string]bool{}
	for _, c := range d.Chunks {
		has[c.ID] = true
	}
	had := map[string]int{}
	for i, c := range old.Chunks {
		had[c.ID] = i
	}
	next := 0
	gone := func(upTo int) {
		for ; next < upTo; next++ {
			if c := &old.Chunks[next]; !has[c.ID] {
				changes = append(changes, ChunkChange{'-', c.SectionPath(), c.Text})
			}
		}
	}
	for i := range d.Chunks {
		c := &d.Chunks[i]
		at, ok := had[c.ID]
		if !ok {
			changes = append(changes, ChunkChange{'+', c.SectionPath(), c.Text})
			continue
		}
		same++
		gone(at)
		next = max(next, at+1)
	}
	gone(len(old.Chunks))
	return changes, same
}

// Carried is what is kept of d when it takes the place of old (nil: it is new): with the variants and outlines of old, which answer where
// their headings exist.
func Carried(old *Kept, d Document, now time.Time) (Kept, ImportReport) {
	k := Kept{Document: d, Origin: Staff, Imported: now}
	report := ImportReport{Document: d, Added: len(d.Chunks)}
	if old == nil {
		return k, report
	}
	k.Variants, k.Outlines = old.Variants, old.Outlines
	report.Replaced, report.Carried = true, len(old.Variants)
	report.Added, report.Removed = chunkDifference(old.Document, d)
	t := newTier(&d)
	for _, v := range k.Variants {
		if _, ok := t.tie(v.Anchor); ok {
			report.Tied++
		}
	}
	return k, report
}
