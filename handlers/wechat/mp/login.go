package mp

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"wenda/store"
)

// tokenForm is what our tokens look like: 32 random bytes.
var tokenForm = regexp.MustCompile(`^mp_[A-Za-z0-9_-]{43}$`)

// codeForm is what a code of wx.login may look like; the documents promise nothing but a string.
var codeForm = regexp.MustCompile(`^[\x21-\x7e]{1,512}$`)

// loginReply is the body of POST login.
type loginReply struct {
	Token     string `json:"token"`
	RequestID string `json:"request_id"`
}

// login exchanges a code of wx.login for a token. The openid lives in this function only.
func (c *call) login() error {
	body, err := c.fields("code", "channel")
	if err != nil {
		return err
	}
	channel, ok := c.channels[body["channel"]]
	if !ok {
		return problemNoChannel
	}
	c.channel = channel
	if err := channel.open(c.r.Context()); err != nil {
		return err
	}
	if !codeForm.MatchString(body["code"]) {
		return problemLoginCode
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), c.limits.Login)
	defer cancel()
	who, err := channel.Client.Session(ctx, body["code"])
	if err != nil {
		if c.r.Context().Err() != nil {
			return c.r.Context().Err()
		}
		return loginProblem(err)
	}
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails since Go 1.24
	token := "mp_" + base64.RawURLEncoding.EncodeToString(secret[:])
	if err := c.Sessions.PutMPSession(c.r.Context(), hashOf(token), channel.Name, c.Owner(channel.Name, who.OpenID), c.Now()); err != nil {
		return err
	}
	return c.reply(http.StatusOK, loginReply{token, c.RequestID(c.r.Context())})
}

// hashOf is what is kept of a token. It needs no salt and no slow hash: a token has 256 random bits.
func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// identify finds who asks, by the token. The store looks the hash up: how long that takes tells nothing of a token.
func (c *call) identify() error {
	token, is := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	if !is || !tokenForm.MatchString(token) {
		return problemToken
	}
	c.hash = hashOf(token)
	s, err := c.Sessions.UseMPSession(c.r.Context(), c.hash, c.Now())
	if errors.Is(err, store.ErrNotFound) {
		return problemToken
	}
	if err != nil {
		return err
	}
	channel, ok := c.channels[s.Channel]
	if !ok { // it was taken out of the configuration
		return problemToken
	}
	c.session, c.channel = s, channel
	return channel.open(c.r.Context())
}

// done is a body without anything to say.
type done struct {
	RequestID string `json:"request_id"`
}

// logout revokes the token that it came with.
func (c *call) logout() error {
	if err := c.Sessions.DeleteMPSession(c.r.Context(), c.hash); err != nil {
		return err
	}
	return c.reply(http.StatusOK, done{c.RequestID(c.r.Context())})
}
