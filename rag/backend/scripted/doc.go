// Package scripted is a language model's vendor for tests: a real HTTP server that speaks chat completions (streaming and not),
// embeddings, and Ollama's own API, and does what its script says: also late, in drips, cut off, or wrong.
//
// # Main path
//
//	Start, StartTLS, StartOn   listen on loopback
//	Server.Script              what the next requests get, in order (reply.go)
//	Server.Answer              what all further ones get: a function of the request, for scripts that depend on the prompt
//	Server.Requests            what was asked
//	Server.Open, Made          how many connections are open, and were ever made
//
// Without a script a request gets a good answer: a short Chinese text with a citation, or vectors that depend on each text alone.
//
// # Terms
//
// A Reply is status, headers and steps; a step waits, writes bytes, waits for the client to leave, or cuts the connection.
//
// # Limits
//
// It checks nothing of what it is asked. Waiting steps end when the client leaves or the server is closed. It is for tests: other
// packages use it to test what they make of a vendor; nothing of the program imports it.
package scripted
