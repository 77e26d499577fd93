package sentence

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestInstallFromJars(t *testing.T) {
	model, runtime := mavenJars(t, files(t))
	dir := filepath.Join(t.TempDir(), "new", "models")
	var said []string
	r, err := Install(dir, []string{model, runtime}, func(line string) { said = append(said, line) })
	if err != nil {
		t.Fatal(err)
	}
	if !r.Complete() || len(r.Placed) != 3 || r.Placed[0].Name != modelFile || r.Placed[0].From != model+"!/"+modelFile {
		t.Errorf("report: %+v", r)
	}
	if all := strings.Join(said, "\n"); !strings.Contains(all, filepath.Join(dir, modelFile)) {
		t.Errorf("progress does not say where the model went:\n%s", all)
	}
	wantInstalled(t, dir)
	again, err := Install(dir, []string{model}, nil)
	if err != nil || !again.Complete() || again.Placed[0].From != "" {
		t.Errorf("second install: %+v, %v", again, err)
	}
}

func TestInstallInTwoSteps(t *testing.T) {
	model, runtime := mavenJars(t, files(t))
	dir := t.TempDir()
	r, err := Install(dir, []string{runtime}, nil)
	if err != nil || r.Complete() || len(r.Missing) != 2 || len(r.Placed) != 1 {
		t.Fatalf("first: %+v, %v", r, err)
	}
	if r, err = Install(dir, []string{model}, nil); err != nil || !r.Complete() || len(r.Placed) != 3 {
		t.Fatalf("second: %+v, %v", r, err)
	}
	wantInstalled(t, dir)
}

func TestInstallFromFolderAndFiles(t *testing.T) {
	from := copyModel(t)
	write(t, filepath.Join(from, "README"), []byte("not ours"))
	write(t, filepath.Join(from, "deep", "broken.jar"), []byte("PK\x03\x04 and no more"))
	dir := t.TempDir()
	r, err := Install(dir, []string{from}, nil)
	if err != nil || !r.Complete() || len(r.Ignored) != 2 {
		t.Fatalf("folder: %+v, %v", r, err)
	}
	wantInstalled(t, dir)

	renamed := filepath.Join(from, "vocabulary") // known by its content
	if err := os.Rename(filepath.Join(from, tokenizerFile), renamed); err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	r, err = Install(dir, []string{filepath.Join(from, modelFile), renamed, filepath.Join(from, runtimeFile(t))}, nil)
	if err != nil || !r.Complete() {
		t.Fatalf("files: %+v, %v", r, err)
	}
	wantInstalled(t, dir)

	r, err = Install(dir, []string{dir}, nil) // onto itself
	if err != nil || !r.Complete() {
		t.Fatalf("onto itself: %+v, %v", r, err)
	}
}

// A wrong file ends the installation before anything is moved.
func TestInstallRefuses(t *testing.T) {
	good := files(t)
	bad := map[string][]byte{}
	for name, content := range good {
		bad[name] = content
	}
	bad[modelFile] = bytes.Clone(good[modelFile])
	bad[modelFile][1000] ^= 1
	wrongModel, runtime := mavenJars(t, bad)
	goodModel, _ := mavenJars(t, good)
	cutOff := write(t, filepath.Join(t.TempDir(), "cut.jar"), mustRead(t, goodModel)[:1<<20])
	brokenEntry := mustRead(t, goodModel)
	brokenEntry[len(brokenEntry)/3] ^= 1 // the zip's own checksum fails
	broken := write(t, filepath.Join(t.TempDir(), "broken.jar"), brokenEntry)
	older := jar(t, filepath.Join(t.TempDir(), "older.jar"), modelFile, []byte("another version"), tokenizerFile, good[tokenizerFile])
	other := jar(t, filepath.Join(t.TempDir(), "other.jar"), "a/B.class", []byte("x"))
	foreign := filepath.Join(t.TempDir(), runtimeFile(t)) // as large as another platform's
	write(t, foreign, make([]byte, otherPlatformSize(t)))
	text := write(t, filepath.Join(t.TempDir(), "a.txt"), []byte("text"))

	var corrupt *CorruptError
	var missing *MissingError
	for _, c := range []struct {
		name  string
		paths []string
		as    any
		says  string
	}{
		{"wrong digest", []string{runtime, wrongModel}, &corrupt, "SHA-256"},
		{"damaged entry", []string{runtime, broken}, &corrupt, "checksum"},
		{"another version", []string{older, runtime}, &corrupt, "15 bytes"},
		{"another platform", []string{foreign}, &corrupt, "is for "},
		{"cut off", []string{cutOff}, &missing, "cut off"},
		{"another jar", []string{other}, &missing, "without any file of the model"},
		{"a text", []string{text}, &missing, "neither a jar"},
		{"empty folder", []string{t.TempDir()}, &missing, "make model"},
		{"nothing", nil, &missing, "make model"},
	} {
		dir := t.TempDir()
		_, err := Install(dir, c.paths, nil)
		if !errors.As(err, c.as) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %T saying %q", c.name, err, c.as, c.says)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: left %v behind", c.name, left)
		}
	}
	if _, err := Install(t.TempDir(), []string{filepath.Join(t.TempDir(), "none.jar")}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent jar: got %v, want os.ErrNotExist", err)
	}
	if r, err := Install(t.TempDir(), []string{wrongModel, goodModel}, nil); err != nil || len(r.Placed) != 2 {
		t.Errorf("a wrong jar beside the right one: %+v, %v", r, err)
	}
}

// An installation repairs a damaged folder and removes what a killed one left long ago.
func TestInstallRepairs(t *testing.T) {
	model, _ := mavenJars(t, files(t))
	dir := copyModel(t)
	damage(t, filepath.Join(dir, modelFile))
	old := filepath.Join(dir, stagePrefix+"123")
	write(t, filepath.Join(old, modelFile), []byte("half"))
	if err := os.Chtimes(old, time.Time{}, time.Now().Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := checkOnly(dir); err == nil {
		t.Fatal("the damage was not seen")
	}
	r, err := Install(dir, []string{model}, nil)
	if err != nil || !r.Complete() {
		t.Fatalf("%+v, %v", r, err)
	}
	wantInstalled(t, dir)
}

// An entry that claims the right size and unpacks into more is read no further than that.
func TestInstallBomb(t *testing.T) {
	var packed, b bytes.Buffer
	deflate, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := deflate.Write(make([]byte, 64<<20)); err != nil {
		t.Fatal(err)
	}
	if err := deflate.Close(); err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(&b)
	w, err := z.CreateRaw(&zip.FileHeader{Name: modelFile, Method: zip.Deflate,
		CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(assets()[0].size)})
	if err == nil {
		_, err = w.Write(packed.Bytes())
	}
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	path := write(t, filepath.Join(t.TempDir(), "bomb.jar"), b.Bytes())
	dir := t.TempDir()
	var corrupt *CorruptError
	if _, err = Install(dir, []string{path}, nil); !errors.As(err, &corrupt) {
		t.Errorf("got %v, want *CorruptError", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left %v behind", left)
	}
}
