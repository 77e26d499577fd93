// Package signed knows requests that another program of the portal signed with a key.
//
//	Wenda-Key:       ID of the key
//	Wenda-Timestamp: seconds since 1970, UTC
//	Wenda-Nonce:     16 to 64 of A-Z a-z 0-9 _ -, never the same twice
//	Wenda-Signature: v1=HEX, HMAC-SHA256 with the key's secret over the text of Text
//
// The text covers method, path with query, timestamp, nonce and the digest of the body, one a line. docs/api-signed.md has programs that a
// test runs.
//
// Terms: a key has an ID, which the request names, and belongs to a name, which the log and the budgets use (api:NAME). Two keys of one name
// are valid at once while one replaces the other.
//
// What is promised: a request with a wrong signature, an unknown key, a timestamp more than Window away or a nonce that was used is Refused,
// and takes the same time whether the key is known or not. Nonces are kept in the store, on the disk before the question is asked, so that
// a restart forgets none and several instances on one store share them; when they cannot be written, nothing is taken. They are kept for
// Remember, which is longer than twice Window by so much that a clock may jump back by that difference and no replay passes.
//
// Rejected: a table of nonces in memory, with refusal of all timestamps before the start (2026-11-26): a restart would refuse good requests
// for Window, or, without that, let replays pass. Headers on /api/v1/ask itself: a proxy that drops headers would turn signed requests into
// anonymous ones; a path of their own fails closed.
//
// Limits: the host is not signed, as proxies change it: two deployments must not share a key. Replies are not signed; TLS protects them.
package signed
