package staff

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// A vouching is a provider of OpenID Connect over HTTP: discovery, keys, authorization without a form, tokens for codes that work once, with
// PKCE (S256) and the client's secret. What a case wants wrong is in its fields.
type vouching struct {
	t        *testing.T
	server   *httptest.Server
	issuer   string // the server's address, by this name
	redirect string // where it sends browsers back to
	rsa      *rsa.PrivateKey
	ec       *ecdsa.PrivateKey

	mu     sync.Mutex
	alg    string
	claims map[string]any // on top of the right ones; nil values take one away
	forged bool           // signed by a key that is not published
	down   bool
	post   bool                  // takes the secret in the form alone
	codes  map[string]url.Values // what a code was asked for with
	asked  int                   // tokens
}

const (
	oidcClient   = "wenda"
	oidcSecret   = "s3cret-of-the-test"
	oidcRedirect = "https://console.test" + CallbackPath
)

var rsaKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var out [2]*rsa.PrivateKey
	for i := range out {
		out[i], _ = rsa.GenerateKey(rand.Reader, 2048) // never fails since Go 1.24
	}
	return out
})

func newVouching(t *testing.T) *vouching {
	t.Helper()
	p := &vouching{t: t, alg: "RS256", rsa: rsaKeys()[0], codes: map[string]url.Values{}}
	var err error
	if p.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("/keys", p.keys)
	mux.HandleFunc("/authorize", p.authorize)
	mux.HandleFunc("/token", p.token)
	p.server = httptest.NewServer(mux)
	t.Cleanup(p.server.Close)
	p.issuer, p.redirect = p.server.URL, oidcRedirect
	return p
}

func (p *vouching) set(change func(*vouching)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// tokens is how many were asked for.
func (p *vouching) tokens() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func sendJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (p *vouching) discovery(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	u := p.issuer
	published := map[string]any{"issuer": u, "authorization_endpoint": u + "/authorize", "token_endpoint": u + "/token", "jwks_uri": u + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256", "ES256"}}
	if p.post {
		published["token_endpoint_auth_methods_supported"] = []string{"client_secret_post"}
	}
	sendJSON(w, 200, published)
}

func (p *vouching) keys(w http.ResponseWriter, _ *http.Request) {
	point, err := p.ec.PublicKey.Bytes() // 4, x, y
	if err != nil {
		p.t.Error(err)
	}
	sendJSON(w, 200, map[string]any{"keys": []map[string]string{
		{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "r", "n": b64(p.rsa.N.Bytes()), "e": b64(big.NewInt(int64(p.rsa.E)).Bytes())},
		{"kty": "EC", "use": "sig", "alg": "ES256", "kid": "e", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])},
	}})
}

// authorize lets everybody in at once.
func (p *vouching) authorize(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := r.URL.Query()
	if q.Get("client_id") != oidcClient || q.Get("redirect_uri") != p.redirect || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" ||
		q.Get("code_challenge") == "" || q.Get("state") == "" || q.Get("nonce") == "" || q.Get("scope") != "openid profile" {
		http.Error(w, "bad request "+r.URL.RawQuery, http.StatusBadRequest)
		return
	}
	code := newToken()
	p.codes[code] = q
	http.Redirect(w, r, p.redirect+"?"+url.Values{"code": {code}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
}

func (p *vouching) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	id, secret, _ := r.BasicAuth()
	if p.post {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	code := r.PostFormValue("code")
	q, known := p.codes[code]
	delete(p.codes, code)
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !known || id != oidcClient || secret != oidcSecret || q.Get("code_challenge") != b64(sum[:]) || r.PostFormValue("redirect_uri") != p.redirect {
		sendJSON(w, 400, map[string]string{"error": "invalid_grant"})
		return
	}
	now := time.Now()
	claims := map[string]any{"iss": p.issuer, "sub": "u-1", "aud": oidcClient, "exp": now.Add(5 * time.Minute).Unix(), "iat": now.Unix(), "nonce": q.Get("nonce")}
	for name, value := range p.claims {
		if value == nil {
			delete(claims, name)
		} else {
			claims[name] = value
		}
	}
	sendJSON(w, 200, map[string]any{"access_token": "at", "token_type": "Bearer", "id_token": p.sign(claims)})
}

func (p *vouching) sign(claims map[string]any) string {
	header, _ := json.Marshal(map[string]string{"alg": p.alg, "kid": map[string]string{"RS256": "r", "ES256": "e"}[p.alg]}) // never fails
	body, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
	}
	text := b64(header) + "." + b64(body)
	sum := sha256.Sum256([]byte(text))
	switch p.alg {
	case "ES256":
		r, s, err := ecdsa.Sign(rand.Reader, p.ec, sum[:])
		if err != nil {
			p.t.Error(err)
			return ""
		}
		return text + "." + b64(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
	case "RS256":
		key := p.rsa
		if p.forged {
			key = rsaKeys()[1]
		}
		signed, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
		if err != nil {
			p.t.Error(err)
		}
		return text + "." + b64(signed)
	}
	return text + "." // none
}
