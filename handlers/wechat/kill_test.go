package wechat

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wenda/handlers/wechat/fake"
	"wenda/prompts"
	"wenda/rag"
	"wenda/store"
)

// childEnv makes the test binary be a server on the folder and with the fake WeChat that it names.
const childEnv = "WENDA_WECHAT_TEST_CHILD"

// child serves until it is killed.
func child() error {
	dir, api, _ := strings.Cut(os.Getenv(childEnv), "|")
	ctx := context.Background()
	quiet := slog.New(slog.DiscardHandler)
	st, err := store.Open(ctx, dir, store.Options{Log: quiet})
	if err != nil {
		return err
	}
	if _, err := st.LockServer(); err != nil {
		return err
	}
	vault, err := OpenVault(filepath.Join(dir, "seal.key"))
	if err != nil {
		return err
	}
	set, err := prompts.Load(nil)
	if err != nil {
		return err
	}
	c, problems := ParseChannel("main", killValues(api))
	if len(problems) > 0 {
		return fmt.Errorf("%v", problems)
	}
	times := quick()
	times.Housekeeping = 50 * time.Millisecond
	s, err := New(Deps{Channels: []Channel{c}, Store: st, Vault: vault, Prompts: func() *prompts.Set { return set }, Log: quiet, Times: times, Workers: 8,
		Asker: askFunc(func(_ context.Context, q rag.Question) (rag.Answer, error) {
			time.Sleep(rand.N(4 * time.Millisecond))
			return quoted(killAnswer(q.Text)), nil
		})})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go s.Run(ctx)
	fmt.Println(l.Addr())
	return http.Serve(l, s)
}

func killValues(api string) map[string]string {
	return map[string]string{"appid": theAppID, "secret": theSecret, "token": theToken, "aes-key": theAESKey, "api": api, "waiting": "1000", "per-minute": "1000"}
}

// killAnswer repeats the question; every third answer fills two parts.
func killAnswer(question string) string {
	n := 1
	if m := killedMessage.FindStringSubmatch(question); m != nil && m[2][len(m[2])-1]%3 == 0 {
		n = 2600 / len(question)
	}
	return strings.Repeat(question+"。", n)
}

var (
	killedMessage = regexp.MustCompile(`密u(\d+)m(\d+)`)
	partCounter   = regexp.MustCompile(`\((\d)/(\d)\)$`)
)

// server is the child of the moment.
type server struct {
	dir, api string
	url      atomic.Value // string
	cmd      *exec.Cmd
}

func (c *server) start(t *testing.T) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c.cmd = exec.Command(self)
	c.cmd.Env = append(os.Environ(), childEnv+"="+c.dir+"|"+c.api)
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server did not start: %v", err)
	}
	c.url.Store("http://" + strings.TrimSpace(line) + Prefix + "/main")
}

func (c *server) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

func TestPoint07KilledAtAnyMoment(t *testing.T) { killed(t, 8, 64, 16) }

// killed pushes messages of users and kills the server at random moments meanwhile. In the end: every message has all its parts; a part that
// counts as sent arrived once, one that is unknown at most once; nothing failed; each user's answers came in order.
func killed(t *testing.T, kills, messages, users int) {
	f, err := fake.Start(fake.Options{AppID: theAppID, Secret: theSecret, Delay: func() time.Duration { return rand.N(50 * time.Millisecond) }})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := &server{dir: t.TempDir(), api: f.URL()}
	c.start(t)
	defer func() { c.kill() }()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	var all sync.WaitGroup
	for u := range users {
		all.Go(func() {
			for m := range messages / users {
				p := fake.Pusher{Token: theToken, AESKey: theAESKey, AppID: theAppID, Mode: "safe", Format: "json", Server: f, Repeats: -1, HTTP: &http.Client{Transport: transport}}
				for { // WeChat gives up after three; here it does not, so that each message counts
					p.URL, _ = c.url.Load().(string)
					if _, err := p.Push(t.Context(), fake.Message{OpenID: user(u), Type: "text", Content: fmt.Sprintf("密u%dm%d", u, m), MsgID: uint64(u*1000 + m + 1)}); err == nil {
						break
					}
					time.Sleep(5 * time.Millisecond)
				}
				time.Sleep(rand.N(time.Duration(kills) * 20 * time.Millisecond))
			}
		})
	}
	for range kills {
		time.Sleep(5*time.Millisecond + rand.N(80*time.Millisecond))
		c.kill()
		c.start(t)
	}
	all.Wait()
	st, err := store.Open(t.Context(), c.dir, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	wait(t, "all is answered", func() bool {
		open, err := st.OpenWeChat(t.Context())
		return err == nil && len(open) == 0
	})
	checkKilled(t, st, f, messages, users)
	tally, err := st.WeChatTally(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d kills, %d messages: %v, %d sends arrived", kills, messages, tally, len(f.Sent()))
	if tally["message done"] != messages || tally["part failed"]+tally["part pending"]+tally["part sending"] != 0 {
		t.Errorf("got %v", tally)
	}
}

func checkKilled(t *testing.T, st *store.Store, f *fake.Server, messages, users int) {
	t.Helper()
	arrived := map[string]int{} // by user, message, part
	for u := range users {
		last := -1
		for _, m := range f.SentTo(user(u)) {
			id := killedMessage.FindStringSubmatch(m.Text)
			if id == nil || id[1] != strconv.Itoa(u) {
				t.Fatalf("user %d got %q", u, m.Text)
			}
			n, _ := strconv.Atoi(id[2])
			part := 1
			if c := partCounter.FindStringSubmatch(m.Text); c != nil {
				part, _ = strconv.Atoi(c[1])
			}
			arrived[fmt.Sprint(u, n, part)]++
			if now := n*10 + part; now <= last {
				t.Errorf("user %d: part %d of message %d came after %d", u, part, n, last)
			} else {
				last = now
			}
		}
	}
	for u := range users {
		for n := range messages / users {
			states, err := st.WeChatParts(t.Context(), "main", strconv.Itoa(u*1000+n+1))
			if err != nil || len(states) == 0 {
				t.Fatalf("user %d, message %d: %v, %v", u, n, states, err)
			}
			if want := 1; strings.Count(killAnswer(fmt.Sprintf("密u%dm%d", u, n)), "。") > 1 {
				want = 2
				if len(states) != want {
					t.Errorf("user %d, message %d has %d parts, want %d", u, n, len(states), want)
				}
			}
			for part, state := range states {
				got := arrived[fmt.Sprint(u, n, part)]
				if state == store.WeChatSent && got != 1 || state == store.WeChatUnknown && got > 1 || state != store.WeChatSent && state != store.WeChatUnknown {
					t.Errorf("user %d, message %d, part %d is %s and arrived %d times", u, n, part, state, got)
				}
			}
		}
	}
}
