package staff

import (
	"net/http"
	"strings"
	"testing"

	"wenda/store"
)

// An administrator changes the embedder, sees how far it is on a page that asks for itself, calls it off, and is told why one failed.
func TestEmbedderPages(t *testing.T) {
	s, running := runningSite(t)
	running.state.Embedders = []Embedder{{Written: "bundled", Model: "bge", Serves: true}, {Written: "qwen", Model: "qwen/text-embedding-v4", Remote: true, Breaker: "open"},
		{Written: "vllm=x", Lacking: "没有装好"}, {Written: "words"}}
	admin, viewer := s.as("li", store.Admin), s.as("wang", store.View)
	const page = "/staff/channels/embedder"
	for name, fields := range map[string][]string{"no reason": {"to", "qwen", "reason", " "}, "a long one": {"to", "qwen", "reason", strings.Repeat("长", 201)},
		"not in the list": {"to", "glm", "reason", "x"}, "the one that serves": {"to", "bundled", "reason", "x"}, "one that lacks something": {"to", "vllm=x", "reason", "x"}} {
		if status, _ := admin.post(page, form(fields...)); status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, status)
		}
	}
	if got := mainOf(viewer.mustGet(page)); strings.Contains(got, "<form") || !strings.Contains(got, "自带的句子模型") || !strings.Contains(got, "每个问题（已遮住个人信息）都会送给它") || !strings.Contains(got, "没有装好") {
		t.Errorf("a viewer sees %s", got)
	}
	told := running.switched.Load()
	if got := admin.mustPost(page, form("to", "qwen", "reason", "想<b>更准</b>")); !strings.Contains(got, "旧的索引照常回答") || !strings.Contains(got, `http-equiv="refresh" content="2"`) ||
		!strings.Contains(got, "想&lt;b&gt;更准&lt;/b&gt;") || strings.Contains(got, `name="to"`) {
		t.Errorf("begun: %s", mainOf(got))
	}
	if running.switched.Load() != told+1 {
		t.Error("the server was not told")
	}
	if status, body := admin.post(page, form("to", "words", "reason", "x")); status != http.StatusConflict || !strings.Contains(body, "已经在更换") {
		t.Errorf("two at once: %d", status)
	}
	running.state.Change = &EmbedderChange{To: "qwen", Done: 300, All: 1200, Last: "quota"}
	got := mainOf(viewer.mustGet(page))
	for _, want := range []string{`<progress max="1200" value="300"`, "25%", "没有余额（quota）"} {
		if !strings.Contains(got, want) {
			t.Errorf("half way: no %q in %s", want, got)
		}
	}
	if got := mainOf(viewer.mustGet("/staff/channels")); !strings.Contains(got, "正在更换，看进度") {
		t.Error("the page of channels does not lead there")
	}
	running.state.Change = nil
	if got := admin.mustPost(page+"/cancel", form()); !strings.Contains(got, "已取消，仍用原来的") || strings.Contains(got, "http-equiv") {
		t.Errorf("called off: %s", mainOf(got))
	}
	if got := admin.mustPost(page+"/cancel", form()); !strings.Contains(got, "不用取消") {
		t.Errorf("again: %s", mainOf(got))
	}
	admin.mustPost(page, form("to", "qwen", "reason", "再试"))
	if err := s.store.EmbedderFailed(t.Context(), "qwen", "unauthorized"); err != nil {
		t.Fatal(err)
	}
	if got := mainOf(viewer.mustGet(page)); !strings.Contains(got, "上一次更换没有成功") || !strings.Contains(got, "居民不受影响") || !strings.Contains(got, "密钥不对（unauthorized）") {
		t.Errorf("failed: %s", got)
	}
}
