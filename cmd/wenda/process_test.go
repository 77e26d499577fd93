package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
)

// program builds the real program once: it takes signals, and is as fast in a run with the race detector as in any other.
func program(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		dir, err := workFolder()
		if err != nil {
			built.err = err
			return
		}
		built.path = filepath.Join(dir, "bin", "wenda")
		if out, err := exec.Command("go", "build", "-o", built.path, ".").CombinedOutput(); err != nil {
			built.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatalf("build the program: %v", built.err)
	}
	return built.path
}

var built struct {
	once sync.Once
	path string
	err  error
}

// A result is how a command ended.
type result struct {
	code           int
	stdout, stderr string
}

// runProgram runs a command in a process of its own, to its end. One that does not end is killed: status -1.
func runProgram(t *testing.T, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience/2)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program(t), args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatalf("wenda %q: %v", args, err)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// A process is wenda serve in a process of its own.
type process struct {
	site
	cmd *exec.Cmd
	log *logBuffer

	exited chan struct{} // closed when it has ended
}

var servingLine = regexp.MustCompile(`"msg":"serving","url":"([^"]+)"`)

// startProcess starts wenda serve and returns when it listens. It is killed when the test ends.
func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{log: &logBuffer{}, exited: make(chan struct{})}
	p.cmd = exec.Command(program(t), append([]string{"serve", "--addr", "127.0.0.1:0", "--limits", "off"}, args...)...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.exited)
		_ = p.cmd.Wait() // the tests look at ProcessState
	}()
	t.Cleanup(p.kill)
	err := until("serving", func() (bool, error) {
		if m := servingLine.FindStringSubmatch(p.log.String()); m != nil {
			p.url = m[1]
			return true, nil
		}
		select {
		case <-p.exited:
			return false, errors.New("it ended")
		default:
			return false, nil
		}
	})
	if err != nil {
		t.Fatalf("start a server: %v\n%s", err, p.log)
	}
	return p
}

// kill is kill -9, and waits. Killing what has ended does nothing.
func (p *process) kill() {
	_ = p.cmd.Process.Signal(os.Kill)
	<-p.exited
}

// ready waits until /readyz says 200, and returns its reply.
func (s site) ready(t *testing.T) reply {
	t.Helper()
	var r reply
	err := until("ready", func() (bool, error) {
		var err error
		r, err = s.get("/readyz")
		return r.status == 200, err
	})
	if err != nil {
		t.Fatalf("%v; last: %d %s", err, r.status, r.body)
	}
	return r
}
