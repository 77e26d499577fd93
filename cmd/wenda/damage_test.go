package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// runShort runs a command in this process that is to end by itself; a server that starts after all is stopped, and ends with 0.
func runShort(t *testing.T, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience/4)
	defer cancel()
	var stdout, stderr bytes.Buffer
	code := run(ctx, args, &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

// wantPlainFailure checks exit status 1 with a message for people.
func wantPlainFailure(t *testing.T, got result, wants ...string) {
	t.Helper()
	if got.code != exitFailure {
		t.Errorf("exit status %d, want %d\n%s%s", got.code, exitFailure, got.stdout, got.stderr)
	}
	for _, want := range wants {
		if !strings.Contains(got.stderr, want) {
			t.Errorf("no %q in %q", want, got.stderr)
		}
	}
	for _, never := range []string{"goroutine", "panic", ".go:"} {
		if strings.Contains(got.stderr, never) {
			t.Errorf("%q in %q", never, got.stderr)
		}
	}
	if lines := strings.Count(got.stderr, "\n"); lines < 1 || lines > 3 {
		t.Errorf("%d lines: %q", lines, got.stderr)
	}
}

func TestDamagedDataFolder(t *testing.T) {
	prepared := preparedData(t)
	database := func(t *testing.T, data string) (path string, content []byte) {
		copyData(t, data)
		path = filepath.Join(data, "wenda.db")
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return path, content
	}
	write := func(t *testing.T, path string, content []byte) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, damage := range map[string]func(t *testing.T, data string){
		"garbage": func(t *testing.T, data string) {
			write(t, filepath.Join(data, "wenda.db"), bytes.Repeat([]byte("这不是数据库。"), 1000))
		},
		"cut off": func(t *testing.T, data string) {
			path, content := database(t, data)
			write(t, path, content[:len(content)/3])
		},
		"garbage inside": func(t *testing.T, data string) { // all but SQLite's header
			path, content := database(t, data)
			for i := 4096; i < len(content); i++ {
				content[i] = byte(i * 7)
			}
			write(t, path, content)
		},
	} {
		t.Run(name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			damage(t, data)
			for _, args := range [][]string{{"serve", "--addr", "127.0.0.1:0"}, {"ask", "今年新增多少学位"}, {"documents"}, {"import", filepath.Join(prepared, "none.txt")}} {
				got := runShort(t, append(args, "--data", data, "--models", t.TempDir())...)
				wantPlainFailure(t, got, data, "数据库已损坏", "备份")
			}
		})
	}
}

func TestDataFolderThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file") // root may write into any folder, but not below a file
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"a file": file, "below a file": filepath.Join(file, "data"), "no such device": "/proc/wenda-nowhere"} {
		t.Run(name, func(t *testing.T) {
			for _, args := range [][]string{{"serve", "--addr", "127.0.0.1:0"}, {"ask", "今年新增多少学位"}} {
				got := runShort(t, append(args, "--data", data, "--models", t.TempDir())...)
				wantPlainFailure(t, got, data, "无法写入", "--data")
			}
		})
	}
}
