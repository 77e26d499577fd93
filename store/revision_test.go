package store

import (
	"reflect"
	"testing"
	"time"

	"wenda/corpus"
)

func versions(t *testing.T, s *Store) (data, revision int64) {
	t.Helper()
	data, err := s.DataVersion(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	revision, err = s.Revision(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return data, revision
}

// A server beside a command: it sees what the command did, and only Put raises the revision.
func TestServerSeesTheCommandsPut(t *testing.T) {
	dir := t.TempDir()
	server, command := opened(t, dir, Options{}), opened(t, dir, Options{})
	ctx := t.Context()
	data, revision := versions(t, server)
	for _, c := range []struct {
		name         string
		do           func() error
		data, raises bool
	}{
		{"nothing", func() error { return nil }, false, false},
		{"reading", func() error { _, err := command.Live(ctx); return err }, false, false},
		{"Put", func() error { return command.Put(ctx, kept("d1", "v1", 2), "", nil) }, true, true},
		{"vectors", func() error { return command.PutVectors(ctx, "e", map[string][]float32{"x": {1}}) }, true, false},
		{"calibration", func() error { return command.PutCalibration(ctx, corpus.Fitted{For: "i"}) }, true, false},
		{"an answer", func() error { _ = command.PutAnswer(answer("a_1"), Logged{}); return command.Flush(ctx) }, true, false},
		{"feedback", func() error { return command.Feedback(ctx, Feedback{AnswerID: "a_1", Verdict: Useful}) }, true, false},
		{"deleting", func() error {
			_, err := command.DeleteAnswersBefore(ctx, time.Now().Add(time.Hour), time.Now())
			return err
		}, true, false},
		{"Put by the server", func() error { return server.Put(ctx, kept("d1", "v2", 1), "", nil) }, true, true},
	} {
		if err := c.do(); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		d, r := versions(t, server)
		if (d != data) != c.data || (r != revision) != c.raises {
			t.Errorf("%s: data version changed %v, want %v; revision changed %v, want %v", c.name, d != data, c.data, r != revision, c.raises)
		}
		data, revision = d, r
	}
}

func TestServerSeesAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir, Options{})
	data, revision := versions(t, s)
	_, lines := startChild(t, "put", dir)
	if !lines.Scan() || lines.Text() != "put" {
		t.Fatalf("the process could not put: %q", lines.Text())
	}
	if d, r := versions(t, s); d == data || r != revision+1 {
		t.Errorf("data version %d then %d, revision %d then %d", data, d, revision, r)
	}
	live, err := s.Live(t.Context())
	if want := []corpus.Kept{kept("d_child", "v1", 3)}; err != nil || !reflect.DeepEqual(live, want) {
		t.Errorf("got %+v, %v, want %+v", live, err, want)
	}
}

// When the polling connection is lost, the next one does not repeat the old number.
func TestDataVersionAfterALostConnection(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	before, _ := versions(t, s)
	if err := s.poll.take().Close(); err != nil {
		t.Fatal(err)
	}
	if after, _ := versions(t, s); after == before {
		t.Errorf("got %d again", after)
	}
}
