// Package handlers speaks HTTP: the API of DESIGN.md section 5 and the residents' pages.
//
// A request passes, outermost first: request ID, security headers, access log and metrics, panic recovery, rate limit, handler. What a
// handler returns as an error becomes a status code in errors.go and nowhere else; the client sees a fixed Chinese sentence, a code and
// the request ID.
//
//	POST /api/v1/ask ─ decode strictly ─ Asker.Ask ─┬─ JSON: the whole rag.Answer
//	                                               └─ SSE or NDJSON: stage, citation, delta, reset ... done or error
//	POST /api/v1/signed/ask ─ the signature of another program (signed) ─ the same
//	GET  /api/v1/answers/:id ─ 202 while it is made, then the whole of it
//	GET  /           ─ form, or with q the answer, rendered on the server; ES modules stream it where scripts run
//	GET  /doc/:id    ─ a document with the cited sentence marked
//
// Terms: a problem is an error with a status, a code and a public message; a stream is an answer sent event by event; a view
// is what a template reads.
//
// A resident has one cookie, wenda-display: script, colours, size. Pages are converted to traditional characters as a whole, after rendering
// (frame.go); the API's replies where Accept-Language is exactly zh-Hant or zh-Hans (hant.go).
//
// Limits: no sessions, so that only addresses are limited; rates and stream counts are kept in this process, and each of several
// instances counts for itself. Echo appears in this folder only.
package handlers
