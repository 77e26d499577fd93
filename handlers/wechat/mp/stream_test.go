package mp

import (
	"bufio"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"wenda/handlers/contract"
	"wenda/rag"
)

func TestStream(t *testing.T) {
	w := newWorld(t, nil)
	token := w.login("main", "o-1")
	res := w.open(context.Background(), "POST", "/ask", token, `{"question":"为多少名学生发放助学金","script":"hans"}`, "Accept", "application/x-ndjson")
	defer res.Body.Close()
	if got := res.Header.Get("Content-Type"); got != "application/x-ndjson; charset=utf-8" || res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("X-Accel-Buffering") != "no" {
		t.Errorf("headers %v", res.Header)
	}
	lines := bufio.NewScanner(res.Body)
	first := next(t, lines) // while the engine waits: every line is flushed
	var stage contract.Stage
	if err := json.Unmarshal(first.Data, &stage); err != nil || first.Event != "stage" || !strings.HasPrefix(stage.ID, "a_") || stage.Text != "正在理解问题" {
		t.Fatalf("first line %s %s", first.Event, first.Data)
	}
	var names []string
	for {
		s := next(t, lines)
		if s.Event == "delta" {
			names = append(names, s.Event)
			break
		}
		if s.Event != "stage" {
			names = append(names, s.Event)
		} else if strings.Contains(string(s.Data), `"id"`) {
			t.Errorf("a later stage has the ID: %s", s.Data)
		}
	}
	// the answer is found while it is made, by its owner only
	got := w.do("GET", "/answers/"+stage.ID, token, "")
	var now rag.Composing
	if err := json.Unmarshal([]byte(got.body), &now); err != nil || got.status != 202 || got.header.Get("Retry-After") != "1" || now.State != "composing" ||
		!strings.Contains(now.Text, "300名") || len(now.Citations) != 1 {
		t.Errorf("while it is made: %d %s", got.status, got.body)
	}
	w.wantError(w.do("GET", "/answers/"+stage.ID, w.login("main", "o-2"), ""), 404, "answer_unknown")
	close(w.gate)
	last := next(t, lines)
	for last.Event != "done" {
		last = next(t, lines)
	}
	var a rag.Answer
	if err := json.Unmarshal(last.Data, &a); err != nil || a.ID != stage.ID || !a.Answered || strings.Join(names, " ") != "citation delta" {
		t.Errorf("events %v, done %s", names, last.Data)
	}
	if lines.Scan() {
		t.Errorf("after done: %q", lines.Text())
	}
	if res := w.do("GET", "/answers/"+stage.ID, token, ""); res.status != 200 || !strings.Contains(res.body, `"answer":`) {
		t.Errorf("afterwards: %d %s", res.status, res.body)
	}
}

func TestStreamErrors(t *testing.T) {
	w := newWorld(t, nil)
	token := w.login("main", "o-1")
	for question, want := range map[string]string{"坏": "internal", "慌": "internal", `慌","script":"hant`: "internal"} {
		res := w.do("POST", "/ask", token, `{"question":"`+question+`"}`, "Accept", "application/x-ndjson")
		if question == "慌" { // before the first line: a status
			w.wantError(res, 500, want)
			continue
		}
		lines := strings.Split(strings.TrimSpace(res.body), "\n")
		var last struct {
			Event string
			Data  map[string]string
		}
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || last.Event != "error" || last.Data["code"] != want ||
			last.Data["request_id"] == "" || strings.Contains(res.body, "/srv") {
			t.Errorf("%s: %d %s", question, res.status, res.body)
		}
	}
	w.wantError(w.do("POST", "/ask", token, `{"question":""}`, "Accept", "application/x-ndjson"), 400, "question_empty")
}

func TestHeartbeatAndShutdown(t *testing.T) {
	stopping, stop := context.WithCancel(context.Background())
	defer stop()
	w := newWorld(t, func(l *Limits, d *Deps) {
		l.Heartbeat = 5 * time.Millisecond
		d.Stopping = stopping
	})
	token := w.login("main", "o-1")
	res := w.open(context.Background(), "POST", "/ask", token, `{"question":"为多少名学生发放助学金","script":"hans"}`, "Accept", "application/x-ndjson")
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	beats, text := 0, ""
	for lines.Scan() {
		if lines.Text() == "" {
			if beats++; beats == 3 {
				stop()
			}
			continue
		}
		text = lines.Text()
	}
	if beats < 3 || !strings.Contains(text, `"error"`) || !strings.Contains(text, "restarting") {
		t.Errorf("%d heartbeats, last line %s", beats, text)
	}
	close(w.gate)
}

// A mini-program in the background is cut off after 5 s: its answer is made to its end and fetched by its ID.
func TestAnswerAfterTheBackground(t *testing.T) {
	w := newWorld(t, nil)
	token := w.login("main", "o-1")
	ctx, leave := context.WithCancel(context.Background())
	res := w.open(ctx, "POST", "/ask", token, `{"question":"为多少名学生发放助学金","script":"hans"}`, "Accept", "application/x-ndjson")
	var stage contract.Stage
	lines := bufio.NewScanner(res.Body)
	if err := json.Unmarshal(next(t, lines).Data, &stage); err != nil {
		t.Fatal(err)
	}
	for next(t, lines).Event != "delta" {
	}
	leave()
	_ = res.Body.Close()
	for strings.Count(w.log.String(), `"route":"/api/v1/mp/*","path":"/api/v1/mp/ask"`) == 0 { // until the server has noticed
		time.Sleep(time.Millisecond)
	}
	if res := w.do("GET", "/answers/"+stage.ID, token, ""); res.status != 202 || !strings.Contains(res.body, "300名") {
		t.Errorf("in the background: %d %s", res.status, res.body)
	}
	close(w.gate)
	for {
		res := w.do("GET", "/answers/"+stage.ID, token, "")
		w.pass(time.Second)
		if res.status == 202 {
			continue
		}
		var a rag.Answer
		if err := json.Unmarshal([]byte(res.body), &a); err != nil || res.status != 200 || a.ID != stage.ID || !a.Answered {
			t.Errorf("afterwards: %d %s", res.status, res.body)
		}
		break
	}
	if res := w.do("GET", "/history", token, ""); !strings.Contains(res.body, stage.ID) {
		t.Errorf("the history lacks it: %s", res.body)
	}
}
