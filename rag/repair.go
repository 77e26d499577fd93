package rag

import (
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"

	"wenda/corpus"
	"wenda/prompts"
)

// A repairer finds, for what residents typed by sound, the words of the documents that sound the same: shuangjian zhengce and 双剪政策
// are 双减政策. It proposes; the search decides whether the proposal finds more (see run.retrieve).
type repairer struct {
	for_  *corpus.Index
	known map[string]bool   // runs of 2 to maxWord characters that stand in the vocabulary
	sound map[string]string // sound of such a run to the run
	read  *sounds           // of whole questions
}

// maxWord is the longest run of characters that is looked up by its sound.
const maxWord = 6

// maxBySound is how many words may be wrong in one question; with more of them it is likely about something else. maxBySounds is how many there
// may be at most in one of characters alone.
const (
	maxBySound  = 2
	maxBySounds = 6
)

// repairs keeps the repairer of the current index.
type repairs struct{ current atomic.Pointer[repairer] }

// of returns the repairer of an index, making it when the index is new. Two goroutines may make it twice; the result is the same.
func (r *repairs) of(x *corpus.Index, set *prompts.Set) *repairer {
	if have := r.current.Load(); have != nil && have.for_ == x {
		return have
	}
	fresh := newRepairer(x, set)
	r.current.Store(fresh)
	return fresh
}

// Warm prepares what the first question that needs it would wait for: the sounds of the index's words (.4 s for the bundled plan). To be
// called when an index was swapped in; without an index it does nothing.
func (e *Engine) Warm() {
	if x := e.index(); x != nil {
		e.repairs.of(x, e.prompts())
	}
}

func newRepairer(x *corpus.Index, set *prompts.Set) *repairer {
	r := &repairer{for_: x, known: map[string]bool{}, sound: map[string]string{}}
	count, best := map[string]int{}, map[string]int{}
	each := func(text string, do func(word string)) {
		for _, run := range hanRuns(text) {
			for i := range run {
				for n := 2; n <= maxWord && i+n <= len(run); n++ {
					do(string(run[i : i+n]))
				}
			}
		}
	}
	documents, variants := x.Vocabulary()
	for _, t := range documents {
		each(t, func(w string) { count[w]++ })
	}
	for _, s := range set.Thesaurus {
		for _, w := range s.Means {
			each(w, func(w string) { count[w] += 5 })
		}
		variants = append(variants, s.Say...)
	}
	for w, n := range count {
		r.known[w] = true
		key := soundOf([]rune(w))
		if n > best[key] || n == best[key] && w < r.sound[key] {
			best[key], r.sound[key] = n, w
		}
	}
	r.read = newSounds(textsToHear(documents, variants, set), &set.Terms)
	for _, t := range append(variants, set.StopPhrases...) { // words of residents are right as they are, but nothing is turned into them
		each(t, func(w string) { r.known[w] = true })
	}
	return r
}

// textsToHear are what residents' sounds are read by, and how often each counts: questions, what is none (a cry for help may be typed by its
// sound too), and the documents.
func textsToHear(documents, variants []string, set *prompts.Set) map[string]float64 {
	texts := map[string]float64{}
	count := func(list []string, times float64) {
		for _, t := range list {
			texts[t] += times
		}
	}
	count(variants, 1)
	count(set.StopPhrases, 1)
	for _, list := range set.Examples {
		for _, t := range list {
			texts[latinWord.ReplaceAllString(t, " ")]++ // no words of the vocabulary
		}
	}
	for _, t := range set.Phrases() {
		texts[latinWord.ReplaceAllString(t, " ")] += importantTimes
	}
	count(set.Terms.AlarmWords, importantTimes)
	count(documents, importantTimes)
	for _, s := range set.Thesaurus {
		count(s.Means, importantTimes)
	}
	return texts
}

// importantTimes is how often the words of the documents and of routes count, against a sentence of a resident, who uses the former.
const importantTimes = 5

var latinWord = regexp.MustCompile(`[A-Za-z]+`)

// A respelling is a question read otherwise.
type respelling struct {
	text  string
	words string  // that were put in
	gain  float64 // by how much the search must find more
}

// repairGain is by how much a repair by sound must help. What puts in two characters alone, which sound like something anywhere, or many words,
// or words that no document has must help more.
const (
	repairGain      = .04
	repairGainOfTwo = .10
	repairGainOfAll = .15
)

// propose returns the question with words of the same sound put in: only a few runs of characters that stand nowhere, and read as a whole. In a
// question of characters alone one or two words are wrong; one with Latin letters may be typed by its sound from end to end.
func (r *repairer) propose(question string) (list []respelling) {
	latin := latinWord.MatchString(question)
	few := func(put []string) bool { return len(put) > 0 && len(put) <= maxBySound }
	add := func(text string, put []string, gain float64) {
		words := strings.Join(put, "、")
		if utf8.RuneCountInString(words) == 2 {
			gain = max(gain, repairGainOfTwo)
		}
		if !slices.ContainsFunc(list, func(have respelling) bool { return have.text == text }) {
			list = append(list, respelling{text, words, gain})
		}
	}
	if text, put := r.bySound(question); !latin && few(put) {
		add(text, put, repairGain)
	}
	text, put := r.read.read(question)
	stranger := func(w string) bool { return utf8.RuneCountInString(w) <= maxWord && !r.known[w] }
	switch {
	case len(put) == 0 || !latin && len(put) > maxBySounds:
	case !latin && (!few(put) || slices.ContainsFunc(put, stranger)):
		add(text, put, repairGainOfAll)
	default:
		add(text, put, repairGain)
	}
	return list
}

// bySound replaces runs of characters that stand nowhere by ones that sound the same and do; the longest first.
func (r *repairer) bySound(question string) (string, []string) {
	rs := []rune(question)
	var put []string
	for n := 4; n >= 2; n-- {
		for i := 0; i+n <= len(rs); i++ {
			w := rs[i : i+n]
			if !allHan(w) || r.known[string(w)] || !r.strange(rs, i, n) || r.acrossWords(rs, i, n) {
				continue
			}
			if s, ok := r.sound[soundOf(w)]; ok && len([]rune(s)) == n {
				copy(rs[i:], []rune(s))
				put = append(put, s)
			}
		}
	}
	return string(rs), put
}

// strange reports that some pair inside the run stands nowhere in the vocabulary: otherwise every part is a word already.
func (r *repairer) strange(rs []rune, i, n int) bool {
	for j := i; j+2 <= i+n; j++ {
		if !r.known[string(rs[j:j+2])] {
			return true
		}
	}
	return false
}

// acrossWords reports that an end of the run is one half of a known pair with its neighbour: 容和 in 内容和我 is no misspelt 融合.
func (r *repairer) acrossWords(rs []rune, i, n int) bool {
	return n < pairRunes && (i > 0 && r.known[string(rs[i-1:i+1])] || i+n < len(rs) && r.known[string(rs[i+n-1:i+n+1])])
}

// pairRunes is from how many characters on a run that sounds like a known one is more than chance.
const pairRunes = 4

func hanRuns(s string) [][]rune {
	var out [][]rune
	var run []rune
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			run = append(run, r)
			continue
		}
		if len(run) > 1 {
			out = append(out, run)
		}
		run = nil
	}
	if len(run) > 1 {
		out = append(out, run)
	}
	return out
}

func allHan(rs []rune) bool {
	for _, r := range rs {
		if !unicode.Is(unicode.Han, r) {
			return false
		}
	}
	return true
}

// soundOf is the pinyin of a run without tones, in the spelling of plainSound.
func soundOf(rs []rune) string {
	var b strings.Builder
	args := pinyin.NewArgs()
	for _, r := range rs {
		if p := pinyin.SinglePinyin(r, args); len(p) > 0 {
			b.WriteString(p[0])
		}
	}
	return plainSound(b.String())
}

// plainSound drops the differences that many speakers do not hear: zh z, ch c, sh s, -ng -n.
func plainSound(s string) string { return soundFolder.Replace(s) }

var soundFolder = strings.NewReplacer("zh", "z", "ch", "c", "sh", "s", "ang", "an", "eng", "en", "ing", "in", "ü", "v")
