package sentence

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The manifest spares the digest while size and time are the same, and only then.
func TestManifest(t *testing.T) {
	model, runtime := mavenJars(t, files(t))
	dir := t.TempDir()
	if _, err := Install(dir, []string{model, runtime}, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, tokenizerFile)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	damage(t, path)
	touch := func(at time.Time) {
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	touch(info.ModTime())
	if err := checkOnly(dir); err != nil {
		t.Errorf("the digest was computed although size and time are as recorded: %v", err)
	}
	if s := Inspect(dir); s.Files[1].OK || !strings.Contains(s.Files[1].Problem, "SHA-256") {
		t.Errorf("inspect trusts the manifest: %+v", s.Files[1])
	}
	touch(info.ModTime().Add(time.Second))
	var corrupt *CorruptError
	if err := checkOnly(dir); !errors.As(err, &corrupt) {
		t.Errorf("another time: got %v, want *CorruptError", err)
	}
	write(t, filepath.Join(dir, manifestFile), []byte("{"))
	touch(info.ModTime())
	if err := checkOnly(dir); !errors.As(err, &corrupt) {
		t.Errorf("unreadable manifest: got %v, want *CorruptError", err)
	}
}

func TestInspectMissing(t *testing.T) {
	dir := copyModel(t)
	if err := os.Remove(filepath.Join(dir, modelFile)); err != nil {
		t.Fatal(err)
	}
	s := Inspect(dir)
	if s.Ready() || len(s.Files) != 3 || s.Files[0].Present || s.Files[0].Problem != "missing" || !s.Files[1].OK {
		t.Errorf("got %+v", s)
	}
	var missing *MissingError
	if withCgo && (!errors.As(s.Problem, &missing) || len(missing.Files) != 1) {
		t.Errorf("problem: got %v, want a *MissingError with one file", s.Problem)
	}
}

// Every platform has a runtime of its own, and every asset a digest.
func TestAssets(t *testing.T) {
	digests, platforms := map[string]bool{}, map[string]bool{}
	for _, a := range assets() {
		if len(a.sha256) != 64 || digests[a.sha256] || a.size <= 0 {
			t.Errorf("asset %+v", a)
		}
		digests[a.sha256] = true
		if a.platform != "" {
			platforms[a.platform] = true
		}
	}
	for _, p := range [][2]string{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "arm64"}, {"windows", "amd64"}} {
		if name := platformOf(p[0], p[1]); !platforms[name] {
			t.Errorf("%v: no runtime named %q", p, name)
		}
	}
	if got := platformOf("linux", "loong64"); got != "" {
		t.Errorf("loong64: got %q, want none", got)
	}
}
