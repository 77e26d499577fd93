package prompts

import (
	"cmp"
	"regexp"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// An expression is a compiled regular expression behind a cheap test: any match holds one literal of each need of one of its branches.
// Most questions do not, and looking for literals costs a fiftieth of running the expression (BenchmarkRoute).
type expression struct {
	re       *regexp.Regexp
	branches []needs
	first    sieve // of the first needs of all branches; empty when a branch needs nothing
}

// needs are lists of literals: a match holds one of each. Without any everything may match.
type needs [][]literal

// mostNeeds is how many needs are looked for: the rarest ones decide nearly always.
const mostNeeds = 3

func compile(text string) (expression, error) {
	re, err := regexp.Compile(text)
	if err != nil {
		return expression{}, err
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return expression{}, err
	}
	e := expression{re: re}
	branches := []*syntax.Regexp{tree}
	if tree.Op == syntax.OpAlternate {
		branches = tree.Sub
	}
	var first []literal
	open := false
	for _, b := range branches {
		n := needsOf(b)
		e.branches = append(e.branches, n)
		if len(n) == 0 {
			open = true
		} else {
			first = append(first, n[0]...)
		}
	}
	if !open {
		e.first = sieveOf(first)
	}
	return e, nil
}

func needsOf(re *syntax.Regexp) needs {
	all := required(re)
	out := make(needs, min(mostNeeds, len(all)))
	for i := range out {
		for _, l := range all[i] {
			out[i] = append(out[i], literalOf(l))
		}
	}
	return out
}

func (n needs) met(text string, in *runeSet) bool {
	for _, some := range n {
		if !slices.ContainsFunc(some, func(l literal) bool { return l.in(text, in) }) {
			return false
		}
	}
	return true
}

// find gives where the expression matches in text, whose runes are in.
func (e expression) find(text string, in *runeSet) []int {
	if len(e.first) > 0 && !slices.ContainsFunc(e.first, func(c couple) bool { return c.lets(in) }) {
		return nil
	}
	if !slices.ContainsFunc(e.branches, func(n needs) bool { return n.met(text, in) }) {
		return nil
	}
	return e.re.FindStringIndex(text)
}

// maxClass is up to how many runes a character class counts as that many literals.
const maxClass = 12

// required gives lists of literals, the rarest first: every match holds one of each list. It is empty when none are known.
func required(re *syntax.Regexp) [][]string {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return [][]string{{string(re.Rune)}}
		}
	case syntax.OpCharClass:
		if some := classLiterals(re.Rune); some != nil {
			return [][]string{some}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpAlternate: // of each branch the rarest list: a match holds one of these
		var all []string
		for _, sub := range re.Sub {
			needs := required(sub)
			if len(needs) == 0 {
				return nil
			}
			all = append(all, needs[0]...)
		}
		return [][]string{all}
	case syntax.OpConcat:
		var all [][]string
		for _, sub := range re.Sub {
			all = append(all, required(sub)...)
		}
		slices.SortStableFunc(all, func(a, b []string) int { return cmp.Compare(rarity(b), rarity(a)) })
		return all
	}
	return nil
}

func classLiterals(ranges []rune) []string {
	var all []string
	for i := 0; i < len(ranges); i += 2 {
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			if len(all) == maxClass {
				return nil
			}
			all = append(all, string(r))
		}
	}
	return all
}

// rarity prefers long literals, then few of them.
func rarity(literals []string) float64 {
	shortest := utf8.RuneCountInString(literals[0])
	for _, l := range literals {
		shortest = min(shortest, utf8.RuneCountInString(l))
	}
	return float64(shortest) - float64(len(literals))/50
}
