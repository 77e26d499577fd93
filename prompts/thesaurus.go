package prompts

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Synonym maps how residents speak to how documents write: a trigger of Say found anywhere in the question adds all of
// Means to the query (RETRIEVAL.md: at .8 of a term's weight).
type Synonym struct {
	Say   []string `yaml:"say"`   // 1 to 6, two runes or more, lower case
	Means []string `yaml:"means"` // 1 to 5
}

// A Suggestion is a question to start with, under its topic.
type Suggestion struct {
	Topic    string `yaml:"topic"`
	Question string `yaml:"question"`
}

func checkThesaurus(list []Synonym, ps *problems) {
	where := map[string]int{}
	for i, e := range list {
		entry := "line " + strconv.Itoa(i+1)
		if len(e.Say) > 0 {
			entry += " (" + e.Say[0] + ")"
		}
		if n := len(e.Say); n < 1 || n > 6 {
			ps.add(thesaurusFile, entry, "say has "+strconv.Itoa(n)+" triggers", "write 1 to 6")
		}
		if n := len(e.Means); n < 1 || n > 5 {
			ps.add(thesaurusFile, entry, "means has "+strconv.Itoa(n)+" expansions", "write 1 to 5")
		}
		checkWords(thesaurusFile, entry+" means", e.Means, 2, ps)
		for _, t := range e.Say {
			if !wellFormed(t) || utf8.RuneCountInString(t) < 2 {
				ps.add(thesaurusFile, entry, "trigger "+strconv.Quote(t)+" is shorter than two characters, not lower case or has blanks around it", "write it longer and plainly")
			}
			if at, ok := where[t]; ok {
				ps.add(thesaurusFile, entry, "trigger "+t+" stands in line "+strconv.Itoa(at)+" too", "join both lines or drop one")
			}
			where[t] = i + 1
		}
	}
	if len(list) == 0 {
		ps.add(thesaurusFile, "", "no entries", "write at least one line")
	}
}

// protected are words of the domain; a stop phrase that holds one of them would erase what is asked about (RETRIEVAL.md: 8 points).
func protected() []string {
	return []string{"学校", "学生", "学位", "上学", "入学", "孩子", "教育", "教师", "老师", "课程", "课后", "幼儿", "家长", "培训", "体育", "老年", "考试", "作业", "双减",
		"艺术", "书法", "劳动", "安全", "食堂", "校车", "党", "钟楼"}
}

func checkStopPhrases(list []string, ps *problems) {
	checkWords(stopFile, "", list, 1, ps)
	for _, p := range list {
		for _, w := range protected() {
			if strings.Contains(p, w) {
				ps.add(stopFile, p, "holds "+w+", a word of the domain", "drop it: questions would lose their subject")
			}
		}
	}
}

// checkSuggestions wants questions that the routes let through: a route that swallows one of them is too wide.
func (s *Set) checkSuggestions(ps *problems) {
	if len(s.Suggestions) == 0 {
		ps.add(suggestionsFile, "", "no entries", "write at least one question")
	}
	seen := map[string]bool{}
	for i, g := range s.Suggestions {
		entry := strconv.Itoa(i + 1)
		switch {
		case !wellFormed(strings.ToLower(g.Question)) || !wellFormed(strings.ToLower(g.Topic)):
			ps.add(suggestionsFile, entry, "topic or question is empty or has blanks around it", "write both")
		case utf8.RuneCountInString(g.Question) > 40:
			ps.add(suggestionsFile, entry, "longer than 40 characters", "shorten it, it stands on a button")
		case seen[g.Question]:
			ps.add(suggestionsFile, entry, "the same question twice", "drop one")
		}
		seen[g.Question] = true
		if r, _, ok := s.Route(g.Question); ok {
			ps.add(suggestionsFile, entry, "route "+r.Name+" takes "+g.Question+" away", "narrow that route in "+routesFile+" or reword the question")
		}
	}
}

// checkWords reports an empty list, ill-formed or short entries and repetitions.
func checkWords(file, entry string, list []string, minRunes int, ps *problems) {
	if len(list) == 0 {
		ps.add(file, entry, "no entries", "write at least one")
	}
	seen := map[string]bool{}
	for _, w := range list {
		at := strings.TrimSpace(entry + " " + w)
		if !wellFormed(strings.ToLower(w)) || utf8.RuneCountInString(w) < minRunes {
			ps.add(file, at, "empty, with blanks around it or shorter than "+strconv.Itoa(minRunes)+" characters", "mend or drop it")
		}
		if seen[w] {
			ps.add(file, at, "stands there twice", "drop one")
		}
		seen[w] = true
	}
}

// wellFormed: something, valid, lower case, on one line, without blanks around it.
func wellFormed(s string) bool {
	return s != "" && utf8.ValidString(s) && s == strings.TrimSpace(s) && s == strings.ToLower(s) && !strings.ContainsAny(s, "\n\r\t")
}
