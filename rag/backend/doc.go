// Package backend asks language models of vendors to compose and to embed, and trusts nothing that they send: what comes back is a
// whole reply without reasoning, or an Error that says why not. langchaingo stays behind it.
//
// # Main path
//
//	Config      a vendor's line of the table, or any OpenAI-compatible base URL; checked, all problems at once (config.go, vendors.go)
//	Chain.Compose
//	            a free place? tokens left today? (chain.go, ledger.go) -> the first backend whose breaker is closed
//	Backend.Compose
//	            langchaingo writes the request -> the guard adds key and quirks and sends it (transport.go)
//	            -> status, content type, complaints (complaint.go) -> every line is read, checked, and written anew (reader.go, chat.go,
//	            ollama.go), reasoning is thrown away (think.go) -> langchaingo reads that -> Deliver
//	            -> judged: finish reason, end mark, text, time limits, the caller's context (call.go, backend.go)
//	            -> failed before the first piece: once more, or the next backend; after it: the error is final
//	Chain.Beside, Usage, Book, Close
//	            a second chain within the same places and budgets; counters; the day's sums outlive the process (Books); what a log is
//	            told: ChainConfig.Ended and Turned
//	Embedder    batches -> the same guard -> order by index, count, dimension, numbers, length 1 (embedder.go, vectors.go)
//	Backend.Check
//	            what `wenda doctor --llm` shows (check.go)
//
// # Terms
//
// A backend is one model of one vendor. A piece is some text as it is delivered. The end mark is data: [DONE], or Ollama's done. A
// complaint is an error that a vendor words; a fault is what a call recorded first, and its result. A place is the right to have a
// call under way. A channel is whose budget is charged.
//
// # What holds
//
//   - A Completion is whole: finish reason stop, end mark seen, some text, the caller still there. Everything else is an *Error whose
//     Reason is one of the constants; after one, delivered pieces must be voided.
//   - reasoning_content, reasoning, thinking and <think>…</think> are neither delivered nor kept. Reasoning that turns out to be some
//     only at its end is an error.
//   - The key goes to the host of the base URL and nowhere else: redirects are refused, langchaingo never has it, and no error, log
//     line or format verb shows it.
//   - Every call ends: by Dial, Header, FirstToken, Gap, Total, by too many bytes, or within moments of its context. When Compose
//     returns, nobody reads the connection any more.
//   - Nobody else is asked once text was delivered, or when a vendor's filter refused.
//   - vectors[i] belongs to texts[i], has length 1 and the dimension of all others of its Embedder; texts are not changed.
//   - All types are safe for concurrent use.
//
// # Limits
//
// Text in, text out: no tools, no images. Counters live in memory; budgets outlive the process in Books. Estimated tokens (one a
// rune, where a vendor gives none, or of a call that broke off) are more than the real ones. The breaker runs on the system's
// monotonic clock, not on ChainConfig.Now. Proxies come from HTTPS_PROXY and HTTP_PROXY.
//
// # Measured
//
// 2026-11-26, 2 shared cores (AMD EPYC), go test -bench Compose: a reply of 200 pieces takes 1.3 ms directly, 4.2 ms by a Backend or
// a Chain, so 15 µs a piece, of which a vendor of 30 pieces a second needs 33 ms. 500 cancelled streams of each protocol leave no
// goroutine and no connection.
// Against llama.cpp's own server (xllamacpp 2026.10, gemma3-270m, one thread, a load of 3; make test-long, real_test.go, 61 s under
// -race): started in 2 s, first token 0.5 s, 19 tokens a second; a cancelled call returned after 0.3 ms and the server stopped computing
// within 90 ms; 8 questions at once in 19 s, 4 of them computed at a time; killed in mid-answer: truncated, then unreachable, then
// breaker_open, the change-over to another backend in 4 ms, back 5 s after it was started again, of which one answer took most.
//
// # Decisions (2026-11-26)
//
// The guard writes streams anew; rejected: letting them pass and judging langchaingo's result. langchaingo v0.1.14 takes an error
// event, an HTML page and a cut for success, overwrites the finish reason by a later chunk's null, fails at lines over 64 KiB, and
// puts reasoning into what it keeps. What it sees here is a stream on which none of that can happen; what really happened is in the
// call.
//
// Embeddings are asked by a small call of our own through the same guarded client; rejected: langchaingo's CreateEmbedding behind a
// guard that reorders the reply. It drops index, so the guard would have to decode and encode every vector (80 KB of JSON for 10
// texts) to say what it already knows; it takes null for 0; its Ollama sends one request a text.
//
// Time limits are timers that fail the call; rejected: http.Client.Timeout and Transport.ResponseHeaderTimeout, whose errors do not say
// which limit it was, and which cannot tell text from keep-alive comments. The limit for silence runs only while we wait for the
// vendor, so that a slow resident is not the vendor's fault.
//
// A call that finds all 16 places taken waits up to 1 s for one, at most 64 calls do, and is busy then: its resident gets the quoted answer.
// Rejected: busy at once (it was so until 2026-11-26), which quotes although a place is free half a second later; a queue of 10 s
// (SECURITY.md's upper bound), which would let everybody wait that long whenever there is more to do than can be done.
//
// An Embedder that hangs costs one question all its time; the next ones go without a vector until Config.Rest is over (rest.go). Rejected:
// gobreaker as in a Chain, ten residents would wait before it opens, and its clock cannot be set.
//
// A stream without its end mark is an error, though its finish reason came: the issue says so, and a proxy that cuts streams cuts there
// too.
//
// # Dependencies
//
// github.com/tmc/langchaingo v0.1.14 (MIT, 2025-10), llms/openai and llms/ollama: requests, message types and streaming of both
// protocols, named by the project. It brings tiktoken-go and regexp2 (both MIT) for a token counter that we do not call, since it
// downloads. Rejected: its llms/ernie (log.Fatalf on a malformed line).
//
// github.com/sony/gobreaker/v2 v2.4.0 (MIT, 2026-01, no dependencies): a breaker with a rolling window, and excluded errors since
// 2.4; 300 lines of states and generations that are easy to get wrong. Rejected: golang.org/x/time/rate, which counts no failures.
//
// Both together make the stripped program 0.4 MB larger (26.1 to 26.5 MB).
package backend
