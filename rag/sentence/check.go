package sentence

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// manifest is what Install writes beside the files, so that the next start need not read 46 MB to trust them.
type manifest struct {
	Files map[string]manifestEntry `json:"files"` // by name
}

// manifestEntry describes a file as it was when its digest was last computed.
type manifestEntry struct {
	SHA256   string    `json:"sha256"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
}

// readManifest returns the manifest of dir; a missing or unreadable one is empty, which only means that digests are computed.
func readManifest(dir string) manifest {
	var m manifest
	raw, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil || json.Unmarshal(raw, &m) != nil {
		return manifest{}
	}
	return m
}

// checkAll checks every file that this machine needs and returns them. All missing files are named at once.
func checkAll(dir string) ([]asset, error) {
	list, err := needed()
	if err != nil {
		return nil, err
	}
	known := readManifest(dir)
	var missing []string
	var damaged error
	for _, a := range list {
		switch err := check(dir, a, known); {
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, a.name)
		case err != nil && damaged == nil:
			damaged = &CorruptError{File: filepath.Join(dir, a.name), Err: err, Hint: hintInstall}
		}
	}
	if len(missing) > 0 {
		return nil, &MissingError{Dir: dir, Files: missing, Hint: hintInstall}
	}
	return list, damaged
}

// check says whether dir holds a as it must be. The digest is computed unless the manifest has it for this size and time.
// A missing file gives an error that is fs.ErrNotExist.
func check(dir string, a asset, known manifest) error {
	path := filepath.Join(dir, a.name)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	if info.Size() != a.size {
		return fmt.Errorf("has %d bytes, want %d", info.Size(), a.size)
	}
	entry, ok := known.Files[a.name]
	if ok && entry.SHA256 == a.sha256 && entry.Size == info.Size() && entry.Modified.Equal(info.ModTime()) {
		return nil
	}
	sum, err := digest(path)
	if err != nil {
		return err
	}
	return a.compare(sum)
}

// compare says whether sum, in hex, is the digest that a must have.
func (a asset) compare(sum string) error {
	if sum != a.sha256 {
		return fmt.Errorf("SHA-256 is %s, want %s", sum, a.sha256)
	}
	return nil
}

// digest computes the SHA-256 of a file, in hex.
func digest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
