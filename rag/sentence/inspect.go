package sentence

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Status is what `wenda doctor` shows about the sentence model.
type Status struct {
	Dir      string       // as asked
	Model    string       // name recorded with vectors
	Runtime  string       // onnxruntime's version
	Platform string       // as in the runtime's jar, such as linux-x64; "" where there is none
	Cgo      bool         // whether this program can load the model at all
	Files    []FileStatus // what this machine needs; empty where there is no runtime
	Problem  error        // nil when Open should succeed; otherwise what Open would say
}

// Ready says whether the model should open.
func (s Status) Ready() bool { return s.Problem == nil }

// FileStatus is one file of the models folder.
type FileStatus struct {
	Name    string // without folder
	What    string // for people
	Present bool
	Size    int64  // bytes on disk
	SHA256  string // computed now, in hex; "" when absent or unreadable
	OK      bool   // the digest is the known one
	Problem string // why not, "" when OK
}

// String describes the file on one line.
func (f FileStatus) String() string {
	if !f.OK {
		return fmt.Sprintf("%s: %s: %s", f.Name, f.What, f.Problem)
	}
	return fmt.Sprintf("%s: %s, %.1f MB, SHA-256 right", f.Name, f.What, float64(f.Size)/1e6)
}

// Inspect looks at the models folder. It always computes the digests, whatever the manifest says, and loads nothing.
func Inspect(dir string) Status {
	s := Status{Dir: dir, Model: modelName, Runtime: RuntimeVersion, Cgo: withCgo,
		Platform: platformOf(runtime.GOOS, runtime.GOARCH)}
	list, err := needed()
	if err != nil {
		s.Problem = err
		return s
	}
	var missing []string
	var damaged error
	for _, a := range list {
		f, err := inspectFile(dir, a)
		s.Files = append(s.Files, f)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, a.name)
		case err != nil && damaged == nil:
			damaged = &CorruptError{File: filepath.Join(dir, a.name), Err: err, Hint: hintInstall}
		}
	}
	switch {
	case !withCgo:
		s.Problem = ErrNoCgo
	case len(missing) > 0:
		s.Problem = &MissingError{Dir: dir, Files: missing, Hint: hintInstall}
	default:
		s.Problem = damaged
	}
	return s
}

// inspectFile describes one file and returns what check would say without a manifest.
func inspectFile(dir string, a asset) (FileStatus, error) {
	f := FileStatus{Name: a.name, What: a.what}
	path := filepath.Join(dir, a.name)
	info, err := os.Stat(path)
	if err != nil {
		f.Problem = "missing"
		if !errors.Is(err, fs.ErrNotExist) {
			f.Problem = err.Error()
		}
		return f, err
	}
	f.Present, f.Size = true, info.Size()
	sum, err := digest(path)
	if err == nil {
		f.SHA256 = sum
		err = a.compare(sum)
	}
	f.OK = err == nil
	if err != nil {
		f.Problem = err.Error()
	}
	return f, err
}
