package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
)

// DefaultURL is where WeChat's API is.
const DefaultURL = "https://api.weixin.qq.com"

// maxReply bounds what is read of a reply: the longest is a token of some 512 characters.
const maxReply = 64 << 10

// A Client calls the API for one mini-program. Fill the exported fields before the first call and leave them alone then.
type Client struct {
	BaseURL string       // without a slash at its end; empty is DefaultURL
	HTTP    *http.Client // nil is NewHTTP's
	AppID   string
	Secret  string
	Timeout time.Duration    // of one request with its reply; 0 is 5 s (PROTOCOL.md 19)
	Now     func() time.Time // nil is time.Now; of the token's life only

	token tokens
	http  atomic.Pointer[http.Client]
}

// NewHTTP is a client with limits on every step, that follows no redirect: a redirected POST would be sent twice, and a redirected GET carry
// its query elsewhere.
func NewHTTP() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout:   3 * time.Second,
			ResponseHeaderTimeout: 10 * time.Second,
			MaxIdleConnsPerHost:   32,
			IdleConnTimeout:       20 * time.Second, // before the platform closes it under a request
			ForceAttemptHTTP2:     true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (c *Client) client() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	if made := c.http.Load(); made != nil {
		return made
	}
	c.http.CompareAndSwap(nil, NewHTTP())
	return c.http.Load()
}

func (c *Client) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

// Close ends idle connections.
func (c *Client) Close() { c.client().CloseIdleConnections() }

// A reply has what every reply of WeChat may have.
type reply struct {
	Code    int    `json:"errcode"`
	Message string `json:"errmsg"`
}

func (r reply) code() (int, string) { return r.Code, r.Message }

type coded interface{ code() (int, string) }

// withToken posts body with an access token, and once more with a fresh one when WeChat refuses the first.
func (c *Client) withToken(ctx context.Context, call, path string, body any, into coded) error {
	for again := false; ; again = true {
		token, err := c.Token(ctx)
		if err != nil {
			return err
		}
		err = c.post(ctx, call, path, url.Values{"access_token": {token}}, body, into)
		if ClassOf(err) != Token || again {
			return err
		}
		c.token.drop(token)
	}
}

func (c *Client) post(ctx context.Context, call, path string, query url.Values, body any, into coded) error {
	text, err := encode(body)
	if err != nil {
		return &Error{Call: call, Class: Refused, cause: fmt.Errorf("encode: %w", err)}
	}
	return c.do(ctx, call, http.MethodPost, path, query, text, into)
}

// do makes one request and reads its reply into into.
func (c *Client) do(ctx context.Context, call, method, path string, query url.Values, body []byte, into coded) error {
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = 5 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var sent atomic.Bool // something of the request may have reached WeChat
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent.Store(true) }})
	fail := func(status int, cause error) error {
		e := &Error{Call: call, Status: status, Class: Network, cause: withoutURL(cause)}
		if sent.Load() {
			e.Delivered = MaybeDelivered
		}
		return e
	}
	base := c.BaseURL
	if base == "" {
		base = DefaultURL
	}
	address := base + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return fail(0, errors.New("the base URL cannot be used")) // err holds the query
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	res, err := c.client().Do(r)
	if err != nil {
		return fail(0, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxReply+1))
	switch {
	case err != nil:
		return fail(res.StatusCode, err)
	case len(text) > maxReply:
		return fail(res.StatusCode, fmt.Errorf("a reply above %d bytes", maxReply))
	}
	if err := json.Unmarshal(text, into); err != nil || len(text) == 0 || text[0] != '{' {
		return fail(res.StatusCode, fmt.Errorf("%d bytes that are no JSON object", len(text)))
	}
	if code, message := into.code(); code != 0 {
		return refusal(call, code, res.StatusCode, message)
	}
	if res.StatusCode != http.StatusOK {
		return fail(res.StatusCode, nil)
	}
	return nil
}

// withoutURL takes away what net/http puts around the cause: a URL with token or secret in its query.
func withoutURL(err error) error {
	var of *url.Error
	for errors.As(err, &of) {
		err = of.Err
	}
	return err
}

// encode makes JSON without \u escapes, which WeChat refuses (40033): no HTML escapes, and no characters that encoding/json writes so.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// Clean is text as it can be sent: valid, without control characters but line ends and tabs, U+2028 and U+2029 as line ends. Anything else
// would be escaped in JSON, or shown as a box.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\u2028' || r == '\u2029':
			return '\n'
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}
