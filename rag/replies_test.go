package rag

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"wenda/prompts"
)

// Every reply that the code names exists, and takes the placeholders that the code gives it.
func TestRepliesExist(t *testing.T) {
	set := promptSet(t)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 2 {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || method.Sel.Name != "reply" && method.Sel.Name != "Reply" {
				return true
			}
			literal, ok := call.Args[0].(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING { // a name that a route or a caller gives: prompts checks those
				return true
			}
			reply, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			found++
			if _, err := set.Reply(reply, paramsOf(call.Args[1])); err != nil {
				t.Errorf("%s: %v", fset.Position(call.Pos()), err)
			}
			return true
		})
	}
	if found < 8 {
		t.Fatalf("found only %d replies in the code", found)
	}
}

// paramsOf fills every placeholder that a literal prompts.Params names.
func paramsOf(e ast.Expr) prompts.Params {
	lit, ok := e.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	out := prompts.Params{}
	for _, el := range lit.Elts {
		if kv, ok := el.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.BasicLit); ok {
				name, _ := strconv.Unquote(key.Value)
				out[name] = "x"
			}
		}
	}
	return out
}

// The statuses that routes may give are those of answers.
func TestRouteStatusesAreStatuses(t *testing.T) {
	known := map[Status]bool{}
	for _, s := range Statuses() {
		known[s] = true
	}
	if len(prompts.Statuses()) == 0 || len(known) != 7 {
		t.Fatalf("got %d statuses of routes, %d of answers", len(prompts.Statuses()), len(known))
	}
	for _, s := range prompts.Statuses() {
		if !known[Status(s)] {
			t.Errorf("%q is no status of an answer", s)
		}
	}
}
