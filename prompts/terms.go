package prompts

import (
	"slices"
	"strconv"
	"strings"
)

// Terms are the word lists behind the rules on near misses (NEARMISS.md, "Rules, from which to start"). Evidence means the best
// sentences of the hit. Years in digits (20\d\d, 二〇..) are the engine's, not data.
type Terms struct {
	// Places. An own place never refuses a question; an award place stands in the document as what awards (常州市平安校园), so
	// it never refuses by itself; an other place refuses unless the evidence holds it.
	OwnPlaces   []string `yaml:"own_places"`
	AwardPlaces []string `yaml:"award_places"`
	OtherPlaces []string `yaml:"other_places"`
	// Levels: a question with a word of Ask wants a word of Means in the evidence.
	Levels []Level `yaml:"levels"`
	// NoLevels hold a word of a level and name none (专职校医, 晚托班).
	NoLevels []string `yaml:"no_levels"`
	// Measures are classes of units that answer each other; Lacking are units the document has no figure in.
	Measures []Measure `yaml:"measures"`
	Lacking  []string  `yaml:"lacking_measures"`

	// What kind of thing is asked for: one trigger in the question is enough.
	AskMoney      []string `yaml:"ask_money"`
	AskDate       []string `yaml:"ask_date"`
	AskPlace      []string `yaml:"ask_place"`
	AskPhone      []string `yaml:"ask_phone"`
	AskAddress    []string `yaml:"ask_address"`
	AskList       []string `yaml:"ask_list"`
	AskPerson     []string `yaml:"ask_person"`
	AskConditions []string `yaml:"ask_conditions"`
	AskProcedure  []string `yaml:"ask_procedure"`
	// ProcedureWords stand in a sentence that tells how something is applied for.
	ProcedureWords []string `yaml:"procedure_words"`
	AskResult      []string `yaml:"ask_result"`
	// ResultHints and TimeHints stand in what may ask for a result, a time or how often: without one such a lack is not told.
	ResultHints []string `yaml:"result_hints"`
	TimeHints   []string `yaml:"time_hints"`
	// PlannedWords stand in a clause that tells what is to be there, not what there is.
	PlannedWords []string `yaml:"planned_words"`
	NoResults    []string `yaml:"no_results"` // what only looks like asking for one (实际都有哪些办法)
	AskFrequency []string `yaml:"ask_frequency"`
	AskReason    []string `yaml:"ask_reason"`
	AskNumber    []string `yaml:"ask_number"`
	AskOffice    []string `yaml:"ask_office"`
	AskMeaning   []string `yaml:"ask_meaning"`
	// AskMany ask for more than one thing: for a whole section of a document rather than a sentence (要哪些材料).
	AskMany []string `yaml:"ask_many"`
	// MoneyHeads are in the heads of columns of money, whose figures need no unit.
	MoneyHeads []string `yaml:"money_heads"`
	// AskRows ask for several rows of a table (哪些机构有证).
	AskRows []string `yaml:"ask_rows"`
	// AskParts ask what something consists of, and for no number (分几个方面).
	AskParts []string `yaml:"ask_parts"`
	// MeaningWords explain: one of them must be in the evidence where a meaning is asked for.
	MeaningWords []string `yaml:"meaning_words"`

	// Premise: a word that the evidence must hold when the question builds on it (为什么取消…).
	Premise []string `yaml:"premise"`
	// SoftEndings switch money, date, address and conditions off: 有规划吗 asks for a plan, not for a date.
	SoftEndings []string `yaml:"soft_endings"`
	// ShareWords ask for a part, an average or a comparison: the word must be in the evidence.
	ShareWords []string `yaml:"share_words"`
	// PersonWords name a post or a person's attribute: the word must be in the evidence.
	PersonWords []string `yaml:"person_words"`
	// VaguePlaces are other places that name none (别的地方): a question that is clearly answered may hold one by the way.
	VaguePlaces []string `yaml:"vague_places"`
	// LocalPlaces are places inside the district that the plan seldom names; OwnCase asks about the resident's own one; Compared asks for
	// what is different from before; Penalties are what might follow; RatioWords ask for a percentage. The head learns what each is worth.
	LocalPlaces []string `yaml:"local_places"`
	// NearPlaces mean one without naming it; AroundHere ask about the one that was named before.
	NearPlaces []string `yaml:"near_places"`
	AroundHere []string `yaml:"around_here"`
	// AboutDocument asks about the document itself; AskMore asks for more than one sentence says.
	AboutDocument []string `yaml:"about_document"`
	AskMore       []string `yaml:"ask_more"`
	// PauseEnds end a sentence before PauseStarts, and PauseAsks begin one, in what was spoken without a pause.
	PauseEnds   []string `yaml:"pause_ends"`
	PauseStarts []string `yaml:"pause_starts"`
	PauseAsks   []string `yaml:"pause_asks"`
	OwnCase     []string `yaml:"own_case"`
	Compared    []string `yaml:"compared"`
	Penalties   []string `yaml:"penalties"`
	RatioWords  []string `yaml:"ratio_words"`
	// YearWords are years by relation: never the document's own. NoYears only look like one (三十来年, 上一年级).
	NoYears   []string `yaml:"no_years"`
	YearWords []string `yaml:"year_words"`
	// OtherHosts are those whose telephone and address the page's footer does not give (the footer is the government
	// office's): with one of them in the question the footer is no answer.
	OtherHosts []string `yaml:"other_hosts"`
	// AlarmWords make every clause of a message be compared with the examples of cries for help and of attacks.
	AlarmWords []string `yaml:"alarm_words"`
	// NoAlarms only hold an alarm word (死记硬背).
	NoAlarms []string `yaml:"no_alarms"`
	// PastWords tell of the past or of what might be: beside them an alarm word is no emergency of now.
	PastWords []string `yaml:"past_words"`
	// Supposed are words for what is only supposed: a whole message with one is no emergency of now.
	Supposed []string `yaml:"supposed"`
	// Corrections put something in the question before right (打错了); Doubts only ask whether its answer is true (真的假的).
	Corrections []string `yaml:"corrections"`
	Doubts      []string `yaml:"doubts"`
	// CameFrom are forms, * being a place, that say where somebody comes from (从*来); Somebody is whom residents tell of: neither asks
	// about the place.
	CameFrom []string `yaml:"came_from"`
	Somebody []string `yaml:"somebody"`
	// Here are words for our own district, beside which another place is only told of.
	Here []string `yaml:"here"`
	// Siblings are classes of words of which one may stand for another in a follow-up (小学有几轮？高中呢).
	Siblings [][]string `yaml:"siblings"`
	// Dialect: words of other places and their standard ones, put in before anything is understood (有冇 is 有没有, 国小 is 小学).
	Dialect []Word `yaml:"dialect"`
	// English words in Chinese sentences and what they mean, for questions that nothing is found for as they are.
	English []Word `yaml:"english"`
	// LookAlikes are groups of characters that are mistaken for each other by their shape, likewise.
	LookAlikes []string `yaml:"look_alikes"`
	// Nouns say what a measure counts, for a quoted sentence that leaves it out (新建、改扩建13所).
	Nouns []Noun `yaml:"nouns"`
}

// A Noun is what a measure counts where a sentence does not say it.
type Noun struct {
	Measure string   `yaml:"measure"`
	Means   string   `yaml:"means"`
	Unless  []string `yaml:"unless"` // words that make it clear, before the figure
}

// A Word of a dialect, in simplified characters, with its standard word.
type Word struct {
	Say   string `yaml:"say"`
	Means string `yaml:"means"`
}

// A Level is a school level or age group that residents ask about.
type Level struct {
	Ask   []string `yaml:"ask"`
	Means []string `yaml:"means"`
}

// A Measure is a class of units (所, 个) for what they count.
type Measure struct {
	Name  string   `yaml:"name"`
	Units []string `yaml:"units"`
}

// lists names every plain list with the field's name in the file and its shortest allowed entry in runes.
func (t Terms) lists() []termList {
	return []termList{
		{"own_places", t.OwnPlaces, 2}, {"award_places", t.AwardPlaces, 2}, {"other_places", t.OtherPlaces, 2},
		{"no_levels", t.NoLevels, 2}, {"lacking_measures", t.Lacking, 1},
		{"ask_money", t.AskMoney, 2}, {"ask_date", t.AskDate, 2}, {"ask_place", t.AskPlace, 2}, {"ask_phone", t.AskPhone, 2},
		{"ask_address", t.AskAddress, 2}, {"ask_list", t.AskList, 2}, {"ask_person", t.AskPerson, 2},
		{"ask_conditions", t.AskConditions, 2}, {"ask_procedure", t.AskProcedure, 2}, {"procedure_words", t.ProcedureWords, 2}, {"ask_result", t.AskResult, 2}, {"result_hints", t.ResultHints, 1}, {"time_hints", t.TimeHints, 1}, {"planned_words", t.PlannedWords, 1}, {"no_results", t.NoResults, 2},
		{"ask_frequency", t.AskFrequency, 2}, {"ask_reason", t.AskReason, 2}, {"ask_number", t.AskNumber, 1},
		{"ask_office", t.AskOffice, 2}, {"ask_meaning", t.AskMeaning, 2}, {"ask_many", t.AskMany, 1}, {"ask_rows", t.AskRows, 2}, {"money_heads", t.MoneyHeads, 1}, {"ask_parts", t.AskParts, 2}, {"meaning_words", t.MeaningWords, 1},
		{"premise", t.Premise, 2}, {"soft_endings", t.SoftEndings, 2}, {"share_words", t.ShareWords, 2},
		{"person_words", t.PersonWords, 2}, {"year_words", t.YearWords, 2}, {"no_years", t.NoYears, 2}, {"other_hosts", t.OtherHosts, 2},
		{"vague_places", t.VaguePlaces, 2}, {"local_places", t.LocalPlaces, 2}, {"near_places", t.NearPlaces, 2}, {"around_here", t.AroundHere, 2}, {"about_document", t.AboutDocument, 2}, {"ask_more", t.AskMore, 1}, {"pause_ends", t.PauseEnds, 1}, {"pause_starts", t.PauseStarts, 1}, {"pause_asks", t.PauseAsks, 2}, {"own_case", t.OwnCase, 2}, {"compared", t.Compared, 2}, {"penalties", t.Penalties, 2}, {"ratio_words", t.RatioWords, 2},
		{"alarm_words", t.AlarmWords, 1}, {"no_alarms", t.NoAlarms, 2}, {"past_words", t.PastWords, 2}, {"supposed", t.Supposed, 2}, {"corrections", t.Corrections, 2}, {"doubts", t.Doubts, 2}, {"came_from", t.CameFrom, 2}, {"somebody", t.Somebody, 1}, {"here", t.Here, 2},
		{"look_alikes", t.LookAlikes, 2},
	}
}

type termList struct {
	name     string
	words    []string
	minRunes int
}

func checkTerms(t Terms, ps *problems) {
	for _, l := range t.lists() {
		checkWords(termsFile, l.name, l.words, l.minRunes, ps)
	}
	for _, own := range append(append([]string{}, t.OwnPlaces...), t.AwardPlaces...) {
		for _, other := range t.OtherPlaces {
			if other != "" && strings.Contains(own, other) {
				ps.add(termsFile, "other_places "+other, "would refuse our own "+own, "write it longer or drop it")
			}
		}
	}
	if len(t.Levels) == 0 || len(t.Measures) == 0 {
		ps.add(termsFile, "levels, measures", "no entries", "write at least one of each")
	}
	for i, class := range t.Siblings {
		checkWords(termsFile, "siblings "+strconv.Itoa(i+1), class, 2, ps)
	}
	checkWordList("dialect", t.Dialect, ps)
	checkWordList("english", t.English, ps)
	for i, n := range t.Nouns {
		if n.Measure == "" || n.Means == "" || len(n.Unless) == 0 {
			ps.add(termsFile, "nouns "+strconv.Itoa(i+1)+" "+n.Measure, "measure, means or unless is missing", "write all three")
		}
	}
	asked := map[string]bool{}
	for i, l := range t.Levels {
		entry := "levels " + strconv.Itoa(i+1)
		checkWords(termsFile, entry+" ask", l.Ask, 2, ps)
		checkWords(termsFile, entry+" means", l.Means, 2, ps)
		for _, w := range l.Ask {
			if asked[w] {
				ps.add(termsFile, entry, w+" stands in another level too", "leave it in one")
			}
			asked[w] = true
		}
	}
	names := map[string]bool{}
	for i, m := range t.Measures {
		entry := "measures " + strconv.Itoa(i+1) + " " + m.Name
		if m.Name == "" || names[m.Name] {
			ps.add(termsFile, entry, "name is missing or taken", "name what is counted")
		}
		names[m.Name] = true
		checkWords(termsFile, entry, m.Units, 1, ps)
	}
	for _, u := range t.Lacking {
		for _, m := range t.Measures {
			for _, v := range m.Units {
				if u == v {
					ps.add(termsFile, "lacking_measures "+u, "is a unit of "+m.Name+" too", "leave it in one list")
				}
			}
		}
	}
}

func checkWordList(name string, list []Word, ps *problems) {
	said := map[string]bool{}
	for i, w := range list {
		say := strings.ToLower(w.Say)
		if say == "" || w.Means == "" || said[say] {
			ps.add(termsFile, name+" "+strconv.Itoa(i+1)+" "+w.Say, "say or means is missing, or say stands twice", "write both, each say once")
		}
		said[say] = true
	}
}

// Standard puts standard words in for those of a dialect, the longest first. The text must be in simplified characters.
func (s *Set) Standard(text string) string { return s.dialect.Replace(text) }

// WithoutDialect is the same set with no words of a dialect, for telling what they are worth.
func (s *Set) WithoutDialect() *Set {
	out := *s
	out.Terms.Dialect, out.dialect = nil, strings.NewReplacer()
	return &out
}

func dialectReplacer(words []Word) *strings.Replacer {
	sorted := slices.Clone(words)
	slices.SortStableFunc(sorted, func(a, b Word) int { return len(b.Say) - len(a.Say) })
	var pairs []string
	for _, w := range sorted {
		pairs = append(pairs, w.Say, w.Means)
	}
	return strings.NewReplacer(pairs...)
}
