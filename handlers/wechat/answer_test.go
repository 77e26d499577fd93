package wechat

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"wenda/handlers/wechat/fake"
	"wenda/rag"
)

// answering is an Asker that always says a.
func answering(a rag.Answer) askFunc {
	return func(context.Context, rag.Question) (rag.Answer, error) { return a, nil }
}

func TestPoint13TypingInterimApology(t *testing.T) {
	release := make(chan struct{})
	s := newSite(t, setup{values: map[string]string{"typing": "true"}, times: func(t *Times) {
		t.Typing, t.Interim = 5*time.Millisecond, 30*time.Millisecond
	}, ask: func(ctx context.Context, q rag.Question) (rag.Answer, error) {
		<-release
		return echo(ctx, q)
	}})
	s.fake.Inject("typing", fake.Fault{Code: 45081}, fake.Fault{Reset: "before"}, fake.Fault{Body: "<html>"})
	s.say(user(1), "密问")
	wait(t, "typing and the interim message", func() bool { return s.fake.Typings(user(1)) > 2 && len(s.fake.Sent()) == 1 })
	time.Sleep(50 * time.Millisecond) // no second one
	close(release)
	s.wantTexts(user(1), "正在查询", "密答")
	n := s.fake.Calls("typing")
	time.Sleep(20 * time.Millisecond)
	if s.fake.Calls("typing") != n {
		t.Error("typing after the answer")
	}
	if got := s.tally(); got["part sent"] != 2 {
		t.Errorf("got %v", got)
	}
}

func TestPoint13Apology(t *testing.T) {
	for name, ask := range map[string]askFunc{
		"too late": func(ctx context.Context, _ rag.Question) (rag.Answer, error) {
			<-ctx.Done()
			return rag.Answer{}, ctx.Err()
		},
		"error": func(context.Context, rag.Question) (rag.Answer, error) { return rag.Answer{}, errors.New("broken") },
		"panic": func(context.Context, rag.Question) (rag.Answer, error) { panic("broken") },
	} {
		s := newSite(t, setup{ask: ask, times: func(t *Times) { t.Apology = 30 * time.Millisecond }})
		s.say(user(1), "密问")
		s.wantTexts(user(1), "抱歉")
		if got := s.got(user(1))[0]; !strings.Contains(got, "12345") || !strings.Contains(got, "https://wenda.example.gov.cn/") {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

// An interim message of an earlier process is not said again.
func TestPoint13InterimOnce(t *testing.T) {
	hang := func(ctx context.Context, _ rag.Question) (rag.Answer, error) {
		<-ctx.Done()
		return rag.Answer{}, ctx.Err()
	}
	s := newSite(t, setup{ask: hang, times: func(t *Times) { t.Interim, t.Grace = 5*time.Millisecond, time.Millisecond }})
	s.say(user(1), "密问")
	wait(t, "the interim message", func() bool { return s.tally()["part sent"] == 1 })
	s.deps.Asker = askFunc(func(ctx context.Context, q rag.Question) (rag.Answer, error) {
		time.Sleep(30 * time.Millisecond)
		return echo(ctx, q)
	})
	s.again()
	s.wantTexts(user(1), "正在查询", "密答")
}

func long(sentences int) rag.Answer {
	a := quoted("")
	a.Text = ""
	for i := range sentences {
		a.Text += fmt.Sprintf("第%d件密事，计划办好，见https://wenda.example.gov.cn/doc/%032d。[1]", i+1, i)
	}
	a.Related = []string{"密甲？", "密乙？"}
	return a
}

func TestPoint14Quota(t *testing.T) {
	release := make(chan struct{})
	s := newSite(t, setup{times: func(t *Times) { t.Interim = 5 * time.Millisecond }, ask: func(context.Context, rag.Question) (rag.Answer, error) {
		<-release
		return long(200), nil
	}})
	s.say(user(1), "密问")
	wait(t, "the interim message", func() bool { return len(s.fake.Sent()) == 1 })
	close(release)
	got := s.got(user(1))
	if len(got) != 5 {
		t.Fatalf("%d sends, want 5: one interim and four parts", len(got))
	}
	last := got[4]
	if !strings.Contains(last, "完整内容：https://wenda.example.gov.cn/a/") || !strings.Contains(last, "教育工作计划") || len(s.fake.SentTo(user(1))[4].Menu) != 2 || !strings.Contains(last, "(4/4)") {
		t.Errorf("the last part: %q", last)
	}
	for _, p := range got[1:4] {
		if strings.Contains(p, "完整内容") || strings.Contains(p, "密甲") {
			t.Errorf("links or menu stand before the last part: %q", p)
		}
	}
}

// No quota left, or too late: nothing more is tried for the message. The next message is answered.
func TestPoint14StopsOn45047And45015(t *testing.T) {
	for _, code := range []int{45047, 45015, 40003} {
		s := newSite(t, setup{ask: answering(long(60))})
		s.fake.Inject("send", fake.Fault{}, fake.Fault{Code: code})
		s.say(user(1), "密问")
		s.quiet()
		if n := s.fake.Calls("send"); n != 2 {
			t.Errorf("%d: %d calls, want 2", code, n)
		}
		if got := s.tally(); got["part sent"] != 1 || got["part failed"] < 1 || got["part pending"] != 0 || got["message done"] != 1 {
			t.Errorf("%d: %v", code, got)
		}
		s.wantMetric("quota_exhausted_total{channel=main} 1")
		s.wantMetric(fmt.Sprintf("sends_total{channel=main,code=%d} 1", code))
		s.deps.Asker = askFunc(echo)
		s.again()
		s.say(user(1), "密问")
		s.quiet()
		if n := s.fake.Calls("send"); n != 3 {
			t.Errorf("%d: the next message made %d calls", code, n-2)
		}
	}
}

func TestPoint15Parts(t *testing.T) {
	a := long(60)
	a.Mode = rag.Generated
	s := newSite(t, setup{ask: answering(a), fake: fake.Options{NoMenus: true}})
	s.say(user(1), "密问")
	got := s.got(user(1))
	if len(got) < 3 || len(got) > 4 {
		t.Fatalf("%d parts", len(got))
	}
	var joined strings.Builder
	for i, p := range got {
		counter := fmt.Sprintf("\n(%d/%d)", i+1, len(got))
		if len(p) > maxPartBytes || !strings.HasSuffix(p, counter) {
			t.Errorf("part %d has %d bytes and ends with %q", i+1, len(p), p[len(p)-20:])
		}
		text := strings.TrimSuffix(p, counter)
		if i < len(got)-1 && !strings.HasSuffix(text, "。[1]") {
			t.Errorf("part %d ends inside a sentence: %q", i+1, text[len(text)-60:])
		}
		joined.WriteString(text)
	}
	if !strings.HasPrefix(got[0], "「以下内容由人工智能生成，仅供参考」\n") || !strings.Contains(joined.String(), a.Text) {
		t.Errorf("label or text: %q", joined.String())
	}
}

func TestPoint16Labels(t *testing.T) {
	for mode, labelled := range map[rag.Mode]bool{rag.Generated: true, rag.Quoted: false, rag.Curated: false, rag.Fixed: false} {
		a := long(60)
		a.Mode = mode
		s := newSite(t, setup{ask: answering(a)})
		s.say(user(1), "密问")
		s.quiet()
		for i, m := range s.fake.SentTo(user(1)) {
			if has := strings.HasPrefix(m.Text, "「以下内容由人工智能生成，仅供参考」"); has != (labelled && i == 0) || m.AI != labelled {
				t.Errorf("%s, part %d: label %v, is_ai_msg %v", mode, i+1, has, m.AI)
			}
		}
	}
}

func TestPoint17Citations(t *testing.T) {
	a := quoted("密答一。[1]密答二。[2]密答三。[3]")
	a.Text = "密答一。[1]密答二。[2]密答三。[3]"
	a.Citations = []rag.Citation{{N: 1, Title: "教育计划", Published: "2022-02-11"}, {N: 2, Title: "补充通知"}, {N: 3, Title: "教育计划", Published: "2022-02-11"}}
	a.Notice = "这是计划。"
	link := "https://wenda.example.gov.cn/a/" + a.ID
	for url, want := range map[string]string{
		"":     "密答一。[1]密答二。[2]密答三。[3]\n这是计划。\n\n[1][3] 教育计划（2022-02-11）" + link + "\n[2] 补充通知 " + link,
		"none": "密答一。[1]密答二。[2]密答三。[3]\n这是计划。\n\n[1][3] 教育计划（2022-02-11）\n[2] 补充通知",
	} {
		s := newSite(t, setup{ask: answering(a), url: url})
		s.say(user(1), "密问")
		if got := s.got(user(1)); len(got) != 1 || got[0] != want {
			t.Errorf("got %q\nwant %q", got, want)
		}
	}
	for status, text := range map[rag.Status]string{rag.NoSource: "现有的文件里没有这方面的密内容。", rag.NotStated: "文件没有说明密事。"} {
		s := newSite(t, setup{ask: answering(rag.Answer{ID: "a_1", Status: status, Mode: rag.Fixed, Text: text})})
		s.say(user(1), "密问")
		s.wantTexts(user(1), text)
		if got := s.got(user(1))[0]; !strings.Contains(got, "12345") {
			t.Errorf("%s: no 12345 in %q", status, got)
		}
	}
}

func TestTraditional(t *testing.T) {
	a := rag.Answer{ID: "a_1", Status: rag.NotStated, Mode: rag.Fixed, Text: "文件沒有說明密事。", Related: []string{"密甲？"}}
	s := newSite(t, setup{ask: answering(a), fake: fake.Options{NoMenus: true}})
	s.say(user(1), "今年新增多少學位")
	if got := s.got(user(1)); len(got) != 1 || !strings.Contains(got[0], "您可能還想問") || !strings.Contains(got[0], "回覆") || strings.Contains(got[0], "帮") {
		t.Errorf("got %q", got)
	}
}

func TestPoint18HandOver(t *testing.T) {
	set, err := defaultPrompts()
	if err != nil {
		t.Fatal(err)
	}
	// the engine's routes, without its index
	ask := func(_ context.Context, q rag.Question) (rag.Answer, error) {
		r, params, ok := set.Route(q.Text)
		if !ok {
			return rag.Answer{ID: "a_1", Status: rag.NoSource, Mode: rag.Fixed, Text: "没有密的内容。"}, nil
		}
		reply, err := set.Reply(r.Reply, params)
		h := set.Handoff
		return rag.Answer{ID: "a_1", Status: rag.Status(r.Status), Mode: rag.Fixed, Text: reply.Text, Handoff: &rag.Handoff{Name: h.Name, Phone: h.Phone, Hours: h.Hours}}, err
	}
	for _, transfer := range []bool{false, true} {
		for _, mode := range []string{"safe", "plain"} {
			for _, format := range []string{"json", "xml"} {
				s := newSite(t, setup{ask: ask, values: map[string]string{"transfer": fmt.Sprint(transfer), "mode": mode, "format": format}})
				for i, text := range []string{"人工", "转人工客服", "着火了"} {
					ack := s.say(user(1), text)
					if ack.Transfer != transfer {
						t.Errorf("%s: transfer %v, want %v", text, ack.Transfer, transfer)
					}
					if got := s.got(user(1)); len(got) != i+1 || !strings.Contains(got[i], "12") && !strings.Contains(got[i], "119") {
						t.Errorf("%s: got %q", text, got)
					} else if strings.Contains(got[i], "没法转接") == transfer && text != "着火了" || strings.Contains(got[i], "回复“人工”") {
						t.Errorf("%s, transfer %v: got %q", text, transfer, got[i])
					}
				}
				if s.say(user(2), "密问").Transfer {
					t.Error("a question is handed over")
				}
				s.say(user(2), "密问二")
				s.say(user(2), "密问三")
				got := s.got(user(2))
				if len(got) != 3 || strings.Contains(got[0], "连续两次") || !strings.Contains(got[1], "连续两次") || !strings.Contains(got[1], "12345") || strings.Contains(got[2], "连续两次") ||
					strings.Contains(got[1], "转接人工") != transfer {
					t.Errorf("misses: %q", got)
				}
				s.wantMetric("handovers_total{channel=main,how=told} 4")
			}
		}
	}
}

// What certainly did not arrive is tried again after each pause; nothing else is.
func TestPoint19Retries(t *testing.T) {
	busy := fake.Fault{Code: -1}
	for _, c := range []struct {
		name   string
		faults []fake.Fault
		call   string
		state  map[string]int // of one part; a message with two parts ends with both
		calls  int
		texts  int
	}{
		{"busy thrice", []fake.Fault{busy, busy, busy}, "send", map[string]int{"part sent": 1}, 4, 1},
		{"busy for ever", []fake.Fault{busy, busy, busy, busy}, "send", map[string]int{"part failed": 1}, 4, 0},
		{"45009", []fake.Fault{{Code: 45009}}, "send", map[string]int{"part sent": 1}, 2, 1},
		{"40001", []fake.Fault{{Code: 40001}}, "send", map[string]int{"part sent": 1}, 2, 1},
		{"42001", []fake.Fault{{Code: 42001}}, "send", map[string]int{"part sent": 1}, 2, 1},
		{"48001", []fake.Fault{{Code: 48001}}, "send", map[string]int{"part failed": 1}, 1, 0},
		{"non-JSON", []fake.Fault{{Body: "<html>oops</html>"}}, "send", map[string]int{"part unknown": 1}, 1, 1},
		{"502", []fake.Fault{{Body: "<html>", Status: 502, Early: true}}, "send", map[string]int{"part unknown": 1}, 1, 0},
		{"time-out before delivery", []fake.Fault{{Hang: "before"}}, "send", map[string]int{"part unknown": 1}, 1, 0},
		{"time-out after delivery", []fake.Fault{{Hang: "after"}}, "send", map[string]int{"part unknown": 1}, 1, 1},
		{"reset before", []fake.Fault{{Reset: "before"}}, "send", map[string]int{"part unknown": 1}, 1, 0},
		{"reset after", []fake.Fault{{Reset: "after"}}, "send", map[string]int{"part unknown": 1}, 1, 1},
		{"slow", []fake.Fault{{Slow: 50 * time.Millisecond}}, "send", map[string]int{"part sent": 1}, 1, 1},
		{"no token for a while", []fake.Fault{{Code: -1}, {Body: "<html>"}}, "stable_token", map[string]int{"part sent": 1}, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, setup{real: true, times: func(t *Times) {
				if c.faults[0].Hang != "" {
					t.Send = 200 * time.Millisecond
				}
				if c.call == "stable_token" { // a failed fetch rests for a second
					t.Retries = []time.Duration{1100 * time.Millisecond, 1100 * time.Millisecond, time.Millisecond}
				}
			}})
			s.fake.Inject(c.call, c.faults...)
			s.say(user(1), "密问")
			if got := s.got(user(1)); len(got) != c.texts {
				t.Errorf("got %q, want %d", got, c.texts)
			}
			got := s.tally()
			for what, n := range c.state {
				if got[what] != n {
					t.Errorf("got %v, want %v", got, c.state)
				}
			}
			if n := s.fake.Calls("send"); n != c.calls || got["message done"] != 1 {
				t.Errorf("%d calls, want %d; %v", n, c.calls, got)
			}
			s.deps.Times.Send = time.Minute
			s.again() // and a new process does nothing more
			s.say(user(2), "密问")
			s.wantTexts(user(2), "密答")
			if n := s.fake.Calls("send"); n != c.calls+1 {
				t.Errorf("%d more calls after a restart, want 1", n-c.calls)
			}
		})
	}
}

// A part that nobody knows of does not stop the parts behind it, which come in order.
func TestPoint19PartsInOrder(t *testing.T) {
	s := newSite(t, setup{ask: answering(long(60))})
	s.fake.Inject("send", fake.Fault{}, fake.Fault{Reset: "before"}, fake.Fault{Code: -1})
	s.say(user(1), "密问")
	got := s.got(user(1))
	n := len(got) + 1
	if n < 3 {
		t.Fatalf("%d parts", n)
	}
	for i, p := range got {
		part := i + 1
		if i > 0 {
			part++
		}
		if !strings.Contains(p, fmt.Sprintf("(%d/%d)", part, n)) {
			t.Errorf("%d came as number %d: %q", part, i+1, p[len(p)-30:])
		}
	}
	if tally := s.tally(); tally["part sent"] != n-1 || tally["part unknown"] != 1 {
		t.Errorf("got %v", tally)
	}
}

// Without menus the numbered text goes out, and the next one goes out so at once.
func TestMenuFallback(t *testing.T) {
	for _, code := range []int{45162, 40200, 40008} {
		a := quoted("密答")
		a.Related = []string{"密甲？", "密乙？"}
		s := newSite(t, setup{ask: answering(a)})
		s.fake.Inject("send", fake.Fault{Code: code})
		s.say(user(1), "密问")
		s.wantTexts(user(1), "回复 2：密乙？")
		s.say(user(1), "密问")
		s.quiet()
		if n := s.fake.Calls("send"); n != 3 {
			t.Errorf("%d: %d calls, want 3", code, n)
		}
		if got := s.tally(); got["part sent"] != 2 {
			t.Errorf("%d: %v", code, got)
		}
	}
}
