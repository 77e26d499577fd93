package backend

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"wenda/rag/backend/scripted"
)

// What Compose and the Chain cost beside calling the server directly: go test -bench Compose -benchtime 2000x. The reply has 200
// pieces, about what a resident gets.
func BenchmarkCompose(b *testing.B) {
	s := vendorServer(b)
	reply := scripted.Chat(times(200, "新增学位")...)
	all := scripted.Write("")
	for _, step := range reply.Steps { // one write: the server must not be what is measured
		all.Write += step.Write
	}
	reply.Steps = []scripted.Step{all}
	s.Answer(always(reply))
	backend := backendOf(b, configOf(s, ""))
	chain, err := NewChain([]*Backend{backend}, ChainConfig{})
	if err != nil {
		b.Fatal(err)
	}
	check := func(text string, err error) {
		if err != nil || len(text) != 200*len("新增学位") {
			b.Fatalf("%d bytes, %v", len(text), err)
		}
	}
	b.Run("direct", func(b *testing.B) {
		for b.Loop() {
			text, err := direct(s.URL + "/v1/chat/completions")
			check(text, err)
		}
	})
	b.Run("backend", func(b *testing.B) {
		for b.Loop() {
			done, err := backend.Compose(context.Background(), ask("?"), func(context.Context, string) error { return nil })
			check(done.Text, err)
		}
	})
	b.Run("chain", func(b *testing.B) {
		for b.Loop() {
			done, err := chain.Compose(context.Background(), ask("?"), func(context.Context, string) error { return nil })
			check(done.Text, err)
		}
	})
}

// direct is the least that a client can do: one request, every event decoded.
func direct(url string) (string, error) {
	resp, err := http.Post(url, "application/json", bytes.NewReader([]byte(`{"model":"m","stream":true,"messages":[]}`)))
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var text strings.Builder
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		data, is := strings.CutPrefix(lines.Text(), "data: ")
		if !is || data == "[DONE]" {
			continue
		}
		var chunk chatChunk
		if err := json.Unmarshal([]byte(data), &chunk); err != nil {
			return "", err
		}
		if len(chunk.Choices) > 0 {
			text.WriteString(chunk.Choices[0].Delta.Content)
		}
	}
	return text.String(), lines.Err()
}
