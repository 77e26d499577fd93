package sentence

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Limits of what Install looks at. The jars have 20 and 109 entries, 16 and 41 MB. A zip bomb gets nowhere: only entries whose
// unpacked size is exactly that of a known file are unpacked, and no further than that.
const (
	maxJarBytes = 200 << 20
	maxEntries  = 10_000 // entries of a jar; files of a folder
	maxDepth    = 6      // folders inside folders
)

// search collects the wanted files from paths into a staging folder.
type search struct {
	stage   string
	wanted  []asset
	found   map[string]PlacedFile // by asset name; the file stands in stage, its digest checked
	wrong   []wrongFile
	ignored []string
	say     func(format string, args ...any)
}

// wrongFile is named like a wanted file or has its size, and is not it.
type wrongFile struct {
	name string // of the asset
	from string
	err  error
}

// source is a file of known size, on disk or in a jar.
type source struct {
	name string // as it names itself, with slashes
	from string // for people
	size int64
	open func() (io.ReadCloser, error)
}

// look searches a file or a folder that the operator named.
func (s *search) look(root string) error {
	info, err := os.Stat(root)
	if err != nil {
		return fmt.Errorf("install: %w", err)
	}
	if !info.IsDir() {
		return s.file(root, info)
	}
	files := 0
	return filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("install: %w", err)
		}
		if d.IsDir() {
			if strings.HasPrefix(d.Name(), stagePrefix) || depth(root, p) > maxDepth {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		if files++; files > maxEntries {
			return fmt.Errorf("install: folder %s holds more than %d files; name the jars instead", root, maxEntries)
		}
		info, err := d.Info()
		if err != nil {
			return fmt.Errorf("install: %w", err)
		}
		return s.file(p, info)
	})
}

// depth counts the folders between root and p.
func depth(root, p string) int {
	rel, err := filepath.Rel(root, p)
	if err != nil || rel == "." {
		return 0
	}
	return strings.Count(rel, string(filepath.Separator)) + 1
}

// file takes a file as a jar when its first bytes say so, else as itself.
func (s *search) file(p string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		s.ignore(p, "not a regular file")
		return nil
	}
	f, err := os.Open(p)
	if err != nil {
		return fmt.Errorf("install: %w", err)
	}
	defer f.Close()
	var magic [4]byte
	if _, err := io.ReadFull(f, magic[:]); err == nil && string(magic[:]) == "PK\x03\x04" {
		return s.jar(p, f, info.Size())
	}
	known, err := s.take(source{name: filepath.ToSlash(p), from: p, size: info.Size(),
		open: func() (io.ReadCloser, error) { return os.Open(p) }})
	if !known {
		s.ignore(p, "neither a jar nor a file of the model")
	}
	return err
}

// jar looks at the entries of a zip file.
func (s *search) jar(p string, f io.ReaderAt, size int64) error {
	if size > maxJarBytes {
		s.ignore(p, fmt.Sprintf("larger than %d MB", maxJarBytes>>20))
		return nil
	}
	z, err := zip.NewReader(f, size)
	if err != nil {
		s.ignore(p, fmt.Sprintf("cannot be read as a jar, perhaps cut off while fetching (%v)", err))
		return nil
	}
	if len(z.File) > maxEntries {
		s.ignore(p, fmt.Sprintf("has more than %d entries", maxEntries))
		return nil
	}
	any := false
	for _, entry := range z.File {
		if !entry.Mode().IsRegular() || entry.UncompressedSize64 > maxJarBytes {
			continue
		}
		known, err := s.take(source{name: entry.Name, from: p + "!/" + entry.Name, size: int64(entry.UncompressedSize64), open: entry.Open})
		if err != nil {
			return err
		}
		any = any || known
	}
	if !any {
		s.ignore(p, "a jar without any file of the model")
	}
	return nil
}

// take stages src if it is a wanted file. known says that it is a file of the model at all, wanted or not, right or wrong. The error
// is about our own disk; whatever is wrong with src is noted.
func (s *search) take(src source) (known bool, err error) {
	for _, a := range assets() {
		named := a.named(src.name)
		if !named && src.size != a.size {
			continue
		}
		if !s.wants(a) {
			known = true
			continue
		}
		if _, done := s.found[a.name]; done {
			return true, nil
		}
		wrong, err := s.copy(src, a)
		if err != nil {
			return true, err
		}
		if wrong == nil {
			s.found[a.name] = PlacedFile{Name: a.name, What: a.what, From: src.from, Size: a.size, SHA256: a.sha256}
			s.say("%s: %s, SHA-256 right", src.from, a.what)
			return true, nil
		}
		if named {
			known = true
			s.wrong = append(s.wrong, wrongFile{name: a.name, from: src.from, err: wrong})
		}
	}
	return known, nil
}

// named says whether a file of this name claims to be a. A runtime claims a platform by its folder in the jar; elsewhere by its name
// alone, which is the same on two platforms.
func (a asset) named(name string) bool {
	if path.Base(name) != a.name || strings.Contains(name, ".dSYM/") {
		return false
	}
	folder := path.Base(path.Dir(name))
	for _, other := range assets() {
		if other.platform == folder {
			return a.platform == folder
		}
	}
	return true
}

// wants says whether this machine needs a and does not have it yet.
func (s *search) wants(a asset) bool {
	for _, w := range s.wanted {
		if w == a {
			return true
		}
	}
	return false
}

// copy writes src into the staging folder as a. wrong says why src is not a; err is about our own disk.
func (s *search) copy(src source, a asset) (wrong, err error) {
	if src.size != a.size {
		for _, other := range assets() {
			if other.name == a.name && other.size == src.size {
				return fmt.Errorf("is for %s, want %s", other.platform, a.platform), nil
			}
		}
		return fmt.Errorf("has %d bytes, want %d for %s", src.size, a.size, a.what), nil
	}
	in, err := src.open()
	if err != nil {
		return fmt.Errorf("cannot be read: %w", err), nil
	}
	defer in.Close()
	target := filepath.Join(s.stage, a.name)
	out, err := os.OpenFile(target, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", a.name, err)
	}
	h := sha256.New()
	from := &reading{r: io.LimitReader(in, a.size+1)}
	_, err = io.Copy(io.MultiWriter(out, h), from)
	if from.err != nil { // theirs, also when out has one
		out.Close()
		return fmt.Errorf("cannot be read: %w", from.err), nil
	}
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return nil, fmt.Errorf("unpack %s: %w", a.name, err)
	}
	return a.compare(hex.EncodeToString(h.Sum(nil))), nil
}

// ignore notes what was looked at in vain. A folder may hold thousands of other things: the first twenty are enough to help.
func (s *search) ignore(p, why string) {
	if len(s.ignored) < 20 {
		s.ignored = append(s.ignored, fmt.Sprintf("%s: %s", p, why))
	}
}

// reading keeps the error of the reading side, which io.Copy does not tell from the writing side's.
type reading struct {
	r   io.Reader
	err error
}

func (r *reading) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}
