package backend

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"time"
)

// errNoCall is a bug of ours: requests go through Compose or the Embedder.
var errNoCall = errors.New("backend: a request outside of a call")

// What a vendor may send beside the text: headers, and the body of a refusal.
const (
	maxHeaderBytes = 64 << 10
	maxErrorBytes  = 8 << 10

	// wireFactor: 800 tokens come as 800 events of 200 to 300 bytes; reasoning that is thrown away comes on top.
	wireFactor = 64
)

// newClient makes the only client that talks to this backend.
func newClient(s *settings, base http.RoundTripper) (*http.Client, interface{ CloseIdleConnections() }) {
	var idle interface{ CloseIdleConnections() }
	if base == nil {
		own := &http.Transport{
			Proxy:                  http.ProxyFromEnvironment, // HTTPS_PROXY, as every Go program does
			DialContext:            (&net.Dialer{Timeout: s.limits.Dial}).DialContext,
			TLSHandshakeTimeout:    s.limits.Dial,
			ForceAttemptHTTP2:      true,
			MaxIdleConnsPerHost:    defaultCalls,
			IdleConnTimeout:        90 * time.Second,
			MaxResponseHeaderBytes: maxHeaderBytes,
			DisableCompression:     true, // gzip holds events back, and expands
		}
		base, idle = own, own
	}
	return &http.Client{Transport: &guard{base: base, s: s}}, idle
}

// guard is the RoundTripper between langchaingo and the vendor. Outwards it adds key and quirks, and sends nothing to another host;
// inwards it turns whatever is not a good reply into a fault of the call, and a good one into the few events that langchaingo reads
// right.
type guard struct {
	base http.RoundTripper
	s    *settings
}

// RoundTrip implements http.RoundTripper.
func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	c, ok := req.Context().Value(callKey{}).(*call)
	if !ok {
		return nil, errNoCall
	}
	out, err := g.outgoing(c, req)
	if err != nil {
		return nil, c.failWith(&Error{Code: ReasonBadRequest, Detail: err.Error(), Err: err})
	}
	resp, err := g.base.RoundTrip(out)
	if err != nil {
		return nil, c.lost(err)
	}
	c.answered()
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		return nil, c.failWith(g.refusal(resp))
	}
	if isEmbedding(out.URL.Path) {
		resp.Body = &limited{c: c, body: resp.Body, left: c.wire}
		return resp, nil
	}
	body, fault := g.accept(c, resp)
	if fault != nil {
		resp.Body.Close()
		return nil, fault
	}
	resp.Body = body
	resp.ContentLength = -1
	resp.Header.Del("Content-Length")
	return resp, nil
}

// outgoing makes the request that is really sent: nothing of langchaingo's but method, path and rewritten body.
func (g *guard) outgoing(c *call, req *http.Request) (*http.Request, error) {
	if req.URL.Scheme != g.s.base.Scheme || req.URL.Host != g.s.base.Host {
		return nil, fmt.Errorf("request to %s instead of %s", req.URL.Host, g.s.base.Host)
	}
	body, err := io.ReadAll(req.Body)
	req.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	if !isEmbedding(req.URL.Path) {
		if body, err = g.s.rewrite(body); err != nil {
			return nil, err
		}
	}
	out, err := http.NewRequestWithContext(httptrace.WithClientTrace(req.Context(), c.trace()), req.Method, req.URL.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	out.Header.Set("Content-Type", "application/json")
	out.Header.Set("Accept", "text/event-stream, application/x-ndjson, application/json")
	out.Header.Set("User-Agent", "wenda")
	// A kept connection that the vendor closed in the meantime is no failure: with this entry, which is not sent, net/http asks again over a
	// new one (Transport's documentation). Nothing was answered by then, and asking a model twice changes nothing.
	out.Header["Idempotency-Key"] = nil
	if g.s.key != "" {
		out.Header.Set("Authorization", "Bearer "+g.s.key)
	}
	return out, nil
}

// refusal is the fault of a status that is not 200.
func (g *guard) refusal(resp *http.Response) *Error {
	raw, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBytes)) // what came is enough, and there may be nothing
	said := parseComplaint(raw)
	e := &Error{Code: said.code(resp.StatusCode), Status: resp.StatusCode, Detail: said.message, After: retryAfter(resp.Header, g.s.now())}
	if e.Detail == "" && !looksLikeMarkup(raw) {
		e.Detail = string(raw)
	}
	if e.Code == ReasonRedirected {
		e.Detail = "redirects are not followed"
	}
	return e
}

// accept looks at a reply with status 200 and returns the events for langchaingo.
func (g *guard) accept(c *call, resp *http.Response) (io.ReadCloser, *Error) {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind == "text/html" || kind == "application/xhtml+xml" {
		return nil, c.fail(ReasonBadReply, "an HTML page instead of a reply")
	}
	// Anything but JSON is read as a stream, since proxies change its type; every line is checked.
	return newReader(c, resp.Body, kind == "application/json"), nil
}

// isEmbedding tells the two kinds of requests apart.
func isEmbedding(path string) bool {
	return strings.HasSuffix(path, "/embeddings") || strings.HasSuffix(path, "/api/embed")
}

// looksLikeMarkup says that a body is a page, whose text helps nobody.
func looksLikeMarkup(raw []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(raw), []byte("<")) }

// retryAfter reads Retry-After: seconds, or a date (RFC 9110, 10.2.3). 0 where there is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 && seconds < 1e6 {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil && date.After(now) {
		return date.Sub(now)
	}
	return 0
}

// limited is the body of a reply that is read as a whole: at most so many bytes, and errors are faults of the call.
type limited struct {
	c    *call
	body io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (l *limited) Read(p []byte) (int, error) {
	l.c.reading.Lock()
	defer l.c.reading.Unlock()
	if l.left <= 0 {
		return 0, l.c.fail(ReasonTooLarge, fmt.Sprintf("more than %d bytes of vectors", l.c.wire))
	}
	n, err := l.body.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, l.c.lost(err)
	}
	return n, err
}

// Close implements io.Closer.
func (l *limited) Close() error { return l.body.Close() }
