package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"wenda/rag/backend"
	"wenda/rag/backend/scripted"
)

// vendor is a scripted one that answers everything with the reply.
func vendor(t *testing.T, reply scripted.Reply) *scripted.Server {
	t.Helper()
	s := scripted.Start()
	t.Cleanup(s.Close)
	s.Answer(func(scripted.Request) scripted.Reply { return reply })
	return s
}

// What a model says in the doctor's trial, slowly.
func says(pieces ...string) scripted.Reply {
	steps := []scripted.Step{scripted.Wait(20 * time.Millisecond)}
	for _, piece := range pieces {
		steps = append(steps, scripted.Write(scripted.Delta(piece)), scripted.Wait(5*time.Millisecond))
	}
	return scripted.Stream(append(steps, scripted.Write(scripted.Finish("stop")), scripted.Write(scripted.UsageEvent(90, 20)), scripted.Write(scripted.End))...)
}

var (
	fit     = says("图书馆周一", "闭馆。[1]", "办理借书证", "需要带身份证。[2]")
	uncited = says("图书馆周一", "闭馆，办证带身份证。")
)

func TestDoctorTriesModels(t *testing.T) {
	for _, row := range []struct {
		name   string
		reply  scripted.Reply
		usable bool
		reason string
		want   []string // in the table
	}{
		{"fit", fit, true, "", []string{"连上", "引用格式", "可用", "90+20", "毫秒"}},
		{"not streamed", scripted.Whole("图书馆周一闭馆。[1]办证带身份证。[2]"), true, "", []string{"不是逐字返回", "可用"}},
		{"without citations", uncited, false, "", []string{"不可用", "标出处", "图书馆周一闭馆，办证带身份证。"}},
		{"in English", says("It is closed ", "on Monday. [1] Bring your card. [2]"), false, "", []string{"没有用中文回答"}},
		{"a wrong key", scripted.Refuse(401, "", "Incorrect API key provided: "+hushed, ""), false, backend.ReasonUnauthorized, []string{"不可用", "密钥不对", "HTTP 401", "unauthorized"}},
		{"no such model", scripted.Refuse(404, "", "model m does not exist", ""), false, backend.ReasonBadRequest, []string{"模型名或接口地址不对", "model m does not exist"}},
		{"a page", scripted.HTML(200), false, backend.ReasonBadReply, []string{"打开的是网页"}},
		{"it does not come to an end", scripted.Stream(scripted.Write(scripted.Delta("周一")), scripted.Write(scripted.Delta("周一")), scripted.Write(scripted.Finish("length")), scripted.Write(scripted.End)),
			false, backend.ReasonTruncated, []string{"停不下来"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := vendor(t, row.reply)
			t.Setenv("WENDA_LLM_URL_DEEPSEEK", s.URL+"/v1")
			t.Setenv("WENDA_LLM_KEY_DEEPSEEK", hushed)
			code := exitFailure
			if row.usable {
				code = exitAnswered
			}
			got := runShort(t, "doctor", "--llm", "deepseek=m")
			if got.code != code {
				t.Errorf("exit status %d, want %d", got.code, code)
			}
			for _, want := range row.want {
				if !strings.Contains(got.stdout, want) {
					t.Errorf("no %q in\n%s%s", want, got.stdout, got.stderr)
				}
			}
			t.Setenv("WENDA_LLM", "deepseek=m")
			coded := runShort(t, "doctor", "--llm", "--json")
			var trials []trial
			if err := json.Unmarshal([]byte(coded.stdout), &trials); err != nil || coded.code != code || len(trials) != 1 {
				t.Fatalf("status %d, %v: %s%s", coded.code, err, coded.stdout, coded.stderr)
			}
			if got := trials[0]; got.Usable != row.usable || got.Reason != row.reason || !got.Reachable || row.name == "fit" && (got.TokensPerSecond <= 0 || got.FirstTokenMS < 20) {
				t.Errorf("got %+v", got)
			}
			if all := got.stdout + got.stderr + coded.stdout + coded.stderr; strings.Contains(all, hushed) || strings.Contains(all, "TAIL") {
				t.Errorf("the key shows in %s", all)
			}
		})
	}
}

// One that does not answer spoils the status and not the others' trials; models of both lists are tried, each once.
func TestDoctorTriesAllModels(t *testing.T) {
	good, small := vendor(t, fit), vendor(t, fit)
	gone := scripted.Start()
	gone.Close()
	got := runShort(t, "doctor", "--llm="+gone.URL+"/v1=a,"+good.URL+"/v1=b", "--llm-rewrite", small.URL+"/v1=c,"+good.URL+"/v1=b", "--json")
	var trials []trial
	if err := json.Unmarshal([]byte(got.stdout), &trials); err != nil || len(trials) != 3 || got.code != exitFailure {
		t.Fatalf("status %d, %v: %s%s", got.code, err, got.stdout, got.stderr)
	}
	if trials[0].Reason != backend.ReasonUnreachable || trials[0].Reachable || !trials[1].Usable || !trials[2].Usable || len(good.Requests()) != 1 {
		t.Errorf("got %+v", trials)
	}
}

func TestDoctorWithoutModels(t *testing.T) {
	got := runShort(t, "doctor", "--llm")
	wantPlainFailure(t, got, "没有设置大语言模型", "docs/models.md")
	for _, args := range [][]string{{"doctor", "deepseek"}, {"doctor", "--llm", "a", "b"}, {"doctor", "--llm=ollama=m", "more"}, {"doctor", "--llm", "gogle"}} {
		if got := runShort(t, args...); got.code != exitMisuse {
			t.Errorf("%q: exit status %d, want %d", args, got.code, exitMisuse)
		}
	}
}

func TestTableAlignsChinese(t *testing.T) {
	var b strings.Builder
	writeTable(&b, [][]string{{"模型", "是"}, {"a", "否"}, {"abcdef", "x"}})
	if got, want := b.String(), "模型    是\na       否\nabcdef  x\n"; got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}
