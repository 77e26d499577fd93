package staff

import (
	"cmp"
	"reflect"
	"slices"
	"sync"

	"wenda/store"
)

// A cluster is questions that mean about the same. The first one is asked most and names it.
type cluster struct {
	Questions []store.OpenQuestion
}

const (
	// clusterNear is the cosine from which two questions are about the same: variants of one sentence have .72 to .95 with each other, those of
	// two sentences seldom above .7. By words: the share of pairs of characters.
	clusterNear      = .72
	clusterNearWords = .35
	// maxClustered bounds the work: every question is compared with the leaders before it.
	maxClustered = 1500
)

// clusters groups questions around leaders: in the order of how often they were asked, then of their text, each joins the nearest leader
// that is near enough, else it leads. So the same questions always make the same clusters.
func clusters(list []store.OpenQuestion, alike func(i, j int) float64, near float64) []cluster {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(list[b].Asked(), list[a].Asked()), cmp.Compare(list[a].Text, list[b].Text))
	})
	var leaders []int
	var out []cluster
	for _, i := range order {
		best, at := near, -1
		for c, l := range leaders {
			if s := alike(l, i); s > best || s == best && at < 0 {
				best, at = s, c
			}
		}
		if at < 0 {
			leaders, at = append(leaders, i), len(out)
			out = append(out, cluster{})
		}
		out[at].Questions = append(out[at].Questions, list[i])
	}
	slices.SortStableFunc(out, func(a, b cluster) int { return cmp.Compare(b.Asked(), a.Asked()) })
	return out
}

// groupings remembers the clusters of each span of days until a question comes in or goes: pages of one gap look for it in all spans. Its
// zero value is ready; it is safe for concurrent use.
type groupings struct {
	mu   sync.Mutex
	kept map[int]grouping
}

type grouping struct {
	list    []store.OpenQuestion
	found   []cluster
	byWords bool
}

// of gives the clusters of exactly these questions; callers only read them.
func (g *groupings) of(days int, list []store.OpenQuestion) (found []cluster, byWords, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	k, ok := g.kept[days]
	if !ok || !reflect.DeepEqual(k.list, list) {
		return nil, false, false
	}
	return k.found, k.byWords, true
}

func (g *groupings) keep(days int, list []store.OpenQuestion, found []cluster, byWords bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.kept == nil {
		g.kept = map[int]grouping{}
	}
	g.kept[days] = grouping{list, found, byWords}
}

// Asked is how often its questions were asked.
func (c cluster) Asked() int { return c.sum(store.OpenQuestion.Asked) }

// Unanswered, Useless and Weak are how often they went wrong in which way.
func (c cluster) Unanswered() int {
	return c.sum(func(q store.OpenQuestion) int { return q.Unanswered })
}

// Useless is how often residents said so.
func (c cluster) Useless() int { return c.sum(func(q store.OpenQuestion) int { return q.Useless }) }

// Weak is how often the answer hardly fitted.
func (c cluster) Weak() int { return c.sum(func(q store.OpenQuestion) int { return q.Weak }) }

func (c cluster) sum(f func(store.OpenQuestion) int) int {
	n := 0
	for _, q := range c.Questions {
		n += f(q)
	}
	return n
}

// Label is the question that names it.
func (c cluster) Label() string { return c.Questions[0].Text }

// Texts are its questions, the most frequent first.
func (c cluster) Texts() []string {
	out := make([]string, len(c.Questions))
	for i, q := range c.Questions {
		out[i] = q.Text
	}
	return out
}

// counts are how often it was asked on each of these days.
func (c cluster) counts(days []string) []int {
	out := make([]int, len(days))
	for i, d := range days {
		for _, q := range c.Questions {
			out[i] += q.Days[d]
		}
	}
	return out
}
