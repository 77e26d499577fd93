//go:build long

package staff

import "testing"

func TestLongWritesKilledAtAnyMoment(t *testing.T) { killedWhileWriting(t, 200, 2) }
