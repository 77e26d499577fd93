package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"wenda/corpus"
)

// writeForever is the process that is killed: it says on standard output what is acknowledged. Its answers are named by its
// process ID; the version of document d_1 is the number of variants that belong to it, and says so in every variant.
func writeForever(ctx context.Context, s *Store) error {
	start, err := s.Revision(ctx)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		id := fmt.Sprintf("a_%d_%d", os.Getpid(), i)
		if err := s.PutAnswer(answer(id), Logged{Question: "问", Channel: "portal"}); err != nil {
			return err
		}
		if err := s.Feedback(ctx, Feedback{AnswerID: id, Verdict: Useful, Comment: id}); err != nil {
			return err
		}
		fmt.Println("feedback", id)
		if i%3 == 0 {
			n := int(start) + i/3 + 1
			k := kept("d_1", fmt.Sprint("v", n), n%9)
			if err := s.Put(ctx, k, "e", map[string][]float32{k.Document.Version: {float32(n)}}); err != nil {
				return err
			}
			fmt.Println("put", n)
		}
	}
}

func TestKilledAtAnyMoment(t *testing.T) {
	const rounds = 15
	dir := t.TempDir()
	var acknowledged []string
	lastPut := 0
	for round := range rounds {
		cmd, lines := startChild(t, "write", dir)
		for range rand.IntN(40) { // some work, then a moment that has nothing to do with it
			if !lines.Scan() {
				break
			}
			acknowledged, lastPut = note(t, lines.Text(), acknowledged, lastPut)
		}
		killed := make(chan struct{})
		go func() {
			defer close(killed)
			time.Sleep(rand.N(8 * time.Millisecond))
			_ = cmd.Process.Kill()
		}()
		for lines.Scan() {
			acknowledged, lastPut = note(t, lines.Text(), acknowledged, lastPut)
		}
		<-killed
		_ = cmd.Wait()
		lastPut = checkAfterKill(t, dir, round, acknowledged, lastPut)
	}
	if len(acknowledged) == 0 || lastPut == 0 {
		t.Fatalf("%d feedback and %d documents: nothing was tested", len(acknowledged), lastPut)
	}
	t.Logf("%d kills, %d acknowledged feedback, %d document versions, none lost", rounds, len(acknowledged), lastPut)
}

func note(t *testing.T, line string, acknowledged []string, lastPut int) ([]string, int) {
	t.Helper()
	switch what, of, _ := strings.Cut(line, " "); what {
	case "feedback":
		acknowledged = append(acknowledged, of)
	case "put":
		if _, err := fmt.Sscan(of, &lastPut); err != nil {
			t.Fatalf("child said %q", line)
		}
	default:
		t.Fatalf("child said %q", line)
	}
	return acknowledged, lastPut
}

// checkAfterKill returns the version that is live: the last one acknowledged, or the one after it when the process was killed
// between committing and saying so.
func checkAfterKill(t *testing.T, dir string, round int, acknowledged []string, lastPut int) (live int) {
	t.Helper()
	ctx := t.Context()
	s := opened(t, dir, Options{})
	defer s.Close()
	for _, id := range acknowledged {
		if a, err := s.Answer(ctx, id); err != nil || a.ID != id {
			t.Errorf("round %d: acknowledged answer %s: %v", round, id, err)
		}
		if got, want := liveFeedback(t, s, id), "useful//"+id; got != want {
			t.Errorf("round %d: %s: got %s, want %s", round, id, got, want)
		}
	}
	var check string
	if err := s.readers.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&check); err != nil || check != "ok" {
		t.Errorf("round %d: integrity: %s, %v", round, check, err)
	}
	revision, err := s.Revision(ctx)
	if err != nil || int(revision) < lastPut || int(revision) > lastPut+1 {
		t.Fatalf("round %d: revision %d, %v, last acknowledged %d", round, revision, err, lastPut)
	}
	documents, err := s.Live(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if revision == 0 {
		if len(documents) != 0 {
			t.Errorf("round %d: half a document: %+v", round, documents)
		}
		return 0
	}
	want := kept("d_1", fmt.Sprint("v", revision), int(revision)%9)
	if !reflect.DeepEqual(documents, []corpus.Kept{want}) {
		t.Errorf("round %d: got %+v\nwant %+v", round, documents, want)
	}
	if v, err := s.Vectors(ctx, "e", []string{want.Document.Version}); err != nil || len(v) != 1 {
		t.Errorf("round %d: vectors of the live version: %v, %v", round, v, err)
	}
	return int(revision)
}
