package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"wenda/handlers/contract"
	"wenda/rag"
)

// stream answers q event by event; the last one is done or error. An error before the first event goes out as JSON with its status.
func (s *Server) stream(c echo.Context, q rag.Question, format string) error {
	client := signedBy(c)
	if client == "" {
		client = c.RealIP()
	}
	leave, err := s.streams.Enter(clientOf(client))
	if err != nil {
		s.metrics.limited("streams")
		return err
	}
	defer leave()
	s.metrics.streams.Inc()
	defer s.metrics.streams.Dec()
	s.takeTime(c)

	ctx, cancel := context.WithCancelCause(c.Request().Context())
	defer cancel(nil)
	ctx, cancelLife := context.WithTimeoutCause(ctx, s.cfg.AskLife, problemTimeout)
	defer cancelLife()
	defer context.AfterFunc(s.stopping, func() { cancel(problemRestart) })()

	st := &streamWriter{res: c.Response(), control: http.NewResponseController(c.Response()), format: format, holding: true,
		timeout: s.cfg.StreamWrite, gone: func(err error) { cancel(problemGone.Because(err)) }, wrote: make(chan struct{}, 1)}
	quiet := st.keepAlive(s.cfg.StageHold, s.cfg.Heartbeat)
	a, err := s.put(ctx, q, st.emit)
	quiet()
	if err != nil {
		if st.begun {
			st.send("error", problemOf(err).Body(requestID(c)))
		}
		return err
	}
	st.send("done", a)
	return st.err
}

// A streamWriter writes events. Its methods may be called from several goroutines.
type streamWriter struct {
	mu      sync.Mutex
	res     *echo.Response
	control *http.ResponseController
	format  string
	timeout time.Duration // of one write
	gone    func(error)   // called once, when a write failed
	wrote   chan struct{} // a write puts the heartbeat off
	holding bool          // the first stage waits in held
	held    *contract.Stage
	begun   bool
	err     error // of the first write that failed; nothing is written after it
}

// emit writes what the Asker tells. Done is left to the handler, which sends it when Ask has returned without an error.
func (st *streamWriter) emit(e rag.Event) {
	name, data := contract.Event(e)
	if stage, ok := data.(contract.Stage); name == "" || ok && st.hold(&stage) {
		return
	}
	st.send(name, data)
}

// hold keeps the very first stage back for a moment: what follows at once may be an error with a status of its own.
func (st *streamWriter) hold(stage *contract.Stage) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	if !st.holding || st.held != nil {
		return false
	}
	st.held = stage
	return true
}

func (st *streamWriter) send(name string, data any) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.release()
	st.write(st.encode(name, data))
}

// release ends the holding and writes the stage that was held.
func (st *streamWriter) release() {
	st.holding = false
	if st.held != nil {
		stage := st.held
		st.held = nil
		st.write(st.encode("stage", stage))
	}
}

// beat is a comment in SSE and an empty line in NDJSON (which its readers skip): no event.
func (st *streamWriter) beat() {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.release()
	if st.format == mediaSSE {
		st.write([]byte(": heartbeat\n\n"))
	} else {
		st.write([]byte("\n"))
	}
}

func (st *streamWriter) encode(name string, data any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b) // ends with \n, has none inside
	if st.format == mediaSSE {
		b.WriteString("event: " + name + "\ndata: ")
		_ = enc.Encode(data) // strings, numbers and lists of them: cannot fail, and a buffer neither
		b.WriteByte('\n')
	} else {
		_ = enc.Encode(contract.Line{Event: name, Data: data})
	}
	return b.Bytes()
}

// write sends b at once, with a deadline of its own: a client that does not read loses its stream.
func (st *streamWriter) write(b []byte) {
	if st.err != nil {
		return
	}
	if !st.begun {
		st.begun = true
		st.res.Header().Set(echo.HeaderContentType, st.format+"; charset=utf-8")
		st.res.Header().Set("X-Accel-Buffering", "no") // nginx would keep the stream together
		st.res.WriteHeader(http.StatusOK)
	}
	_ = st.control.SetWriteDeadline(time.Now().Add(st.timeout)) // a recorder in tests has none
	_, err := st.res.Write(b)
	if err == nil {
		err = st.control.Flush()
	}
	if err != nil {
		st.err = problemGone.Because(err)
		st.gone(err)
	}
	select {
	case st.wrote <- struct{}{}:
	default:
	}
}

// keepAlive sends the held stage after a while and heartbeats in silence, until stop, which waits for the last one.
func (st *streamWriter) keepAlive(hold, heartbeat time.Duration) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		first, silence := time.NewTimer(hold), time.NewTimer(heartbeat)
		defer first.Stop()
		defer silence.Stop()
		for {
			select {
			case <-done:
				return
			case <-first.C:
				st.mu.Lock()
				st.release()
				st.mu.Unlock()
			case <-st.wrote:
				silence.Reset(heartbeat)
			case <-silence.C:
				st.beat()
				silence.Reset(heartbeat)
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}
