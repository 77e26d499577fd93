package backend

import (
	"testing"
	"time"

	"wenda/rag/backend/scripted"
)

func TestCheck(t *testing.T) {
	paced := func(pieces ...string) scripted.Reply {
		steps := []scripted.Step{scripted.Wait(20 * time.Millisecond)}
		for _, piece := range pieces {
			steps = append(steps, scripted.Write(scripted.Delta(piece)), scripted.Wait(5*time.Millisecond))
		}
		return scripted.Stream(append(steps, scripted.Write(scripted.Finish("stop")), scripted.Write(scripted.UsageEvent(90, 20)), scripted.Write(scripted.End))...)
	}
	for _, row := range []struct {
		name                                 string
		reply                                scripted.Reply
		reachable, streaming, cites, chinese bool
		reason                               string
	}{
		{"all well", paced("图书馆周一", "闭馆。[1]", "办理借书证", "需要带身份证。[2]"), true, true, true, true, ""},
		{"marks before the full stop", paced("周一闭馆[1]。", "带身份证【2】。"), true, true, true, true, ""},
		{"not streamed", scripted.Whole("图书馆周一闭馆。[1]办证带身份证。[2]"), true, false, true, true, ""},
		{"no marks", paced("图书馆周一闭馆。", "办证带身份证。"), true, true, false, true, ""},
		{"the wrong marks", paced("图书馆周一闭馆。[2]", "办证带身份证。[1]"), true, true, false, true, ""},
		{"a sentence without a mark", paced("图书馆周一闭馆。[1]", "办证带身份证。[2]", "欢迎光临！"), true, true, false, true, ""},
		{"English", paced("It is closed on Monday. [1] ", "Bring your identity card. [2]"), true, true, false, false, ""},
		{"it does not come to an end", scripted.Stream(scripted.Wait(20*time.Millisecond), scripted.Write(scripted.Delta("周一")), scripted.Write(scripted.Delta("周一")), scripted.Write(scripted.Finish("length")), scripted.Write(scripted.End)), true, true, false, false, ReasonTruncated},
		{"a wrong key", scripted.Refuse(401, "", "no", ""), true, false, false, false, ReasonUnauthorized},
		{"HTML", scripted.HTML(200), true, false, false, false, ReasonBadReply},
	} {
		s := vendorServer(t)
		s.Script(row.reply)
		got := backendOf(t, configOf(s, "")).Check(t.Context())
		if got.Reachable != row.reachable || got.Streaming != row.streaming || got.Cites != row.cites || got.Chinese != row.chinese {
			t.Errorf("%s: got %+v", row.name, got)
		}
		if row.reason != "" {
			if got.Err == nil || asError(got.Err).Code != row.reason || row.streaming != (got.FirstToken > 0) {
				t.Errorf("%s: got %v, want %s", row.name, got.Err, row.reason)
			}
			continue
		}
		if got.Err != nil || got.FirstToken <= 0 || row.streaming && (got.TokensPerSecond <= 0 || got.FirstToken < 20*time.Millisecond) || got.Completion.Text == "" {
			t.Errorf("%s: got %+v", row.name, got)
		}
	}
	gone := backendOf(t, Config{BaseURL: closedPort(t) + "/v1", Model: "m", Limits: patient()}).Check(t.Context())
	if gone.Reachable || asError(gone.Err).Code != ReasonUnreachable {
		t.Errorf("got %+v", gone)
	}
}
