package backend

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http/httptrace"
	"sync"
	"time"
	"unicode/utf8"
)

// call is what is known about one request under way. langchaingo reports every end of a stream as success and every failure as a
// string, so the guard writes here what it sees, and Compose reads it. The first fault stays; it also ends the request.
type call struct {
	s      *settings
	parent context.Context // the caller's; only asked whether it ended
	wire   int64           // bytes of the reply at most, as they come
	ctx    context.Context // the request's
	cancel context.CancelFunc

	reading sync.Mutex // held while the guard reads, so that end can wait for it
	over    bool       // under reading: langchaingo's goroutine may read on after Compose returned, and must find nothing

	mu      sync.Mutex
	fault   *Error
	timers  []*time.Timer // to stop at the end
	header  *time.Timer   // until the status line
	first   *time.Timer   // until the first text
	shaking bool          // a TLS handshake is under way, or failed

	text  int    // bytes of text so far
	runes int    // the same in runes
	stop  string // the vendor's finish reason
	done  bool   // the vendor's end mark was seen
	model string // as the vendor calls it
	usage Tokens // zero where the vendor gave none
}

type callKey struct{}

// begin starts a call with its time limits: header for the status line, and the total one. end must be called; it stops them and waits
// until nobody reads any more.
func (s *settings) begin(parent context.Context, wire int64, header time.Duration) *call {
	c := &call{s: s, parent: parent, wire: wire}
	c.ctx, c.cancel = context.WithCancel(parent)
	c.ctx = context.WithValue(c.ctx, callKey{}, c)
	c.mu.Lock() // a limit of nanoseconds may fire at once
	defer c.mu.Unlock()
	c.header = c.limit(header, ReasonTimeoutHeaders, "no answer")
	c.limit(s.limits.Total, ReasonTimeoutTotal, "still going")
	return c
}

// awaitText starts the limit for the first text.
func (c *call) awaitText() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.first = c.limit(c.s.limits.FirstToken, ReasonTimeoutFirstToken, "no text")
}

// limit starts a timer that fails the call. The caller holds mu.
func (c *call) limit(d time.Duration, code, what string) *time.Timer {
	t := time.AfterFunc(d, func() { c.fail(code, fmt.Sprintf("%s after %v", what, d)) })
	c.timers = append(c.timers, t)
	return t
}

// end ends the request, whatever its state. What follows reads nothing and changes nothing.
func (c *call) end() {
	c.mu.Lock()
	for _, t := range c.timers {
		t.Stop()
	}
	c.mu.Unlock()
	c.cancel()
	c.reading.Lock() // the guard's reader comes back now, since its connection is closed
	defer c.reading.Unlock()
	c.over = true
}

// fail records a fault, unless there is one, and ends the request. It returns the fault that stays.
func (c *call) fail(code, detail string) *Error {
	return c.failWith(&Error{Code: code, Detail: detail})
}

func (c *call) failWith(e *Error) *Error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fault == nil {
		e.Backend = c.s.name
		e.Detail = tidy(e.Detail, c.s.key)
		e.Text = c.text > 0
		c.fault = e
	}
	c.cancel()
	return c.fault
}

// lost classifies the error of a connection: the caller's end, a limit of ours, or the network's doing.
func (c *call) lost(err error) *Error {
	if ended := c.parent.Err(); ended != nil {
		return c.failWith(endedError(ended))
	}
	c.mu.Lock()
	shaking, answered := c.shaking, c.header == nil
	c.mu.Unlock()
	switch {
	case shaking:
		return c.failWith(&Error{Code: ReasonTLS, Detail: causeOf(err), Err: err})
	case answered:
		return c.failWith(&Error{Code: ReasonTruncated, Detail: "the connection ended: " + causeOf(err), Err: err})
	}
	return c.failWith(&Error{Code: ReasonUnreachable, Detail: causeOf(err), Err: err})
}

// endedError is the fault of a caller's context that ended.
func endedError(err error) *Error {
	if errors.Is(err, context.DeadlineExceeded) {
		return &Error{Code: ReasonDeadline, Detail: "the caller's deadline passed", Err: err}
	}
	return &Error{Code: ReasonCancelled, Detail: "the caller gave up", Err: err}
}

// causeOf is the text of the innermost error, without the URL that net/http puts around it.
func causeOf(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

// answered notes that the status line came.
func (c *call) answered() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.header.Stop()
	c.header = nil
}

// got counts text and ends the wait for the first. It fails the call when there is too much.
func (c *call) got(text string) *Error {
	c.mu.Lock()
	if c.first != nil {
		c.first.Stop()
		c.first = nil
	}
	c.text += len(text)
	c.runes += utf8.RuneCountInString(text)
	large := c.text > c.s.limits.ReplyBytes
	c.mu.Unlock()
	if large {
		return c.fail(ReasonTooLarge, fmt.Sprintf("more than %d bytes of text", c.s.limits.ReplyBytes))
	}
	return nil
}

// failed is the fault, nil while there is none. The caller's own end is one, also when nothing noticed it yet.
func (c *call) failed() *Error {
	if ended := c.parent.Err(); ended != nil {
		return c.failWith(endedError(ended))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fault
}

// trace follows the connection, so that a failed handshake is told from a failed dial without reading error texts.
func (c *call) trace() *httptrace.ClientTrace {
	shaking := func(yes bool) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.shaking = yes
	}
	return &httptrace.ClientTrace{
		TLSHandshakeStart: func() { shaking(true) },
		TLSHandshakeDone:  func(_ tls.ConnectionState, err error) { shaking(err != nil) },
	}
}
