package eval

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"wenda/corpus"
)

// convert runs scripts/cmrc-convert.py.
func convert(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, complaint bytes.Buffer
	cmd := exec.Command("python3", append([]string{filepath.Join("..", "..", "scripts", "cmrc-convert.py")}, args...)...)
	cmd.Env = append(os.Environ(), "PYTHONIOENCODING=utf-8", "PYTHONDONTWRITEBYTECODE=1")
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run python3 (the tests need it): %v", err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), complaint.String()
}

// Both forms become documents that corpus reads under their title, and cases that Parse takes.
func TestConvert(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "out")
	code, stdout, stderr := convert(t, "--out", folder, filepath.Join("..", "..", "scripts", "testdata", "reading"))
	if code != 0 || stderr != "" || !strings.Contains(stdout, "4 段短文，8 题（另有 2 题") || !strings.Contains(stdout, "wenda import") {
		t.Fatalf("exit status %d\n%s%s", code, stdout, stderr)
	}
	files, err := filepath.Glob(filepath.Join(folder, "documents", "*.txt"))
	if err != nil || len(files) != 4 {
		t.Fatalf("got files %q, %v", files, err)
	}
	texts := map[string]string{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		d, err := corpus.Read(filepath.Base(f), data)
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Chunks) != 1 || d.Chunks[0].SectionPath() != d.Meta.Title {
			t.Errorf("%s: title %q, chunks %+v", f, d.Meta.Title, d.Chunks)
		}
		texts[d.Meta.Title] += d.Chunks[0].Text
	}
	data, err := os.ReadFile(filepath.Join(folder, "questions.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	cases, err := Parse("questions.jsonl", data)
	if err != nil || len(cases) != 8 {
		t.Fatalf("got %d cases, %v", len(cases), err)
	}
	type converted struct {
		kind, question, title string
		facts                 []string
	}
	want := map[string]converted{ // flat.json is read first; a passage of both files is one document
		"C0_Q0":    {"reading", "戏班最拿手的剧目是什么？", "短文 一、木偶戏班", []string{"《渡口借伞》", "渡口借伞"}},
		"P0_Q0":    {"reading", "戏班的行头装在几只箱子里？", "短文 一、木偶戏班", []string{"七只"}},
		"C1_Q0":    {"reading", "澄湖茶农哪天封园？", "短文 2", []string{"霜降"}},
		"C2_Q0":    {"reading", "灯塔哪年改用电灯？", "青岚湖灯塔", []string{"1958年"}},
		"P0_Q0（2）": {"reading", "青岚湖灯塔有多高？", "青岚湖灯塔", []string{"27米", "27 米"}},
		"P0_Q1":    {"reading", "灯塔是谁主持修造的？", "青岚湖灯塔", []string{"石匠何守礁", "何守礁"}},
		"P1_Q0":    {"reading", "柳针什么时候靠岸？", "青岚湖灯塔（2）", []string{"清明前后"}},
		"P0_Q2":    {"reading-unanswerable", "灯塔哪一年拆除？", "青岚湖灯塔", nil},
	}
	for _, c := range cases {
		w, ok := want[c.ID]
		if !ok {
			t.Errorf("an unexpected case %+v", c)
			continue
		}
		delete(want, c.ID)
		answerable := w.facts != nil
		if c.Kind != w.kind || c.Question != w.question || c.Expect.Document != w.title || *c.Expect.Answerable != answerable {
			t.Errorf("%s: got %+v, want %+v", c.ID, c, w)
		}
		if answerable && (c.Expect.Section != w.title || !reflect.DeepEqual(c.Expect.Facts, [][]string{w.facts})) {
			t.Errorf("%s: got %+v, want %+v", c.ID, c.Expect, w)
		}
		text, ok := texts[c.Expect.Document]
		if !ok || answerable && !slices.ContainsFunc(w.facts, func(f string) bool { return strings.Contains(text, f) }) {
			t.Errorf("%s: its document %q does not hold %q", c.ID, c.Expect.Document, w.facts)
		}
	}
	for id := range want {
		t.Errorf("no case %s", id)
	}
	again := filepath.Join(t.TempDir(), "again")
	convert(t, "--out", again, filepath.Join("..", "..", "scripts", "testdata", "reading"))
	if second, err := os.ReadFile(filepath.Join(again, "questions.jsonl")); err != nil || !bytes.Equal(data, second) {
		t.Errorf("a second time it is otherwise: %v", err)
	}
}

func TestConvertComplaints(t *testing.T) {
	write := func(t *testing.T, content string) string {
		path := filepath.Join(t.TempDir(), "data.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := filepath.Join("..", "..", "scripts", "testdata", "reading", "flat.json")
	for _, c := range []struct {
		name  string
		input func(t *testing.T) []string
		code  int
		want  string
	}{
		{"nothing named", func(*testing.T) []string { return nil }, 2, "usage"},
		{"an unknown option", func(*testing.T) []string { return []string{good, "--kin", "x"} }, 2, "usage"},
		{"a missing file", func(t *testing.T) []string { return []string{filepath.Join(t.TempDir(), "none.json")} }, 1, "打不开"},
		{"an empty folder", func(t *testing.T) []string { return []string{t.TempDir()} }, 1, "没有 .json 文件"},
		{"no JSON", func(t *testing.T) []string { return []string{write(t, "hello")} }, 1, "不是 UTF-8 编码的 JSON"},
		{"GBK", func(t *testing.T) []string { return []string{write(t, "\xc7\xe0")} }, 1, "不是 UTF-8 编码的 JSON"},
		{"other JSON", func(t *testing.T) []string { return []string{write(t, `{"a": 1}`)} }, 1, "认不出格式"},
		{"a list of numbers", func(t *testing.T) []string { return []string{write(t, `[1]`)} }, 1, "认不出格式"},
		{"no text", func(t *testing.T) []string { return []string{write(t, `[{"qas": []}]`)} }, 1, "没有 context"},
		{"no questions", func(t *testing.T) []string { return []string{write(t, `[{"context": "一段。"}]`)} }, 1, "没有找到题目"},
		{"a bad file beside a good one", func(t *testing.T) []string { return []string{write(t, "x"), good} }, 1, "不是 UTF-8 编码的 JSON"},
	} {
		folder := filepath.Join(t.TempDir(), "out")
		code, stdout, stderr := convert(t, append(c.input(t), "--out", folder)...)
		if code != c.code || !strings.Contains(stderr, c.want) || strings.Contains(stderr, "Traceback") {
			t.Errorf("%s: exit status %d, want %d with %q\n%s%s", c.name, code, c.code, c.want, stdout, stderr)
		}
		_, err := os.Stat(filepath.Join(folder, "questions.jsonl"))
		if written := err == nil; written != strings.Contains(c.name, "beside a good one") {
			t.Errorf("%s: questions written: %v", c.name, written)
		}
	}
}

func TestConvertLimit(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "out")
	code, _, stderr := convert(t, "--out", folder, "--limit", "2", "--kind", "阅读", filepath.Join("..", "..", "scripts", "testdata", "reading"))
	data, err := os.ReadFile(filepath.Join(folder, "questions.jsonl"))
	if code != 0 || err != nil {
		t.Fatalf("exit status %d, %v\n%s", code, err, stderr)
	}
	cases, err := Parse("questions.jsonl", data)
	files, _ := filepath.Glob(filepath.Join(folder, "documents", "*.txt"))
	if err != nil || len(cases) != 3 || len(files) != 2 || cases[0].Kind != "阅读" {
		t.Errorf("got %d cases of %d documents, %v: %+v", len(cases), len(files), err, cases)
	}
}
