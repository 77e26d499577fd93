package prompts

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// An expression is a compiled regular expression behind a cheap test: any match holds one of its literals. Most
// questions hold none, and looking for a few literals costs a fiftieth of running the expression (BenchmarkRoute).
type expression struct {
	re       *regexp.Regexp
	literals []string // empty: always run
}

func compile(text string) (expression, error) {
	re, err := regexp.Compile(text)
	if err != nil {
		return expression{}, err
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return expression{}, err
	}
	return expression{re, required(tree)}, nil
}

func (e expression) find(text string) []int {
	if len(e.literals) > 0 && !slices.ContainsFunc(e.literals, func(l string) bool { return strings.Contains(text, l) }) {
		return nil
	}
	return e.re.FindStringIndex(text)
}

// maxClass is up to how many runes a character class counts as that many literals.
const maxClass = 12

// required gives literals of which every match holds at least one, or nothing when no such list is known.
func required(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return nil
		}
		return []string{string(re.Rune)}
	case syntax.OpCharClass:
		return classLiterals(re.Rune)
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			some := required(sub)
			if some == nil {
				return nil
			}
			all = append(all, some...)
		}
		return all
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if some := required(sub); some != nil && (best == nil || rarity(some) > rarity(best)) {
				best = some
			}
		}
		return best
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
