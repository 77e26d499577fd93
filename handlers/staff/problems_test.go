package staff

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"wenda/prompts"
)

// Every sentence that prompts can complain with has a translation: the test reads its source.
func TestEveryComplaintIsTranslated(t *testing.T) {
	sources, err := filepath.Glob("../../prompts/*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, path := range sources {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 4 {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); !ok || f.Sel.Name != "add" {
				return true
			}
			for _, arg := range call.Args[2:] {
				text, words := spelled(arg)
				if !words {
					continue
				}
				found++
				if got := inChinese(text); got == text || regexp.MustCompile(`[a-z]{3} [a-z]{2}`).MatchString(strings.ReplaceAll(got, "look", "")) {
					t.Errorf("%s: %q is not translated: %q", filepath.Base(path), text, got)
				}
			}
			return true
		})
	}
	if found < 80 {
		t.Errorf("only %d sentences found", found)
	}
}

// spelled is an argument with X for what is not written there; words is false when nothing is.
func spelled(e ast.Expr) (text string, words bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(e.Value)
		return regexp.MustCompile(`%\w`).ReplaceAllString(s, "9"), true
	case *ast.BinaryExpr:
		a, wa := spelled(e.X)
		b, wb := spelled(e.Y)
		return a + b, wa || wb
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Sprintf" {
			return spelled(e.Args[0])
		}
	}
	return "X", false
}

func TestProblemsHaveTheirPlace(t *testing.T) {
	texts := map[string]string{
		"replies.yaml":   "",
		"thesaurus.yaml": "- {say: [补课班], means: [校外培训机构]}\n- {say: [a], means: [b]}\n",
	}
	b, err := prompts.Default("replies.yaml")
	if err != nil {
		t.Fatal(err)
	}
	texts["replies.yaml"] = strings.Replace(string(b), "不客气！", "不客气{{who}}！", 1)
	_, err = prompts.Load(func(name string) ([]byte, bool, error) { return []byte(texts[name]), texts[name] != "", nil })
	got := problemsOf(err, func(name string) string { return texts[name] })
	for what, line := range map[string]int{"不认识的占位符 {{who}}": lineOfText(texts["replies.yaml"], "{{who}}"), "触发词 \"a\" 不到两个字、有大写字母或前后有空格": 2,
		"是空的、前后有空格，或者不到2个字": 2} {
		found := false
		for _, p := range got {
			found = found || p.What == what && p.Line == line
		}
		if !found {
			t.Errorf("no %q in line %d: %+v", what, line, got)
		}
	}
	if got := lineOf("", "line 7"); got != 7 {
		t.Errorf("line 7: %d", got)
	}
}

func lineOfText(text, part string) int {
	return 1 + strings.Count(text[:strings.Index(text, part)], "\n")
}
