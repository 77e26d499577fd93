//go:build !linux && !darwin && !freebsd && !windows

package store

import "errors"

// freeBytes cannot be asked here.
func freeBytes(string) (int64, error) { return 0, errors.ErrUnsupported }
