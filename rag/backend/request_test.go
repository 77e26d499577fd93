package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tmc/langchaingo/llms"

	"wenda/rag/backend/scripted"
)

// What each vendor of the table gets to read, down to the field.
func TestRequestsFitTheVendor(t *testing.T) {
	// Variables that langchaingo would read, and send elsewhere, if it were let.
	t.Setenv("OPENAI_API_KEY", "sk-of-somebody-else")
	t.Setenv("OPENAI_MODEL", "of-somebody-else")
	t.Setenv("OPENAI_BASE_URL", "http://127.0.0.1:1")
	t.Setenv("OPENAI_ORGANIZATION", "somebody")
	common := []string{"max_tokens", "messages", "model", "stream", "stream_options", "temperature"}
	want := map[string][]string{
		"":            common,
		"deepseek":    append(slices.Clone(common), "thinking"),
		"qwen":        append(slices.Clone(common), "enable_thinking"),
		"glm":         {"max_tokens", "messages", "model", "stream", "temperature", "thinking"},
		"kimi":        {"max_completion_tokens", "messages", "model", "stream", "stream_options", "thinking"},
		"doubao":      append(slices.Clone(common), "thinking"),
		"hunyuan":     common,
		"siliconflow": append(slices.Clone(common), "enable_thinking"),
		"openai":      {"max_completion_tokens", "messages", "model", "stream", "stream_options", "temperature"},
		"vllm":        append(slices.Clone(common), "chat_template_kwargs"),
		"llamacpp":    append(slices.Clone(common), "chat_template_kwargs"),
		"ollama":      {"format", "messages", "model", "options", "stream", "think"},
	}
	for _, vendor := range append(Vendors(), "") {
		fields, ok := want[vendor]
		if !ok {
			t.Errorf("no row for %s", vendor)
			continue
		}
		s := vendorServer(t)
		b := backendOf(t, configOf(s, vendor))
		if _, err := b.Compose(t.Context(), Request{Messages: ask("新增多少？").Messages, MaxTokens: 120}, new(heard).deliver); err != nil {
			t.Fatalf("%s: %v", vendor, err)
		}
		asked := s.Requests()
		if len(asked) != 1 {
			t.Fatalf("%s: %d requests", vendor, len(asked))
		}
		var got map[string]json.RawMessage
		if err := json.Unmarshal(asked[0].Body, &got); err != nil {
			t.Fatal(err)
		}
		slices.Sort(fields)
		if names := slices.Sorted(mapKeys(got)); !slices.Equal(names, fields) {
			t.Errorf("%s: got %q, want %q", vendor, names, fields)
		}
		for field, value := range map[string]string{
			"thinking": `{"type":"disabled"}`, "enable_thinking": "false", "think": "false", "max_tokens": "120", "max_completion_tokens": "120",
			"chat_template_kwargs": `{"enable_thinking":false}`, "stream": "true", "model": `"m"`,
		} {
			if have, has := got[field]; has && string(have) != value {
				t.Errorf("%s: %s is %s, want %s", vendor, field, have, value)
			}
		}
		if vendor == "ollama" {
			var options struct {
				Window int `json:"num_ctx"`
				Limit  int `json:"num_predict"`
			}
			if err := json.Unmarshal(got["options"], &options); err != nil || options.Window != 8192 || options.Limit != 120 {
				t.Errorf("ollama: options %s, %v", got["options"], err)
			}
		}
		messages := []scripted.Message{{Role: "system", Content: "只根据材料回答。[1] 全年新建、改扩建学校13所，新增学位2800个。"}, {Role: "user", Content: "新增多少？"}}
		if !reflect.DeepEqual(asked[0].Messages, messages) {
			t.Errorf("%s: messages %+v", vendor, asked[0].Messages)
		}
		for name, value := range asked[0].Header {
			switch name {
			case "Authorization":
				if value[0] != "Bearer "+testKey {
					t.Errorf("%s: key %q", vendor, value)
				}
			case "Accept", "Accept-Encoding", "Content-Length", "Content-Type", "User-Agent":
				if strings.Contains(value[0], "langchaingo") || strings.Contains(value[0], "gzip") {
					t.Errorf("%s: %s: %s", vendor, name, value)
				}
			default:
				t.Errorf("%s: header %s: %s", vendor, name, value)
			}
		}
	}
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range m {
			if !yield(key) {
				return
			}
		}
	}
}

func TestNoKeyIsSentWhereThereIsNone(t *testing.T) {
	for _, vendor := range []string{"", "ollama", "vllm"} {
		s := vendorServer(t)
		c := configOf(s, vendor)
		c.Key = ""
		if _, err := backendOf(t, c).Compose(t.Context(), ask("?"), new(heard).deliver); err != nil {
			t.Fatal(err)
		}
		if got := s.Requests()[0].Header.Get("Authorization"); got != "" {
			t.Errorf("%s: sent %q", vendor, got)
		}
	}
}

func TestExtraFieldsOfTheOperatorWin(t *testing.T) {
	s := vendorServer(t)
	c := configOf(s, "qwen")
	c.Extra = `{"enable_thinking": null, "top_p": 0.5, "temperature": 0.3}`
	if _, err := backendOf(t, c).Compose(t.Context(), ask("?"), new(heard).deliver); err != nil {
		t.Fatal(err)
	}
	body := string(s.Requests()[0].Body)
	if strings.Contains(body, "enable_thinking") || !strings.Contains(body, `"top_p":0.5`) || !strings.Contains(body, `"temperature":0.3`) {
		t.Errorf("sent %s", body)
	}
}

// thief is a transport that looks at what passes.
type thief struct {
	mu    sync.Mutex
	hosts []string
}

func (r *thief) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hosts = append(r.hosts, req.URL.Host)
	return http.DefaultTransport.RoundTrip(req)
}

func TestTheKeyGoesToOneHostAlone(t *testing.T) {
	elsewhere := vendorServer(t)
	s := vendorServer(t)
	s.Script(scripted.Redirect(elsewhere.URL+"/v1/chat/completions"), scripted.Redirect(elsewhere.URL+"/v1/embeddings"))
	c, spy := configOf(s, ""), &thief{}
	c.Transport = spy
	b := backendOf(t, c)
	if _, err := b.Compose(t.Context(), ask("?"), new(heard).deliver); err == nil {
		t.Error("followed a redirect")
	}
	e, err := NewEmbedder(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.EmbedQuery(t.Context(), "学位"); err == nil {
		t.Error("followed a redirect")
	}
	if len(elsewhere.Requests()) != 0 || len(spy.hosts) != 2 {
		t.Errorf("hosts %q", spy.hosts)
	}
	// A request for another host is not sent, whoever makes it.
	call := b.s.begin(t.Context(), 1000, b.s.limits.Header)
	defer call.end()
	req, err := http.NewRequestWithContext(call.ctx, http.MethodPost, elsewhere.URL, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := b.s.client.Do(req); err == nil {
		resp.Body.Close()
		t.Error("sent to another host")
	}
	req, _ = http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, strings.NewReader("{}"))
	if resp, err := b.s.client.Do(req); err == nil {
		resp.Body.Close()
		t.Error("sent outside of a call")
	}
}

func TestASecretNeverShows(t *testing.T) {
	c := Config{Vendor: "qwen", Key: testKey}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("start", "config", c, "key", c.Key)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("start", "config", c, "key", c.Key)
	encoded, err := json.Marshal(struct{ Key Secret }{c.Key})
	if err != nil {
		t.Fatal(err)
	}
	shown := logged.String() + string(encoded) + fmt.Sprintf("%v %+v %#v %s %q %v", c, c, c, c.Key, c.Key, &c)
	if strings.Contains(shown, "wenda0123") || !strings.Contains(shown, "[key]") {
		t.Errorf("shows %s", shown)
	}
}

func TestConfigReportsAllProblemsAtOnce(t *testing.T) {
	for _, row := range []struct {
		name string
		c    Config
		want []string
	}{
		{"unknown vendor", Config{Vendor: "eliza"}, []string{`"eliza" is not one of deepseek, qwen,`}},
		{"nothing given", Config{}, []string{"no model", "no base URL"}},
		{"no key", Config{Vendor: "deepseek"}, []string{"no key"}},
		{"three problems", Config{Vendor: "doubao", BaseURL: "ftp://x", Extra: "[]"}, []string{"no model", "no key", "http or https", "must be a JSON object"}},
		{"a key with a line break", Config{Vendor: "glm", Key: "abc\n"}, []string{"line break"}},
		{"a base URL with a key", Config{Model: "m", BaseURL: "https://u:hush@h/v1"}, []string{"h: the base URL", "without user"}},
		{"a base URL with a query", Config{Model: "m", BaseURL: "https://h/v1?key=hush"}, []string{"h: the base URL", "query"}},
		{"a base URL that is none", Config{Model: "m", BaseURL: "https://h:hush%zz/"}, []string{"http or https"}},
		{"a base URL without a host", Config{Model: "m", BaseURL: "https:///v1"}, []string{"with a host"}},
		{"extra that takes over", Config{Vendor: "vllm", Model: "m", Extra: `{"model":"other"}`}, []string{`input: model`}},
		{"llamacpp without an address", Config{Vendor: "llamacpp"}, []string{"no base URL"}},
	} {
		for kind, err := range map[string]error{"backend": second(New(row.c)), "embedder": second(NewEmbedder(row.c))} {
			if err == nil {
				t.Errorf("%s: a %s was made", row.name, kind)
				continue
			}
			for _, want := range row.want {
				if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
					t.Errorf("%s: got %q, want %q", row.name, err, want)
				}
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

// The table itself: every line can be used as it stands, or says what the operator must give.
func TestTheTableIsWhole(t *testing.T) {
	if want := []string{"deepseek", "qwen", "glm", "kimi", "doubao", "hunyuan", "siliconflow", "openai", "ollama", "vllm", "llamacpp"}; !slices.Equal(Vendors(), want) {
		t.Errorf("got %q, want %q", Vendors(), want)
	}
	for _, v := range vendors {
		c := Config{Vendor: v.name, Key: testKey, Model: "m"}
		if v.base == "" {
			c.BaseURL = "http://127.0.0.1:9931/v1"
		} else if _, err := parseBase(v.base); err != nil {
			t.Errorf("%s: %v", v.name, err)
		}
		b, err := New(c)
		if err != nil {
			t.Errorf("%s: %v", v.name, err)
			continue
		}
		if want := v.name + "/m"; !strings.HasPrefix(b.Name(), want) {
			t.Errorf("%s: name %s", v.name, b.Name())
		}
		if strings.HasPrefix(v.base, "http:") && (v.key || !strings.Contains(v.base, "localhost")) {
			t.Errorf("%s: a key, or another machine, over plain http", v.name)
		}
		if v.embedding != "" && v.batch == 0 || !v.ollama && v.limit == "" {
			t.Errorf("%s: batch %d, limit %q", v.name, v.batch, v.limit)
		}
		if _, err := mergeExtra(v.extra); err != nil {
			t.Errorf("%s: %v", v.name, err)
		}
	}
}

func TestMessagesOfAnotherShapeAreRefused(t *testing.T) {
	b := backendOf(t, configOf(vendorServer(t), ""))
	for name, messages := range map[string][]llms.MessageContent{
		"none":    nil,
		"a tool":  {llms.TextParts(llms.ChatMessageTypeTool, "x")},
		"a photo": {{Role: llms.ChatMessageTypeHuman, Parts: []llms.ContentPart{llms.ImageURLPart("https://h/x.png")}}},
	} {
		if _, err := b.Compose(t.Context(), Request{Messages: messages}, new(heard).deliver); err == nil {
			t.Errorf("%s: sent", name)
		}
	}
	// Several text parts are one message, for every vendor; the caller's are not changed.
	messages := []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "甲", "乙")}
	for _, vendor := range []string{"", "ollama"} {
		s := vendorServer(t)
		if _, err := backendOf(t, configOf(s, vendor)).Compose(t.Context(), Request{Messages: messages}, new(heard).deliver); err != nil {
			t.Fatal(err)
		}
		if got := s.Requests()[0].Messages[0].Content; got != "甲乙" || len(messages[0].Parts) != 2 {
			t.Errorf("%s: sent %q, %d parts left", vendor, got, len(messages[0].Parts))
		}
	}
}

func TestMaxTokensAreBounded(t *testing.T) {
	s := vendorServer(t)
	b := backendOf(t, configOf(s, ""))
	for _, row := range []struct{ asked, sent int }{{0, 800}, {50, 50}, {5000, 800}, {-1, 800}} {
		if _, err := b.Compose(t.Context(), Request{Messages: ask("?").Messages, MaxTokens: row.asked}, new(heard).deliver); err != nil {
			t.Fatal(err)
		}
		asked := s.Requests()
		if body := string(asked[len(asked)-1].Body); !strings.Contains(body, fmt.Sprintf(`"max_tokens":%d`, row.sent)) {
			t.Errorf("%d: sent %s", row.asked, body)
		}
	}
}

// Usage: the vendor's figures, or an estimate that says so; cost by the operator's prices.
func TestTokensAndCost(t *testing.T) {
	s := vendorServer(t)
	c := configOf(s, "")
	c.Price = Price{Prompt: 2, Completion: 8}
	b := backendOf(t, c)
	done, err := b.Compose(t.Context(), ask("?"), new(heard).deliver)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Tokens{Prompt: 100, Completion: 6}); done.Tokens != want || done.Cost != (100*2+6*8)/1e6 {
		t.Errorf("got %+v for %v, want %+v", done.Tokens, done.Cost, want)
	}
	s.Script(scripted.Stream(scripted.Write(scripted.Delta("学位2800个")), scripted.Write(scripted.Finish("stop")), scripted.Write(scripted.End)))
	if done, err = b.Compose(t.Context(), ask("?"), new(heard).deliver); err != nil {
		t.Fatal(err)
	}
	if want := (Tokens{Prompt: 36 + len("?"), Completion: 7, Estimated: true}); done.Tokens != want {
		t.Errorf("got %+v, want %+v", done.Tokens, want)
	}
}

// A resident who reads slowly is not a vendor that stalls.
func TestASlowReaderIsNotAStall(t *testing.T) {
	s := vendorServer(t)
	s.Script(scripted.Chat("一", "二", "三"))
	c := configOf(s, "")
	c.Limits.Gap = short
	var h heard
	done, err := backendOf(t, c).Compose(t.Context(), ask("?"), func(ctx context.Context, piece string) error {
		time.Sleep(2 * short)
		return h.deliver(ctx, piece)
	})
	if err != nil || done.Text != "一二三" {
		t.Errorf("got %q, %v", done.Text, err)
	}
}
