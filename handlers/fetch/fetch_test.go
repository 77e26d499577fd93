package fetch

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"wenda/corpus"
)

// Every address of SECURITY.md's list, at the guard that dials.
func TestOnlyPublicAddresses(t *testing.T) {
	for _, at := range []string{"127.0.0.1:80", "127.9.9.9:443", "10.0.0.1:80", "172.16.0.1:80", "192.168.1.1:80", "169.254.169.254:80", "100.64.0.1:80", "0.0.0.0:80",
		"224.0.0.1:80", "255.255.255.255:80", "198.18.0.1:80", "192.0.2.1:80", "[::1]:80", "[::]:80", "[fe80::1]:80", "[fc00::1]:80", "[fd12::1]:443", "[ff02::1]:80",
		"[::ffff:127.0.0.1]:80", "[::ffff:10.0.0.1]:80", "[64:ff9b::7f00:1]:80", "[2002:7f00:1::]:80", "[::7f00:1]:80", "[fec0::1]:80", "8.8.8.8:22", "8.8.8.8:8080"} {
		if publicWeb(netip.MustParseAddrPort(at)) {
			t.Errorf("%s counts as public", at)
		}
	}
	for _, at := range []string{"8.8.8.8:80", "1.1.1.1:443", "[2606:4700::1111]:443", "172.32.0.1:80"} {
		if !publicWeb(netip.MustParseAddrPort(at)) {
			t.Errorf("%s does not count as public", at)
		}
	}
}

func TestFetchIsGuarded(t *testing.T) {
	hits := 0
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		hits++
		_, _ = w.Write([]byte("# 内部\n\n这里是只有本机能看到的内容，不能给外人看到。\n"))
	}))
	defer inside.Close()
	f := New(nil)
	port := inside.URL[strings.LastIndexByte(inside.URL, ':')+1:]
	for _, address := range []string{inside.URL, "http://localhost:" + port, "http://2130706433:" + port, "http://0x7f.1:" + port, "http://[::ffff:127.0.0.1]:" + port,
		"file:///etc/passwd", "gopher://127.0.0.1/", "http://user:pass@127.0.0.1/", "ftp://x", "", "//x", "http://", "javascript:alert(1)"} {
		if _, _, err := f.Fetch(t.Context(), address); err == nil {
			t.Errorf("%s was fetched", address)
		}
	}
	if hits != 0 {
		t.Fatalf("%d requests reached the inside", hits)
	}
	// a public site that sends on to the inside: the check is made again on that hop
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/in":
			http.Redirect(w, r, inside.URL, http.StatusFound)
		case "/file":
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		case "/large":
			_, _ = w.Write(bytes.Repeat([]byte("x"), corpus.MaxFileBytes+10))
		case "/gone":
			http.NotFound(w, r)
		default:
			_, _ = w.Write([]byte("# 外部\n\n这里是公开的内容，谁都可以看到的通知。\n"))
		}
	}))
	defer outside.Close()
	only := netip.MustParseAddrPort(outside.Listener.Addr().String())
	f = New(func(at netip.AddrPort) bool { return at == only })
	for _, path := range []string{"/loop", "/in", "/file", "/large", "/gone"} {
		var refused *Error
		if _, _, err := f.Fetch(t.Context(), outside.URL+path); !errors.As(err, &refused) || refused.TooLarge != (path == "/large") || !strings.HasSuffix(refused.Say, "。") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if hits != 0 {
		t.Errorf("%d requests reached the inside by a redirect", hits)
	}
	name, data, err := f.Fetch(t.Context(), outside.URL+"/a/notice.md")
	if err != nil || name != "notice.md" || !bytes.HasPrefix(data, []byte("# 外部")) {
		t.Errorf("%q, %.20q, %v", name, data, err)
	}
}
