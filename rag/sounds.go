package rag

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"

	"wenda/corpus"
	"wenda/prompts"
)

// sounds reads what was typed by sound as the sentence that it most likely is: a beam search over the readings of its Latin words as syllables,
// and over characters of the same sound in place of those that make no sense, by a charModel of the vocabulary.
type sounds struct {
	model   *charModel
	chars   map[string][]rune // by plainSound of a syllable
	initial map[byte][]rune   // by the first letter of it
	alike   map[rune][]rune   // characters of the vocabulary that look like another one
	exact   map[sounding]bool // whether a sound is a character's usual one, not folded
	latin   map[string]bool   // words that the vocabulary has as they are, small letters
	english map[string]string // small letters
	find    *regexp.Regexp    // of english
}

// A sounding is a character with a sound.
type sounding struct {
	sound string
	char  rune
}

// Costs of what a reading does to a text, as logarithms, beside what the model says of it.
const (
	costSound   = -7.  // another character of the same sound
	costShape   = -7.  // one that looks like it
	costFolded  = -2.  // a sound that many do not tell from the one that was typed, or a rare one
	costInitial = -2.  // a letter for a syllable
	costLatin   = -6.  // a Latin word as it is, which could be syllables
	costLetter  = -1.5 // for each letter of it
	costKnown   = -3.  // one that the vocabulary has
	beamWidth   = 48
	maxSyllable = 6  // letters
	maxInitials = 4  // up to how many letters a word may be initials
	maxCode     = 4  // up to how many letters a word of capital ones is no sound
	maxDecoded  = 90 // characters of a text

	maxOfInitial = 60 // characters that begin with a letter, those that are most frequent
)

func newSounds(texts map[string]float64, t *prompts.Terms) *sounds {
	s := &sounds{model: newCharModel(), chars: map[string][]rune{}, initial: map[byte][]rune{}, alike: map[rune][]rune{}, exact: map[sounding]bool{}, latin: map[string]bool{}, english: map[string]string{}}
	words := make([]string, 0, len(t.English))
	for _, w := range t.English {
		s.english[strings.ToLower(w.Say)] = w.Means
		words = append(words, regexp.QuoteMeta(w.Say))
	}
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	if len(words) > 0 {
		s.find = regexp.MustCompile(`(?i)\b(?:` + strings.Join(words, "|") + `)\b`)
	}
	for text, times := range texts {
		s.model.learn(text, times)
		for _, w := range latinWord.FindAllString(text, -1) {
			s.latin[strings.ToLower(w)] = true
		}
	}
	for _, group := range t.LookAlikes {
		for _, c := range group {
			for _, other := range group {
				if c != other && s.model.one[gramKey(other)] > 0 && !slices.Contains(s.alike[c], other) {
					s.alike[c] = append(s.alike[c], other)
				}
			}
		}
	}
	args := pinyin.NewArgs()
	args.Heteronym = true
	for key := range s.model.one {
		c := rune(key)
		for i, p := range pinyin.SinglePinyin(c, args) {
			if i == 0 {
				s.exact[sounding{strings.ReplaceAll(p, "ü", "v"), c}] = true
			}
			p = plainSound(p)
			if p == "" || slices.Contains(s.chars[p], c) {
				continue
			}
			s.chars[p] = append(s.chars[p], c)
			if !slices.Contains(s.initial[p[0]], c) {
				s.initial[p[0]] = append(s.initial[p[0]], c)
			}
		}
	}
	often := func(a, b rune) int {
		return cmp.Or(cmp.Compare(s.model.one[gramKey(b)], s.model.one[gramKey(a)]), cmp.Compare(a, b))
	}
	for _, list := range s.chars {
		slices.SortFunc(list, often)
	}
	for k, list := range s.initial {
		slices.SortFunc(list, often)
		s.initial[k] = list[:min(len(list), maxOfInitial)]
	}
	return s
}

// A reading is the beginning of a text as it may be meant.
type reading struct {
	score        float64
	before, last rune
	back         *reading
	text         string // that was read last
	from         string // what was typed for it, where that is something else
}

func (s *sounds) then(r *reading, text, from string, c rune, cost float64) *reading {
	return &reading{r.score + cost + s.model.score(r.before, r.last, c), r.last, c, r, text, from}
}

// read is the likeliest reading of a text, and what of it was put in; the text itself where nothing is.
func (s *sounds) read(text string) (string, []string) {
	if utf8.RuneCountInString(text) > maxDecoded {
		return text, nil
	}
	text, meant := s.inChinese(text)
	beam := []*reading{{}}
	units := unitsOf(text)
	for i, unit := range units {
		c, _ := utf8.DecodeRuneInString(unit)
		switch {
		case unicode.Is(unicode.Han, c) && (i > 0 && s.strange(units[i-1], unit) || i+1 < len(units) && s.strange(unit, units[i+1])):
			beam = s.character(beam, c)
		case unicode.Is(unicode.Han, c):
			beam = s.as(beam, unit, c)
		case c < utf8.RuneSelf && unicode.IsLetter(c):
			beam = s.word(beam, unit)
		default:
			beam = s.as(beam, unit, edge)
		}
	}
	var all []*reading
	for r := beam[0]; r.back != nil; r = r.back {
		all = append(all, r)
	}
	slices.Reverse(all)
	text, put := s.written(all)
	return text, append(meant, put...)
}

// inChinese puts Chinese words in for English ones of a Chinese sentence.
func (s *sounds) inChinese(text string) (string, []string) {
	if s.find == nil || !strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return text, nil
	}
	var meant []string
	text = s.find.ReplaceAllStringFunc(text, func(w string) string {
		means := s.english[strings.ToLower(w)]
		meant = append(meant, means)
		return means
	})
	if meant != nil { // blanks beside Han characters part nothing
		text = corpus.Plain(text)
	}
	return text, meant
}

// written is the text that readings make, and the words that were put in: what stands side by side is one, and a single character is told with the
// one before or behind it that it is seen with more.
func (s *sounds) written(all []*reading) (text string, put []string) {
	for i := 0; i < len(all); i++ {
		if all[i].from == "" {
			continue
		}
		from, to := i, i+1
		for to < len(all) && all[to].from != "" {
			to++
		}
		i = to
		if to-from == 1 {
			before, behind := 0., 0.
			if from > 0 && all[from-1].last != edge {
				before = 1 + s.model.two[gramKey(all[from-1].last, all[from].last)]
			}
			if to < len(all) && all[to].last != edge {
				behind = 1 + s.model.two[gramKey(all[from].last, all[to].last)]
			}
			if behind > before {
				to++
			} else if before > 0 {
				from--
			}
		}
		word := ""
		for _, r := range all[from:to] {
			word += r.text
		}
		put = append(put, word)
	}
	for _, r := range all {
		text += r.text
	}
	return text, put
}

// strange reports two characters that were never seen side by side: only beside such a place characters may be wrong. To try every one took 2
// ms a question.
func (s *sounds) strange(before, behind string) bool {
	b, _ := utf8.DecodeRuneInString(before)
	c, _ := utf8.DecodeRuneInString(behind)
	return unicode.Is(unicode.Han, b) && unicode.Is(unicode.Han, c) && s.model.two[gramKey(b, c)] == 0
}

// as keeps a unit as it is; c is its character, or the edge.
func (s *sounds) as(beam []*reading, unit string, c rune) []*reading {
	out := make([]*reading, len(beam))
	for i, r := range beam {
		if out[i] = (&reading{r.score, r.before, r.last, r, unit, ""}); c != edge || r.last != edge {
			out[i] = s.then(r, unit, "", c, 0)
		}
	}
	return narrowed(out)
}

// character keeps a character, or takes one of the same sound or shape.
func (s *sounds) character(beam []*reading, c rune) []*reading {
	var out []*reading
	typed := string(c)
	sound := soundOf([]rune{c})
	for _, r := range beam {
		out = append(out, s.then(r, typed, "", c, 0))
		for _, other := range s.chars[sound] {
			if other != c {
				out = append(out, s.then(r, string(other), typed, other, costSound))
			}
		}
		for _, other := range s.alike[c] {
			out = append(out, s.then(r, string(other), typed, other, costShape))
		}
	}
	return narrowed(out)
}

// word reads a Latin word as syllables, as initials where it is short, or leaves it.
func (s *sounds) word(beam []*reading, word string) []*reading {
	if len(word) <= maxCode && len(word) > 1 && strings.ToUpper(word) == word { // IEP
		return s.as(beam, word, edge)
	}
	lower := strings.ToLower(word)
	at := make([][]*reading, len(lower)+1)
	at[0] = beam
	for from := range lower {
		at[from] = narrowed(at[from])
		for _, r := range at[from] {
			for n := 1; n <= maxSyllable && from+n <= len(lower); n++ {
				typed := lower[from : from+n]
				for _, c := range s.chars[plainSound(typed)] {
					cost := 0.
					if !s.exact[sounding{typed, c}] {
						cost = costFolded
					}
					at[from+n] = append(at[from+n], s.then(r, string(c), typed, c, cost))
				}
			}
		}
	}
	out, cost := at[len(lower)], costLatin+costLetter*float64(len(lower))
	if len(out) == 0 && len(lower) <= maxInitials {
		out = s.initials(beam, lower)
	}
	if s.latin[lower] {
		cost = costKnown
	}
	for _, r := range beam {
		out = append(out, s.then(r, word, "", edge, cost))
	}
	return narrowed(out)
}

// initials reads every letter as the first one of a syllable.
func (s *sounds) initials(beam []*reading, letters string) []*reading {
	for i := range letters {
		var out []*reading
		for _, r := range beam {
			for _, c := range s.initial[letters[i]] {
				out = append(out, s.then(r, string(c), letters[i:i+1], c, costInitial))
			}
		}
		beam = narrowed(out)
	}
	return beam
}

// narrowed are the best readings, the best first; of those that end alike only the best.
func narrowed(list []*reading) []*reading {
	slices.SortStableFunc(list, func(a, b *reading) int { return cmp.Compare(b.score, a.score) })
	seen := map[[2]rune]bool{}
	out := list[:0]
	for _, r := range list {
		if end := ([2]rune{r.before, r.last}); !seen[end] && len(out) < beamWidth {
			seen[end] = true
			out = append(out, r)
		}
	}
	return out
}

// latinUnit is a Latin word, or an address or the code of a thing, which has no syllables.
var latinUnit = regexp.MustCompile(`[A-Za-z][A-Za-z0-9.:/@_#-]*|[0-9.:/@_#-]+[A-Za-z][A-Za-z0-9.:/@_#-]*`)

// unitsOf parts a text into characters, Latin words and the rest; blanks beside Latin words go.
func unitsOf(text string) []string {
	var out []string
	for at := 0; at < len(text); {
		if loc := latinUnit.FindStringIndex(text[at:]); loc != nil && loc[0] == 0 {
			out = append(out, text[at:at+loc[1]])
			at = len(text) - len(strings.TrimLeft(text[at+loc[1]:], " '’"))
			continue
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		out = append(out, text[at:at+size])
		at += size
	}
	return out
}
