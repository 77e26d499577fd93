package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"wenda/handlers/browsertest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	browsertest.Close()
	if shared.server != nil {
		if err := shared.server.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop the shared server:", err)
			code = max(code, 1)
		}
	}
	if work.dir != "" {
		os.RemoveAll(work.dir)
	}
	os.Exit(code)
}

// workFolder is one for all tests: the program, the prepared data folder, the shared server's. TestMain removes it.
func workFolder() (string, error) {
	work.once.Do(func() { work.dir, work.err = os.MkdirTemp("", "wenda-test-*") })
	return work.dir, work.err
}

var work struct {
	once sync.Once
	dir  string
	err  error
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

// preparedData is a data folder with the bundled plan, its vectors and its calibration, made once by a server's first day (see
// TestFirstStart); tests copy it, so that not every one of them computes 7,000 vectors.
func preparedData(t *testing.T) string {
	t.Helper()
	models := modelsFolder(t)
	prepared.once.Do(func() {
		dir, err := workFolder()
		if err != nil {
			prepared.err = err
			return
		}
		prepared.dir = filepath.Join(dir, "prepared")
		prepared.day, prepared.err = firstStart(prepared.dir, models)
	})
	if prepared.err != nil {
		t.Fatalf("prepare a data folder: %v", prepared.err)
	}
	return prepared.dir
}

var prepared struct {
	once sync.Once
	dir  string
	day  firstDay
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
	data, wenda := preparedData(t), program(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("SEED", filepath.Join(shared, "seeds", "zhonglou-education-plan-2022.txt"))
			e.Setenv("MODELS", models)
			e.Setenv("PATH", filepath.Dir(wenda)+string(os.PathListSeparator)+e.Getenv("PATH"))
			return copyPrepared(data, filepath.Join(e.WorkDir, "data"))
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}
