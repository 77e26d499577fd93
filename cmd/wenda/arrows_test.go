package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// What each package may import of ours, from DESIGN.md (The house). nil: nothing. A package that is not here is not in the design.
var arrows = map[string][]string{
	"prompts":              nil,
	"corpus/script":        nil, // traditional and simplified characters
	"corpus/plan":          nil,
	"corpus/digest":        {"corpus", "corpus/plan"},
	"corpus/testdoc":       nil, // files for tests
	"corpus":               {"corpus/script"},
	"rag":                  {"corpus", "prompts", "corpus/script"},
	"rag/backend":          nil,
	"rag/backend/scripted": nil, // a vendor for tests
	"rag/sentence":         nil,
	"rag/eval":             {"rag", "corpus", "prompts", "corpus/script"},
	"store":                {"corpus", "prompts", "rag", "rag/eval"},
	"handlers":             {"rag", "rag/eval", "corpus", "prompts", "store", "handlers/web", "handlers/signed", "handlers/limit", "handlers/contract"},
	"handlers/signed":      nil,
	"handlers/limit":       nil,
	"handlers/contract":    {"rag"}, // JSON that /api/v1 and the mini-program have in common
	"handlers/staff":       {"rag", "rag/eval", "corpus", "prompts", "store", "handlers/web", "handlers/export", "handlers/fetch"},
	"handlers/wechat":      {"rag", "rag/eval", "corpus", "corpus/script", "prompts", "store", "handlers/web", "handlers/wechat/api"},
	"handlers/wechat/api":  nil,
	"handlers/wechat/fake": nil,
	"handlers/wechat/mp":   {"rag", "store", "handlers/limit", "handlers/contract", "handlers/wechat/api"},
	"handlers/web":         nil,
	"handlers/browsertest": nil,        // a browser for tests
	"handlers/fetch":       {"corpus"}, // documents from web sites; cmd/wenda uses it as well
	"handlers/export":      nil,        // tables as files; cmd/wenda uses it as well
	"cmd/wenda":            {"*"},
}

// Packages for tests alone: the program must not be built with them. "*" does not include them.
var forTests = []string{"corpus/testdoc", "handlers/browsertest", "rag/backend/scripted"}

// Where a library's name may appear, from STYLE.md (Packages and files). Keys are prefixes of import paths.
var homes = map[string][]string{
	"github.com/labstack/echo/":          {"handlers", "handlers/staff"}, // wechat is a plain http.Handler
	"github.com/philippgille/chromem-go": {"corpus"},
	"github.com/tmc/langchaingo":         {"rag/backend", "rag/sentence", "rag"},
	"github.com/sony/gobreaker":          {"rag/backend"},
	"database/sql":                       {"store"},
	"modernc.org/":                       {"store"},
}

type goPackage struct {
	ImportPath string
	Imports    []string // without those of tests: a test may look at everything
	Module     struct{ Path string }
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	var complaint bytes.Buffer
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Imports,Module", "./...")
	cmd.Dir = "../.."
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, complaint.String())
	}
	var all []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("only %d packages", len(all))
	}
	return all
}

func TestArrowsPointDown(t *testing.T) {
	checked := 0
	var names []string
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(p.ImportPath, p.Module.Path+"/")
		names = append(names, name)
		allowed, known := arrows[name]
		if !known {
			t.Errorf("%s is not in DESIGN.md's house", name)
			continue
		}
		for _, imported := range p.Imports {
			target, ours := strings.CutPrefix(imported, p.Module.Path+"/")
			if !ours {
				continue
			}
			checked++
			if slices.Contains(forTests, target) {
				t.Errorf("%s imports %s, which is for tests", name, target)
			}
			if !slices.Contains(allowed, target) && !slices.Contains(allowed, "*") {
				t.Errorf("%s imports %s, and may import %q", name, target, allowed)
			}
		}
	}
	if checked < 15 {
		t.Fatalf("only %d arrows", checked)
	}
	for _, name := range forTests {
		if !slices.Contains(names, name) {
			t.Errorf("there is no %s: the rule is stale", name)
		}
	}
}

func TestLibrariesStayInTheirFolders(t *testing.T) {
	used := map[string]bool{}
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(p.ImportPath, p.Module.Path+"/")
		for _, imported := range p.Imports {
			for library, folders := range homes {
				if !strings.HasPrefix(imported+"/", strings.TrimSuffix(library, "/")+"/") {
					continue
				}
				used[library] = true
				if !slices.Contains(folders, name) {
					t.Errorf("%s imports %s, which belongs to %q", name, imported, folders)
				}
			}
		}
	}
	for library := range homes {
		if !used[library] {
			t.Errorf("nobody imports %s: the rule is stale", library)
		}
	}
}
