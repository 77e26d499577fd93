package api

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// A Class is what can be done about a failure.
type Class string

// Classes of failures. The codes of each stand in classOf.
const (
	Token     Class = "token"     // the access token is refused: drop it and fetch one
	Busy      Class = "busy"      // WeChat is busy: back off and try again
	Slow      Class = "slow"      // too many calls: slow down
	Stop      Class = "stop"      // nothing more can be sent for this message: no quota left, or nobody to send to
	Operator  Class = "operator"  // the mini-program's settings forbid the call: somebody must act
	Menu      Class = "menu"      // menus are not served to this account: send text
	TooLong   Class = "too_long"  // the text is above 2048 bytes
	BadCode   Class = "bad_code"  // a login code that is wrong, old or used
	Unvisited Class = "unvisited" // the user has not opened the mini-program for two hours: no verdict
	Harmless  Class = "harmless"  // of typing: it is shown already, or cannot be now
	Refused   Class = "refused"   // any other code
	Network   Class = "network"   // no reply that can be read
)

// Delivery is what is known of a request that failed.
type Delivery int

// What is known. Only what was NotDelivered may be sent again.
const (
	NotDelivered   Delivery = iota // no connection, or WeChat said no
	MaybeDelivered                 // the request went out and no reply came that can be read
)

// An Error is a failed call.
type Error struct {
	Call      string // send, typing, stable_token, jscode2session, msg_sec_check
	Code      int    // WeChat's errcode; 0: there was none
	Status    int    // of HTTP; 0: there was no reply
	Class     Class
	Delivered Delivery

	hint  string // what of WeChat's errmsg is safe and useful
	cause error  // without URLs
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("wechat " + e.Call)
	if e.Code != 0 {
		fmt.Fprintf(&b, ": errcode %d (%s)", e.Code, e.Class)
	}
	if e.Status != 0 && e.Status != 200 {
		fmt.Fprintf(&b, ": HTTP %d", e.Status)
	}
	if e.hint != "" {
		b.WriteString(": " + e.hint)
	}
	if e.cause != nil {
		b.WriteString(": " + e.cause.Error())
	}
	return b.String()
}

// Unwrap gives the cause of a network failure.
func (e *Error) Unwrap() error { return e.cause }

// CodeOf is the errcode of err, 0 when it has none.
func CodeOf(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

// ClassOf is the class of err; Network for errors that are not this package's, empty for nil.
func ClassOf(err error) Class {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Class
	}
	return Network
}

// DeliveryOf is what err says of its request. Errors that are not this package's come before any request: the context's, while a token was
// waited for.
func DeliveryOf(err error) Delivery {
	var e *Error
	if errors.As(err, &e) {
		return e.Delivered
	}
	return NotDelivered
}

// classOf sorts the codes that PROTOCOL.md names (A: Error codes, Answer, Typing, Content check; B), and those that WeChat's documents give
// for a wrong appid or secret.
func classOf(code int) Class {
	switch code {
	case 40001, 40014, 42001:
		return Token
	case -1:
		return Busy
	case 45009, 45011:
		return Slow
	case 45015, 45047, 40003:
		return Stop
	case 48001, 40164, 70000, 40013, 40125, 41002, 41004:
		return Operator
	case 45162, 40200, 40008:
		return Menu
	case 45002:
		return TooLong
	case 40029, 40163, 41008:
		return BadCode
	case 61010:
		return Unvisited
	case 45080, 45081:
		return Harmless
	}
	return Refused
}

// ofErrmsg are what an operator needs of errmsg: the number to report to WeChat, and the address to put on the list of allowed ones. The rest
// is not repeated: it is foreign text.
var ofErrmsg = regexp.MustCompile(`rid: ?[0-9a-f-]{8,40}|\b\d{1,3}(?:\.\d{1,3}){3}\b`)

func refusal(call string, code, status int, errmsg string) *Error {
	return &Error{Call: call, Code: code, Status: status, Class: classOf(code), hint: strings.Join(ofErrmsg.FindAllString(errmsg, 2), ", ")}
}
