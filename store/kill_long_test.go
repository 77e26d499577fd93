//go:build long

package store

import "testing"

func TestLongKilledWhileSaving(t *testing.T) { killedWhileSaving(t, 200) }
