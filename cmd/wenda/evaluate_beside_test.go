package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"wenda/rag/eval"
)

// Foreign policies stand beside the plan in a folder of their own: the operator's is not even made, and nothing is left behind.
func TestEvalBeside(t *testing.T) {
	folder := t.TempDir()
	temporary := filepath.Join(folder, "tmp")
	if err := os.Mkdir(temporary, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", temporary)
	data := filepath.Join(folder, "data")
	page := filepath.Join(folder, "r.html")
	got := runShort(t, "eval", "--data", data, "--models", filepath.Join(folder, "none"), "--log", "error", "--beside", "40", "--set", "tune", "--report", page)
	if got.code != exitAnswered {
		t.Errorf("exit status %d\n%s", got.code, got.stderr)
	}
	for _, say := range []string{"单独时：", "旁边有别处的政策时：", "recall@1", "用别处文件作答", "单独时 → 旁边有别处的政策时", "结论："} {
		if !strings.Contains(got.stdout, say) {
			t.Errorf("no %q in\n%s", say, got.stdout)
		}
	}
	if n := strings.Count(got.stdout, "\nall "); n != 4 { // two tables, retrieval, comparison
		t.Errorf("%d totals, want 4", n)
	}
	for _, say := range []string{"已导入 1/2 份", "已导入 2/2 份", "旁边有 40 段"} {
		if !strings.Contains(got.stderr, say) {
			t.Errorf("no %q on stderr:\n%s", say, got.stderr)
		}
	}
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Errorf("the operator's data folder was touched: %v", err)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	text, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(text), "文件 3 份") || !strings.Contains(string(text), "40 段（2 份）") {
		t.Errorf("the page does not tell what stood beside: %v", err)
	}
}

// An operator's own passages and questions: converted, imported, scored.
func TestEvalOfConvertedQuestions(t *testing.T) {
	folder := t.TempDir()
	out := filepath.Join(folder, "out")
	convert := exec.Command("python3", filepath.Join("..", "..", "scripts", "cmrc-convert.py"), "--out", out, filepath.Join("..", "..", "scripts", "testdata", "reading"))
	if told, err := convert.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, told)
	}
	settings := []string{"--data", filepath.Join(folder, "data"), "--models", filepath.Join(folder, "none"), "--log", "error"}
	if got := runShort(t, append([]string{"import", filepath.Join(out, "documents")}, settings...)...); got.code != 0 {
		t.Fatalf("import: exit status %d\n%s", got.code, got.stderr)
	}
	got := runShort(t, append([]string{"eval", "--json", "--set", filepath.Join(out, "questions.jsonl")}, settings...)...)
	verdicts, err := eval.Verdicts("run", []byte(got.stdout))
	if got.code != 0 || err != nil || len(verdicts) != 8 {
		t.Fatalf("exit status %d, %d verdicts, %v\n%s", got.code, len(verdicts), err, got.stderr)
	}
	right := 0
	for _, v := range verdicts {
		if *v.Case.Expect.Answerable && v.OK && v.Cited {
			right++
		}
		if v.OK && *v.Case.Expect.Answerable && !v.Cited {
			t.Errorf("%s: right, and not cited: %+v", v.Case.Question, v.Answer.Citations)
		}
	}
	if right < 4 { // of seven: by words alone the engine takes 霜降 for no date
		t.Errorf("only %d right and cited\n%s", right, got.stdout)
	}
}
