package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"wenda/corpus/digest"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A setting as README's table has it.
type setting struct{ name, variable, value string }

var settingRow = regexp.MustCompile("(?m)^\\| `--([a-z-]+)` \\| `(WENDA_[A-Z_*]+)` \\| (\\S+) \\| .*\\p{Han}.* \\|$")

func TestReadmeSettings(t *testing.T) {
	var got []setting
	for _, m := range settingRow.FindAllStringSubmatch(readme(t), -1) {
		got = append(got, setting{m[1], m[2], strings.Trim(m[3], "`")})
	}
	if len(got) == 0 {
		t.Fatal("README has no table of settings")
	}
	var want []setting
	flags := newRoot().PersistentFlags()
	for _, key := range keys {
		f := flags.Lookup(key)
		if f == nil {
			t.Errorf("setting %s has no flag", key)
			continue
		}
		value := strings.Trim(f.DefValue, "[]")
		if value == "" {
			value = "无"
		}
		want = append(want, setting{key, variable(key), value})
	}
	if !slices.Equal(got, want) {
		t.Errorf("README has %v\nconfig.go has %v", got, want)
	}
	var fields []string
	var collect func(reflect.Type)
	collect = func(t reflect.Type) {
		for f := range t.Fields() {
			switch name := f.Tag.Get("koanf"); name {
			case ",squash":
				collect(f.Type)
			case "-": // set from elsewhere
			default:
				fields = append(fields, name)
			}
		}
	}
	collect(reflect.TypeFor[Config]())
	if !slices.Equal(fields, keys) {
		t.Errorf("Config has %v, keys are %v", fields, keys)
	}
}

// commandLines are those that README shows in fenced blocks.
func commandLines(t *testing.T) [][]string {
	t.Helper()
	var out [][]string
	for line := range strings.Lines(readme(t)) {
		line, _, _ = strings.Cut(line, "#")
		if words := strings.Fields(line); len(words) > 0 && words[0] == "bin/wenda" {
			out = append(out, words[1:])
		}
	}
	if len(out) < 5 {
		t.Fatalf("README shows only %d command lines", len(out))
	}
	return out
}

// The README's counts of variants are those of the bundled plan.
func TestReadmeCounts(t *testing.T) {
	kept, err := digest.Kept(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	answered, missed := 0, 0
	for _, v := range kept.Variants {
		if v.Negative {
			missed++
		} else {
			answered++
		}
	}
	if text := readme(t); answered/1000 != 13 || !strings.Contains(text, "一万三千多条居民问法") || missed/1000 != 10 || !strings.Contains(text, "一万多条“问了但文件没写”的反例") {
		t.Errorf("%d variants and %d negative ones: README says otherwise", answered, missed)
	}
}

func TestReadmeCommandsExist(t *testing.T) {
	for _, line := range commandLines(t) {
		t.Run(strings.Join(line, " "), func(t *testing.T) {
			c, rest, err := newRoot().Find(line)
			if err != nil || !c.HasParent() {
				t.Fatalf("no such command: %v", err)
			}
			if err := c.ParseFlags(rest); err != nil {
				t.Error(err)
			} else if err := c.ValidateArgs(c.Flags().Args()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestReadmeMentionsEveryCommand(t *testing.T) {
	text := readme(t)
	var check func(parent string, c *cobra.Command)
	checked := 0
	check = func(parent string, c *cobra.Command) {
		name := parent + " " + c.Name()
		checked++
		if c.Runnable() && !c.HasSubCommands() && !regexp.MustCompile(regexp.QuoteMeta(name)+`\b`).MatchString(text) {
			t.Errorf("README does not mention %s", name)
		}
		if c.Short == "" {
			t.Errorf("%s has no help", name)
		}
		for _, sub := range c.Commands() {
			check(name, sub)
		}
	}
	for _, c := range newRoot().Commands() {
		check("wenda", c)
	}
	if checked < 8 {
		t.Fatalf("only %d commands", checked)
	}
	help := runShort(t, "help")
	for _, c := range newRoot().Commands() {
		if help.code != 0 || !strings.Contains(help.stdout, c.Name()+" ") || !strings.Contains(help.stdout, c.Short) {
			t.Errorf("wenda help does not tell %s: %s", c.Name(), c.Short)
		}
	}
}

func TestExitStatuses(t *testing.T) {
	t.Parallel()
	text := readme(t)
	for _, s := range []struct {
		code int
		says string
	}{{exitAnswered, "已回答"}, {exitFailure, "失败"}, {exitMisuse, "用法错误"}, {exitNotAnswered, "没有答案"}, {exitWorse, "评测明显变差"}} {
		if want := fmt.Sprintf("%d %s", s.code, s.says); !strings.Contains(text, want) {
			t.Errorf("README does not say %q", want)
		}
	}
	data := filepath.Join(t.TempDir(), "data")
	copyData(t, data)
	with := func(args ...string) []string {
		return append(args, "--data", data, "--models", filepath.Join(data, "none"))
	}
	for _, c := range []struct {
		name string
		args []string
		want int
	}{
		{"answered", with("ask", "今年新增多少学位"), exitAnswered},
		{"not answered", with("ask", "2023年新增多少学位"), exitNotAnswered},
		{"help", []string{"help"}, 0},
		{"no question", with("ask"), exitMisuse},
		{"blank question", with("ask", "  "), exitMisuse},
		{"unknown command", []string{"aks"}, exitMisuse},
		{"unknown command of model", []string{"model", "fetch"}, exitMisuse},
		{"unknown flag", []string{"ask", "--nosuch", "x"}, exitMisuse},
		{"bad setting", []string{"documents", "--limits", "maybe"}, exitMisuse},
		{"two bad settings", []string{"serve", "--addr", "nowhere", "--log", "loud"}, exitMisuse},
		{"limits off for everybody", with("serve", "--limits", "off", "--addr", "0.0.0.0:0"), exitMisuse},
		{"missing file", with("import", filepath.Join(data, "none.txt")), exitFailure},
		{"no model", with("doctor"), exitFailure},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := runShort(t, c.args...)
			if got.code != c.want {
				t.Errorf("exit status %d, want %d\n%s%s", got.code, c.want, got.stdout, got.stderr)
			}
			if (c.want == exitFailure || c.want == exitMisuse) && got.stderr+got.stdout == "" {
				t.Error("no message")
			}
		})
	}
}
