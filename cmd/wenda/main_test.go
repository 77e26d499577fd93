package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(cleaning{m}, map[string]func(){
		"wenda": func() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

// cleaning removes the prepared data folder after the tests.
type cleaning struct{ *testing.M }

func (c cleaning) Run() int {
	defer func() {
		if prepared.dir != "" {
			os.RemoveAll(prepared.dir)
		}
	}()
	return c.M.Run()
}

// sharedFolder holds the official page; tests fail without it.
func sharedFolder(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("WENDA_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "seeds")); err != nil {
		t.Fatalf("the tests read the official page: put ../shared beside the repository or set WENDA_SHARED: %v", err)
	}
	return dir
}

// modelsFolder holds the sentence model; tests fail without it.
func modelsFolder(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("WENDA_MODELS")
	if dir == "" {
		dir = filepath.Join("..", "..", "models")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "manifest.json")); err != nil {
		t.Fatalf("the tests need the sentence model: run make model: %v", err)
	}
	return dir
}

// preparedData is a data folder with the bundled plan, its vectors and its calibration, made once from nothing; tests copy it, so that not
// every one of them computes 7,000 vectors.
func preparedData(t *testing.T) string {
	t.Helper()
	prepared.once.Do(func() {
		dir, err := os.MkdirTemp("", "wenda-test-*")
		if err != nil {
			prepared.err = err
			return
		}
		prepared.dir = dir
		var out bytes.Buffer
		if code := run(context.Background(), []string{"ask", "--data", dir, "--models", modelsFolder(t), "今年新增多少学位"}, &out, &out); code != 0 {
			prepared.err = fmt.Errorf("status %d: %s", code, out.String())
		}
	})
	if prepared.err != nil {
		t.Fatalf("prepare a data folder: %v", prepared.err)
	}
	return prepared.dir
}

var prepared struct {
	once sync.Once
	dir  string
	err  error
}

// copyData copies a prepared data folder to dir.
func copyData(t *testing.T, dir string) {
	t.Helper()
	if err := copyPrepared(preparedData(t), dir); err != nil {
		t.Fatal(err)
	}
}

func copyPrepared(from, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	return os.CopyFS(to, os.DirFS(from))
}

func TestScripts(t *testing.T) {
	shared, models := sharedFolder(t), modelsFolder(t)
	data := preparedData(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("SEED", filepath.Join(shared, "seeds", "zhonglou-education-plan-2022.txt"))
			e.Setenv("MODELS", models)
			return copyPrepared(data, filepath.Join(e.WorkDir, "data"))
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}
