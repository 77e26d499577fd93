package api

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	tokenEarly = 5 * time.Minute // the platform renews that much before the end; both are good then
	tokenRest  = time.Second     // after a failed fetch, how long its error answers those who come next
)

// tokens is the cached access token and the fetch under way.
type tokens struct {
	mu      sync.Mutex
	value   string
	until   time.Time
	fetch   *fetch // nil: none is under way
	failed  error
	resting time.Time
	fetches int
}

// A fetch is one request that any number of callers wait for.
type fetch struct {
	done  chan struct{}
	value string
	err   error
}

// drop forgets the token if it is still that one: of fifty calls that were refused with it the first forgets it.
func (t *tokens) drop(value string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.value == value {
		t.value = ""
	}
}

// Token is an access token: the cached one, else a fetched one. Callers that come while one is fetched wait for that fetch; the fetch goes on
// when the caller that began it gives up. Errors are *Error, or the context's.
func (c *Client) Token(ctx context.Context) (string, error) {
	t := &c.token
	t.mu.Lock()
	now := c.now()
	switch {
	case t.value != "" && now.Before(t.until):
		defer t.mu.Unlock()
		return t.value, nil
	case t.fetch == nil && t.failed != nil && now.Before(t.resting):
		defer t.mu.Unlock()
		return "", t.failed
	}
	f := t.fetch
	if f == nil {
		f = &fetch{done: make(chan struct{})}
		t.fetch = f
		t.fetches++
		go c.fetchToken(context.WithoutCancel(ctx), f)
	}
	t.mu.Unlock()
	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// fetchToken ends within the client's Timeout.
func (c *Client) fetchToken(ctx context.Context, f *fetch) {
	var got struct {
		reply
		Token   string `json:"access_token"`
		Expires int64  `json:"expires_in"` // seconds, at most 7200
	}
	err := c.post(ctx, "stable_token", "/cgi-bin/stable_token", nil, map[string]any{
		"grant_type": "client_credential", "appid": c.AppID, "secret": c.Secret, "force_refresh": false}, &got)
	if err == nil && (got.Token == "" || got.Expires <= 0) {
		err = &Error{Call: "stable_token", Class: Network, Status: 200, cause: errors.New("a reply without a token")}
	}
	var failed *Error
	if errors.As(err, &failed) { // of the message that waits for the token nothing was sent, and a fetch can be repeated
		failed.Delivered = NotDelivered
	}
	t := &c.token
	t.mu.Lock()
	defer t.mu.Unlock()
	now := c.now()
	if err != nil {
		t.failed, t.resting = err, now.Add(tokenRest)
	} else {
		life := time.Duration(min(got.Expires, 7200)) * time.Second
		t.value, t.until, t.failed = got.Token, now.Add(life-min(tokenEarly, life/2)), nil
	}
	t.fetch = nil
	f.value, f.err = got.Token, err
	if err != nil {
		f.value = ""
	}
	close(f.done)
}

// Fetches is how often a token was fetched.
func (c *Client) Fetches() int {
	c.token.mu.Lock()
	defer c.token.mu.Unlock()
	return c.token.fetches
}
