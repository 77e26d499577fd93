//go:build !cgo

package sentence

import (
	"errors"
	"testing"
)

func TestWithoutCgo(t *testing.T) {
	m, err := Open(t.TempDir(), Options{})
	if !errors.Is(err, ErrNoCgo) || m != nil {
		t.Errorf("Open: got %v, %v; want ErrNoCgo", m, err)
	}
	if s := Inspect(t.TempDir()); s.Ready() || s.Cgo || !errors.Is(s.Problem, ErrNoCgo) {
		t.Errorf("Inspect: got %+v", s)
	}
}
