package prompts

import "unicode/utf8"

// Examples are questions by the name of the route that they belong to. Residents word small talk, attacks and cries for help in more
// ways than phrases and expressions catch: the engine compares sentence vectors with these.
type Examples map[string][]string

// RouteByName finds a route and what its reply says; the params are those that an example can give: none but the topic of the entry.
func (s *Set) RouteByName(name string) (Route, Params, bool) {
	for i := range s.routes {
		if s.routes[i].Name == name {
			topic := s.routes[i].Topic
			if topic == "" {
				topic = "这方面"
			}
			return s.routes[i].Route, s.paramsFor(&s.routes[i], topic), true
		}
	}
	return Route{}, nil, false
}

func (s *Set) checkExamples(ps *problems) {
	seen := map[string]string{}
	for _, name := range sortedKeys(s.Examples) {
		if _, _, ok := s.RouteByName(name); !ok {
			ps.add(examplesFile, name, "no such route", "name one of "+routesFile)
		}
		for _, e := range s.Examples[name] {
			if n := utf8.RuneCountInString(e); n < 2 || n > 120 {
				ps.add(examplesFile, name, "example "+e+" is shorter than 2 or longer than 120 characters", "write a question as residents type it")
			}
			if at, ok := seen[e]; ok {
				ps.add(examplesFile, name, "example "+e+" stands under "+at+" too", "leave it in one")
			}
			seen[e] = name
		}
	}
}
