package web

import (
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

func TestWeight(t *testing.T) {
	p, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string]int{}
	for name, a := range p.simple.assets.byName {
		sizes[path.Ext(name)] += len(a.Body)
	}
	if got := sizes[".js"]; got == 0 || got > 60<<10 {
		t.Errorf("scripts: %d bytes, at most 60 KB", got)
	}
	if got := sizes[".css"]; got == 0 || got > 40<<10 {
		t.Errorf("styles: %d bytes, at most 40 KB", got)
	}
}

func TestModulesImportHashedNames(t *testing.T) {
	p, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	imports := 0
	for name, a := range p.simple.assets.byName {
		if path.Ext(name) != ".js" {
			continue
		}
		for _, m := range regexp.MustCompile(`from\s+"\./([^"]+)"`).FindAllStringSubmatch(string(a.Body), -1) {
			imports++
			if _, ok := p.Asset(m[1]); !ok {
				t.Errorf("%s imports %s, which is not served", name, m[1])
			}
		}
		if strings.Count(string(a.Body), "\nimport ") != strings.Count(string(a.Body), ` from "./`) {
			t.Errorf("%s has an import in a form that is not rewritten", name)
		}
	}
	if imports == 0 {
		t.Error("no imports seen")
	}
}

// The Content-Security-Policy would refuse them, silently.
func TestNothingInlineNothingForeign(t *testing.T) {
	files, err := os.ReadDir("templates")
	if err != nil || len(files) == 0 {
		t.Fatalf("templates: %v", err)
	}
	bad := regexp.MustCompile(`(?i)<script(?:\s+type="module")?>|<style|\sstyle=|\son[a-z]+=|javascript:|(?:src|href)="(?:https?:)?//`)
	for _, f := range files {
		b, err := os.ReadFile("templates/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if m := bad.Find(b); m != nil {
			t.Errorf("%s has %s", f.Name(), m)
		}
	}
	p, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range p.simple.assets.byName {
		if m := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|url\(|@import|https?://`).Find(a.Body); m != nil && path.Ext(name) != ".svg" {
			t.Errorf("%s has %s", name, m)
		}
	}
}
