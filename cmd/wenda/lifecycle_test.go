package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"wenda/handlers"
	"wenda/rag"
)

func TestSecondServer(t *testing.T) {
	first := sharedServer(t)
	address := strings.TrimPrefix(first.url, "http://")
	for _, c := range []struct {
		name string
		args []string
		says []string
	}{
		{"same data folder", []string{"--data", first.data, "--addr", "127.0.0.1:0"},
			[]string{first.data, "另一个 wenda 服务", fmt.Sprintf("进程号 %d", os.Getpid()), "--data"}},
		{"busy port", []string{"--data", filepath.Join(t.TempDir(), "data"), "--addr", address}, []string{address, "端口可能被占用", "--addr"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := runProgram(t, append(c.args, "serve", "--models", t.TempDir())...)
			var told []string
			for _, line := range strings.SplitAfter(got.stderr, "\n") { // besides the log
				if !strings.HasPrefix(line, "{") {
					told = append(told, line)
				}
			}
			wantPlainFailure(t, result{got.code, got.stdout, strings.Join(told, "")}, c.says...)
			wantPlaces(t, "the first server", first.mustAsk(t, "今年新增多少学位"))
		})
	}
}

// A question that is being asked when SIGTERM comes is answered to its end; nobody else gets in; the program ends with 0.
func TestTerminatedDuringAStream(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	copyData(t, data)
	p := startProcess(t, "--data", data, "--models", modelsFolder(t))
	address := strings.TrimPrefix(p.url, "http://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	body := askBody("今年新增多少学位")
	fmt.Fprintf(conn, "POST /api/v1/ask HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\nContent-Length: %d\r\n"+
		"Expect: 100-continue\r\n\r\n", address, len(body))
	in := bufio.NewReader(conn)
	if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") { // the handler reads the question
		t.Fatalf("got %q, %v", line, err)
	}
	if _, err := in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}

	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := until("nobody else gets in", func() (bool, error) {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err != nil, nil
	}); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, body)
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatalf("the stream: %v\n%s", err, p.log)
	}
	var b strings.Builder
	if _, err := bufio.NewReader(res.Body).WriteTo(&b); err != nil || res.StatusCode != 200 {
		t.Fatalf("the stream: %d, %v: %s", res.StatusCode, err, b.String())
	}
	events, err := eventsOf("text/event-stream", b.String())
	if err != nil || events[len(events)-1].name != "done" || !strings.Contains(b.String(), "2800") {
		t.Errorf("the stream ended with %+v, %v", events, err)
	}

	select {
	case <-p.exited:
	case <-time.After(handlers.Defaults().ShutdownTimeout + 10*time.Second): // and what the store has left to write
		t.Fatalf("still running\n%s", p.log)
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 || strings.Contains(p.log.String(), "goroutine") {
		t.Errorf("exit status %d\n%s", code, p.log)
	}
}

// An acknowledgement is what the server said it has kept.
type acknowledgement struct{ answerID, comment string }

// keepTelling asks and gives feedback from several clients until the server is gone. wait returns what was acknowledged, and the
// requests that a living server refused. enough is closed when there is something to lose.
func keepTelling(s site, enough chan<- struct{}) (wait func() (all []acknowledgement, refused []string)) {
	var mu sync.Mutex
	var all []acknowledgement
	var refused []string
	var group sync.WaitGroup
	one := func(comment string) (acknowledgement, error) {
		a, err := s.ask("第几届书法节")
		if err != nil {
			return acknowledgement{}, err
		}
		r, err := s.do("POST", "/api/v1/answers/"+a.ID+"/feedback", `{"verdict":"useless","reason":"other","comment":"`+comment+`"}`)
		if err == nil && r.status != 200 {
			err = fmt.Errorf("feedback: %d %s", r.status, r.body)
		}
		return acknowledgement{a.ID, comment}, err
	}
	for c := range 4 {
		group.Go(func() {
			for i := 0; ; i++ {
				kept, err := one(fmt.Sprintf("第%d位第%d次", c, i))
				var gone *url.Error
				if errors.As(err, &gone) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) {
					return
				}
				mu.Lock()
				if err != nil {
					refused = append(refused, err.Error())
				} else if all = append(all, kept); len(all) == 40 {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	return func() ([]acknowledgement, []string) {
		group.Wait()
		return all, refused
	}
}

func TestKilledUnderLoad(t *testing.T) {
	data, models := filepath.Join(t.TempDir(), "data"), t.TempDir() // by words: what is kept does not depend on vectors, which take half a minute to calibrate
	copyData(t, data)
	p := startProcess(t, "--data", data, "--models", models)
	p.ready(t)
	enough := make(chan struct{})
	wait := keepTelling(p.site, enough)
	file := filepath.Join(t.TempDir(), "library.md")
	if err := os.WriteFile(file, []byte("# 河湾图书馆开放办法\n\n## 开放时间\n\n河湾图书馆周末上午九点开门，下午五点关门。\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	imported := runProgram(t, "import", "--data", data, "--models", models, file)
	if imported.code != 0 {
		t.Fatalf("import: %+v", imported)
	}
	select {
	case <-enough: // and no moment chosen: the clients go on, the index may be half built
	case <-p.exited:
		t.Fatalf("the server ended by itself\n%s", p.log)
	}
	p.kill()
	kept, refused := wait()
	if len(kept) < 40 || len(refused) > 0 {
		t.Fatalf("%d acknowledged, %d refused: %q\n%s", len(kept), len(refused), refused, p.log)
	}

	p = startProcess(t, "--data", data, "--models", models)
	if got := readinessOf(t, p.ready(t)); got.Documents != 2 {
		t.Errorf("after the restart %+v, want 2 documents", got)
	}
	for _, k := range kept {
		if got, want := feedbackOn(t, data, k.answerID), "useless/other/"+k.comment; got != want {
			t.Errorf("acknowledged feedback %s: got %q, want %q", k.answerID, got, want)
		}
		if r := p.mustGet(t, "/api/v1/answers/"+k.answerID); r.status != 200 {
			t.Errorf("answer %s with acknowledged feedback: %d", k.answerID, r.status)
		}
	}
	t.Logf("killed with %d acknowledged, none lost", len(kept))
	a := p.mustAsk(t, "河湾图书馆周末几点开门")
	if a.Status != rag.Answered || !strings.Contains(a.Text, "九点") {
		t.Errorf("the imported document: %s %s", a.Status, a.Text)
	}
	wantPlaces(t, "the bundled plan", p.mustAsk(t, "今年新增多少学位"))
}
