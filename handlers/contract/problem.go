// Package contract is what the JSON of /api/v1 and of the mini-program's API have in common: errors, the data of a stream's events, and
// answers without null. It knows no library of HTTP and no texts of one API.
package contract

import (
	"math"
	"strconv"
	"time"
)

// A Problem is an error as the public sees it. Values are copied from and never changed.
type Problem struct {
	Status     int
	Code       string
	Message    string // Chinese, says what to do
	RetryAfter time.Duration
	Cause      error // for the log only
}

func (p *Problem) Error() string {
	if p.Cause != nil {
		return p.Code + ": " + p.Cause.Error()
	}
	return p.Code
}

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.Cause }

// Because returns a copy of p with the error that led to it.
func (p *Problem) Because(err error) *Problem {
	c := *p
	c.Cause = err
	return &c
}

// In returns a copy of p that says when to try again.
func (p *Problem) In(d time.Duration) *Problem {
	c := *p
	c.RetryAfter = d
	return &c
}

// Saying returns a copy of p with a message of its own.
func (p *Problem) Saying(message string) *Problem {
	c := *p
	c.Message = message
	return &c
}

// Body is the JSON of p.
func (p *Problem) Body(requestID string) ErrorBody {
	return ErrorBody{Code: p.Code, Message: p.Message, RequestID: requestID}
}

// ErrorBody is the JSON of every error.
type ErrorBody struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	RequestID string `json:"request_id"`
}

// ClientGone is nginx's 499: the client left before the answer. It is only ever logged.
const ClientGone = 499

// RetryAfter is the header's value in whole seconds, at least 1.
func RetryAfter(d time.Duration) string { return strconv.Itoa(max(1, int(math.Ceil(d.Seconds())))) }
