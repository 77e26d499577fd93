package signed

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// memory is a Nonces of this process; the store's own is tested there.
type memory struct {
	mu   sync.Mutex
	used map[string]time.Time
	err  error
}

func (m *memory) UseNonce(_ context.Context, key, nonce string, _, until time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, was := m.used[key+" "+nonce]; was || m.err != nil {
		return false, m.err
	}
	m.used[key+" "+nonce] = until
	return true, nil
}

const (
	oldSecret = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	newSecret = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
	nonce     = "nonce-0123456789"
	body      = `{"question":"今年新增多少学位"}`
)

var noon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

func keysOf(t *testing.T, name, text string) []Key {
	t.Helper()
	keys, err := ParseKeys(name, text)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func verifier(t *testing.T) (*Verifier, *memory, []Key) {
	t.Helper()
	keys := append(keysOf(t, "portal-search", "2026a "+oldSecret+"\n2026b "+newSecret+"\n"), keysOf(t, "hotline", "h1 "+strings.Repeat("x", 40))...)
	m := &memory{used: map[string]time.Time{}}
	v, err := New(keys, m, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	return v, m, keys
}

func request(k Key, at time.Time) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/api/v1/signed/ask", nil)
	k.Sign(r, []byte(body), at, nonce)
	return r
}

func anybody(string) error { return nil }

func TestVerify(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(r *http.Request, body *string)
		at     time.Duration // of signing, from our noon
		key    int
		want   string // name of the key; empty: refused
	}{
		{name: "good", want: "portal-search"},
		{name: "the new key during a change", key: 1, want: "portal-search"},
		{name: "another program", key: 2, want: "hotline"},
		{name: "300 s old", at: -300 * time.Second, want: "portal-search"},
		{name: "300 s ahead", at: 300 * time.Second, want: "portal-search"},
		{name: "301 s old", at: -301 * time.Second},
		{name: "301 s ahead", at: 301 * time.Second},
		{name: "another method", change: func(r *http.Request, _ *string) { r.Method = http.MethodPut }},
		{name: "another path", change: func(r *http.Request, _ *string) { r.URL.Path = "/api/v1/signed/other" }},
		{name: "a query", change: func(r *http.Request, _ *string) { r.URL.RawQuery = "a=1" }},
		{name: "another body", change: func(_ *http.Request, b *string) { *b = strings.Replace(*b, "今", "去", 1) }},
		{name: "no body", change: func(_ *http.Request, b *string) { *b = "" }},
		{name: "another timestamp", change: func(r *http.Request, _ *string) { r.Header.Set(HeaderTimestamp, fmt.Sprint(noon.Unix()+1)) }},
		{name: "a timestamp with a zero in front", change: func(r *http.Request, _ *string) { r.Header.Set(HeaderTimestamp, fmt.Sprint("0", noon.Unix())) }},
		{name: "no timestamp", change: func(r *http.Request, _ *string) { r.Header.Set(HeaderTimestamp, "now") }},
		{name: "another nonce", change: func(r *http.Request, _ *string) { r.Header.Set(HeaderNonce, nonce+"1") }},
		{name: "a short nonce", change: func(r *http.Request, _ *string) { r.Header.Set(HeaderNonce, "short") }},
		{name: "unknown key", change: func(r *http.Request, _ *string) { r.Header.Set(HeaderKey, "2026c") }},
		{name: "another program's key ID", change: func(r *http.Request, _ *string) { r.Header.Set(HeaderKey, "h1") }},
		{name: "no version", change: func(r *http.Request, _ *string) {
			r.Header.Set(HeaderSignature, strings.TrimPrefix(r.Header.Get(HeaderSignature), "v1="))
		}},
		{name: "half of the signature", change: func(r *http.Request, _ *string) {
			r.Header.Set(HeaderSignature, r.Header.Get(HeaderSignature)[:3+32])
		}},
		{name: "empty signature", change: func(r *http.Request, _ *string) { r.Header.Set(HeaderSignature, "v1=") }},
		{name: "a signature that is no hex", change: func(r *http.Request, _ *string) { r.Header.Set(HeaderSignature, "v1=zz") }},
		{name: "no key header", change: func(r *http.Request, _ *string) { r.Header.Del(HeaderKey) }},
		{name: "no signature header", change: func(r *http.Request, _ *string) { r.Header.Del(HeaderSignature) }},
		{name: "two nonces", change: func(r *http.Request, _ *string) { r.Header.Add(HeaderNonce, nonce+"2") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, m, keys := verifier(t)
			r, sent := request(keys[c.key], noon.Add(c.at)), body
			if c.change != nil {
				c.change(r, &sent)
			}
			got, err := v.Verify(t.Context(), r, []byte(sent), anybody)
			var refused *Refused
			if got != c.want || (c.want == "") != errors.As(err, &refused) {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), oldSecret[:8]) {
				t.Errorf("the error shows the secret: %v", err)
			}
			if (len(m.used) == 1) != (c.want != "") {
				t.Errorf("%d nonces are used up", len(m.used))
			}
		})
	}
}

func TestVerifyOnce(t *testing.T) {
	v, m, keys := verifier(t)
	limited := errors.New("limited")
	r := request(keys[0], noon)
	if _, err := v.Verify(t.Context(), r, []byte(body), func(name string) error { return limited }); !errors.Is(err, limited) || len(m.used) != 0 {
		t.Errorf("got %v, want the limit's error and no nonce used up", err)
	}
	if _, err := v.Verify(t.Context(), r, []byte(body), anybody); err != nil {
		t.Fatal(err)
	}
	var refused *Refused
	if _, err := v.Verify(t.Context(), r, []byte(body), anybody); !errors.As(err, &refused) {
		t.Errorf("a replay: got %v", err)
	}
	if until := m.used["2026a "+nonce]; until.Before(noon.Add(2 * Window)) {
		t.Errorf("the nonce is kept until %v: a request from the future can be replayed", until)
	}
	m.err = errors.New("disk")
	r = request(keys[2], noon)
	if name, err := v.Verify(t.Context(), r, []byte(body), anybody); name != "" || !errors.Is(err, m.err) || errors.As(err, &refused) {
		t.Errorf("nonces cannot be kept: got %q, %v", name, err)
	}
	var none *Verifier
	if _, err := none.Verify(t.Context(), r, []byte(body), anybody); !errors.As(err, &refused) {
		t.Errorf("without keys: got %v", err)
	}
}

// The text is a contract with programs that are not ours: it must never change under v1.
func TestTextIsFixed(t *testing.T) {
	got := Text("POST", "/api/v1/signed/ask?x=1", "1793707200", nonce, []byte("{}"))
	want := "wenda-hmac-sha256-v1\nPOST\n/api/v1/signed/ask?x=1\n1793707200\nnonce-0123456789\n44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestParseKeys(t *testing.T) {
	for _, c := range []struct{ name, keyName, text, want string }{
		{"nothing", "a", "# nothing\n\n", "没有密钥"},
		{"no ID", "a", oldSecret, "第1行应为"},
		{"three words", "a", "\nk " + oldSecret + " x", "第2行应为"},
		{"short", "a", "k " + oldSecret[:31], "太短"},
		{"bad ID", "a", "k/1 " + oldSecret, "密钥编号"},
		{"three keys", "a", "a " + oldSecret + "\nb " + oldSecret + "\nc " + oldSecret, "最多2个"},
		{"bad name", "A B", "k " + oldSecret, "名称"},
	} {
		_, err := ParseKeys(c.keyName, c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), oldSecret[:16]) {
			t.Errorf("%s: got %v, want %q and no secret", c.name, err, c.want)
		}
	}
	keys := keysOf(t, "a", "k "+oldSecret)
	if shown := fmt.Sprintf("%v %+v %#v %s", keys, keys, keys[0], keys[0]); strings.Contains(shown, oldSecret[:8]) || strings.Contains(shown, "48, 49, 50") {
		t.Errorf("formatting shows the secret: %s", shown)
	}
	if _, err := New(append(keys, keysOf(t, "b", "k "+newSecret)...), nil, nil); err == nil || !strings.Contains(err.Error(), "用了两次") {
		t.Errorf("one ID twice: %v", err)
	}
}
