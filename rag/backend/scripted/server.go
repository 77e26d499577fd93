package scripted

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// Server is a vendor. Its methods may be called from several goroutines.
type Server struct {
	URL string // without a path: http://127.0.0.1:40000. Chat completions and embeddings are under /v1, Ollama's API under /api

	http *httptest.Server

	mu       sync.Mutex
	script   []Reply
	answer   func(Request) Reply
	requests []Request
	open     map[net.Conn]bool
	made     int
	busy     int
}

// Request is what somebody asked.
type Request struct {
	Path     string
	Header   http.Header
	Body     []byte
	Model    string
	Stream   bool
	Messages []Message // of chat
	Input    []string  // of embeddings
}

// Message is one of a chat.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// Ollama says that the request is of Ollama's own API.
func (r Request) Ollama() bool { return strings.HasPrefix(r.Path, "/api/") }

// Embeddings says that it asks for vectors.
func (r Request) Embeddings() bool {
	return strings.HasSuffix(r.Path, "/embeddings") || strings.HasSuffix(r.Path, "/embed")
}

// Start listens on 127.0.0.1.
func Start() *Server { return start(func(h *httptest.Server) { h.Start() }, nil) }

// StartTLS listens with a certificate that nobody trusts.
func StartTLS() *Server { return start(func(h *httptest.Server) { h.StartTLS() }, nil) }

// StartOn serves l, for instance one on [::1].
func StartOn(l net.Listener) *Server { return start(func(h *httptest.Server) { h.Start() }, l) }

func start(run func(*httptest.Server), l net.Listener) *Server {
	s := &Server{open: map[net.Conn]bool{}}
	s.http = httptest.NewUnstartedServer(s)
	if l != nil {
		s.http.Listener.Close()
		s.http.Listener = l
	}
	s.http.Config.ConnState = s.follow
	s.http.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that fail are what tests are about
	run(s.http)
	s.URL = s.http.URL
	return s
}

// Close ends all connections and waits for the handlers.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Script adds replies for the next requests, one each, in order.
func (s *Server) Script(replies ...Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, replies...)
}

// Answer sets what requests get when the script is empty; nil: the good answer.
func (s *Server) Answer(f func(Request) Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = f
}

// Requests are all until now, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Open is how many connections are open, and how many requests are being answered.
func (s *Server) Open() (connections, requests int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open), s.busy
}

// Made is how many connections there ever were.
func (s *Server) Made() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.made
}

func (s *Server) follow(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch state {
	case http.StateNew:
		s.open[c] = true
		s.made++
	case http.StateClosed, http.StateHijacked:
		delete(s.open, c)
	}
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client left
	}
	request := read(r, body)
	reply := s.next(request)
	defer func() {
		s.mu.Lock()
		s.busy--
		s.mu.Unlock()
	}()
	reply.play(w, r)
}

// next notes a request and takes its reply.
func (s *Server) next(request Request) Reply {
	s.mu.Lock()
	s.requests = append(s.requests, request)
	s.busy++
	answer := s.answer
	var reply *Reply
	if len(s.script) > 0 {
		reply, s.script = &s.script[0], s.script[1:]
	}
	s.mu.Unlock()
	switch {
	case reply != nil:
		return *reply
	case answer != nil:
		return answer(request)
	}
	return Good(request)
}

// read takes a request apart. What is not JSON gives a Request with Body alone.
func read(r *http.Request, body []byte) Request {
	request := Request{Path: r.URL.Path, Header: r.Header.Clone(), Body: body}
	var fields struct {
		Model    string          `json:"model"`
		Stream   bool            `json:"stream"`
		Messages []Message       `json:"messages"`
		Input    json.RawMessage `json:"input"`
	}
	if json.Unmarshal(body, &fields) != nil {
		return request
	}
	request.Model, request.Stream, request.Messages = fields.Model, fields.Stream, fields.Messages
	if input := bytes.TrimSpace(fields.Input); len(input) > 0 {
		if one := ""; json.Unmarshal(input, &one) == nil {
			request.Input = []string{one}
		} else {
			_ = json.Unmarshal(input, &request.Input) // another shape has no input
		}
	}
	return request
}
