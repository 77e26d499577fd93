package prompts

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Status is the outcome that a route gives a question; the words are those of an Answer's status.
type Status string

// The statuses that a route may give.
const (
	Smalltalk  Status = "smalltalk"
	Refused    Status = "refused"
	OutOfScope Status = "out_of_scope"
	HandedOver Status = "handed_over"
)

// Statuses lists what a route may give.
func Statuses() []Status { return []Status{Smalltalk, Refused, OutOfScope, HandedOver} }

// A Route is one entry of routes.yaml. The first entry that matches decides.
type Route struct {
	Name   string `yaml:"name"`
	Status Status `yaml:"status"`
	Reply  string `yaml:"reply"`
	// Topic fills {{topic}} of the reply; when empty the words that matched do.
	Topic string `yaml:"topic"`
	// Exact: the whole question is this, blanks, punctuation, emoji and particles aside.
	Exact []string `yaml:"exact"`
	// Contains: stands anywhere. Phrases with Han characters are looked for with blanks and punctuation dropped
	// (忽 略 以 上); phrases of Latin letters as whole words, long ones also with blanks dropped.
	Contains []string `yaml:"contains"`
	// Regexp (RE2) sees the question in lower case, with runs of blanks as one and none beside Han characters.
	Regexp []string `yaml:"regexp"`
	// Unless: any of these words, looked for as Contains does, switches the entry off.
	Unless []string `yaml:"unless"`
	// Cut: phrases that StripGreeting takes off the front even with nothing between (你好学位够吗); entries that have it also
	// lose their Exact phrases where punctuation or a blank follows.
	Cut []string `yaml:"cut"`
	// MaxRunes switches the entry off for longer questions, in letters and digits; 0 is no limit.
	MaxRunes int `yaml:"max_runes"`
	// UnlessAsked: a message that also asks something is answered instead.
	UnlessAsked bool `yaml:"unless_asked"`
}

// Route decides whether a question gets a fixed reply: small talk, refused, somebody else's. The question must be cleaned and
// simplified. params holds what the reply's placeholders need. A greeting in front is looked through (你好，你是谁 asks who we are),
// and small talk in several clauses is small talk: the last clause decides (太好了，没问题了，再见).
func (s *Set) Route(question string) (Route, Params, bool) {
	if r, p, ok := s.match(question); ok {
		return r, p, true
	}
	if rest := s.StripGreeting(question); rest != question {
		if r, p, ok := s.match(rest); ok {
			return r, p, true
		}
	}
	return s.clauses(question)
}

// maxClauses and maxClauseRunes bound what is taken for small talk in clauses; longer texts are no small talk.
const (
	maxClauses     = 5
	maxClauseRunes = 40
)

func (s *Set) clauses(question string) (last Route, params Params, ok bool) {
	if utf8.RuneCountInString(question) > maxClauseRunes {
		return Route{}, nil, false
	}
	parts := strings.FieldsFunc(question, func(r rune) bool { return strings.ContainsRune("，。！？；,!?;~\n 　", r) })
	if len(parts) < 2 || len(parts) > maxClauses {
		return Route{}, nil, false
	}
	for _, part := range parts {
		r, p, hit := s.match(part)
		if !hit || r.Status != Smalltalk {
			return Route{}, nil, false
		}
		last, params = r, p
	}
	return last, params, true
}

// Phrases lists the phrases of all routes.
func (s *Set) Phrases() []string {
	var out []string
	for _, r := range s.routes {
		out = append(append(out, r.Exact...), r.Contains...)
	}
	return out
}

func (s *Set) match(question string) (Route, Params, bool) {
	v := viewOf(question)
	for _, key := range []string{v.raw, v.tight, v.bare, v.once} {
		if s.exact[key] {
			v.known = append(v.known, key)
		}
	}
	for i := range s.routes {
		r := &s.routes[i]
		topic, ok := r.find(v)
		if !ok {
			continue
		}
		if r.Topic != "" {
			topic = r.Topic
		}
		return r.Route, s.paramsFor(r, topic), true
	}
	return Route{}, nil, false
}

// paramsFor gives what the placeholders of a route's reply need.
func (s *Set) paramsFor(r *route, topic string) Params {
	if slices.Contains(s.replies[r.Reply].text.names(), "topic") || slices.Contains(s.replies[r.Reply].say.names(), "topic") {
		return Params{"topic": topic}
	}
	return nil
}

// A route is a Route made ready: phrases reduced as the question will be, expressions compiled.
type route struct {
	Route
	exact    map[string]bool
	contains []phrase
	sieve    sieve // of contains
	unless   []phrase
	regexps  []expression
}

// find gives the words that matched.
func (r *route) find(v view) (string, bool) {
	if r.MaxRunes > 0 && v.runes > r.MaxRunes {
		return "", false
	}
	hit, ok := r.hit(v)
	if !ok {
		return "", false
	}
	for _, u := range r.unless {
		if u.in(v) {
			return "", false
		}
	}
	return hit, true
}

func (r *route) hit(v view) (string, bool) {
	for _, key := range v.known {
		if r.exact[key] {
			return key, true
		}
	}
	for i, c := range r.sieve {
		if c.lets(v.holds) && r.contains[i].in(v) {
			return r.contains[i].text, true
		}
	}
	for _, e := range r.regexps {
		if at := e.find(v.text, v.holds); at != nil {
			return v.text[at[0]:at[1]], true
		}
	}
	return "", false
}

func (s *Set) checkRoutes(list []Route, repliesKnown bool, ps *problems) {
	if len(list) == 0 {
		ps.add(routesFile, "", "no entries", "write at least one route")
	}
	seen := map[string]bool{}
	var cuts []cut
	for i, r := range list {
		entry := r.Name
		if entry == "" {
			entry = "entry " + strconv.Itoa(i+1)
			ps.add(routesFile, entry, "has no name", "name it")
		}
		if seen[r.Name] {
			ps.add(routesFile, entry, "name is taken", "choose another")
		}
		seen[r.Name] = true
		if !slices.Contains(Statuses(), r.Status) {
			ps.add(routesFile, entry, "unknown status "+strconv.Quote(string(r.Status)), "use smalltalk, refused, out_of_scope or handed_over")
		}
		if repliesKnown {
			s.checkRouteReply(entry, r, ps)
		}
		if len(r.Exact)+len(r.Contains)+len(r.Regexp) == 0 {
			ps.add(routesFile, entry, "matches nothing", "give exact, contains or regexp")
		}
		if r.MaxRunes < 0 {
			ps.add(routesFile, entry, "max_runes is negative", "leave it out for no limit")
		}
		made := compileRoute(entry, r, ps)
		s.routes = append(s.routes, made)
		maps.Copy(s.exact, made.exact)
		for _, c := range r.Cut {
			cuts = append(cuts, cut{text: []rune(c), unless: r.Unless})
		}
		if len(r.Cut) > 0 {
			for _, e := range r.Exact {
				cuts = append(cuts, cut{text: []rune(e), unless: r.Unless, boundary: true})
			}
		}
	}
	slices.SortStableFunc(cuts, func(a, b cut) int { return len(b.text) - len(a.text) })
	s.cuts = map[rune][]cut{}
	for _, c := range cuts {
		if len(c.text) > 0 {
			first := unicode.ToLower(c.text[0])
			s.cuts[first] = append(s.cuts[first], c)
		}
	}
}

func (s *Set) checkRouteReply(entry string, r Route, ps *problems) {
	reply, ok := s.replies[r.Reply]
	if !ok {
		ps.add(routesFile, entry, "reply "+strconv.Quote(r.Reply)+" does not exist", "name one of "+repliesFile)
		return
	}
	for _, name := range append(reply.text.names(), reply.say.names()...) {
		if name != "topic" && name != "question" {
			ps.add(routesFile, entry, "reply "+r.Reply+" needs {{"+name+"}}, which a route cannot give", "use a reply without it")
		}
	}
}

func compileRoute(entry string, r Route, ps *problems) route {
	out := route{Route: r, exact: map[string]bool{}}
	for _, e := range r.Exact {
		v := viewOf(e)
		if v.raw == "" {
			ps.add(routesFile, entry, "an empty phrase in exact", "drop it")
		}
		for _, key := range []string{v.raw, v.tight, v.bare} {
			if key != "" {
				out.exact[key] = true
			}
		}
	}
	out.contains = phrases(entry, "contains", r.Contains, 2, ps)
	looked := make([]literal, len(out.contains))
	for i, p := range out.contains {
		looked[i] = p.either()
	}
	out.sieve = sieveOf(looked)
	out.unless = phrases(entry, "unless", r.Unless, 1, ps)
	for _, c := range r.Cut {
		if utf8.RuneCountInString(c) < 2 {
			ps.add(routesFile, entry, "cut "+strconv.Quote(c)+" is shorter than two characters", "write it longer")
		}
	}
	for _, e := range r.Regexp {
		re, err := compile(e)
		if err != nil {
			ps.add(routesFile, entry, "regexp "+strconv.Quote(e)+": "+err.Error(), "mend it; the dialect is RE2, without look-ahead and back-references")
			continue
		}
		out.regexps = append(out.regexps, re)
	}
	return out
}

func phrases(entry, field string, list []string, minRunes int, ps *problems) []phrase {
	var out []phrase
	for _, w := range list {
		p := phraseOf(w)
		if utf8.RuneCountInString(p.key()) < minRunes {
			ps.add(routesFile, entry, field+" "+strconv.Quote(w)+" is too short without its punctuation", "write at least "+strconv.Itoa(minRunes)+" letters")
			continue
		}
		out = append(out, p)
	}
	return out
}
