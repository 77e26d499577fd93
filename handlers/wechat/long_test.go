//go:build long

package wechat

import "testing"

// 30 kills with 200 messages in flight.
func TestLongKilledAtAnyMoment(t *testing.T) { killed(t, 30, 200, 40) }
