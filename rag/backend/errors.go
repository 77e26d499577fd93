package backend

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// Reasons are the codes of an Error: for logs, metrics and the answer's reason. They never change their meaning.
const (
	ReasonUnauthorized      = "unauthorized"        // 401, 403: the key is wrong or may not use this model
	ReasonQuota             = "quota"               // 402, or a 429 that says so: the account is empty
	ReasonRateLimited       = "rate_limited"        // 429
	ReasonBadRequest        = "bad_request"         // other 4xx: model, address or parameters are wrong, or the prompt is too long
	ReasonOverloaded        = "overloaded"          // 502, 503, 504, 529, or a stream ended for want of resources
	ReasonFailed            = "failed"              // 500, other 5xx, or an error event in a stream
	ReasonUnreachable       = "unreachable"         // no connection, or one that ended before any header
	ReasonTLS               = "tls"                 // the handshake failed: certificate, protocol, or no TLS at all
	ReasonRedirected        = "redirected"          // 3xx, never followed: the key belongs to one host
	ReasonTimeoutHeaders    = "timeout_headers"     // no status line within Limits.Header
	ReasonTimeoutFirstToken = "timeout_first_token" // no text within Limits.FirstToken (reasoning is not text)
	ReasonStalled           = "stalled"             // text stopped for longer than Limits.Gap
	ReasonTimeoutTotal      = "timeout_total"       // still going after Limits.Total
	ReasonTruncated         = "truncated"           // the reply has a beginning and no end
	ReasonTooLarge          = "too_large"           // more than Limits.ReplyBytes
	ReasonBadReply          = "bad_reply"           // not what the protocol says: HTML, wrong JSON, tool calls, no text, wrong vectors
	ReasonRefused           = "refused"             // the vendor's filter ended the reply
	ReasonBreakerOpen       = "breaker_open"        // the backend failed too often and rests
	ReasonBusy              = "busy"                // all places for calls are taken
	ReasonBudget            = "budget"              // the day's tokens are spent
	ReasonDeadline          = "deadline"            // the caller's deadline passed
	ReasonCancelled         = "cancelled"           // the caller gave up
	ReasonDelivery          = "delivery"            // the caller could not take the text
)

// ErrEmptyText means that a text to embed is empty or only spaces.
var ErrEmptyText = errors.New("nothing to embed: the text is empty")

// Error is how a call to a vendor failed. It holds no key and no prompt; what the vendor said is cut to 200 runes.
type Error struct {
	Code    string        // one of the Reason constants
	Backend string        // Name of the backend; empty where none was called
	Status  int           // HTTP status; 0 without a reply
	Detail  string        // what was seen, or the vendor's own words
	After   time.Duration // Retry-After; 0 where the vendor gave none
	Text    bool          // some text had been delivered before: it must be voided, and nobody else can be asked
	Spent   Tokens        // what the call had cost until then, estimated
	Err     error         // cause; of several backends: all their errors, joined
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Backend != "" {
		b.WriteString(e.Backend + ": ")
	}
	b.WriteString(e.Code)
	if e.Status != 0 {
		fmt.Fprintf(&b, ": HTTP %d", e.Status)
	}
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	if e.After > 0 {
		fmt.Fprintf(&b, " (retry after %v)", e.After)
	}
	return b.String()
}

// Unwrap gives the cause: context.Canceled for cancelled, context.DeadlineExceeded for deadline, deliver's own error for delivery, nil
// for most.
func (e *Error) Unwrap() error { return e.Err }

// Reason is the code.
func (e *Error) Reason() string { return e.Code }

// RetryAfter is how long the vendor asks to wait, 0 where it does not say.
func (e *Error) RetryAfter() time.Duration { return e.After }

// retryable says that the same request may succeed in a moment: SECURITY.md names 429, 502, 503 and 504, before the first byte.
func (e *Error) retryable() bool {
	if e.Text {
		return false
	}
	switch e.Status {
	case 502, 503, 504:
		return true
	case 429:
		return e.Code == ReasonRateLimited
	}
	return false
}

// asError gives err as an *Error; anything else becomes a bad reply.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: ReasonBadReply, Detail: err.Error(), Err: err}
}

// keyLike is what keys look like in vendors' messages ("Incorrect API key provided: sk-12…34"), also when shortened or starred.
var keyLike = regexp.MustCompile(`(?i)\b(sk|ark|ak|bearer)[-_ ][A-Za-z0-9*._\-]{4,}`)

const maxDetailRunes = 200

// tidy makes foreign text fit for a log line: one line, no controls, no key, at most 200 runes.
func tidy(text, key string) string {
	if key != "" {
		text = strings.ReplaceAll(text, key, "[key]")
		if len(key) >= 12 { // vendors echo keys with their middle left out
			text = strings.ReplaceAll(text, key[:8], "[key]")
			text = strings.ReplaceAll(text, key[len(key)-4:], "[key]")
		}
	}
	text = keyLike.ReplaceAllString(text, "[key]")
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > maxDetailRunes {
		text = string(runes[:maxDetailRunes]) + "…"
	}
	return text
}
