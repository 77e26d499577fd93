package rag

import (
	"fmt"
	"math"

	"wenda/corpus"
	"wenda/prompts"
)

// A family is routes that are close in what they mean for the resident: between 轻生 and 危险 either reply helps, but not a greeting.
type family int

const (
	talk      family = iota // greeting, thanks, who are you
	help                    // somebody is in need
	attack                  // on the assistant or others, and chores that it does not do
	elsewhere               // other offices, other services, one person's case
)

func familyOf(m prompts.Route) family {
	switch m.Name {
	case "other_business", "other_service", "personal_case", "human":
		return elsewhere
	}
	switch m.Status {
	case prompts.Smalltalk:
		return talk
	case prompts.HandedOver:
		return help
	}
	return attack
}

// Kinds of routes whose messages must not be missed: a head is fitted for each (corpus.Material).
const (
	kindHelp   = "help"
	kindAttack = "attack"
)

// kindOf is the kind of a route; empty: it has none.
func kindOf(m prompts.Route) string {
	switch {
	case !urgent(m):
		return ""
	case familyOf(m) == help:
		return kindHelp
	}
	return kindAttack
}

// Kinds are the kinds of the examples, by their route's name.
func Kinds(set *prompts.Set) map[string]string {
	out := map[string]string{}
	for name := range set.Examples {
		if m, _, ok := set.RouteByName(name); ok && kindOf(m) != "" {
			out[name] = kindOf(m)
		}
	}
	return out
}

// How far above its cut a kind's head must be to decide alone, and where the head for talk says that nothing is asked. Of 1,938 harmless
// messages, look-alikes among them, one is above the first (2026-11-26).
const (
	surelyKind    = 0
	helpUnasked   = -1
	attackUnasked = -.5
	kindSupport   = .5    // share of the votes, for an attack always, for a cry for help where its head is below its cut
	helpSurely    = 2     // a cry for help although the documents surely answer it (拉扯孙子，日子紧巴巴的，区里有帮衬吗)
	sureAnswer    = 3     // logits of the head above its cut
	likelyAsked   = 1     // logits of the head for talk above its cut, where a near cry for help is a coincidence
	noKind        = -3.58 // a near example of an attack is a coincidence (刮台风停不停课 and 听说上面要变天，你收到风没有)
)

// ofKind is what the heads of the kinds say: a cry for help first, then an attack.
func (r *run) ofKind(question string, found corpus.Result) (election, prompts.Route, prompts.Params, bool) {
	unasked := found.Question < r.index.Fitted.TalkCut
	answered := !unasked && (found.Answerable >= r.index.Fitted.Cut+sureAnswer || found.Bare && found.Theirs && found.Strength >= r.index.Fitted.Floor)
	for _, k := range []struct {
		name    string
		family  family
		unasked float64
	}{{kindHelp, help, helpUnasked}, {kindAttack, attack, attackUnasked}} {
		logit, ok := found.Kinds[k.name]
		if !ok || logit < k.unasked || logit < surelyKind && !unasked || k.family == help && answered && logit < helpSurely {
			continue
		}
		e, m, params, ok := r.electAmong(question, found.Examples, func(f family) bool { return f == k.family })
		if ok && k.family == attack && r.asksBare(m, question, found) {
			continue
		}
		if ok && urgent(m) && (e.share >= kindSupport || k.family == help && logit >= surelyKind) {
			return e, m, params, true
		}
	}
	return election{}, prompts.Route{}, nil, false
}

// unlikelyHelp reports that something is asked and the head for cries for help is against one (校服一定得买全套吗).
func (r *run) unlikelyHelp(m prompts.Route, found corpus.Result) bool {
	logit, fitted := found.Kinds[kindHelp]
	return fitted && kindOf(m) == kindHelp && logit < noNeed && found.Question >= r.index.Fitted.TalkCut+likelyAsked
}

// unlikelyAttack reports that the head for attacks is against it.
func unlikelyAttack(m prompts.Route, found corpus.Result) bool {
	logit, fitted := found.Kinds[kindAttack]
	return fitted && familyOf(m) == attack && urgent(m) && logit < noKind
}

// storyNeed is what the head for cries for help must give to a clause of a story, which says many things.
const storyNeed = 1

// likelyInStory reports that the head of the route's kind is for it in a clause of a story, or that there is none.
func likelyInStory(m prompts.Route, found corpus.Result) bool {
	cut := float64(storyNeed)
	if kindOf(m) == kindAttack {
		cut = attackUnasked
	}
	logit, fitted := found.Kinds[kindOf(m)]
	return !fitted || logit >= cut
}

// voteSharpness is how much more a nearer example counts: one that is nearer by .05 counts 2.7 times.
const voteSharpness = 20

// elsewhereShare of the votes is enough for another office or service against small talk, where something is asked.
const elsewhereShare = .3

// An election is what the nearest examples say that a message is.
type election struct {
	name   string  // of the route
	text   string  // of the family's nearest example
	cosine float64 // of that
	share  float64 // of the votes that the family got
}

func (e election) String() string {
	return fmt.Sprintf("%.3f %s: %s (%.2f)", e.cosine, e.name, e.text, e.share)
}

// elect lets the nearest examples vote: for a family first, then for one of its routes.
func (r *run) elect(question string, near []corpus.Example) (election, prompts.Route, prompts.Params, bool) {
	return r.electAmong(question, near, func(family) bool { return true })
}

// electAmong hears the votes for some families only; shares are of all votes.
func (r *run) electAmong(question string, near []corpus.Example, some func(family) bool) (election, prompts.Route, prompts.Params, bool) {
	var families [elsewhere + 1]float64
	routes := map[string]float64{}
	of := map[string]family{}
	total := 0.
	for _, n := range near {
		m, _, ok := r.set.RouteByName(n.Name)
		if !ok {
			continue
		}
		weight := math.Exp(voteSharpness * (n.Cosine - near[0].Cosine))
		families[familyOf(m)] += weight
		of[n.Name] = familyOf(m)
		routes[n.Name] += weight
		total += weight
	}
	if total == 0 {
		return election{}, prompts.Route{}, nil, false
	}
	won := talk
	for f := range families {
		if some(family(f)) && (families[f] > families[won] || !some(won)) {
			won = family(f)
		}
	}
	if won == talk && some(elsewhere) && asksSomething(question) && families[elsewhere] >= elsewhereShare*total { // who asks does not chat
		won = elsewhere
	}
	e := election{share: families[won] / total}
	for _, n := range near { // in order, so that equals do not depend on the map
		if f, ok := of[n.Name]; !ok || f != won {
			continue
		}
		if e.text == "" {
			e.text, e.cosine = n.Text, n.Cosine
		}
		if e.name == "" || routes[n.Name] > routes[e.name] {
			e.name = n.Name
		}
	}
	m, params, ok := r.set.RouteByName(e.name)
	return e, m, params, ok && e.text != ""
}
