package sentence

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// stagePrefix names the temporary folders of Install inside the models folder.
const stagePrefix = ".install-"

// Report says what Install did.
type Report struct {
	Dir     string
	Placed  []PlacedFile // what is in place now
	Missing []string     // what this machine still needs; another Install with the other jar completes it
	Ignored []string     // what was looked at and not used, with the reason
}

// Complete says whether the model can be opened now.
func (r Report) Complete() bool { return len(r.Missing) == 0 }

// PlacedFile is a file in the models folder, its digest checked.
type PlacedFile struct {
	Name   string // in Dir
	What   string // for people
	From   string // jar and entry, or file; "" when it was in place already
	Size   int64  // bytes
	SHA256 string // hex
}

// String describes the file on one line.
func (p PlacedFile) String() string {
	from := "in place already"
	if p.From != "" {
		from = "from " + p.From
	}
	return fmt.Sprintf("%s: %s, %.1f MB, SHA-256 %s, %s", p.Name, p.What, float64(p.Size)/1e6, p.SHA256, from)
}

// Install puts the files of the model into dir, which is made if need be. paths are Maven's jars, unpacked files, or folders holding
// either; all are known by their content and not by their names. Files that are in place already stay as they are. progress, which
// may be nil, gets a line for every step.
//
// Everything found is unpacked beside its place and its digest checked before the first file is moved, each by a rename: after an
// error the folder is as it was. Errors are *CorruptError (something is named like a file we need and is not it), *MissingError
// (nothing we need was found), *PlatformError, or of the file system. Two Installs into one folder at the same time do no harm:
// both move files of the same digest.
func Install(dir string, paths []string, progress func(string)) (Report, error) {
	say := func(format string, args ...any) {
		if progress != nil {
			progress(fmt.Sprintf(format, args...))
		}
	}
	list, err := needed()
	if err != nil {
		return Report{}, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Report{}, fmt.Errorf("make models folder: %w", err)
	}
	sweep(dir)
	r := Report{Dir: dir}
	open := inPlace(dir, list, &r)
	stage, err := os.MkdirTemp(dir, stagePrefix)
	if err != nil {
		return Report{}, fmt.Errorf("install into %s: %w", dir, err)
	}
	defer os.RemoveAll(stage)

	s := &search{stage: stage, wanted: open, found: map[string]PlacedFile{}, say: say}
	for _, path := range paths {
		if err := s.look(path); err != nil {
			return Report{}, err
		}
	}
	r.Ignored = s.ignored
	for _, a := range open {
		if _, ok := s.found[a.name]; !ok {
			r.Missing = append(r.Missing, a.name)
		}
	}
	if err := s.verdict(dir, r); err != nil {
		return Report{}, err
	}
	for _, a := range open {
		p, ok := s.found[a.name]
		if !ok {
			continue
		}
		if err := os.Rename(filepath.Join(stage, a.name), filepath.Join(dir, a.name)); err != nil {
			return Report{}, fmt.Errorf("install %s: %w", a.name, err)
		}
		r.Placed = append(r.Placed, p)
		say("%s: %s, %.1f MB, from %s", filepath.Join(dir, a.name), a.what, float64(a.size)/1e6, p.From)
	}
	if err := writeManifest(dir, r.Placed); err != nil {
		return Report{}, err
	}
	return r, nil
}

// inPlace reports the files that are already right and returns the others. Digests are computed, whatever the manifest says.
func inPlace(dir string, list []asset, r *Report) (open []asset) {
	for _, a := range list {
		if check(dir, a, manifest{}) != nil {
			open = append(open, a)
			continue
		}
		r.Placed = append(r.Placed, PlacedFile{Name: a.name, What: a.what, Size: a.size, SHA256: a.sha256})
	}
	return open
}

// verdict says whether what was found may be installed.
func (s *search) verdict(dir string, r Report) error {
	for _, name := range r.Missing {
		for _, w := range s.wrong {
			if w.name == name {
				return &CorruptError{File: w.from, Err: w.err,
					Hint: "fetch it again (`make model`), or give the exact version that is wanted; nothing was installed"}
			}
		}
	}
	if len(r.Missing) == 0 || len(s.found) > 0 {
		return nil
	}
	hint := hintInstall
	if len(s.ignored) > 0 {
		hint += "; not used: " + strings.Join(s.ignored, "; ")
	}
	return &MissingError{Dir: dir, Files: r.Missing, Hint: hint}
}

// writeManifest records the digests of the files in place, with size and time, for the next Open.
func writeManifest(dir string, files []PlacedFile) error {
	m := manifest{Files: map[string]manifestEntry{}}
	for _, p := range files {
		info, err := os.Stat(filepath.Join(dir, p.Name))
		if err != nil {
			return fmt.Errorf("record digests: %w", err)
		}
		m.Files[p.Name] = manifestEntry{SHA256: p.SHA256, Size: info.Size(), Modified: info.ModTime()}
	}
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("record digests: %w", err)
	}
	tmp, err := os.CreateTemp(dir, stagePrefix+"manifest-")
	if err != nil {
		return fmt.Errorf("record digests: %w", err)
	}
	defer os.Remove(tmp.Name()) // fails after the rename, as it should
	_, err = tmp.Write(append(raw, '\n'))
	if err := errors.Join(err, tmp.Chmod(0o644), tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("record digests: %w", err)
	}
	if err := os.Rename(tmp.Name(), filepath.Join(dir, manifestFile)); err != nil {
		return fmt.Errorf("record digests: %w", err)
	}
	return nil
}

// sweep removes what an Install that was killed more than an hour ago left behind. What cannot be removed only takes space.
func sweep(dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, stagePrefix+"*")) // the pattern is well formed
	for _, path := range left {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > time.Hour {
			os.RemoveAll(path)
		}
	}
}
