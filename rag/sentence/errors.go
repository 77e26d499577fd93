package sentence

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrNoCgo is what Open returns in a program built without cgo.
	ErrNoCgo = errors.New("this program was built without cgo and has no sentence model; it searches by words only " +
		"(`make build` with a C compiler makes one that has it)")

	// ErrClosed is returned by the methods of a Model after Close.
	ErrClosed = errors.New("the sentence model is closed")

	// ErrEmptyText means that nothing is left of a text to embed: it is empty or holds only spaces, controls and invisible marks.
	ErrEmptyText = errors.New("nothing to embed: the text is empty")
)

// hintInstall tells an operator how to get the files.
const hintInstall = "run `make model`, or `wenda model install FILE...` with the two jars (or a folder with the unpacked files)"

// MissingError says that files of the model are not in the folder, or not among what Install was given.
type MissingError struct {
	Dir   string   // the models folder
	Files []string // names without folder, never empty
	Hint  string   // what to do
}

// Error implements error.
func (e *MissingError) Error() string {
	return fmt.Sprintf("sentence model: %s missing in %s: %s", strings.Join(e.Files, ", "), e.Dir, e.Hint)
}

// CorruptError says that a file is there and is not what it must be: another size or digest, unreadable, or refused by the runtime.
type CorruptError struct {
	File string // path as opened
	Err  error  // what is wrong with it
	Hint string // what to do
}

// Error implements error.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("sentence model: %s: %v: %s", e.File, e.Err, e.Hint)
}

// Unwrap gives the cause.
func (e *CorruptError) Unwrap() error { return e.Err }

// PlatformError says that there is no onnxruntime for this operating system and processor.
type PlatformError struct{ OS, Arch string }

// Error implements error.
func (e *PlatformError) Error() string {
	return fmt.Sprintf("sentence model: onnxruntime %s has no library for %s/%s; the program searches by words only",
		RuntimeVersion, e.OS, e.Arch)
}
