package main

import (
	"context"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// An exportTime is what an export of the whole log took. Memory is in MB above what was there before it began.
type exportTime struct {
	Format   string  `json:"format"`
	Rows     int     `json:"rows"`
	Bytes    int     `json:"bytes"`
	Seconds  float64 `json:"seconds"`
	Resident float64 `json:"resident_mb"` // of the process, at its highest; 0 where the system does not tell
}

// exports measures the log's exports, each from an idle process on.
func (v *visitor) exports(ctx context.Context) ([]exportTime, error) {
	var out []exportTime
	for _, format := range []string{"csv", "xlsx", "jsonl"} {
		debug.FreeOSMemory()
		stop := watchMemory()
		took, bytes, err := v.get(ctx, "/staff/log/export?format="+format, true)
		resident := stop()
		if err != nil {
			return nil, err
		}
		out = append(out, exportTime{format, v.rows, bytes, took.Seconds(), resident})
	}
	return out, nil
}

// watchMemory looks at the process every few milliseconds until it is told to stop; it returns how much more resident memory than at the
// beginning it saw, in MB.
func watchMemory() (stop func() (megabytes float64)) {
	before := residentBytes()
	end, done := make(chan struct{}), make(chan struct{})
	highest := before
	go func() {
		defer close(done)
		for {
			select {
			case <-end:
				return
			case <-time.After(5 * time.Millisecond):
				highest = max(highest, residentBytes())
			}
		}
	}()
	return func() float64 {
		close(end)
		<-done
		return float64(highest-before) / 1e6
	}
}

// residentBytes is the process's resident memory; 0 where it is not told.
func residentBytes() int64 {
	number, _, _ := strings.Cut(resident(), " ")
	n, _ := strconv.ParseInt(number, 10, 64) // a dash: 0
	return n << 10
}
