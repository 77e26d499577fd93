package wechat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"wenda/corpus/script"
	"wenda/handlers/wechat/api"
	"wenda/prompts"
	"wenda/rag"
	"wenda/store"
)

// An Asker answers one question. emit is nil here. Errors: rag.ErrEmpty, ErrTooLong, ErrConversation, the context's; anything else means
// that the machine failed. It must be safe for concurrent use and end soon after ctx does.
type Asker interface {
	Ask(ctx context.Context, q rag.Question, emit func(rag.Event)) (rag.Answer, error)
}

// Times are the durations of PROTOCOL.md's points.
type Times struct {
	Skew         time.Duration // 4: between a request's timestamp and our clock
	Replay       time.Duration // 5: how long a request is remembered
	Seen         time.Duration // 6: how long a message is
	Accept       time.Duration // 7: for reading and keeping a message
	Idle         time.Duration // 10: after which a conversation starts afresh
	Welcome      time.Duration // 11: between two welcomes
	Typing       time.Duration // 13: between two signs of typing
	Interim      time.Duration // 13: until "正在查询"
	Apology      time.Duration // 13: until an apology
	Send         time.Duration // 19: for one request
	Retries      []time.Duration
	SlowDown     time.Duration // after WeChat said that there are too many calls
	Persist      time.Duration // the longest pause between two tries to write to a store that fails
	Grace        time.Duration // 23: for the messages under way when it ends
	Housekeeping time.Duration // between two looks for what was forgotten and what can be
	Keep         time.Duration // how long messages are known when they are done
	Stale        time.Duration // after which WeChat takes no answer
}

// DefaultTimes are PROTOCOL.md's.
func DefaultTimes() Times {
	return Times{Skew: 300 * time.Second, Replay: 10 * time.Minute, Seen: 24 * time.Hour, Accept: 2500 * time.Millisecond, Idle: 30 * time.Minute,
		Welcome: 10 * time.Minute, Typing: 15 * time.Second, Interim: 8 * time.Second, Apology: 60 * time.Second, Send: 5 * time.Second,
		Retries: []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}, SlowDown: 5 * time.Second, Persist: 5 * time.Second,
		Grace: 10 * time.Second, Housekeeping: time.Minute, Keep: 72 * time.Hour, Stale: 48 * time.Hour}
}

// Deps is what a Service needs.
type Deps struct {
	Channels  []Channel
	Store     *store.Store
	Asker     Asker
	Prompts   func() *prompts.Set
	Vault     *Vault
	PublicURL string                                                            // where residents reach /a/:id; empty: no links
	RequestID func(context.Context) string                                      // of the request that is served; nil: none
	Tally     func(a rag.Answer, err error, channel string, took time.Duration) // told of every answer; nil: nobody is
	Log       *slog.Logger                                                      // nil is slog.Default
	Now       func() time.Time                                                  // nil is time.Now
	Times     Times                                                             // zero is DefaultTimes
	Workers   int                                                               // messages answered at once; 0 is 16
	Queue     int                                                               // unfinished messages in all; 0 is 5000
	Script    *script.Converter                                                 // nil: New makes one, which takes a while
}

// A Service is all channels. Make it with New, serve it, and Run it.
type Service struct {
	Deps
	lines   map[string]*line
	lanes   *lanes
	metrics *metrics

	stopping atomic.Bool    // nothing more is accepted
	asking   sync.WaitGroup // Askers that outlive their deadline
}

// A line is one channel at work.
type line struct {
	Channel
	keys   keyring
	client *api.Client

	noMenu atomic.Bool  // WeChat said that this account has no menus
	gate   atomic.Int64 // Unix nanoseconds until which nothing is sent
}

// New makes a Service. It reports every mistake.
func New(d Deps) (*Service, error) {
	if d.Store == nil || d.Asker == nil || d.Prompts == nil || d.Vault == nil {
		return nil, errors.New("wechat: Store, Asker, Prompts and Vault are needed")
	}
	if d.Log == nil {
		d.Log = slog.Default()
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.RequestID == nil {
		d.RequestID = func(context.Context) string { return "" }
	}
	if d.Tally == nil {
		d.Tally = func(rag.Answer, error, string, time.Duration) {}
	}
	if d.Times.Skew == 0 {
		d.Times = DefaultTimes()
	}
	if d.Script == nil {
		d.Script = script.New()
	}
	if d.Workers <= 0 {
		d.Workers = 16
	}
	if d.Queue <= 0 {
		d.Queue = 5000
	}
	s := &Service{Deps: d, lines: map[string]*line{}, lanes: newLanes()}
	var errs []error
	for _, c := range d.Channels {
		if !c.On || !c.HasWebhook() {
			continue
		}
		keys, err := newKeyring(c)
		if err != nil {
			errs = append(errs, fmt.Errorf("wechat channel %s: %w", c.Name, err))
		}
		client := c.NewClient()
		client.Timeout, client.Now = d.Times.Send, d.Now
		s.lines[c.Name] = &line{Channel: c, keys: keys, client: client}
		if c.Mode == Plain {
			d.Log.Warn("wechat channel in mode plain: bodies are not signed, use mode safe in production", "channel", c.Name)
		}
	}
	s.metrics = newMetrics(s)
	return s, errors.Join(errs...)
}

// Run answers what is accepted, and what an earlier process left, until ctx is done; then it takes nothing more, lets what is under way
// finish for Times.Grace, and leaves the rest in the queue. It returns when everything has ended.
func (s *Service) Run(ctx context.Context) {
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var all sync.WaitGroup
	if s.persist(ctx, "recover", s.recoverQueue) == nil {
		for range s.Workers {
			all.Go(func() { s.work(working) })
		}
		all.Go(func() { s.housekeep(ctx) })
	}
	<-ctx.Done()
	s.stopping.Store(true)
	s.lanes.stop()
	grace := time.AfterFunc(s.Times.Grace, stop)
	defer grace.Stop()
	all.Wait()
	stop()
	s.asking.Wait()
	for _, l := range s.lines {
		l.client.Close()
	}
}

// recoverQueue puts what an earlier process left into the lanes.
func (s *Service) recoverQueue(ctx context.Context) error {
	open, interrupted, err := s.Store.RecoverWeChat(ctx, s.Now())
	if err != nil {
		return err
	}
	for _, m := range open {
		s.lanes.add(m)
	}
	if len(open) > 0 {
		s.Log.Info("wechat: messages of an earlier process", "messages", len(open), "parts_unknown", interrupted)
	}
	s.metrics.parts.WithLabelValues(store.WeChatUnknown).Add(float64(interrupted))
	return nil
}

// housekeep purges, and looks for messages that were kept though their transaction seemed to fail: without it they would wait for a restart.
func (s *Service) housekeep(ctx context.Context) {
	tick := time.NewTicker(s.Times.Housekeeping)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.Store.PurgeWeChat(ctx, s.Now(), s.Times.Keep); err != nil && ctx.Err() == nil {
			s.Log.Warn("wechat: purge", "error", err)
		}
		if open, err := s.Store.OpenWeChat(ctx); err == nil {
			for _, m := range open {
				s.lanes.add(m)
			}
		} else if ctx.Err() == nil {
			s.Log.Warn("wechat: look for messages", "error", err)
		}
	}
}

// persist tries until f works, ctx is done, or the message turns out to be in another state: writing must not be given up while a
// process lives that knows what happened.
func (s *Service) persist(ctx context.Context, doing string, f func(context.Context) error) error {
	pause := min(50*time.Millisecond, s.Times.Persist)
	for told := false; ; {
		err := f(ctx)
		if err == nil || errors.Is(err, store.ErrWeChatState) || errors.Is(err, store.ErrNotFound) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !told {
			s.Log.Error("wechat: the store fails, trying again", "doing", doing, "error", err)
			told = true
		}
		if !pausing(ctx, pause) {
			return ctx.Err()
		}
		pause = min(2*pause, s.Times.Persist)
	}
}

// pausing waits; false: ctx was done before.
func pausing(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
