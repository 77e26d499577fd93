package backend

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"wenda/rag/backend/scripted"
)

// pieces is a body that comes in pieces of the given sizes, over and over.
type pieces struct {
	rest  []byte
	sizes []byte
	next  int
}

func (p *pieces) Read(into []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	size := len(p.rest)
	if len(p.sizes) > 0 {
		size = min(size, int(p.sizes[p.next%len(p.sizes)])+1)
		p.next++
	}
	n := copy(into, p.rest[:min(size, len(into))])
	p.rest = p.rest[n:]
	return n, nil
}

func (p *pieces) Close() error { return nil }

// readVendor reads body as the guard does, and returns what langchaingo would see and the fault.
func readVendor(t *testing.T, vendor string, body, sizes []byte, whole bool) (string, *Error) {
	t.Helper()
	v, _ := lookup(vendor)
	limits := patient().filled()
	limits.ReplyBytes = 1 << 10
	s := &settings{name: "v/m", vendor: v, model: "m", limits: limits}
	c := s.begin(t.Context(), 64<<10, limits.Header)
	defer c.end()
	c.awaitText()
	c.answered()
	r := newReader(c, &pieces{rest: body, sizes: sizes}, whole)
	out, err := io.ReadAll(r)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("an error of another type: %v", err)
		}
		return string(out), e
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return string(out), nil
}

// langchaingo's goroutine may go on reading when Compose has returned: it must find nothing, and change nothing.
func TestNobodyReadsAfterTheEnd(t *testing.T) {
	v, _ := lookup("")
	s := &settings{name: "v/m", vendor: v, model: "m", limits: patient().filled()}
	c := s.begin(t.Context(), 64<<10, s.limits.Header)
	c.awaitText()
	c.answered()
	r := newReader(c, &pieces{rest: []byte(scripted.Delta("全年") + scripted.Finish("stop") + scripted.End)}, false)
	c.end()
	n, err := r.Read(make([]byte, 100))
	if n != 0 || !errors.Is(err, io.ErrClosedPipe) || c.text != 0 || c.stop != "" || c.done || c.failed() != nil {
		t.Errorf("read %d bytes, %v, after the end; call %q, %v", n, err, c.stop, c.failed())
	}
}

// FuzzReader: whatever a vendor sends, and however the network cuts it, langchaingo sees the same short events, and no end without the
// vendor's end mark.
func FuzzReader(f *testing.F) {
	seeds := []string{
		scripted.Delta("全年") + scripted.Finish("stop") + scripted.End,
		scripted.Delta("<think>a") + scripted.Delta("b</think>c") + scripted.End,
		": c\n\ndata: {\"error\":{\"message\":\"x\"}}\n\n", "<html>", "data:\n\ndata: [DONE]", `{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}`,
		scripted.OllamaLine("好") + scripted.OllamaEnd("stop"), "{\"error\":\"x\"}\n", "data: " + strings.Repeat("x", 5000), "\xff\xfe\n\r\n",
	}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for i, seed := range seeds {
		f.Add([]byte(seed), []byte{byte(i), 0, 7}, uint8(i))
	}
	f.Fuzz(func(t *testing.T, body, sizes []byte, kind uint8) {
		vendor, whole := "", kind%3 == 1
		if kind%3 == 2 {
			vendor = "ollama"
		}
		once, fault := readVendor(t, vendor, body, nil, whole)
		again, faultAgain := readVendor(t, vendor, body, sizes, whole)
		if once != again || (fault == nil) != (faultAgain == nil) || fault != nil && *fault != *faultAgain {
			t.Fatalf("cut by %v: %q, %v\nwhole: %q, %v", sizes, again, faultAgain, once, fault)
		}
		for line := range strings.SplitSeq(once, "\n") {
			if len(line) > 60<<10 {
				t.Fatalf("a line of %d bytes", len(line))
			}
		}
		ended := strings.HasSuffix(once, "data: [DONE]\n\n") || strings.HasSuffix(once, "\"done\":true}\n")
		if ended != (fault == nil) {
			t.Fatalf("ended %v with fault %v: %q", ended, fault, once)
		}
		if fault == nil && !whole && !bytes.Contains(body, []byte("[DONE]")) && !bytes.Contains(body, []byte("done")) && !bytes.Contains(body, []byte(`\u`)) && vendor == "" {
			t.Fatalf("an end that the vendor did not send: %q", body)
		}
	})
}
