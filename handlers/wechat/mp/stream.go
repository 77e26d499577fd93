package mp

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"wenda/handlers/contract"
	"wenda/rag"
)

// A stream writes one JSON object a line, each flushed at once. Its methods may be called from several goroutines; begun is read when they are over.
type stream struct {
	mu      sync.Mutex
	w       http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration // of one write
	gone    func(error)   // called once, when a write failed
	wrote   chan struct{} // a write puts the heartbeat off
	begun   bool
	failed  bool // nothing is written any more
}

func newStream(w http.ResponseWriter, timeout time.Duration, gone func(error)) *stream {
	return &stream{w: w, control: http.NewResponseController(w), timeout: timeout, gone: gone, wrote: make(chan struct{}, 1)}
}

// emit writes what the engine tells. Done is left to the handler.
func (s *stream) emit(e rag.Event) {
	if name, data := contract.Event(e); name != "" {
		s.send(name, data)
	}
}

func (s *stream) send(event string, data any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b) // ends with \n, has none inside
	enc.SetEscapeHTML(false)
	if err := enc.Encode(contract.Line{Event: event, Data: data}); err != nil {
		return // strings, numbers and lists of them: cannot fail
	}
	s.write(b.Bytes())
}

// write sends b at once, with a deadline of its own: a client that does not read loses its stream.
func (s *stream) write(b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed {
		return
	}
	if !s.begun {
		s.begun = true
		s.w.Header().Set("Content-Type", mediaNDJSON+"; charset=utf-8")
		s.w.Header().Set("X-Accel-Buffering", "no") // nginx would keep the stream together
		s.w.WriteHeader(http.StatusOK)
	}
	_ = s.control.SetWriteDeadline(time.Now().Add(s.timeout)) // a recorder in tests has none
	_, err := s.w.Write(b)
	if err == nil {
		err = s.control.Flush()
	}
	if err != nil {
		s.failed = true
		s.gone(err)
	}
	select {
	case s.wrote <- struct{}{}:
	default:
	}
}

// keepAlive writes an empty line, which readers skip, after every silence, until stop, which waits for the last one.
func (s *stream) keepAlive(every time.Duration) (stop func()) {
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		silence := time.NewTimer(every)
		defer silence.Stop()
		for {
			select {
			case <-over:
				return
			case <-s.wrote:
			case <-silence.C:
				s.write([]byte("\n"))
			}
			silence.Reset(every)
		}
	}()
	return func() {
		close(over)
		<-ended
	}
}
