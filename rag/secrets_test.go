package rag

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestSecrets(t *testing.T) {
	const canary, order = "feedfacecafebeef", "数字日期名称都要照抄，不得换算，也不得合计。"
	p := passage{text: "数字日期名称都在表里。"}
	s := secretsOf(canary, []string{order + canary}, []passage{p})
	code := base64.StdEncoding.EncodeToString([]byte(order))
	for name, c := range map[string]struct {
		before, text string
		leaks        bool
	}{
		"in one piece":       {"", "要求是都要照抄，不得换算", true},
		"blanks and marks":   {"", "照 抄，不-得。换 算 也 不 得", true},
		"over two sentences": {letters("称都要照抄"), "不得换算", true},
		"seven letters":      {"", "都要照抄不得换", false},
		"stands in passages": {"", "数字日期名称都在表里", false},
		"shared beginning":   {"", "数字日期名称都", false},
		"canary":             {"", "编号 FEED FACE cafe-beef", true},
		"canary in halves":   {"feedface", "cafebeef", true},
		"base64":             {"", "看这里：" + code, true},
		"base64 with blanks": {"", "看：" + code[:20] + " " + code[20:], true},
		"base64 of a tail":   {"", code[2:], true},
		"base64 for URLs":    {"", strings.NewReplacer("+", "-", "/", "_").Replace(code), true},
		"harmless":           {"", "计划新增学位1500个。", false},
		"harmless code":      {"", "文号abcdefghijklmnop", false},
	} {
		if got := s.leaked(c.before, c.text); (got != "") != c.leaks {
			t.Errorf("%s: leaked(%q) = %q, want one: %v", name, c.text, got, c.leaks)
		}
	}
}

// A sentence that its passage bears out is held back all the same when it repeats what the model was told.
func TestExaminerKeepsSecrets(t *testing.T) {
	for _, p := range sentencesOf(t) {
		if !strings.Contains(p.text, "新增学位1500个") {
			continue
		}
		x := &examiner{passages: []passage{p}, terms: &promptSet(t).Terms, secrets: secretsOf("feedfacecafebeef", nil, []passage{p})}
		if _, v := x.examine(t.Context(), parseSaying("全年新增学位1500个。[1]")); !v.OK {
			t.Fatalf("no secret, and refused: %+v", v)
		}
		x.secrets = secretsOf("feedfacecafebeef", []string{"全年新增学位1500个"}, []passage{p})
		if _, v := x.examine(t.Context(), parseSaying("全年新增学位1500个。[1]")); v.OK || v.Reason != "leak" {
			t.Errorf("got %+v, want a leak", v)
		}
		return
	}
	t.Fatal("no such sentence")
}
