package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"wenda/rag"
)

func TestReadyWithManifest(t *testing.T) {
	s := sharedServer(t)
	r := s.mustGet(t, "/readyz")
	got := readinessOf(t, r)
	var listed []documentLine
	out := runShort(t, "documents", "--json", "--data", s.data, "--models", t.TempDir())
	if err := json.Unmarshal([]byte(out.stdout), &listed); err != nil || len(listed) != 1 {
		t.Fatalf("wenda documents: %v, %s%s", err, out.stdout, out.stderr)
	}
	want := readiness{Ready: true, Version: got.Version, Documents: 1, Chunks: listed[0].Chunks, Variants: listed[0].Variants,
		Negatives: listed[0].Negatives, Embedder: "bge-small-zh-v1.5-int8/cls"}
	if r.status != 200 || got != want || got.Version == "" || got.Chunks < 20 || got.Variants < 1500 {
		t.Errorf("readyz %d %+v, want %+v", r.status, got, want)
	}
	if r := s.mustGet(t, "/healthz"); r.status != 200 {
		t.Errorf("healthz %d", r.status)
	}
}

// The three questions of issue 3, "To be seen working".
func TestThreeQuestionsInThreeFormats(t *testing.T) {
	s := sharedServer(t)
	for _, q := range []struct {
		question string
		answered bool
		says     []string
		section  string // of a citation; empty: any or none
	}{
		{"今年新增多少学位", true, []string{"2800", "[1]", "计划"}, "持续增加学位资源供给"},
		{"补课班现在怎么管", true, []string{"[1]"}, "构建校外培训管理机制"},
		{"2023年新增多少学位", false, []string{"2022年", "没有说明2023年"}, ""},
	} {
		t.Run(q.question, func(t *testing.T) {
			want := s.mustAsk(t, q.question)
			if want.Answered != q.answered || (want.Status == rag.Answered) != q.answered {
				t.Errorf("status %s, answered %v, want %v", want.Status, want.Answered, q.answered)
			}
			for _, say := range q.says {
				if !strings.Contains(want.Text+want.Notice, say) {
					t.Errorf("no %q in %q", say, want.Text)
				}
			}
			cites := func(c rag.Citation) bool { return strings.Contains(c.Section, q.section) }
			if q.answered && (!slices.ContainsFunc(want.Citations, cites) || want.AsOf != "2022-02-11") {
				t.Errorf("as of %q, citations %+v, want section %s", want.AsOf, want.Citations, q.section)
			}
			for _, format := range []string{"text/event-stream", "application/x-ndjson"} {
				got, events, err := s.stream(format, q.question)
				if err != nil {
					t.Fatalf("%s: %v", format, err)
				}
				if got.Text != want.Text || !reflect.DeepEqual(got.Citations, want.Citations) {
					t.Errorf("%s: got %q %+v\nwant %q %+v", format, got.Text, got.Citations, want.Text, want.Citations)
				}
				if text, citations := shownOf(t, events); text != want.Text || !reflect.DeepEqual(citations, want.Citations) {
					t.Errorf("%s: a reader sees %q %+v\nwant %q %+v", format, text, citations, want.Text, want.Citations)
				}
			}
			for _, c := range want.Citations {
				wantSentence(t, s.site, c)
			}
		})
	}
}

// shownOf is what a reader of a stream has seen before done.
func shownOf(t *testing.T, events []event) (text string, citations []rag.Citation) {
	t.Helper()
	citations = []rag.Citation{}
	for _, e := range events {
		var delta struct{ Text string }
		var c rag.Citation
		var err error
		switch e.name {
		case "delta":
			err = json.Unmarshal(e.data, &delta)
			text += delta.Text
		case "citation":
			if err = json.Unmarshal(e.data, &c); c.N > len(citations) { // the same sentence may be told again
				citations = append(citations, c)
			}
		case "reset":
			text, citations = "", []rag.Citation{}
		}
		if err != nil {
			t.Fatalf("event %s %s: %v", e.name, e.data, err)
		}
	}
	return text, citations
}

// wantSentence opens a citation, which says where its sentence stands: there it stands, and is marked.
func wantSentence(t *testing.T, s site, c rag.Citation) *goquery.Document {
	t.Helper()
	u, err := url.Parse(c.URL)
	if err != nil || u.Fragment == "" || c.Quote == "" {
		t.Fatalf("citation %+v: %v", c, err)
	}
	r := s.mustGet(t, u.RequestURI())
	page, err := goquery.NewDocumentFromReader(strings.NewReader(r.body))
	if err != nil || r.status != 200 {
		t.Fatalf("open %s: %d, %v", c.URL, r.status, err)
	}
	if got := page.Find("#" + u.Fragment + ` [data-s="` + u.Query().Get("s") + `"]`).Text(); got != c.Quote {
		t.Errorf("%s: at its place stands %q, want %q", c.URL, got, c.Quote)
	}
	if got := page.Find("mark").Text(); got != c.Quote {
		t.Errorf("%s: marked is %q, want %q", c.URL, got, c.Quote)
	}
	return page
}

func TestAnswerIsKeptAndTakesFeedback(t *testing.T) {
	s := sharedServer(t)
	want := s.mustAsk(t, "第几届书法节")
	got, err := answerOf(s.mustGet(t, "/api/v1/answers/"+want.ID))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("kept %+v, %v\nwant %+v", got, err, want)
	}
	if r := s.mustGet(t, "/a/"+want.ID); r.status != 200 || !strings.Contains(r.body, "第三届") {
		t.Errorf("the answer's page: %d", r.status)
	}
	for _, f := range []struct{ body, want string }{
		{`{"verdict":"useful"}`, "useful//"},
		{`{"verdict":"useless","reason":"incomplete","comment":"没有地点，请打13812345678"}`, "useless/incomplete/没有地点,请打[已隐去]"},
	} {
		r, err := s.do("POST", "/api/v1/answers/"+want.ID+"/feedback", f.body)
		if err != nil || r.status != 200 {
			t.Fatalf("feedback %s: %d %s, %v", f.body, r.status, r.body, err)
		}
		if got := feedbackOn(t, s.data, want.ID); got != f.want {
			t.Errorf("acknowledged, and on the disk is %q, want %q", got, f.want)
		}
	}
}

// feedbackOn reads the live feedback from the disk, beside the server if there is one: no route tells it.
func feedbackOn(t *testing.T, data, answerID string) string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, "wenda.db")+"?mode=ro&_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var verdict, reason, comment string
	err = db.QueryRow("SELECT verdict, reason, comment FROM feedback WHERE answer_id = ? AND live = 1", answerID).Scan(&verdict, &reason, &comment)
	if err != nil {
		return fmt.Sprint(err)
	}
	return verdict + "/" + reason + "/" + comment
}

var citationMark = regexp.MustCompile(`\[\d+\]`)

func TestSuggestionsAndRelatedQuestionsAreAnswered(t *testing.T) {
	s := sharedServer(t)
	var list struct {
		Suggestions []struct{ Question, Topic string }
	}
	if err := json.Unmarshal([]byte(s.mustGet(t, "/api/v1/suggestions").body), &list); err != nil || len(list.Suggestions) < 10 {
		t.Fatalf("suggestions %+v, %v", list, err)
	}
	wantAnswered := func(t *testing.T, why, question string) rag.Answer {
		t.Helper()
		a := s.mustAsk(t, question)
		if a.Status != rag.Answered || !a.Answered || len(a.Citations) == 0 || !citationMark.MatchString(a.Text) {
			t.Errorf("%s %s: %s %s, %d citations: %s", why, question, a.Status, a.Reason, len(a.Citations), a.Text)
		}
		for _, c := range a.Citations {
			wantSentence(t, s.site, c)
		}
		return a
	}
	withRelated, related := 0, map[string]string{}
	for _, suggestion := range list.Suggestions {
		if suggestion.Topic == "" {
			t.Errorf("%s has no topic", suggestion.Question)
		}
		a := wantAnswered(t, "suggestion", suggestion.Question)
		if len(a.Related) > 0 {
			withRelated++
			for _, r := range a.Related {
				related[r] = suggestion.Question
			}
		}
	}
	if withRelated < 10 || len(related) < 15 {
		t.Fatalf("%d answers have %d related questions", withRelated, len(related))
	}
	for question, of := range related {
		wantAnswered(t, "related to "+of, question)
	}
}
