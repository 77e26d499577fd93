// Package fetch gets documents from public web sites, for the console and for wenda import: an address that somebody names must not reach what
// only this machine reaches (SECURITY.md, import by URL).
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"syscall"
	"time"

	"wenda/corpus"
)

// A Fetcher gets documents. The check stands in Dialer.Control, after names were looked up, on every hop, so that neither redirects nor names
// that change their address get round it. It is safe for concurrent use.
type Fetcher struct {
	client *http.Client
}

// Limits of a fetch.
const (
	fetchTime  = 30 * time.Second
	fetchDial  = 5 * time.Second
	fetchHops  = 5
	fetchAgent = "wenda-import"
)

// An Error says in Chinese what whoever named the address can do.
type Error struct {
	Say      string
	TooLarge bool // the file has more than corpus.MaxFileBytes
	Err      error
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Say + ": " + e.Err.Error()
	}
	return e.Say
}

func (e *Error) Unwrap() error { return e.Err }

// errForbiddenAddress is what Dialer.Control refuses with.
var errForbiddenAddress = errors.New("address is not public")

// New makes one. allow decides about an address; nil is public addresses at ports 80 and 443 only.
func New(allow func(netip.AddrPort) bool) *Fetcher {
	if allow == nil {
		allow = publicWeb
	}
	dialer := &net.Dialer{Timeout: fetchDial, Control: func(network, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !strings.HasPrefix(network, "tcp") || !allow(at) {
			return fmt.Errorf("%s: %w", address, errForbiddenAddress)
		}
		return nil
	}}
	return &Fetcher{client: &http.Client{
		Timeout: fetchTime,
		Transport: &http.Transport{Proxy: nil, DialContext: dialer.DialContext, TLSHandshakeTimeout: fetchDial, ResponseHeaderTimeout: fetchTime,
			MaxResponseHeaderBytes: 64 << 10, DisableKeepAlives: true},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > fetchHops {
				return errors.New("too many redirects")
			}
			return checkAddress(r.URL)
		},
	}}
}

// checkAddress admits web addresses without a password in them.
func checkAddress(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return fmt.Errorf("%s: %w", u.Redacted(), errForbiddenAddress)
	}
	return nil
}

// notPublic are the ranges that netip's own methods do not name: carrier-grade NAT, IETF protocols, documentation, benchmarking, reserved, and
// those that hold an IPv4 address inside (NAT64, 6to4, Teredo, discard, site-local) (IANA special-purpose registries, 2026).
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"), netip.MustParsePrefix("::/96"),
}

func publicWeb(at netip.AddrPort) bool {
	a := at.Addr().WithZone("").Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || at.Port() != 80 && at.Port() != 443 {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// Fetch gets a document of at most corpus.MaxFileBytes. name is the last part of its address. Errors are *Error.
func (f *Fetcher) Fetch(ctx context.Context, address string) (name string, data []byte, err error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || checkAddress(u) != nil {
		return "", nil, &Error{Say: "网址要以 http:// 或 https:// 开头，里面不能有账号密码。"}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return "", nil, &Error{Say: "网址不对，请检查。", Err: err}
	}
	r.Header.Set("User-Agent", fetchAgent)
	resp, err := f.client.Do(r)
	if errors.Is(err, errForbiddenAddress) {
		return "", nil, &Error{Say: "这个网址（或它转到的地方）不在公开的互联网上，不能读取。", Err: err}
	}
	if err != nil {
		return "", nil, &Error{Say: "网址打不开，请检查后再试，或下载成文件再上传。", Err: err}
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", nil, &Error{Say: fmt.Sprintf("对方网站回答 %d，没有给出文件。", resp.StatusCode)}
	}
	data, err = io.ReadAll(io.LimitReader(resp.Body, corpus.MaxFileBytes+1))
	if err != nil {
		return "", nil, &Error{Say: "文件没有传完，请再试一次。", Err: err}
	}
	if len(data) > corpus.MaxFileBytes {
		return "", nil, &Error{Say: fmt.Sprintf("文件超过%d MiB。请下载后拆分再导入。", corpus.MaxFileBytes>>20), TooLarge: true}
	}
	if name = path.Base(resp.Request.URL.Path); name == "/" || name == "." {
		name = resp.Request.URL.Host
	}
	return name, data, nil
}
