package backend

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/tmc/langchaingo/llms"

	"wenda/rag/backend/scripted"
)

// testKey looks like a real one, and must never be seen.
const testKey = "sk-wenda0123456789abcdefTAIL"

func vendorServer(t testing.TB) *scripted.Server {
	t.Helper()
	s := scripted.Start()
	t.Cleanup(s.Close)
	return s
}

// patient limits never matter: tests that are about a limit set that one to milliseconds.
func patient() Limits {
	return Limits{Dial: 10 * time.Second, Header: 20 * time.Second, FirstToken: 20 * time.Second, Gap: 20 * time.Second, Total: 30 * time.Second, Query: 30 * time.Second,
		RetryWait: 2 * time.Millisecond, RetryMost: 2 * time.Second}
}

// configOf speaks to s as the vendor would be spoken to; empty: any OpenAI-compatible server.
func configOf(s *scripted.Server, vendor string) Config {
	c := Config{Vendor: vendor, BaseURL: s.URL + "/v1", Model: "m", Key: testKey, Limits: patient()}
	if vendor == "ollama" {
		c.BaseURL = s.URL
	}
	return c
}

func backendOf(t testing.TB, c Config) *Backend {
	t.Helper()
	b, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func ask(question string) Request {
	return Request{Messages: []llms.MessageContent{
		llms.TextParts(llms.ChatMessageTypeSystem, "只根据材料回答。[1] 全年新建、改扩建学校13所，新增学位2800个。"),
		llms.TextParts(llms.ChatMessageTypeHuman, question),
	}}
}

// heard collects what is delivered.
type heard struct{ pieces []string }

func (h *heard) deliver(_ context.Context, piece string) error {
	h.pieces = append(h.pieces, piece)
	return nil
}

func (h *heard) text() string { return strings.Join(h.pieces, "") }

var goodText = strings.Join(scripted.GoodText, "")

// soon waits for what happens on its own, up to ten seconds.
func soon(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 2000 {
		if holds() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("not even after 10 s: %s", what)
}

// closedPort is an address where nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

// silent is the address of a peer that accepts connections and never writes.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String() // the kernel accepts
}

// onIPv6 is a server that has no IPv4 address.
func onIPv6(t *testing.T) *scripted.Server {
	t.Helper()
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Fatal(err)
	}
	s := scripted.StartOn(l)
	t.Cleanup(s.Close)
	return s
}
