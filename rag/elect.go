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
		if families[f] > families[won] {
			won = family(f)
		}
	}
	if won == talk && asking.MatchString(question) && families[elsewhere] >= elsewhereShare*total { // who asks does not chat
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
	return e, m, params, ok
}
