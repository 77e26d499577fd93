package staff

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// noWrites are the routes that change nothing, and why they need no kill.
var noWrites = map[string]string{
	"POST /staff/prompts/{name}/check":   "looks for mistakes in a text while it is typed; keeps nothing",
	"POST /staff/knowledge/{id}/propose": "asks a model for questions and shows them; keeps nothing",
	"POST /staff/trial":                  "answers questions outside of the log; keeps nothing",
}

func TestEveryWriteOfTheConsoleIsInTheKillSuite(t *testing.T) {
	have := map[string]bool{}
	for _, st := range killSteps {
		have[st.route] = true
	}
	routes := map[string]bool{}
	for _, rt := range newSite(t).console.Routes() {
		if rt.Method == http.MethodGet {
			continue
		}
		name := rt.Method + " " + rt.Path
		routes[name] = true
		if have[name] == (noWrites[name] != "") {
			t.Errorf("%s needs a step in killSteps or a reason in noWrites, and not both", name)
		}
	}
	if len(routes) < 40 {
		t.Fatalf("only %d routes", len(routes))
	}
	for name := range have {
		if !routes[name] {
			t.Errorf("%s has a step and does not exist", name)
		}
	}
	for name := range noWrites {
		if !routes[name] {
			t.Errorf("%s has a reason and does not exist", name)
		}
	}
}

func TestWritesKilledAtAnyMoment(t *testing.T) { killedWhileWriting(t, 10, 1) }

// killedWhileWriting lets three people post forms of all kinds, kills the console again and again, and looks each time at what is kept: what
// was acknowledged (a status below 400) is there whole; of what was not, all or nothing; the audit has the lines of each change once; the
// log's chain and the database's pages are as they must be. In the end every step was acknowledged at least once.
//
// A killed process leaves the kernel's caches alone: whether a commit waits for the disk (PRAGMA synchronous) cannot be seen this way.
func killedWhileWriting(t *testing.T, kills int, seed uint64) {
	s := newSuite(t, seed)
	for range kills {
		s.period(true)
	}
	for round := 0; len(s.todo) > 0 && round < 50; round++ { // what had no turn yet
		s.period(false)
	}
	if len(s.todo) > 0 {
		t.Errorf("never acknowledged: %v", s.todo)
	}
	acknowledged := 0
	for _, n := range s.acknowledged {
		acknowledged += n
	}
	t.Logf("seed %d: %d kills, %d acknowledged writes, %d that the kill cut off: %d there, %d not", seed, kills, acknowledged, s.cut[0]+s.cut[1], s.cut[1], s.cut[0])
}

// An attempt is one form on its way, and what the store holds of it when it has arrived.
type attempt struct {
	step, group, mark string

	path    string
	session string            // cookie; empty: of nobody
	form    url.Values        //
	files   map[string]string // of a form with files: name to content
	prepare func(*poster) bool
	settle  func(*poster) (did, sure bool) // after an acknowledgement that does not say by itself whether anything was done

	after map[string]string // keys of the snapshot that change; empty: gone
	fresh string            // beginning of a key that appears under a name not known before
	audit []string          // codes of its lines
	shown bool              // a page acknowledges it, not a redirect
	apart bool              // each key of after is kept, with a line, by itself
	early bool              // its lines may be there without the rest: files cannot be part of a transaction, so the trace comes first
	done  func(head http.Header, page string)
	then  *attempt                    // what comes of it by and by
	poll  func(*poster) (bool, error) // of such: has it come
}

// period starts the console, lets people work, kills it and checks: soon after some writes, or when every step had its turn.
func (s *suite) period(soon bool) {
	s.t.Helper()
	writes, pause := s.rng.IntN(12), time.Duration(s.rng.Int64N(int64(8*time.Millisecond)))
	s.now = 0
	v := startVictim(s.t, s.dir)
	defer v.kill()
	ctx, stop := context.WithCancel(s.t.Context())
	defer stop()
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			s.work(ctx, &poster{s: s, url: v.url, client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{},
				CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}})
		})
	}
	for end := time.Now().Add(time.Second); time.Now().Before(end) && s.unsettled(soon, writes); { // after some work, at a moment that has nothing to do
		time.Sleep(time.Millisecond) // with it; nothing is asserted of when
	}
	time.Sleep(pause)
	v.kill()
	stop()
	all.Wait()
	if said := v.said.String(); said != "" {
		s.t.Errorf("the console complained: %s", said)
	}
	s.check()
}

// unsettled reports that fewer writes than that were acknowledged in this period, or else that a step had no turn yet.
func (s *suite) unsettled(soon bool, writes int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !soon {
		return len(s.todo) > 0
	}
	return s.now < writes
}

// work makes attempts until the console is gone.
func (s *suite) work(ctx context.Context, p *poster) {
	defer p.client.CloseIdleConnections()
	for ctx.Err() == nil {
		a := s.choose()
		if a == nil {
			time.Sleep(time.Millisecond)
			continue
		}
		for a != nil {
			did, err := p.attempt(a)
			if err != nil { // killed: a stays open, and check decides
				return
			}
			a = s.settled(a, did)
		}
	}
}

// choose makes an attempt of a step whose group is free, one that had no turn yet before the others.
func (s *suite) choose() *attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	order := s.rng.Perm(len(killSteps))
	slices.SortStableFunc(order, func(a, b int) int { return s.acknowledged[killSteps[a].name()] - s.acknowledged[killSteps[b].name()] })
	if s.rng.IntN(3) > 0 { // mostly in any order
		order = s.rng.Perm(len(killSteps))
	}
	for _, i := range order {
		st := killSteps[i]
		if s.open[st.group] != nil {
			continue
		}
		s.marks++
		a := &attempt{step: st.name(), group: st.group, mark: fmt.Sprintf("k%d", s.marks), session: s.sessions[st.group]}
		if st.make(s, a) {
			s.open[st.group] = a
			return a
		}
	}
	return nil
}

// settled takes over what was acknowledged. It returns what comes of it by and by.
func (s *suite) settled(a *attempt, did bool) *attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, a.group)
	if !did {
		return nil
	}
	s.keep(a)
	s.now++
	if a.step != "" {
		s.acknowledged[a.step]++
		s.todo = slices.DeleteFunc(s.todo, func(name string) bool { return name == a.step })
	}
	if a.then != nil {
		s.open[a.group] = a.then
	}
	return a.then
}

// keep notes what an attempt that arrived leaves behind.
func (s *suite) keep(a *attempt) {
	for key, value := range a.after {
		if value == "" {
			delete(s.model, key)
		} else {
			s.model[key] = value
		}
	}
	s.lines[a.mark] = append(s.lines[a.mark], a.audit...)
	if a.fresh != "" {
		s.news = append(s.news, a.fresh)
	}
}

// check looks at what the killed console left, decides what became of the attempts that were open, and wants everything else as it was
// acknowledged. Then it prepares the next period.
func (s *suite) check() {
	s.t.Helper()
	st := s.reopen()
	defer s.close(st)
	found, lines := s.snapshot(st)
	s.direct(found, true)
	if report, err := st.VerifyLog(s.t.Context(), nil, nil); err != nil || len(report.Broken) > 0 || report.Records == 0 {
		s.t.Errorf("the log: %+v, %v", report, err)
	}
	for _, a := range s.open {
		s.decide(a, found, lines)
	}
	clear(s.open)
	for _, beginning := range s.news {
		s.adopt(beginning, found)
	}
	s.news = nil
	for _, key := range slices.Sorted(maps.Keys(found)) {
		if s.model[key] != found[key] {
			s.t.Errorf("%s: the store has %q, acknowledged was %q", key, found[key], s.model[key])
		}
	}
	for key, value := range s.model {
		if _, there := found[key]; !there {
			s.t.Errorf("%s: lost; acknowledged was %q", key, value)
		}
	}
	for mark, codes := range s.lines {
		if got, want := strings.Join(lines[mark], " "), strings.Join(codes, " "); got != want {
			s.t.Errorf("audit of %s: got %q, want %q", mark, got, want)
		}
	}
	for mark, codes := range lines {
		if _, known := s.lines[mark]; !known && strings.HasPrefix(mark, "k") {
			s.t.Errorf("audit of %s, which did nothing: %q", mark, codes)
		}
	}
	if s.t.Failed() {
		s.t.FailNow() // one kill tells enough
	}
	s.learn(st)
}

// decide finds out whether an attempt that was cut off arrived: whole, or not at all.
func (s *suite) decide(a *attempt, found map[string]string, lines map[string][]string) {
	s.t.Helper()
	here := lines[a.mark][min(len(s.lines[a.mark]), len(lines[a.mark])):] // of a.then the lines before are its forerunner's
	if a.then != nil && len(here) > len(a.audit) {                        // more came of it already
		both := *a
		both.after = maps.Clone(a.after)
		maps.Copy(both.after, a.then.after)
		both.audit, both.then = slices.Concat(a.audit, a.then.audit), nil
		a = &both
	}
	if a.apart {
		for key, value := range a.after {
			if found[key] == value {
				s.model[key] = value
				s.lines[a.mark] = append(s.lines[a.mark], a.audit[0])
			}
		}
		return
	}
	came, stayed := 0, 0
	for key, value := range a.after {
		switch now := found[key]; {
		case now == value && now == s.model[key]: // as before: it tells nothing
		case now == value:
			came++
		case now == s.model[key]:
			stayed++
		default:
			s.t.Errorf("%s (%s): %s is %q, neither %q as before nor %q", a.step, a.mark, key, now, s.model[key], value)
		}
	}
	switch {
	case a.fresh == "":
	case len(s.newKeys(a.fresh, found)) > count(s.news, a.fresh): // more than what was acknowledged since
		came++
	default:
		stayed++
	}
	switch logged := slices.Equal(here, a.audit); {
	case stayed == 0 && logged && came+len(here) > 0:
		s.cut[1]++
		s.keep(a)
	case came == 0 && len(here) == 0:
		s.cut[0]++
	case came == 0 && a.early && logged:
		s.cut[0]++
		s.lines[a.mark] = append(s.lines[a.mark], a.audit...)
	default:
		s.t.Errorf("%s (%s) is there by half: %d of %d changes, audit %q instead of %q\n%v", a.step, a.mark, came, len(a.after), here, a.audit, a.after)
	}
}

// newKeys are the keys with this beginning that nobody knew, in order.
func (s *suite) newKeys(beginning string, found map[string]string) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(found)) {
		if _, known := s.model[key]; !known && strings.HasPrefix(key, beginning) {
			out = append(out, key)
		}
	}
	return out
}

func (s *suite) adopt(beginning string, found map[string]string) {
	keys := s.newKeys(beginning, found)
	if len(keys) == 0 {
		s.t.Errorf("nothing new under %s", beginning)
		return
	}
	s.model[keys[0]] = found[keys[0]]
}

func count(of []string, what string) int {
	n := 0
	for _, s := range of {
		if s == what {
			n++
		}
	}
	return n
}

// random is the suite's own source, for steps.
func (s *suite) random(n int) int { return s.rng.IntN(n) }

func (s *suite) chance(n int) bool { return s.rng.IntN(n) == 0 }

func newSource(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }

// TestCutOffBesideAcknowledged: of two backups in one period the first was acknowledged and the second cut off after its line in the audit;
// what is there is the first one's.
func TestCutOffBesideAcknowledged(t *testing.T) {
	s := &suite{t: t, model: map[string]string{}, lines: map[string][]string{}}
	backup := func(mark string) *attempt {
		return &attempt{step: "make", mark: mark, fresh: "backup/", audit: []string{"backup.make"}, early: true}
	}
	s.keep(backup("k1"))
	found, lines := map[string]string{"backup/1": "there"}, map[string][]string{"k1": {"backup.make"}, "k2": {"backup.make"}}
	s.decide(backup("k2"), found, lines)
	if s.cut != [2]int{1, 0} || len(s.news) != 1 {
		t.Fatalf("%v cut off and there, %d new", s.cut, len(s.news))
	}
	found["backup/2"], lines["k3"] = "there", []string{"backup.make"}
	s.decide(backup("k3"), found, lines)
	if s.cut != [2]int{1, 1} || len(s.news) != 2 {
		t.Fatalf("%v cut off and there, %d new", s.cut, len(s.news))
	}
	for _, beginning := range s.news {
		s.adopt(beginning, found)
	}
	if len(s.model) != 2 {
		t.Fatalf("%v", s.model)
	}
}
