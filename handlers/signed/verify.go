package signed

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Window is how far a timestamp may be from our clock, either way (PROTOCOL.md, B; as for WeChat's own, A 4).
const Window = 300 * time.Second

// Remember is how long a nonce is kept: see the package comment.
const Remember = time.Hour

// Names of the headers.
const (
	HeaderKey       = "Wenda-Key"
	HeaderTimestamp = "Wenda-Timestamp"
	HeaderNonce     = "Wenda-Nonce"
	HeaderSignature = "Wenda-Signature"
)

// Nonces remembers what was used. UseNonce reports false when the key's nonce is there already, else it is on the disk when UseNonce returns, and may be forgotten
// at until. now is the caller's clock. It must be safe for concurrent use, of several processes too.
type Nonces interface {
	UseNonce(ctx context.Context, key, nonce string, now, until time.Time) (fresh bool, err error)
}

// Refused is the error of a request that is not let in. Its reason is for the log only.
type Refused struct{ Reason string }

// Error implements error.
func (e *Refused) Error() string { return "signed request refused: " + e.Reason }

// A Verifier knows the keys. Make it with New; a nil one has none. It is safe for concurrent use.
type Verifier struct {
	keys   map[string]Key
	nobody []byte // the secret of unknown keys
	nonces Nonces
	now    func() time.Time
}

// New makes a Verifier. now may be nil for time.Now. Its error is of two keys with one ID.
func New(keys []Key, nonces Nonces, now func() time.Time) (*Verifier, error) {
	if now == nil {
		now = time.Now
	}
	v := &Verifier{keys: map[string]Key{}, nobody: make([]byte, minSecretBytes), nonces: nonces, now: now}
	_, _ = rand.Read(v.nobody) // never fails since Go 1.24
	for _, k := range keys {
		if other, ok := v.keys[k.ID]; ok {
			return nil, fmt.Errorf("密钥编号 %s 用了两次：%s 和 %s", k.ID, other.Name, k.Name)
		}
		v.keys[k.ID] = k
	}
	return v, nil
}

// Text is what is signed, in UTF-8 without a newline at its end. path is the request's path with its query, as it is sent.
func Text(method, path, timestamp, nonce string, body []byte) string {
	digest := sha256.Sum256(body)
	return strings.Join([]string{"wenda-hmac-sha256-v1", method, path, timestamp, nonce, hex.EncodeToString(digest[:])}, "\n")
}

// Sign makes the headers of a request. It is what callers in Go do, and tests.
func (k Key) Sign(r *http.Request, body []byte, at time.Time, nonce string) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	r.Header.Set(HeaderKey, k.ID)
	r.Header.Set(HeaderTimestamp, timestamp)
	r.Header.Set(HeaderNonce, nonce)
	r.Header.Set(HeaderSignature, "v1="+hex.EncodeToString(sum(k.secret, Text(r.Method, r.URL.RequestURI(), timestamp, nonce, body))))
}

func sum(secret []byte, text string) []byte {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte(text))
	return m.Sum(nil)
}

var nonceForm = regexp.MustCompile(`^[A-Za-z0-9_-]{16,64}$`)

// Verify returns the name of the key that signed r, whose body was read into body. admit is asked, with the name, before the nonce is used up; its error is
// returned. Other errors: *Refused, or that of Nonces.
func (v *Verifier) Verify(ctx context.Context, r *http.Request, body []byte, admit func(name string) error) (string, error) {
	if v == nil {
		return "", &Refused{"no keys"}
	}
	now := v.now()
	k, nonce, at, err := v.signer(r, body)
	switch {
	case err != nil:
		return "", err
	case at.Before(now.Add(-Window)) || at.After(now.Add(Window)):
		return "", &Refused{fmt.Sprintf("timestamp is %s off", now.Sub(at).Round(time.Second))}
	}
	if err := admit(k.Name); err != nil {
		return "", err
	}
	fresh, err := v.nonces.UseNonce(ctx, k.ID, nonce, now, now.Add(Remember))
	if err != nil {
		return "", err
	}
	if !fresh {
		return "", &Refused{"nonce used before"}
	}
	return k.Name, nil
}

// signer checks the signature alone. Every request that has the form of one is computed and compared in full.
func (v *Verifier) signer(r *http.Request, body []byte) (k Key, nonce string, at time.Time, err error) {
	h := r.Header
	for _, name := range []string{HeaderKey, HeaderTimestamp, HeaderNonce, HeaderSignature} {
		if len(h.Values(name)) != 1 {
			return Key{}, "", time.Time{}, &Refused{"header " + name + " is not there once"}
		}
	}
	nonce = h.Get(HeaderNonce)
	seconds, errTime := strconv.ParseInt(h.Get(HeaderTimestamp), 10, 64)
	digits, hasVersion := strings.CutPrefix(h.Get(HeaderSignature), "v1=")
	claimed, errHex := hex.DecodeString(digits)
	if errTime != nil || !hasVersion || errHex != nil || !nonceForm.MatchString(nonce) {
		return Key{}, "", time.Time{}, &Refused{"a header is malformed"}
	}
	k, known := v.keys[h.Get(HeaderKey)]
	secret := k.secret
	if !known {
		secret = v.nobody
	}
	same := hmac.Equal(claimed, sum(secret, Text(r.Method, r.URL.RequestURI(), h.Get(HeaderTimestamp), nonce, body)))
	if !same || !known {
		reason := "signature is wrong"
		if !known {
			reason = "key is unknown"
		}
		return Key{}, "", time.Time{}, &Refused{reason}
	}
	return k, nonce, time.Unix(seconds, 0), nil
}
