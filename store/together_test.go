package store

import (
	"context"
	"errors"
	"testing"
)

// Several changes are one: all are kept or none, a failed one is undone by itself, and another store has no part in it.
func TestTogether(t *testing.T) {
	ctx, by := t.Context(), By{Name: "li"}
	s, other := opened(t, t.TempDir(), Options{}), opened(t, t.TempDir(), Options{})
	audited := func(s *Store) (out string) {
		t.Helper()
		list, err := s.Changes(ctx, ChangeFilter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			out = c.Object + " " + out
		}
		return out
	}
	keep := func(ctx context.Context, s *Store, name string) error {
		return s.ChangeSetting(ctx, by, name, name, "")
	}
	boom := errors.New("boom")
	err := s.Together(ctx, "nothing", func(ctx context.Context) error {
		return errors.Join(keep(ctx, s, "a"), keep(ctx, other, "elsewhere"), boom)
	})
	if !errors.Is(err, boom) || audited(s) != "" || audited(other) != "elsewhere " {
		t.Errorf("undone: %v, %q, %q", err, audited(s), audited(other))
	}
	err = s.Together(ctx, "most", func(ctx context.Context) error {
		if err := keep(ctx, s, "a"); err != nil {
			return err
		}
		err := s.Together(ctx, "inner", func(ctx context.Context) error { return errors.Join(keep(ctx, s, "b"), boom) })
		if !errors.Is(err, boom) {
			t.Errorf("inner: %v", err)
		}
		return keep(ctx, s, "c")
	})
	if err != nil || audited(s) != "a c " {
		t.Errorf("kept: %v, %q", err, audited(s))
	}
	late, stop := context.WithCancel(ctx)
	err = s.Together(late, "left", func(ctx context.Context) error {
		err := keep(ctx, s, "d")
		stop()
		return err
	})
	if !errors.Is(err, context.Canceled) || audited(s) != "a c " {
		t.Errorf("left: %v, %q", err, audited(s))
	}
	if err := keep(ctx, s, "e"); err != nil || audited(s) != "a c e " {
		t.Errorf("afterwards: %v, %q", err, audited(s))
	}
}

// A run that was cancelled stays so, whatever its worker says later; one that has ended is not cancelled.
func TestCancelledRunStaysCancelled(t *testing.T) {
	ctx, by := t.Context(), By{Name: "li"}
	s := opened(t, t.TempDir(), Options{})
	status := func(id string) string {
		r, err := s.Run(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		return r.Status
	}
	for _, begun := range []bool{false, true} {
		r, err := s.AddRun(ctx, by, Run{Purpose: RunGate})
		if err == nil && begun {
			err = s.BeginRun(ctx, r.ID)
		}
		if err == nil {
			err = s.CancelRun(ctx, by, r.ID)
		}
		if err != nil || status(r.ID) != RunCancelled {
			t.Fatalf("begun %t: %v, %s", begun, err, status(r.ID))
		}
		r.Status = RunDone
		if err := s.EndRun(ctx, r, RunVerdicts{}); !errors.Is(err, ErrConflict) {
			t.Errorf("ended after being cancelled: %v", err)
		}
		if err := errors.Join(s.BeginRun(ctx, r.ID), s.BreakRuns(ctx, "x")); err != nil || status(r.ID) != RunCancelled {
			t.Errorf("begun %t: %v, %s", begun, err, status(r.ID))
		}
	}
	r, err := s.AddRun(ctx, by, Run{Purpose: RunTest})
	if r.Status = RunDone; err == nil {
		err = s.EndRun(ctx, r, RunVerdicts{})
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CancelRun(ctx, by, r.ID); !errors.Is(err, ErrConflict) || status(r.ID) != RunDone {
		t.Errorf("cancelled when done: %v, %s", err, status(r.ID))
	}
}
