package prompts

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed data/*
var data embed.FS

// A Set is everything that staff may reword, checked. It never changes; callers must not write to its slices.
type Set struct {
	// Version is a short hash (12 hex digits) over the names and texts of all files in use.
	Version string
	// Search is the same over those files that an index is built with: while it stays, so does the index.
	Search      string
	Handoff     Handoff
	Thesaurus   []Synonym
	StopPhrases []string // longest first, so that a caller may cut them in this order
	Terms       Terms
	Suggestions []Suggestion
	Examples    Examples
	Composing   Composing
	Proposing   Proposing
	WeChat      WeChat

	dialect *strings.Replacer // of Terms.Dialect
	replies map[string]reply
	whats   map[string]string
	routes  []route
	exact   map[string]bool // the exact phrases of all routes
	curated []Curated
	// curatedBy finds an entry of curated by one of its questions, as view.bare writes it.
	curatedBy map[string]int
	cuts      map[rune][]cut // what StripGreeting takes off by its first rune in lower case, longest first
}

// A Problem is one thing that is wrong in one file: where, what, and what to do about it.
type Problem struct {
	File  string // "replies.yaml"
	Entry string // name or number of the entry; empty when the whole file is meant
	What  string
	Do    string
}

func (p Problem) Error() string {
	at := p.File
	if p.Entry != "" {
		at += ": " + p.Entry
	}
	return at + ": " + p.What + ": " + p.Do
}

// problems collects; errors.Join makes one error of them at the end.
type problems []error

func (ps *problems) add(file, entry, what, do string) {
	*ps = append(*ps, Problem{file, entry, what, do})
}

// File names, as override gets them.
const (
	repliesFile     = "replies.yaml"
	routesFile      = "routes.yaml"
	thesaurusFile   = "thesaurus.yaml"
	stopFile        = "stopphrases.yaml"
	termsFile       = "terms.yaml"
	suggestionsFile = "suggestions.yaml"
	curatedFile     = "curated.yaml"
	examplesFile    = "examples.yaml"
	composeFile     = "compose.yaml"
	proposeFile     = "propose.yaml"
	weChatFile      = "wechat.yaml"
)

// Names lists the files, in a fixed order.
func Names() []string {
	return []string{repliesFile, routesFile, thesaurusFile, stopFile, termsFile, suggestionsFile, curatedFile, examplesFile, composeFile, weChatFile, proposeFile}
}

// Default gives the embedded text of a file of Names.
func Default(name string) ([]byte, error) {
	b, err := data.ReadFile("data/" + name)
	if err != nil {
		return nil, fmt.Errorf("prompts: no file %q, there are %s", name, strings.Join(Names(), ", "))
	}
	return b, nil
}

// Load reads every file and checks all of them. override may be nil; asked for a name of Names it gives another text and
// true, or false for the embedded one, or an error. The returned error joins one Problem for each thing that is wrong
// (errors.As finds the first, Unwrap() []error all); the Set is nil then.
func Load(override func(name string) ([]byte, bool, error)) (*Set, error) {
	var (
		ps    problems
		s     = &Set{exact: map[string]bool{}}
		hash  = sha256.New()
		found = sha256.New()
		bad   = map[string]bool{}
		texts = map[string][]byte{}
	)
	under := map[string][]byte{} // the program's own texts beneath edited ones
	for _, name := range Names() {
		text, err := textOf(name, override)
		if err != nil {
			bad[name] = true
			ps.add(name, "", err.Error(), "look at where edited texts are kept")
			continue
		}
		texts[name] = text
		counts := [][]byte{text}
		if own, err := Default(name); err == nil && keyed(name) && !bytes.Equal(own, text) {
			under[name] = own
			counts = append(counts, own)
		}
		for _, text := range counts {
			fmt.Fprintf(hash, "%s %d\n", name, len(text))
			hash.Write(text)
			if searched(name) {
				fmt.Fprintf(found, "%s %d\n", name, len(text))
				found.Write(text)
			}
		}
	}
	read := func(name string, into any) bool {
		if own, ok := under[name]; ok && !bad[name] {
			bad[name] = !decode(name, own, into, &ps)
		}
		if !bad[name] && !decode(name, texts[name], into, &ps) {
			bad[name] = true
		}
		return !bad[name]
	}

	var replies repliesYAML
	if read(repliesFile, &replies) {
		s.checkReplies(replies, &ps)
	}
	var routes []Route
	if read(routesFile, &routes) {
		s.checkRoutes(routes, !bad[repliesFile], &ps)
	}
	if read(thesaurusFile, &s.Thesaurus) {
		checkThesaurus(s.Thesaurus, &ps)
	}
	if read(stopFile, &s.StopPhrases) {
		checkStopPhrases(s.StopPhrases, &ps)
		s.StopPhrases = longestFirst(s.StopPhrases)
	}
	if read(termsFile, &s.Terms) {
		checkTerms(s.Terms, &ps)
		s.dialect = dialectReplacer(s.Terms.Dialect)
	}
	if read(suggestionsFile, &s.Suggestions) {
		s.checkSuggestions(&ps)
	}
	if read(examplesFile, &s.Examples) {
		s.checkExamples(&ps)
	}
	var compose composeYAML
	if read(composeFile, &compose) {
		s.checkComposing(compose, &ps)
	}
	var propose proposeYAML
	if read(proposeFile, &propose) {
		s.checkProposing(propose, &ps)
	}
	var weChat weChatYAML
	if read(weChatFile, &weChat) {
		s.checkWeChat(weChat, &ps)
	}
	if read(curatedFile, &s.curated) {
		s.checkCurated(&ps)
	}
	if !bad[repliesFile] && !bad[routesFile] {
		s.checkUse(replies, &ps)
	}
	if len(ps) > 0 {
		return nil, errors.Join(ps...)
	}
	s.Version, s.Search = hex.EncodeToString(hash.Sum(nil))[:12], hex.EncodeToString(found.Sum(nil))[:12]
	return s, nil
}

// searched reports that an index is built with the file: with its words, or with what the head that tells near misses learns from.
// keyed reports a file of named entries. An edited text of one may be older than the program: entries that came since are the program's.
func keyed(name string) bool {
	return name == repliesFile || name == termsFile || name == composeFile || name == proposeFile || name == weChatFile
}

func searched(name string) bool {
	return name == thesaurusFile || name == stopFile || name == termsFile || name == examplesFile
}

func textOf(name string, override func(string) ([]byte, bool, error)) ([]byte, error) {
	if override != nil {
		text, ok, err := override(name)
		if err != nil {
			return nil, fmt.Errorf("read the edited text: %w", err)
		}
		if ok {
			return text, nil
		}
	}
	return Default(name)
}

// decode is strict: unknown fields, repeated keys, a second document and an empty file are problems.
func decode(file string, text []byte, into any, ps *problems) bool {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	err := d.Decode(into)
	var types *yaml.TypeError
	switch {
	case errors.Is(err, io.EOF):
		ps.add(file, "", "nothing in it", "write its entries, or take the edited text away to use the default")
		return false
	case errors.As(err, &types):
		for _, e := range types.Errors {
			at, what, _ := strings.Cut(e, ": ")
			what, _, unknown := strings.Cut(what, " not found in type ") // no Go types in what staff read
			if unknown {
				what = "unknown " + what
			}
			if shape, _, wrong := strings.Cut(what, " into "); wrong {
				what = "wrong shape, " + shape
			}
			ps.add(file, at, what, "compare with the default text of this file")
		}
		return false
	case err != nil:
		ps.add(file, "", err.Error(), "mend the YAML there; quote texts that hold : # { [ or begin with a sign")
		return false
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		ps.add(file, "", "a second document or a broken rest after the first", "keep one document, without lines of ---")
		return false
	}
	return true
}

// longestFirst returns a sorted copy: by falling length in runes, then by text, so that the order never depends on the file.
func longestFirst(list []string) []string {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b string) int {
		if d := len([]rune(b)) - len([]rune(a)); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return out
}
