package backend

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

// shelf is Books in memory, which several chains share as several processes share a store.
type shelf struct {
	days   map[string]map[account]Spent
	broken error
	wrote  int
	during func() // while it writes
}

func (b *shelf) Book(_ context.Context, day string, added []Spent) ([]Spent, error) {
	if b.during != nil {
		b.during()
	}
	if b.broken != nil {
		return nil, b.broken
	}
	if b.days[day] == nil {
		b.days[day] = map[account]Spent{}
	}
	b.wrote += len(added)
	for _, s := range added {
		add(b.days[day], s, 1)
	}
	var out []Spent
	for _, s := range b.days[day] {
		out = append(out, s)
	}
	return out, nil
}

// A budget that is used up stays used up in the next process, and the next day begins at nothing.
func TestBudgetsOutliveTheProcess(t *testing.T) {
	books, clock := &shelf{days: map[string]map[account]Spent{}}, &at{now: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)}
	s := vendorServer(t)
	process := func() *Chain {
		config := configOf(s, "")
		config.Limits.MaxTokens = 20
		config.Price = Price{Prompt: 1e6}
		c, err := NewChain([]*Backend{backendOf(t, config)}, ChainConfig{DayTokens: 1000, ChannelTokens: map[string]int{"portal": 100}, Books: books, Now: clock.read})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Book(t.Context()); err != nil {
			t.Fatal(err)
		}
		return c
	}
	asked := func(c *Chain) string {
		r := ask("?")
		r.Channel = "portal"
		if _, err := c.Compose(t.Context(), r, new(heard).deliver); err != nil {
			return asError(err).Code
		}
		return "composed"
	}
	first := process()
	var got []string
	for range 3 {
		got = append(got, asked(first))
	}
	if want := []string{"composed", ReasonBudget, ReasonBudget}; !slices.Equal(got, want) {
		t.Fatalf("the first process: got %v, want %v", got, want)
	}
	spent := first.Usage().Spent
	if len(spent) != 1 || spent[0].Channel != "portal" || spent[0].Calls != 1 || spent[0].Prompt == 0 || spent[0].Cost != float64(spent[0].Prompt) {
		t.Fatalf("spent %+v", spent)
	}
	if err := first.Book(t.Context()); err != nil {
		t.Fatal(err)
	}
	if u := first.Usage(); !slices.Equal(u.Spent, spent) || u.Today != spent[0].Prompt+spent[0].Completion {
		t.Errorf("booked: %+v", u)
	}
	second := process()
	if u := second.Usage(); !slices.Equal(u.Spent, spent) || u.Channels["portal"] != u.Today || u.Backends[0].Calls != 0 {
		t.Errorf("the second process begins with %+v", u)
	}
	if got := asked(second); got != ReasonBudget {
		t.Errorf("the second process: %s", got)
	}
	clock.set(clock.read().Add(12 * time.Hour))
	if got := asked(second); got != "composed" {
		t.Errorf("the next day: %s", got)
	}
	if u := second.Usage(); len(u.Spent) != 1 || u.Spent[0].Calls != 1 {
		t.Errorf("the next day has %+v", u.Spent)
	}
	if got := process().Usage(); got.Today != 0 {
		t.Errorf("the next day begins with %+v", got)
	}
}

// What cannot be written is counted on and written later, once; what ends meanwhile is not lost; the evening goes to its own day.
func TestBooksThatFail(t *testing.T) {
	books, clock := &shelf{days: map[string]map[account]Spent{}, broken: errors.New("full")}, &at{now: time.Date(2026, 11, 26, 23, 59, 0, 0, time.UTC)}
	c := chainOf(t, ChainConfig{Books: books, Now: clock.read}, vendorServer(t))
	compose := func() {
		t.Helper()
		if _, err := c.Compose(t.Context(), ask("?"), new(heard).deliver); err != nil {
			t.Fatal(err)
		}
	}
	compose()
	each := c.Usage().Today
	if err := c.Book(t.Context()); !errors.Is(err, books.broken) {
		t.Errorf("got %v", err)
	}
	if got := c.Usage().Today; got != each || each == 0 {
		t.Errorf("counted %d, want %d", got, each)
	}
	clock.set(clock.read().Add(2 * time.Minute))
	compose()
	books.broken, books.during = nil, func() { books.during = nil; compose() }
	for i := range 3 {
		if err := c.Book(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := c.Usage().Today; got != 2*each {
			t.Errorf("after booking %d times: counted %d, want %d", i+1, got, 2*each)
		}
	}
	sum := func(day string) int {
		n := 0
		for _, s := range books.days[day] {
			n += s.Prompt + s.Completion
		}
		return n
	}
	if a, b := sum("2026-11-26"), sum("2026-11-27"); a != each || b != 2*each || c.Usage().Today != 2*each {
		t.Errorf("booked %d and %d, counted %d; one call is %d", a, b, c.Usage().Today, each)
	}
	if books.wrote != 3 {
		t.Errorf("%d sums written, want 3: each once", books.wrote)
	}
}
