//go:build long

package scripted

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Real is llama.cpp's own server with a small model, in a process of its own: scripts/llm-server.py.
// Tests two folders below the repository's root may start it.
type Real struct {
	URL string    // http://127.0.0.1:PORT
	Cmd *exec.Cmd // of the last start

	port  int
	log   bytes.Buffer // of the last process; to be read when it has ended
	stdin io.Closer    // closed: it ends
}

// StartReal fails, and never skips, when the model could not be had.
func StartReal(tb testing.TB) *Real {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	m := &Real{port: port, URL: fmt.Sprintf("http://127.0.0.1:%d", port)}
	m.Start(tb)
	tb.Cleanup(func() {
		m.Kill()
		if tb.Failed() {
			tb.Logf("the server's log ends:\n%s", m.log.Bytes()[max(0, m.log.Len()-4000):])
		}
	})
	return m
}

// Start starts it on its port and waits until it answers.
func (m *Real) Start(tb testing.TB) {
	tb.Helper()
	python, err := filepath.Abs("../../.cache/llm/bin/python") // a venv finds itself by its path
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := os.Stat(python); err != nil {
		tb.Fatalf("the test needs a real language model: run make llm: %v", err)
	}
	m.log.Reset()
	m.Cmd = exec.Command(python, "../../scripts/llm-server.py", strconv.Itoa(m.port))
	m.Cmd.Stderr = &m.log
	if m.stdin, err = m.Cmd.StdinPipe(); err != nil {
		tb.Fatal(err)
	}
	stdout, err := m.Cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	began := time.Now()
	if err := m.Cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	timer := time.AfterFunc(time.Minute, func() { _ = m.Cmd.Process.Kill() })
	defer timer.Stop()
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || strings.TrimSpace(line) != "ready "+m.URL+"/v1" {
		m.Kill()
		tb.Fatalf("the model's server said %q, %v\n%s", line, err, m.log.String())
	}
	tb.Logf("started in %v", time.Since(began).Round(time.Millisecond))
}

// Kill is kill -9, and waits.
func (m *Real) Kill() {
	_ = m.Cmd.Process.Kill()
	_ = m.Cmd.Wait()
}

// Busy is how many answers it is making now, by its own account; -1 when it does not say. Any goroutine may call it.
func (m *Real) Busy(tb testing.TB) int {
	tb.Helper()
	resp, err := http.Get(m.URL + "/slots")
	if err != nil {
		tb.Error(err)
		return -1
	}
	defer resp.Body.Close()
	var slots []struct {
		Busy bool `json:"is_processing"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&slots); err != nil || len(slots) == 0 {
		tb.Errorf("slots: %v, %v", slots, err)
		return -1
	}
	n := 0
	for _, slot := range slots {
		if slot.Busy {
			n++
		}
	}
	return n
}
