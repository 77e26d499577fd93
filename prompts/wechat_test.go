package prompts

import (
	"strings"
	"testing"
)

func TestWeChatTexts(t *testing.T) {
	w := load(t).WeChat
	params := Params{}
	for _, h := range weChatTexts() {
		for _, name := range append(h.must, h.may...) {
			params[name] = "某"
		}
	}
	if len(w.texts) < 20 {
		t.Fatalf("%d texts", len(w.texts))
	}
	for name := range weChatTexts() {
		if got := w.Text(name, params); got == "" || strings.ContainsAny(got, "{}") {
			t.Errorf("%s: %q", name, got)
		}
	}
	if !w.Resets("新对话") || w.Resets("新对话是什么") {
		t.Error("resets")
	}
}

func TestWeChatProblems(t *testing.T) {
	text, err := Default(weChatFile)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"unused":              {"media: ", "medium: ", "nobody uses"},
		"no label":            {"label: 「以下内容由人工智能生成，仅供参考」", "label: 仅供参考", "does not name"},
		"unknown placeholder": {"interim: 正在查询", "interim: 正在查询{{name}}", "unknown placeholder"},
		"missing placeholder": {"完整内容：{{link}}", "完整内容", "{{link}} is missing"},
		"no phone":            {"apology: 抱歉，这个问题没能及时查到答案。请稍后再问一次，或拨打{{phone}}（{{hours}}）。", "apology: 抱歉", "does not tell"},
		"channel, unused":     {"channels: {}", "channels: {main: {medium: 无}}", "channels main medium: nobody uses"},
		"channel, no phone":   {"channels: {}", "channels: {main: {apology: 抱歉}}", "channels main apology: does not tell"},
		"too long":            {"reset: 好的", "reset: " + strings.Repeat("好", 200), "characters"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(string(text), c.old, c.new, 1)
			if changed == string(text) {
				t.Fatal("nothing changed")
			}
			_, err := Load(func(file string) ([]byte, bool, error) { return []byte(changed), file == weChatFile, nil })
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestWeChatTextsOfAChannel(t *testing.T) {
	text, err := Default(weChatFile)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), "channels: {}", "channels: {youth: {reset: 从头来过！}}", 1)
	s, err := Load(func(file string) ([]byte, bool, error) { return []byte(changed), file == weChatFile, nil })
	if err != nil {
		t.Fatal(err)
	}
	common := s.WeChat.Text("reset", nil)
	if got := s.WeChat.Of("youth").Text("reset", nil); got != "从头来过！" || got == common {
		t.Errorf("got %q", got)
	}
	if got := s.WeChat.Of("youth").Text("busy", nil); got != s.WeChat.Text("busy", nil) {
		t.Errorf("what it does not say otherwise: %q", got)
	}
	if got := s.WeChat.Of("other").Text("reset", nil); got != common || !s.WeChat.Of("youth").Resets("新对话") {
		t.Errorf("another channel says %q", got)
	}
}
