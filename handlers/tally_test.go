package handlers

import (
	"errors"
	"strings"
	"testing"
	"time"

	"wenda/rag"
)

// Answers of other packages' channels are counted beside the Server's own; a channel that nobody configured is no label.
func TestTallyOfAllChannels(t *testing.T) {
	tally := NewTally("wechat", "mp:main")
	w := newWorld(t, func(_ *Config, d *Deps) { d.Tally = tally })
	w.post("/api/v1/ask", `{"question":"x"}`)
	good := rag.Answer{Status: rag.Answered, Mode: rag.Quoted}
	tally.Answer(good, nil, "wechat", time.Second)
	tally.Answer(good, nil, "wechat", time.Second)
	tally.Answer(good, errors.New("broken"), "mp:main", time.Second)
	for _, made := range []string{"mp:made up", "api:1", "api:2", ""} {
		tally.Answer(good, nil, made, time.Second)
	}
	body := w.get("/metrics").Body.String()
	for _, want := range []string{
		`wenda_answers_total{channel="api",mode="quoted",status="answered"} 1`,
		`wenda_answers_total{channel="wechat",mode="quoted",status="answered"} 2`,
		`wenda_answers_total{channel="mp:main",mode="",status="error"} 1`,
		`wenda_answers_total{channel="other",mode="quoted",status="answered"} 4`,
		`wenda_ask_seconds_count{channel="wechat"} 2`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
	if n := strings.Count(body, "wenda_ask_seconds_count{"); n != 4 {
		t.Errorf("%d channels, want 4", n)
	}
}
