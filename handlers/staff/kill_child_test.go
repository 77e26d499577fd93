package staff

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"wenda/corpus"
	"wenda/prompts"
	"wenda/rag"
	"wenda/rag/eval"
	"wenda/store"
)

// markHeader names a request of the suite. The child takes it for the client's address, so that every line of the audit says which request
// it belongs to.
const markHeader = "X-Killed-Mark"

// killable is the process that is killed: a console over the real store of dir, on a port that it prints.
func killable(dir string) error {
	ctx := context.Background()
	quiet := slog.New(slog.DiscardHandler)
	st, err := store.Open(ctx, dir, store.Options{Log: quiet})
	if err != nil {
		return err
	}
	if _, err := st.LockServer(); err != nil {
		return err
	}
	base, err := prompts.Load(nil)
	if err != nil {
		return err
	}
	library := &corpus.Library{Shelf: st, Wording: corpus.Wording{Lexicon: corpus.Lexicon{StopPhrases: base.StopPhrases, Version: base.Version}}}
	if err := library.Reload(ctx); err != nil {
		return err
	}
	cfg := Defaults()
	cfg.Plain = true
	cfg.OIDC = &OIDC{Issuer: "https://id.example", ClientID: "wenda"} // never reached: accounts are given a subject
	ask := func(ctx context.Context, q rag.Question, with *prompts.Set) (rag.Answer, error) {
		if with == nil {
			with = base
		}
		return rag.New(rag.Parts{Index: library.Current, Prompts: func() *prompts.Set { return with }}).Ask(ctx, q, nil)
	}
	console, err := New(cfg, Deps{Store: st, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})), Library: library, Ask: ask,
		Prompts: func() *prompts.Set { return base }, Bench: dawdling{library},
		Running: &fixed{state: State{Channels: []Channel{{Name: "portal"}, {Name: "api"}, {Name: "wechat:main"}}, Embedders: []Embedder{{Written: "bundled"}, {Written: "words"}}}},
		Fetch: func(_ context.Context, address string) (string, []byte, error) {
			return address, []byte(strayDocument(address)), nil
		},
		Address: func(r *http.Request) string { return r.Header.Get(markHeader) }})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go console.Work(ctx)
	fmt.Println(l.Addr())
	return http.Serve(l, console)
}

// dawdling is a bench that needs a moment for each question, so that runs can be cancelled.
type dawdling struct{ library *corpus.Library }

func (dawdling) Models() []string            { return nil }
func (dawdling) Settings() map[string]string { return nil }
func (dawdling) IndexVersion() string        { return "x" }
func (d dawdling) Asker(context.Context, store.Variant) (eval.Asker, error) {
	return dawdler{rag.New(rag.Parts{Index: d.library.Current})}, nil
}

type dawdler struct{ *rag.Engine }

func (d dawdler) Ask(ctx context.Context, q rag.Question, emit func(rag.Event)) (rag.Answer, error) {
	select {
	case <-time.After(40 * time.Millisecond): // of the child: it decides nothing, and a run that is not cancelled ends by itself
	case <-ctx.Done():
		return rag.Answer{}, ctx.Err()
	}
	return rag.Answer{ID: "a", Status: rag.NotStated}, nil
}

// A victim is the child of the moment.
type victim struct {
	cmd  *exec.Cmd
	url  string
	said strings.Builder
}

func startVictim(t *testing.T, dir string) *victim {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	v := &victim{cmd: exec.Command(self)}
	v.cmd.Env = append(os.Environ(), childEnv+"="+dir)
	v.cmd.Stderr = &v.said
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		v.kill()
		t.Fatalf("the console did not start: %v\n%s", err, v.said.String())
	}
	v.url = "http://" + strings.TrimSpace(line)
	return v
}

// kill is kill -9.
func (v *victim) kill() {
	_ = v.cmd.Process.Kill()
	_ = v.cmd.Wait()
}
