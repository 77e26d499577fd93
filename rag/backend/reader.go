package backend

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

const (
	// pieceBytes of text at most go into one event for langchaingo, whose scanner fails at 64 KiB a line: JSON makes six bytes of one
	// at worst.
	pieceBytes = 8 << 10

	// After the end mark the vendor has nothing more to say. Reading to the end of the body keeps the connection for the next call; it
	// is given up after so many bytes or so long.
	drainBytes = 4 << 10
	drainTime  = 50 * time.Millisecond
)

// reader is the body that langchaingo reads. It takes the vendor's stream line by line, checks it, throws reasoning away, and writes
// it anew: short events with text alone, then the finish reason and the end mark. So langchaingo never sees a long line, an error
// event, reasoning, or a chunk that takes the finish reason back, all of which it gets wrong.
type reader struct {
	c     *call
	body  io.ReadCloser
	in    *bufio.Reader
	left  int64 // bytes that may still come
	ended atomic.Bool

	read  func() ([]byte, error) // the next line, or the whole body
	take  func([]byte) *Error    // understands it
	write protocol               // for langchaingo
	think thinkFilter
	out   bytes.Buffer // events for langchaingo, not read yet
	gap   *time.Timer  // runs only while we wait for the vendor after the first text
	err   error        // what Read returns when out is empty
}

// protocol writes what langchaingo expects of a vendor: one event with text, and the end.
type protocol interface {
	text(out *bytes.Buffer, text string)
	end(out *bytes.Buffer, stop string)
}

// newReader reads the reply of chat completions as a stream of events, or as one JSON object, or Ollama's lines.
func newReader(c *call, body io.ReadCloser, whole bool) *reader {
	r := &reader{c: c, body: body, in: bufio.NewReaderSize(body, 4<<10), left: c.wire, write: chatProtocol{}}
	r.read, r.take = r.readLine, r.chatEvent
	if whole {
		r.read, r.take = r.readAll, r.chatReply
	}
	if c.s.vendor.ollama {
		r.read, r.take, r.write = r.readLine, r.ollamaLine, ollamaProtocol{}
	}
	return r
}

// Read implements io.Reader: events for langchaingo, io.EOF after the end mark, else the call's fault.
func (r *reader) Read(p []byte) (int, error) {
	r.c.reading.Lock()
	defer r.c.reading.Unlock()
	if r.c.over {
		return 0, io.ErrClosedPipe
	}
	defer r.pause()
	for r.out.Len() == 0 && r.err == nil {
		r.err = r.next()
		if r.err == nil && r.c.done {
			r.err = r.finish()
		}
	}
	if r.out.Len() > 0 {
		return r.out.Read(p)
	}
	return 0, r.err
}

// Close implements io.Closer. It keeps the connection when the vendor ended its reply in good order, else it ends the request.
func (r *reader) Close() error {
	if !r.ended.Load() {
		r.c.cancel() // a Read that waits for the vendor comes back
	}
	r.c.reading.Lock()
	defer r.c.reading.Unlock()
	if r.ended.Load() {
		t := time.AfterFunc(drainTime, r.c.cancel)
		_, _ = io.CopyN(io.Discard, r.in, drainBytes)
		t.Stop()
	}
	return r.body.Close()
}

// next takes one line from the vendor.
func (r *reader) next() error {
	r.watch()
	line, err := r.read()
	if line = bytes.TrimSpace(line); len(line) > 0 && (err == nil || errors.Is(err, io.EOF)) {
		if fault := r.take(line); fault != nil {
			return fault
		}
	}
	switch {
	case err == nil, r.c.done:
		return nil
	case errors.Is(err, errTooLarge):
		return r.c.fail(ReasonTooLarge, fmt.Sprintf("more than %d bytes on the wire", r.c.wire))
	case errors.Is(err, io.EOF):
		what := "a finish reason"
		if r.c.stop != "" {
			what = "its end mark"
		}
		return r.c.fail(ReasonTruncated, "the stream ended without "+what)
	}
	return r.c.lost(err)
}

var errTooLarge = errors.New("too large")

// readLine reads up to a line feed, whatever the length, within what may still come.
func (r *reader) readLine() ([]byte, error) {
	var line []byte
	for {
		part, err := r.in.ReadSlice('\n')
		if r.left -= int64(len(part)); r.left < 0 {
			return nil, errTooLarge
		}
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// readAll reads the whole body and returns io.EOF with it.
func (r *reader) readAll() ([]byte, error) {
	all, err := io.ReadAll(io.LimitReader(r.in, r.left+1))
	if int64(len(all)) > r.left {
		return nil, errTooLarge
	}
	if err == nil {
		err = io.EOF
	}
	return all, err
}

// watch starts the limit for silence between texts, unless it runs; pause stops it while we do not wait for the vendor, so that a
// slow resident is not the vendor's fault.
func (r *reader) watch() {
	if r.gap == nil && r.c.text > 0 {
		d := r.c.s.limits.Gap
		r.gap = time.AfterFunc(d, func() { r.c.fail(ReasonStalled, fmt.Sprintf("no more text after %v", d)) })
	}
}

func (r *reader) pause() {
	if r.gap != nil {
		r.gap.Stop()
		r.gap = nil
	}
}

// say passes on text of the vendor's, without reasoning.
func (r *reader) say(text string) *Error {
	text, ok := r.think.add(text)
	if !ok {
		return r.c.fail(ReasonBadReply, "reasoning that was not marked as such until its end")
	}
	return r.emit(text)
}

// emit writes text as events for langchaingo.
func (r *reader) emit(text string) *Error {
	if text == "" {
		return nil
	}
	r.pause()
	if fault := r.c.got(text); fault != nil {
		return fault
	}
	for len(text) > 0 {
		cut := min(pieceBytes, len(text))
		for cut < len(text) && !utf8.RuneStart(text[cut]) {
			cut--
		}
		r.write.text(&r.out, text[:cut])
		text = text[cut:]
	}
	return nil
}

// finish writes what the think filter still held and the end. It returns io.EOF.
func (r *reader) finish() error {
	if fault := r.emit(r.think.rest()); fault != nil {
		return fault
	}
	r.write.end(&r.out, r.c.stop)
	r.ended.Store(true)
	return io.EOF
}

// appendJSON encodes what cannot fail: structs of strings.
func appendJSON(out *bytes.Buffer, event any) {
	raw, _ := json.Marshal(event)
	out.Write(raw)
}
