package sentence

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// files returns the content of the model's files, by name.
func files(t *testing.T) map[string][]byte {
	t.Helper()
	list, err := needed()
	if err != nil {
		t.Fatal(err)
	}
	content := map[string][]byte{}
	for _, a := range list {
		raw, err := os.ReadFile(filepath.Join(modelsDir(t), a.name))
		if err != nil {
			t.Fatal(err)
		}
		content[a.name] = raw
	}
	return content
}

func runtimeFile(t *testing.T) string {
	t.Helper()
	list, err := needed()
	if err != nil {
		t.Fatal(err)
	}
	return list[2].name
}

func write(t *testing.T, path string, content []byte) string {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, content, 0o644)); err != nil {
		t.Fatal(err)
	}
	return path
}

// copyModel returns a folder with the model's files and no manifest.
func copyModel(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files(t) {
		write(t, filepath.Join(dir, name), content)
	}
	return dir
}

// damage flips one bit in the middle, leaving the size as it is.
func damage(t *testing.T, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)/2] ^= 1
	write(t, path, raw)
}

// jar makes a zip file like Maven's; entries are name, content, name, content.
func jar(t *testing.T, path string, entries ...any) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: entries[i].(string), Method: zip.Store})
		if err == nil {
			_, err = w.Write(entries[i+1].([]byte))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return write(t, path, b.Bytes())
}

// mavenJars makes the two jars, with strange names, for content decides.
func mavenJars(t *testing.T, content map[string][]byte) (model, runtime string) {
	t.Helper()
	dir, lib := t.TempDir(), runtimeFile(t)
	list, err := needed()
	if err != nil {
		t.Fatal(err)
	}
	model = jar(t, filepath.Join(dir, "one.bin"), "META-INF/MANIFEST.MF", []byte("x"), modelFile, content[modelFile], tokenizerFile, content[tokenizerFile])
	runtime = jar(t, filepath.Join(dir, "two.bin"), "ai/onnxruntime/native/other-arch/"+lib, []byte("other"),
		"ai/onnxruntime/native/"+list[2].platform+"/"+lib, content[lib])
	return model, runtime
}

func wantInstalled(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 4 {
		t.Errorf("folder holds %v, %v; want the three files and the manifest", entries, err)
	}
	if err := checkOnly(dir); err != nil {
		t.Error(err)
	}
	if s := Inspect(dir); len(s.Files) != 3 || !s.Files[0].OK || !s.Files[1].OK || !s.Files[2].OK || s.Ready() != withCgo {
		t.Errorf("inspect: %+v", s)
	}
}

func checkOnly(dir string) error {
	_, err := checkAll(dir)
	return err
}

// otherPlatformSize is the size of a runtime with our name that is not ours.
func otherPlatformSize(t *testing.T) int64 {
	t.Helper()
	list, err := needed()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range assets() {
		if a.name == list[2].name && a.platform != list[2].platform {
			return a.size
		}
	}
	t.Skip("no other platform has a runtime of this name")
	return 0
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
