package main

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"wenda/rag"
)

// A witness is what residents saw who asked all the time while another process imported the official page.
type witness struct {
	mu       sync.Mutex
	versions map[string]string // of the document that was cited, by index version
	answers  map[string]int    // by index version
	problems []string
}

func (w *witness) fail(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.problems = append(w.problems, fmt.Sprintf(format, args...))
}

// saw notes an answer: one index version, which cites one version of the document.
func (w *witness) saw(question string, a rag.Answer) {
	if a.IndexVersion == "" || !a.Answered || len(a.Citations) == 0 {
		w.fail("%s: %s of index %q: %s", question, a.Status, a.IndexVersion, a.Text)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[a.IndexVersion]++
	for _, c := range a.Citations {
		v := versionOf(c)
		if had, ok := w.versions[a.IndexVersion]; v == "" || ok && had != v {
			w.problems = append(w.problems, fmt.Sprintf("%s: index %s cites versions %q and %q", question, a.IndexVersion, had, v))
		}
		w.versions[a.IndexVersion] = v
	}
}

func (w *witness) failed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.problems) > 0
}

func (w *witness) count(indexVersion string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.answers[indexVersion]
}

func versionOf(c rag.Citation) string {
	u, err := url.Parse(c.URL)
	if err != nil {
		return ""
	}
	return u.Query().Get("v")
}

// keepAsking asks until stop is closed: two by JSON, one by each stream. Another one looks whether the server stays ready.
func (w *witness) keepAsking(s site, stop <-chan struct{}) (wait func()) {
	var group sync.WaitGroup
	loop := func(once func(i int)) {
		group.Go(func() {
			pause := time.NewTicker(5 * time.Millisecond) // leaves the processor to those who work
			defer pause.Stop()
			for i := 0; ; i++ {
				once(i)
				select {
				case <-stop:
					return
				case <-pause.C:
				}
			}
		})
	}
	questions := []string{"今年新增多少学位", "第几届书法节", "老人学用智能手机有课程吗", "有多少所学校要开放体育场地"}
	for n, format := range []string{"", "", "text/event-stream", "application/x-ndjson"} {
		loop(func(i int) {
			question := questions[(i+n)%len(questions)]
			var a rag.Answer
			var err error
			if format == "" {
				a, err = s.ask(question)
			} else {
				a, _, err = s.stream(format, question)
			}
			if err != nil {
				w.fail("%s (%s): %v", question, format, err)
				return
			}
			w.saw(question, a)
		})
	}
	loop(func(int) {
		if r, err := s.get("/readyz"); err != nil || r.status != 200 {
			w.fail("readyz: %d %s, %v", r.status, r.body, err)
		}
	})
	return group.Wait
}

func TestImportBesideARunningServer(t *testing.T) {
	data, models := filepath.Join(t.TempDir(), "data"), modelsFolder(t)
	copyData(t, data)
	s := startServer(t, data, models)
	old := s.mustAsk(t, "今年新增多少学位")
	wantPlaces(t, "before", old)

	w := &witness{versions: map[string]string{}, answers: map[string]int{}}
	stop := make(chan struct{})
	wait := w.keepAsking(s.site, stop)
	halt := sync.OnceFunc(func() { close(stop); wait() })
	defer halt()
	seed := filepath.Join(sharedFolder(t), "seeds", "zhonglou-education-plan-2022.txt")
	if got := runProgram(t, "import", "--data", data, "--models", models, seed); got.code != 0 || !strings.Contains(got.stdout, "已替换旧版") {
		t.Fatalf("import: %+v", got)
	}
	var fresh readiness
	err := until("the new version answers everybody", func() (bool, error) {
		r, err := s.get("/readyz")
		if err != nil {
			return false, err
		}
		fresh = readinessOf(t, r)
		return fresh.Version != old.IndexVersion && w.count(fresh.Version) >= 40 || w.failed(), nil
	})
	halt()
	if err != nil {
		t.Fatalf("%v\n%s", err, s.log)
	}

	if len(w.problems) > 0 {
		t.Errorf("%d problems, first: %s", len(w.problems), w.problems[0])
	}
	if len(w.answers) != 2 || w.answers[old.IndexVersion] < 4 {
		t.Errorf("answers by index version %v: want those of %s and of %s", w.answers, old.IndexVersion, fresh.Version)
	}
	if w.versions[old.IndexVersion] == w.versions[fresh.Version] {
		t.Errorf("both indexes cite version %s", w.versions[fresh.Version])
	}
	t.Logf("%v answers by index version", w.answers)

	got := s.mustAsk(t, "今年新增多少学位")
	wantPlaces(t, "after", got)
	if !strings.Contains(got.Text, "2022年全年新建、改扩建13所") || got.IndexVersion != fresh.Version {
		t.Errorf("after the swap %s answers %q: not the official sentence", got.IndexVersion, got.Text)
	}
	for _, c := range old.Citations { // the digest's
		if page := wantSentence(t, s.site, c); !strings.Contains(page.Find(".notice").Text(), "较早的版本") || page.Find(".note").Length() == 0 {
			t.Errorf("%s: does not say that it is an older version, and a digest", c.URL)
		}
	}
	for _, c := range got.Citations {
		if page := wantSentence(t, s.site, c); strings.Contains(page.Find(".notice").Text(), "较早的版本") || page.Find(".note").Length() != 0 {
			t.Errorf("%s: says that it is old, or a digest", c.URL)
		}
	}
	if kept, err := answerOf(s.mustGet(t, "/api/v1/answers/"+old.ID)); err != nil || kept.IndexVersion != old.IndexVersion {
		t.Errorf("the old answer: %+v, %v", kept, err)
	}
}
