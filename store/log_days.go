package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// China has one time; a resident's day is its day, wherever the server stands.
var chinaTime = time.FixedZone("CST", 8*60*60)

// Kinds of figures of a day. Names are one or two words parted by a tab.
const (
	dayAsked      = "asked"      // channel, status
	dayUseful     = "useful"     // channel, status
	dayUseless    = "useless"    // channel, status
	dayTopic      = "topic"      // innermost heading cited first
	dayDocument   = "document"   // ID; once an answer
	dayTook       = "took"       // a bound of tookBounds, in milliseconds
	dayModel      = "model"      // answers of a model
	dayDegraded   = "degraded"   // of them, those that it failed
	dayPrompt     = "prompt"     // tokens of a model
	dayCompletion = "completion" // tokens of a model
	dayCost       = "cost"       // of a model
)

// tookBounds are the classes of times, in milliseconds; what took longer is in class 0.
var tookBounds = []int64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 60000}

type dayKey struct{ day, kind, name string }

// days gathers what a batch adds.
type days map[dayKey]float64

// dayOf is the day of a time as the file writes it.
func dayOf(created string) (string, error) {
	t, err := textTime(created)
	return t.In(chinaTime).Format(time.DateOnly), err
}

func (d days) count(r *answerRow) error {
	day, err := dayOf(r.created)
	if err != nil {
		return fmt.Errorf("time of answer %s: %w", r.id, err)
	}
	add := func(kind, name string, n float64) {
		if n != 0 {
			d[dayKey{day, kind, name}] += n
		}
	}
	add(dayAsked, r.channel+"\t"+r.status, 1)
	bound := int64(0)
	if i, _ := slices.BinarySearch(tookBounds, (r.took + time.Millisecond - 1).Milliseconds()); i < len(tookBounds) {
		bound = tookBounds[i]
	}
	add(dayTook, strconv.FormatInt(bound, 10), 1)
	if r.facts.topic != "" {
		add(dayTopic, r.facts.topic, 1)
	}
	for i, c := range r.facts.cited {
		if !slices.ContainsFunc(r.facts.cited[:i], func(o [2]string) bool { return o[0] == c[0] }) {
			add(dayDocument, c[0], 1)
		}
	}
	if m := r.facts.model; m != "" {
		add(dayModel, m, 1)
		if r.facts.degraded {
			add(dayDegraded, m, 1)
		}
		add(dayPrompt, m, float64(r.facts.prompt))
		add(dayCompletion, m, float64(r.facts.completed))
		add(dayCost, m, r.facts.cost)
	}
	return nil
}

func (d days) keep(ctx context.Context, tx *sql.Tx) error {
	keys := make([]dayKey, 0, len(d))
	for k := range d {
		keys = append(keys, k)
	}
	return insert(ctx, tx, len(keys), func(i int) ([]any, error) {
		k := keys[i]
		return []any{k.day, k.kind, k.name, d[k]}, nil
	}, `INSERT INTO log_days (day, kind, name, n) VALUES (?, ?, ?, ?) ON CONFLICT (day, kind, name) DO UPDATE SET n = n + excluded.n`)
}

// setVerdict writes the verdict of an answer into its record and its day.
func setVerdict(ctx context.Context, tx *sql.Tx, id, verdict string) error {
	var created, channel, status, before string
	err := tx.QueryRowContext(ctx, "SELECT created_at, channel, status, verdict FROM log WHERE answer_id = ?", id).Scan(&created, &channel, &status, &before)
	if err != nil {
		return fmt.Errorf("log of answer %s: %w", id, err)
	}
	day, err := dayOf(created)
	if err != nil {
		return fmt.Errorf("log of answer %s: %w", id, err)
	}
	d := days{}
	if before != "" {
		d[dayKey{day, before, channel + "\t" + status}]--
	}
	if verdict != "" {
		d[dayKey{day, verdict, channel + "\t" + status}]++
	}
	if err := d.keep(ctx, tx); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE log SET verdict = ? WHERE answer_id = ?", verdict, id)
	return err
}

// Stats are the figures of the days from the one of from up to the one of to, both in China's time and included.
func (s *Store) Stats(ctx context.Context, from, to time.Time) (LogStats, error) {
	g := gathered{counts: map[[3]string]*DayCount{}, topics: map[string]int{}, documents: map[string]int{}, models: map[string]*ModelUse{}, modelDays: map[[2]string]*ModelDay{},
		took: map[int64]int{}}
	err := s.read(ctx, "read figures of days", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var k dayKey
			var n float64
			if err := rows.Scan(&k.day, &k.kind, &k.name, &n); err != nil {
				return err
			}
			return g.add(k, n)
		}, "SELECT day, kind, name, n FROM log_days WHERE day BETWEEN ? AND ?", from.In(chinaTime).Format(time.DateOnly), to.In(chinaTime).Format(time.DateOnly))
	})
	return g.stats(), err
}

// gathered sums figures up over days.
type gathered struct {
	counts            map[[3]string]*DayCount
	topics, documents map[string]int
	models            map[string]*ModelUse
	modelDays         map[[2]string]*ModelDay // by day and model
	took              map[int64]int
}

func (g *gathered) add(k dayKey, n float64) error {
	count := func() *DayCount {
		channel, status, _ := strings.Cut(k.name, "\t")
		key := [3]string{k.day, channel, status}
		if g.counts[key] == nil {
			g.counts[key] = &DayCount{Day: k.day, Channel: channel, Status: status}
		}
		return g.counts[key]
	}
	model := func() *ModelUse {
		if g.models[k.name] == nil {
			g.models[k.name] = &ModelUse{Model: k.name}
		}
		return g.models[k.name]
	}
	modelDay := func() *ModelDay {
		key := [2]string{k.day, k.name}
		if g.modelDays[key] == nil {
			g.modelDays[key] = &ModelDay{Day: k.day, Model: k.name}
		}
		return g.modelDays[key]
	}
	switch k.kind {
	case dayAsked:
		count().Count += int(n)
	case dayUseful:
		count().Useful += int(n)
	case dayUseless:
		count().Useless += int(n)
	case dayTopic:
		g.topics[k.name] += int(n)
	case dayDocument:
		g.documents[k.name] += int(n)
	case dayTook:
		bound, err := strconv.ParseInt(k.name, 10, 64)
		if err != nil {
			return fmt.Errorf("figures of %s: time %q: %w", k.day, k.name, err)
		}
		g.took[bound] += int(n)
	case dayModel:
		model().Answers += int(n)
	case dayDegraded:
		model().Degraded += int(n)
	case dayPrompt:
		model().Prompt += int(n)
		modelDay().Tokens += int(n)
	case dayCompletion:
		model().Completion += int(n)
		modelDay().Tokens += int(n)
	case dayCost:
		model().Cost += n
		modelDay().Cost += n
	}
	return nil
}

func (g *gathered) stats() LogStats {
	var st LogStats
	for _, c := range g.counts {
		st.Days = append(st.Days, *c)
	}
	slices.SortFunc(st.Days, func(a, b DayCount) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Status, b.Status))
	})
	st.Topics, st.Documents = most(g.topics), most(g.documents)
	for _, m := range g.models {
		st.Models = append(st.Models, *m)
	}
	slices.SortFunc(st.Models, func(a, b ModelUse) int {
		return cmp.Or(cmp.Compare(b.Answers, a.Answers), cmp.Compare(a.Model, b.Model))
	})
	for _, d := range g.modelDays {
		st.ModelDays = append(st.ModelDays, *d)
	}
	slices.SortFunc(st.ModelDays, func(a, b ModelDay) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Model, b.Model)) })
	st.Times = shares(g.took)
	for _, bound := range tookBounds {
		st.Took = append(st.Took, TookCount{time.Duration(bound) * time.Millisecond, g.took[bound]})
	}
	st.Took = append(st.Took, TookCount{0, g.took[0]})
	return st
}

func most(counts map[string]int) []Counted {
	var out []Counted
	for name, n := range counts {
		out = append(out, Counted{name, n})
	}
	slices.SortFunc(out, func(a, b Counted) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name)) })
	return out[:min(len(out), maxCounted)]
}

func shares(took map[int64]int) []TimeShare {
	all := 0
	for _, n := range took {
		all += n
	}
	if all == 0 {
		return nil
	}
	var out []TimeShare
	for _, share := range []float64{.5, .9, .99} {
		t, sum := TimeShare{Share: share}, 0
		for _, bound := range tookBounds {
			if sum += took[bound]; float64(sum) >= share*float64(all) {
				t.Took = time.Duration(bound) * time.Millisecond
				break
			}
		}
		out = append(out, t)
	}
	return out
}
