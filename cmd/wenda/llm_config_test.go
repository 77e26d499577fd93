package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"wenda/rag"
	"wenda/rag/backend"
)

// hushed is a key that must never be seen.
const hushed = "sk-hush0123456789TAIL"

// configOf loads a configuration as a command with these flags does.
func configOf(t *testing.T, args ...string) (Config, error) {
	t.Helper()
	root := newRoot()
	c, _, err := root.Find([]string{"documents"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	return loadConfig(c)
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestModelsFromFileVariablesAndFlags(t *testing.T) {
	key := writeFile(t, "key", hushed+"\n")
	file := writeFile(t, "wenda.yaml", `
llm: [glm=glm-5.1, ollama=qwen3:8b]
llm-key-file: {glm: `+key+`}
llm-url: {ollama: "http://10.0.0.5:11434", glm: "https://file.example/v4"}
llm-price: {glm: 1/2, "glm=glm-5.1": 5/6}
llm-limits: {gap: 7s, max-tokens: 600}
llm-day-tokens: 5000
llm-channel-tokens: {wechat: 1000}
`)
	t.Setenv("WENDA_LLM_URL_GLM", "https://variable.example/v4")
	t.Setenv("WENDA_LLM_LIMITS_FIRST_TOKEN", "20s")
	t.Setenv("WENDA_LLM_CHANNEL_TOKENS_PORTAL", "2000")
	t.Setenv("WENDA_LLM_KEY_DEEPSEEK", hushed)
	t.Setenv("WENDA_LLM_KEY_KIMI", "") // as if it was not set
	cfg, err := configOf(t, "--config", file, "--llm-rewrite", "deepseek,ollama=qwen3:8b", "--llm-url", "ollama=http://10.0.0.6:11434", "--llm-limits", "gap=8s",
		"--llm-extra", `glm={"stop":["a=b","c"]}`, "--llm-extra", `ollama=qwen3:8b={}`)
	if err != nil {
		t.Fatal(err)
	}
	plan, problems := cfg.LLM.plan()
	if len(problems) > 0 || len(plan.compose) != 2 || len(plan.rewrite) != 2 {
		t.Fatalf("got %+v, %v", plan, problems)
	}
	want := backend.Config{Vendor: "glm", Model: "glm-5.1", BaseURL: "https://variable.example/v4", Key: hushed, Price: backend.Price{Prompt: 5, Completion: 6},
		Extra:  `{"stop":["a=b","c"]}`,
		Limits: backend.Limits{Gap: 8 * time.Second, FirstToken: 20 * time.Second, MaxTokens: 600}}
	if got := plan.compose[0]; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := plan.compose[1]; got.Vendor != "ollama" || got.Model != "qwen3:8b" || got.BaseURL != "http://10.0.0.6:11434" || got.Key != "" {
		t.Errorf("got %+v", got)
	}
	if got := plan.rewrite[0]; got.Vendor != "deepseek" || got.Model != "" || got.Key != hushed {
		t.Errorf("got %+v", got)
	}
	if got := plan.chain; got.DayTokens != 5000 || !reflect.DeepEqual(got.ChannelTokens, map[string]int{"wechat": 1000, "portal": 2000}) {
		t.Errorf("got %+v", got)
	}
	models, err := cfg.LLM.openModels(newLog(os.Stderr, "error"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer models.close()
	if got, want := models.names(), []string{"glm/glm-5.1@variable.example", "ollama/qwen3:8b@10.0.0.6:11434", "deepseek/deepseek-flash"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if want := (rag.Patience{First: 20 * time.Second, Gap: 8 * time.Second, Total: time.Minute}); models.patience != want { // no shorter than calls may take
		t.Errorf("patience: got %+v, want %+v", models.patience, want)
	}
	if models.Rewrite == models.Compose || len(models.Rewrite.Usage().Backends) != 3 {
		t.Error("the chain to rewrite is not beside the other")
	}
}

func TestNoModelsByDefault(t *testing.T) {
	for _, list := range []string{"", "none"} {
		t.Setenv("WENDA_LLM", list)
		cfg, err := configOf(t)
		if err != nil {
			t.Fatal(err)
		}
		if models, err := cfg.LLM.openModels(nil, nil); models != nil || err != nil {
			t.Errorf("%q: got %v, %v", list, models, err)
		}
	}
}

func TestWhatIsWrongWithModels(t *testing.T) {
	empty, yaml := writeFile(t, "key", " \n"), writeFile(t, "c.yaml", "llm-key: {glm: "+hushed+"}")
	for _, row := range []struct {
		name string
		env  map[string]string
		args []string
		want []string
	}{
		{"an unknown vendor", nil, []string{"--llm", "gogle"}, []string{`"gogle"`, "deepseek、qwen", "接口地址=模型"}},
		{"no key", nil, []string{"--llm", "deepseek"}, []string{"WENDA_LLM_KEY_DEEPSEEK", "WENDA_LLM_KEY_DEEPSEEK_FILE"}},
		{"no model and no key", nil, []string{"--llm", "doubao"}, []string{"doubao=模型", "WENDA_LLM_KEY_DOUBAO"}},
		{"an empty model", nil, []string{"--llm", "ollama="}, []string{"没有模型名"}},
		{"no address", nil, []string{"--llm", "llamacpp"}, []string{"WENDA_LLM_URL_LLAMACPP"}},
		{"a URL without a model", nil, []string{"--llm", "http://h/v1"}, []string{"http://h/v1=模型"}},
		{"a URL with a key", nil, []string{"--llm", "http://u:" + hushed + "@h/v1=m"}, []string{"http://h/v1", "没有用户名"}},
		{"a URL that is none", nil, []string{"--llm", "http://%zz/" + hushed + "=m"}, []string{"应为 http"}},
		{"a bad address", map[string]string{"WENDA_LLM_URL_OLLAMA": "ftp://x"}, []string{"--llm", "ollama=m"}, []string{"应为 http"}},
		{"a bad key", map[string]string{"WENDA_LLM_KEY_QWEN": hushed + " x"}, []string{"--llm", "qwen"}, []string{"密钥里有空格"}},
		{"none and others", nil, []string{"--llm", "none,ollama=m"}, []string{"none 不能"}},
		{"twice", nil, []string{"--llm", "ollama=m,ollama=m"}, []string{"写了两次"}},
		{"to rewrite alone", nil, []string{"--llm-rewrite", "ollama=m"}, []string{"llm-rewrite 要和 llm"}},
		{"one key for two hosts", map[string]string{"WENDA_LLM_KEY_OTHER": hushed}, []string{"--llm", "https://a/v1=m,https://b/v1=m"}, []string{"a 和 b", "一个密钥只能给一家"}},
		{"an address of other", nil, []string{"--llm-url", "other=http://h"}, []string{"直接写在 llm"}},
		{"an unknown vendor's address", nil, []string{"--llm-url", "gogle=http://h"}, []string{"llm-url", `"gogle"`}},
		{"an unknown vendor's key", map[string]string{"WENDA_LLM_KEY_GOGLE": hushed}, nil, []string{"WENDA_LLM_KEY_GOGLE"}},
		{"a key by variable and by file", map[string]string{"WENDA_LLM_KEY_GLM": hushed, "WENDA_LLM_KEY_GLM_FILE": empty}, nil, []string{"两个密钥"}},
		{"an empty key file", map[string]string{"WENDA_LLM_KEY_GLM_FILE": empty}, nil, []string{"是空的"}},
		{"no key file", map[string]string{"WENDA_LLM_KEY_GLM_FILE": empty + "x"}, nil, []string{"读不了"}},
		{"a key in the YAML file", nil, []string{"--config", yaml}, []string{"密钥不写在配置文件里"}},
		{"a variable without a name", map[string]string{"WENDA_LLM_KEY": hushed}, nil, []string{"后面要有名称"}},
		{"half a price", nil, []string{"--llm", "ollama=m", "--llm-price", "ollama=3"}, []string{"输入/输出"}},
		{"a price that is none", nil, []string{"--llm", "ollama=m", "--llm-price", "ollama=NaN/-1"}, []string{"输入/输出"}},
		{"extra that is none", nil, []string{"--llm", "ollama=m", "--llm-extra", `ollama={"model":"x"}`}, []string{"JSON 对象"}},
		{"an unknown limit", nil, []string{"--llm-limits", "speed=1"}, []string{`"speed"`, "first-token、gap"}},
		{"extra without a name", map[string]string{"WENDA_LLM_EXTRA_OLLAMA": "{"}, []string{"--llm", "ollama=m"}, []string{"JSON 对象"}},
		{"a limit without a unit", nil, []string{"--llm-limits", "gap=5"}, []string{"如 10s"}},
		{"a limit of nothing", map[string]string{"WENDA_LLM_LIMITS_MAX_TOKENS": "0"}, nil, []string{"max-tokens 应为正整数"}},
		{"an unknown channel", nil, []string{"--llm-channel-tokens", "web=1"}, []string{`"web"`, "portal、wechat"}},
		{"a budget that is none", map[string]string{"WENDA_LLM_CHANNEL_TOKENS_API": "-1"}, nil, []string{"api 应为正整数"}},
		{"a day that is none", nil, []string{"--llm-day-tokens", "-1"}, []string{"不能是负数"}},
		{"all at once", map[string]string{"WENDA_LOG": "loud"}, []string{"--llm", "kimi,gogle", "--llm-limits", "gap=x"}, []string{"log 应为", "KEY_KIMI", `"gogle"`, "gap 应为"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			for name, value := range row.env {
				t.Setenv(name, value)
			}
			_, err := configOf(t, row.args...)
			if err == nil {
				t.Fatal("nothing")
			}
			for _, want := range row.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in %q", want, err)
				}
			}
			if strings.Contains(err.Error(), "hush") {
				t.Errorf("the key shows in %q", err)
			}
		})
	}
}

// Every limit of a call and of a chain can be set, and each name sets its own.
func TestLimitNames(t *testing.T) {
	var l backend.Limits
	var c backend.ChainConfig
	names := limitNames(&l, &c)
	for name, to := range names {
		value := "3"
		if _, is := to.(*time.Duration); is {
			value = "3s"
		}
		if err := setLimit(&l, &c, name, value); err != nil {
			t.Error(err)
		}
	}
	set := 0
	for _, s := range []reflect.Value{reflect.ValueOf(l), reflect.ValueOf(c)} {
		for f, v := range s.Fields() {
			switch f.Name {
			case "DayTokens", "ChannelTokens", "Ended", "Turned", "Now", "Books": // set elsewhere
				continue
			}
			set++
			if v.IsZero() {
				t.Errorf("%s cannot be set", f.Name)
			}
		}
	}
	if set != len(names) {
		t.Errorf("%d names for %d fields", len(names), set)
	}
}

// reasons are the constants of rag/backend, read from its source: a new one needs advice.
func reasons(t *testing.T) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "../../rag/backend/errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(f, func(n ast.Node) bool {
		if spec, is := n.(*ast.ValueSpec); is && strings.HasPrefix(spec.Names[0].Name, "Reason") {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, value)
		}
		return true
	})
	if len(out) < 20 {
		t.Fatalf("only %d reasons", len(out))
	}
	return out
}

func TestEveryReasonHasAdvice(t *testing.T) {
	all := reasons(t)
	for _, reason := range all {
		if adviceFor[reason] == "" {
			t.Errorf("no advice for %s", reason)
		}
	}
	if len(adviceFor) != len(all) {
		t.Errorf("%d pieces of advice for %d reasons", len(adviceFor), len(all))
	}
}
