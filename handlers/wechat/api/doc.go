// Package api is a small client of the WeChat HTTP API: the calls that wenda's channel needs, and no more.
//
// The main path: a Client for each mini-program; Token caches the access token that Send, Typing and CheckText use; Session exchanges a
// login code. Endpoints, bodies and codes are those of ../shared/wechat/PROTOCOL.md (A, B).
//
// Every failure is an *Error. Its Class says what a caller can do, and Delivered what is known of the request: a message that may have
// arrived must not be sent again. No error holds a URL, a token, a secret, an openid or a text, so that all of them may be logged.
//
// Concurrency: a Client may be used by several goroutines. Those that need a token at once share one fetch.
//
// Limits: one token in one process; several instances get the same one from the platform (stable_token, not forced). A request is never
// repeated here but once with a fresh token, after WeChat said that it refused the old one.
package api
