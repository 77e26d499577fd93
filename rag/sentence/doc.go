// Package sentence turns sentences into vectors inside this process, so that what residents mean can be found in other words than
// theirs and nothing they write leaves the site. It holds bge-small-zh-v1.5 (int8, 512 dimensions) on onnxruntime, the tokenizer,
// and the installation of the files both need.
//
// # Main path
//
//	Install   jars, files or folders -> models folder: known by content, SHA-256 checked, moved by rename (install.go, search.go)
//	Open      size and recorded digest of each file -> vocabulary, runtime, model, one warm-up (check.go, model.go, session.go)
//	EmbedQuery, EmbedDocuments
//	          clean (clean.go) -> tokens, at most 512 (wordpiece.go) -> remembered? (cache.go) -> wait for a slot
//	          -> onnxruntime on one thread -> position 0 ([CLS]) -> unit length (session.go)
//	Inspect   what `wenda doctor` shows (inspect.go)
//
// # Terms
//
// An embedding is the vector of a text; cosine is the dot product, since all have length 1. A slot is the right to compute one text;
// there are as many as cores. The models folder holds model, vocabulary, the runtime of this platform, and manifest.json with their
// digests.
//
// # What holds
//
//   - The vector of a text depends on that text alone, bit for bit: not on its batch, on load, or on the cache. It differs a little
//     between processors (int8), so vectors are recorded with Name and are best made on the machine that asks.
//   - Vectors are finite and of unit length, and as many as the texts; anything else is an error.
//   - No text makes the tokenizer panic (fuzzed). "[SEP]" in a text is text.
//   - Every method may be called from several goroutines and obeys its context while it waits.
//   - Files of another digest are never loaded.
//
// # Limits
//
// 512 tokens, about 500 Chinese characters; the rest of a text is not looked at. A computation under way (75 ms at most) is not
// interrupted. Platforms: linux amd64 and arm64, macOS arm64, Windows amd64 (only linux amd64 was run). A program built without cgo
// has Install and Inspect, and an Open that returns ErrNoCgo. onnxruntime is loaded once and stays until the process ends.
//
// # Measured
//
// go test -bench . on 2 shared cores (AMD EPYC), 2026-11: Open 60 ms with the manifest and 110 ms without. One text, one thread:
// 1.5 ms for 6 characters, 3.0 ms for 22, 38 ms for 300, 75 ms for 512 tokens; 540 questions of 22 characters a second on both
// cores; remembered ones 1 µs. 1,000 variants of 18 characters: 1.7 s. Tokens of a question: 1.2 to 2 µs. Resident memory of a process: 68 MB
// after Open, 77 MB after 2,000 questions, 160 MB after documents of 512 tokens on two slots.
//
// # Decisions
//
// One text a run, several side by side; rejected: batches. The int8 model chooses its activations' scale by the range of the whole
// tensor, so a neighbour changes a vector (cosine .989 to .994 with itself, 148 sentences of the plan in batches of equal length,
// without any padding). Batches of 16 save a third at 16 tokens, nothing at 64, and cost twice the time and 1 GB of memory at 512.
//
// Own tokenizer (130 lines); rejected: github.com/sugarme/tokenizer v0.3.0, which is the reference in the tests only. It takes 190 µs
// and 2,458 allocations for a question of 22 characters (we: 1.2 µs, 1), panics on invalid UTF-8, reads "[SEP]" typed by a resident as
// the token, does not see CJK extension A as Chinese, drags in six modules, and the tokenizer.json in the jar has lower-casing switched
// off: "AI课" became [UNK]课. The same ids on 298,871 texts (150,000 random ones, the rest lines of real text), and the same as Hugging Face's tokenizers
// on testdata/tokens.jsonl.
package sentence
