package fake

import (
	"net/http"
	"time"
)

// A Fault is what goes wrong with one call.
type Fault struct {
	Code  int    // the call is refused with it: nothing is delivered
	Reset string // before, after: the connection is cut before or after the call was worked on
	Hang  string // before, after: no reply until the caller gives up
	Slow  time.Duration
	Body  string // instead of JSON, after the call was worked on; with Status
	// Status of Body; 0 is 200. Early: Body comes without the call being worked on.
	Status int
	Early  bool
}

// Inject queues faults for the next calls of that name, one each.
func (s *Server) Inject(call string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[call] = append(s.faults[call], faults...)
}

// fault takes the next one of a call; the caller holds s.mu.
func (s *Server) fault(call string) (Fault, bool) {
	list := s.faults[call]
	if len(list) == 0 {
		return Fault{}, false
	}
	s.faults[call] = list[1:]
	return list[0], true
}

// before plays what comes before the work; true: the reply is made.
func (f Fault) before(w http.ResponseWriter, r *http.Request) bool {
	wait(r, f.Slow)
	return f.cut(w, r, "before") || f.Early && f.body(w)
}

func (f Fault) after(w http.ResponseWriter, r *http.Request) bool {
	return f.cut(w, r, "after") || f.body(w)
}

func (f Fault) cut(w http.ResponseWriter, r *http.Request, when string) bool {
	switch when {
	case f.Reset:
		if h, ok := w.(http.Hijacker); ok {
			if conn, _, err := h.Hijack(); err == nil {
				_ = conn.Close()
			}
		}
		return true
	case f.Hang:
		<-r.Context().Done() // the caller left, or the Server was closed
		return true
	}
	return false
}

func (f Fault) body(w http.ResponseWriter) bool {
	if f.Body == "" {
		return false
	}
	w.Header().Set("Content-Type", "text/html")
	if f.Status != 0 {
		w.WriteHeader(f.Status)
	}
	_, _ = w.Write([]byte(f.Body))
	return true
}

// wait sleeps unless the caller leaves.
func wait(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	}
}
