package staff

import (
	"slices"
	"strings"
)

// A formMerge is a form of short fields that somebody else saved meanwhile: what both wrote, so that nothing is lost. The form itself holds
// the merged values.
type formMerge struct {
	Fields []mergedField // those that one of them changed
	Clean  bool          // no field was changed by both
}

type mergedField struct{ Name, Was, Theirs, Mine string }

// mergeFields puts two changes of the same fields together: what only one changed is taken from there; what both changed stays as mine, and
// Clean is false. The lists have the order of names; was may be shorter, what is missing counts as empty.
func mergeFields(names, was, theirs, mine []string) (merged []string, m *formMerge) {
	m = &formMerge{Clean: true}
	merged = slices.Clone(mine)
	for i, name := range names {
		base := ""
		if i < len(was) {
			base = was[i]
		}
		if base == theirs[i] && base == mine[i] {
			continue
		}
		m.Fields = append(m.Fields, mergedField{name, base, theirs[i], mine[i]})
		switch {
		case mine[i] == base:
			merged[i] = theirs[i]
		case theirs[i] != base && theirs[i] != mine[i]:
			m.Clean = false
		}
	}
	return merged, m
}

// mergeLists puts two changes of a set of values together: what either added is in, what either took out is not.
func mergeLists(was, theirs, mine []string) []string {
	var out []string
	for _, v := range slices.Concat(theirs, mine) {
		gone := slices.Contains(was, v) && !(slices.Contains(theirs, v) && slices.Contains(mine, v))
		if !gone && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// mergeLines is mergeLists of texts with one value a line.
func mergeLines(was, theirs, mine []string) string {
	return strings.Join(mergeLists(was, theirs, mine), "\n")
}
