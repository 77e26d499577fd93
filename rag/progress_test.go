package rag

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A bench of hands: the test decides what is said and when.
type scriptedAsker func(ctx context.Context, q Question, emit func(Event)) (Answer, error)

func (f scriptedAsker) Ask(ctx context.Context, q Question, emit func(Event)) (Answer, error) {
	return f(ctx, q, emit)
}

// stepper emits what it is sent, until the channel is closed or the context ends.
func stepper(steps <-chan Event) scriptedAsker {
	return func(ctx context.Context, q Question, emit func(Event)) (Answer, error) {
		emit(Event{ID: q.ID, Stage: "understand"})
		for {
			select {
			case e, more := <-steps:
				if !more {
					return Answer{ID: q.ID, Text: "完"}, nil
				}
				emit(e)
			case <-ctx.Done():
				return Answer{}, ctx.Err()
			}
		}
	}
}

func TestAnswerIsFoundWhileItIsMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		steps := make(chan Event)
		p := NewProgress(stepper(steps), ProgressLimits{}, nil)
		var first Event
		var once sync.Once
		done := make(chan Answer, 1)
		go func() {
			a, err := p.Ask(t.Context(), Question{Owner: "o"}, func(e Event) { once.Do(func() { first = e }) })
			if err != nil {
				t.Error(err)
			}
			done <- a
		}()
		synctest.Wait()
		id := first.ID
		if !strings.HasPrefix(id, "a_") || len(id) != 34 {
			t.Fatalf("announced %q", id)
		}
		steps <- Event{Stage: "compose"}
		steps <- Event{Mark: &Mark{Label: "AI", AIGC: aigcOf("某局", id)}}
		for range 2 { // told before each sentence that uses it
			steps <- Event{Citation: &Citation{N: 1, Title: "标题"}}
			steps <- Event{Delta: "一句。[1]"}
		}
		synctest.Wait()
		want := Composing{ID: id, State: "composing", Stage: "compose", Text: "一句。[1]一句。[1]", Citations: []Citation{{N: 1, Title: "标题"}},
			Label: "AI", AIGC: aigcOf("某局", id), Owner: "o"}
		got, ok := p.Composing(id)
		if !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v\nwant %+v", got, ok, want)
		}
		got.Citations[0].Title = "changed by the caller"
		if again, _ := p.Composing(id); again.Citations[0].Title != "标题" {
			t.Error("the citations are not the caller's own")
		}
		steps <- Event{Reset: true}
		synctest.Wait()
		if got, _ := p.Composing(id); got.Text != "" || len(got.Citations) != 0 || got.Label != "" || got.AIGC != nil {
			t.Errorf("after a reset: %+v", got)
		}
		if _, ok := p.Composing("a_other"); ok {
			t.Error("another ID is found")
		}
		close(steps)
		if a := <-done; a.ID != id {
			t.Errorf("the answer is %s, announced was %s", a.ID, id)
		}
		if _, ok := p.Composing(id); ok {
			t.Error("still composing after the end")
		}
	})
}

func TestRefusedQuestionIsNeverComposing(t *testing.T) {
	p := NewProgress(engine(t, nil), ProgressLimits{}, nil)
	for _, stays := range []bool{true, false} {
		if _, err := p.Ask(t.Context(), Question{ID: "a_1", Text: " ", Stays: stays}, nil); !errors.Is(err, ErrEmpty) {
			t.Errorf("stays %v: got %v", stays, err)
		}
	}
	a, err := p.Ask(t.Context(), Question{ID: "a_2", Text: "今年新增多少学位", Stays: true}, nil)
	if err != nil || a.ID != "a_2" || !a.Answered {
		t.Errorf("got %+v, %v", a, err)
	}
	p.Close(0)
}

// leaving asks, leaves once the answer is begun, and returns what Ask said.
func leaving(t *testing.T, p *Progress, q Question) error {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	got := make(chan error, 1)
	begun := make(chan bool, 1)
	go func() {
		_, err := p.Ask(ctx, q, func(Event) {
			select {
			case begun <- true:
			default:
			}
		})
		got <- err
	}()
	<-begun
	leave()
	return <-got
}

func TestLeaving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			name        string
			stays, goOn bool
			limits      ProgressLimits
			before      int // answers of the same owner that stay already
		}{
			{"cancels", false, false, ProgressLimits{}, 0},
			{"does not cancel what stays", true, true, ProgressLimits{}, 0},
			{"cancels past the number that may stay", true, false, ProgressLimits{Staying: 2, OfOwner: 9}, 2},
			{"cancels past the number of one owner", true, false, ProgressLimits{OfOwner: 2}, 2},
			{"within the number of one owner", true, true, ProgressLimits{OfOwner: 2}, 1},
		} {
			steps := make(chan Event)
			p := NewProgress(stepper(steps), c.limits, nil)
			for range c.before {
				if err := leaving(t, p, Question{Owner: "o", Stays: true}); !errors.Is(err, context.Canceled) {
					t.Errorf("%s: got %v", c.name, err)
				}
			}
			if err := leaving(t, p, Question{ID: "a_1", Owner: "o", Stays: c.stays}); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: got %v", c.name, err)
			}
			synctest.Wait()
			if _, ok := p.Composing("a_1"); ok != c.goOn {
				t.Errorf("%s: goes on: %v", c.name, ok)
			}
			close(steps)
			p.Close(time.Minute)
			if p.staying != 0 || len(p.owners) != 0 || len(p.making) != 0 {
				t.Errorf("%s: left behind: %d, %v, %v", c.name, p.staying, p.owners, p.making)
			}
		}
	})
}

// Nobody is told anything after Ask has returned: the writer behind emit is gone.
func TestNothingIsToldToWhoLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		steps := make(chan Event)
		p := NewProgress(stepper(steps), ProgressLimits{}, nil)
		ctx, leave := context.WithCancel(t.Context())
		slow, told, returned := make(chan bool), 0, false
		go func() {
			_, _ = p.Ask(ctx, Question{ID: "a_1", Stays: true}, func(e Event) {
				told++
				if e.Delta != "" {
					<-slow // a client that does not read
				}
			})
			returned = true
		}()
		steps <- Event{Delta: "一"}
		synctest.Wait()
		if got, _ := p.Composing("a_1"); got.Text != "一" {
			t.Errorf("a slow reader holds up those who ask by ID: %+v", got)
		}
		leave()
		synctest.Wait()
		if returned {
			t.Error("Ask returned while emit ran")
		}
		close(slow)
		steps <- Event{Delta: "二"}
		synctest.Wait()
		if !returned || told != 2 {
			t.Errorf("returned %v, told %d times, want 2", returned, told)
		}
		if got, _ := p.Composing("a_1"); got.Text != "一二" {
			t.Errorf("got %+v", got)
		}
		close(steps)
		p.Close(time.Minute)
	})
}

func TestStayingEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lost []error
		p := NewProgress(stepper(nil), ProgressLimits{Life: 60 * time.Second}, func(q Question, err error) {
			if q.ID == "a_1" {
				lost = append(lost, err)
			}
		})
		_ = leaving(t, p, Question{ID: "a_1", Stays: true})
		time.Sleep(59 * time.Second)
		if _, ok := p.Composing("a_1"); !ok {
			t.Error("ended before its time")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if _, ok := p.Composing("a_1"); ok || len(lost) != 1 || !errors.Is(lost[0], context.DeadlineExceeded) {
			t.Errorf("after 61 s: composing %v, lost %v", ok, lost)
		}

		started := time.Now()
		_ = leaving(t, p, Question{Stays: true})
		p.Close(5 * time.Second)
		if took := time.Since(started); took != 5*time.Second {
			t.Errorf("Close took %v, want its grace", took)
		}
		if err := leaving(t, p, Question{ID: "a_3", Stays: true}); !errors.Is(err, context.Canceled) {
			t.Errorf("after Close: %v", err)
		}
		synctest.Wait()
		if _, ok := p.Composing("a_3"); ok {
			t.Error("stays after Close")
		}
	})
}

func TestPanicsReachTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := make(chan bool)
		var lost []error
		p := NewProgress(scriptedAsker(func(_ context.Context, q Question, emit func(Event)) (Answer, error) {
			emit(Event{Stage: "understand"})
			if q.ID == "a_late" {
				<-wait
			}
			panic("sesame")
		}), ProgressLimits{}, func(_ Question, err error) { lost = append(lost, err) })
		func() {
			defer func() {
				if v, _ := recover().(string); !strings.Contains(v, "sesame") || !strings.Contains(v, "progress_test.go") {
					t.Errorf("recovered %q", v)
				}
			}()
			_, _ = p.Ask(t.Context(), Question{Stays: true}, nil)
		}()
		_ = leaving(t, p, Question{ID: "a_late", Stays: true})
		close(wait)
		p.Close(time.Minute)
		if len(lost) != 1 || !strings.Contains(lost[0].Error(), "sesame") {
			t.Errorf("lost: %v", lost)
		}
	})
}
