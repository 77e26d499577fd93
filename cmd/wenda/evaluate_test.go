package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"wenda/rag"
	"wenda/rag/eval"
)

// evalRun runs wenda eval by words alone on the bundled plan, which takes seconds; what is tested here does not depend on the model.
func evalRun(t *testing.T, args ...string) result {
	t.Helper()
	evalData.once.Do(func() {
		dir, err := workFolder()
		if err != nil {
			t.Fatal(err)
		}
		evalData.dir = filepath.Join(dir, "eval")
	})
	return runShort(t, append([]string{"eval", "--data", evalData.dir, "--models", t.TempDir(), "--log", "error"}, args...)...)
}

var evalData struct {
	once sync.Once
	dir  string
}

// evalJSON is the run of a set as verdicts, once for all tests.
func evalJSON(t *testing.T) []eval.Verdict {
	t.Helper()
	evalTune.once.Do(func() { evalTune.got = evalRun(t, "--set", "tune", "--json") })
	got := evalTune.got
	verdicts, err := eval.Verdicts("run", []byte(got.stdout))
	if got.code != 0 || err != nil || len(verdicts) < 200 {
		t.Fatalf("exit status %d, %d verdicts, %v\n%s", got.code, len(verdicts), err, got.stderr)
	}
	return verdicts
}

var evalTune struct {
	once sync.Once
	got  result
}

func writeRun(t *testing.T, verdicts []eval.Verdict) string {
	t.Helper()
	var b bytes.Buffer
	for _, v := range verdicts {
		if err := json.NewEncoder(&b).Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "base.jsonl")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The same run again is no worse; a baseline that had more right answers is, from so many on that it is no chance.
func TestEvalBaseline(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		lost int // wrong answers that the baseline claims to have had right
		code int
		says []string
	}{
		{"the same", 0, exitAnswered, []string{"结论：没有变差"}},
		{"four lost", 4, exitAnswered, []string{"变差 4 题", "没有超出偶然"}},
		{"ten lost", 10, exitWorse, []string{"变差 10 题", "结论：明显变差"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			verdicts := evalJSON(t)
			lost := 0
			var id string
			for i := range verdicts {
				if v := &verdicts[i]; !v.OK && lost < c.lost {
					v.OK, v.Why = true, ""
					id = v.Case.ID
					lost++
				}
			}
			if lost != c.lost {
				t.Fatalf("the run has only %d wrong answers", lost)
			}
			got := evalRun(t, "--set", "tune", "--baseline", writeRun(t, verdicts))
			if got.code != c.code {
				t.Errorf("exit status %d, want %d\n%s", got.code, c.code, got.stderr)
			}
			for _, say := range append(c.says, "base.jsonl → 这次", id) {
				if !strings.Contains(got.stdout, say) {
					t.Errorf("no %q in\n%s", say, got.stdout)
				}
			}
			if worse := strings.Contains(got.stderr, "明显变差"); worse != (c.code == exitWorse) {
				t.Errorf("stderr says %q", got.stderr)
			}
		})
	}
}

func TestEvalMisuse(t *testing.T) {
	folder := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const question = `{"id":"a","kind":"direct","question":"问","expect":{"answerable":true}}`
	other := file("other.jsonl", `{"case":`+question+`,"ok":true}`)
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"no such baseline", []string{"--baseline", filepath.Join(folder, "none")}, "读不了"},
		{"a folder for a baseline", []string{"--baseline", folder}, "读不了"},
		{"an empty baseline", []string{"--baseline", file("empty", "")}, "no verdicts"},
		{"the table for a baseline", []string{"--baseline", file("table", "kind  n  right\n")}, "eval --json"},
		{"a set for a baseline", []string{"--baseline", file("set", question)}, "eval --json"},
		{"binary for a baseline", []string{"--baseline", file("binary", "\x00\xff\x00")}, "eval --json"},
		{"a baseline of other questions", []string{"--baseline", other}, "没有一道相同的题"},
		{"no such set", []string{"--set", "nosuch"}, "nosuch"},
		{"a set twice", []string{"--set", "tune,tune"}, "已经有了"},
		{"a report into nowhere", []string{"--report", filepath.Join(folder, "none", "r.html")}, "不存在"},
		{"a folder for a report", []string{"--report", folder}, "是目录"},
		{"foreign policies on a server", []string{"--beside", "40", "--server", "http://127.0.0.1:1"}, "不能与 server 同用"},
		{"fewer than no foreign policies", []string{"--beside", "-1"}, "beside 应为"},
		{"too many foreign policies", []string{"--beside", "99999999"}, "beside 应为"},
		{"an argument", []string{"tune"}, "unknown command"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := evalRun(t, c.args...)
			if got.code != exitMisuse || !strings.Contains(got.stderr, c.want) || got.stdout != "" {
				t.Errorf("exit status %d, want %d with %q\n%s%s", got.code, exitMisuse, c.want, got.stdout, got.stderr)
			}
		})
	}
}

// With --json the lines on stdout stay lines that can be a baseline, whatever else is asked for.
func TestEvalJSON(t *testing.T) {
	base := writeRun(t, evalJSON(t))
	got := evalRun(t, "--set", "tune", "--json", "--detail", "--failures", "--baseline", base)
	verdicts, err := eval.Verdicts("stdout", []byte(got.stdout))
	if got.code != 0 || err != nil || len(verdicts) != len(evalJSON(t)) {
		t.Errorf("exit status %d, %d verdicts, %v", got.code, len(verdicts), err)
	}
	for _, say := range []string{"recall@1", "结论：没有变差"} {
		if !strings.Contains(got.stderr, say) {
			t.Errorf("no %q on stderr:\n%s", say, got.stderr)
		}
	}
	if len(verdicts) > 0 && (verdicts[0].Trace.Took == 0 || verdicts[0].Case.Expect.Document == "") {
		t.Errorf("no trace or document in %+v", verdicts[0])
	}
}

func TestEvalDetailAndFailures(t *testing.T) {
	got := evalRun(t, "--set", "holdout", "--detail", "--failures")
	for _, say := range []string{"handled", "recall@5", "没有拒答曲线", "检索 retrieve", "（应为 ", "strength "} {
		if !strings.Contains(got.stdout, say) {
			t.Errorf("no %q in\n%s", say, got.stdout)
		}
	}
	if got.code != 0 {
		t.Errorf("exit status %d\n%s", got.code, got.stderr)
	}
}

// A server tells no traces; that is said.
func TestEvalServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(rag.Answer{Status: rag.NotStated, Text: "文件没有说明。"})
	}))
	defer server.Close()
	page := filepath.Join(t.TempDir(), "r.html")
	got := evalRun(t, "--set", "holdout", "--detail", "--server", server.URL, "--report", page)
	if got.code != 0 || !strings.Contains(got.stdout, "没有检索过程") || strings.Contains(got.stdout, "recall") {
		t.Errorf("exit status %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), server.URL) || !strings.Contains(string(text), "没有检索过程") {
		t.Errorf("the page does not say it: %v", err)
	}
}

func TestEvalReport(t *testing.T) {
	folder := t.TempDir()
	page := filepath.Join(folder, "报告.html")
	if err := os.WriteFile(page, []byte("an older report"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := evalRun(t, "--set", "tune", "--report", page, "--baseline", writeRun(t, evalJSON(t)))
	text, err := os.ReadFile(page)
	if got.code != 0 || err != nil || !strings.Contains(got.stderr, page) {
		t.Fatalf("exit status %d, %v\n%s", got.code, err, got.stderr)
	}
	for _, say := range []string{`lang="zh-CN"`, "测试题：tune", "base.jsonl → 这次", "答错的题", "只按词检索", "</html>"} {
		if !strings.Contains(string(text), say) {
			t.Errorf("no %q on the page", say)
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
		t.Errorf("left beside the report: %v, %v", left, err)
	}
}

// What cannot be written whole leaves the older file as it was, and nothing beside it.
func TestWriteWhole(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "page")
	for _, c := range []struct {
		content string
		err     error
		want    string
	}{{"first", nil, "first"}, {"half of the sec", os.ErrDeadlineExceeded, "first"}, {"third", nil, "third"}} {
		err := writeWhole(path, func(w io.Writer) error {
			_, _ = w.Write([]byte(c.content))
			return c.err
		})
		got, readErr := os.ReadFile(path)
		left, _ := os.ReadDir(folder)
		if (err == nil) != (c.err == nil) || readErr != nil || string(got) != c.want || len(left) != 1 {
			t.Errorf("%s: got %q, error %v, %d files; want %q", c.content, got, err, len(left), c.want)
		}
	}
}

// Every option of eval has its line in docs/evaluation.md, and the defaults there are the program's.
func TestEvalOptionsAreDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "evaluation.md"))
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `--([a-z-]+)[^`]*` \\| (\\S+) \\| .*\\p{Han}.* \\|$")
	got := map[string]string{}
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		got[m[1]] = strings.Trim(m[2], "`")
	}
	if len(got) == 0 {
		t.Fatal("docs/evaluation.md has no table of options")
	}
	for _, f := range localFlags(evalCommand()) {
		value := strings.Trim(f.DefValue, "[]")
		if value == "" {
			value = "无"
		}
		if got[f.Name] != value {
			t.Errorf("--%s: documented default %q, want %q", f.Name, got[f.Name], value)
		}
		delete(got, f.Name)
	}
	for name := range got {
		t.Errorf("--%s is documented and does not exist", name)
	}
}

func localFlags(c *cobra.Command) (flags []*pflag.Flag) {
	c.LocalFlags().VisitAll(func(f *pflag.Flag) { flags = append(flags, f) })
	return flags
}
