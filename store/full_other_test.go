//go:build !linux

package store

import "testing"

func smallDisk(*testing.T) (disk, bool) { return disk{}, false }
