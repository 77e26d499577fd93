package staff

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"runtime/debug"
	"strings"

	"wenda/store"
)

// A visit is one request on its way: who it is, what was sent, and what is shown.
type visit struct {
	console *Console
	w       http.ResponseWriter
	r       *http.Request
	route   Route
	session store.Session // zero when nobody is signed in
	token   string        // what the session's cookie holds, or the one of people not signed in yet; empty without
}

// account is who is signed in; zero when nobody is.
func (v *visit) account() store.Account { return v.session.Account }

// by is who changes something, for the audit.
func (v *visit) by() store.By {
	a := v.account()
	return store.By{Name: a.Name, Role: a.Role, Address: v.address()}
}

func (v *visit) address() string { return v.console.deps.Address(v.r) }

// may reports whether the account has this role at least.
func (v *visit) may(role store.Role) bool { return v.account().Role.May(role) }

// form is a field of the form or query, with line ends as \n and blanks around it gone.
func (v *visit) form(name string) string { return strings.TrimSpace(v.text(name)) }

// text is a field as it was sent, with line ends as \n.
func (v *visit) text(name string) string {
	return strings.ReplaceAll(v.r.FormValue(name), "\r\n", "\n")
}

// serve is what every request passes before its handler: size, origin, session, role, token.
func (c *Console) serve(rt Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{console: c, w: w, r: r, route: rt}
		defer func() {
			switch p := recover(); {
			case p == nil:
			case p == http.ErrAbortHandler: //nolint:errorlint // compared as net/http does
				panic(p)
			default:
				c.log.Error("panic", "value", fmt.Sprint(p), "stack", string(debug.Stack()), "request_id", c.deps.RequestID(r.Context()))
				v.fail(errors.New("panic"))
			}
		}()
		if err := v.pass(); err != nil {
			v.fail(err)
		}
	})
}

func (v *visit) pass() error {
	c, rt := v.console, v.route
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, c.sizeOf(rt))
	changes := v.r.Method != http.MethodGet && v.r.Method != http.MethodHead
	if err := c.cross.Check(v.r); err != nil {
		return forbiddenOrigin
	}
	if err := v.findSession(); err != nil {
		return err
	}
	if rt.Needs != Anyone {
		if v.session.Hash == "" {
			return notSignedIn
		}
		if !v.may(rt.Needs) {
			return forbidden.saying("您的角色是“" + v.account().Role.String() + "”，这一步需要“" + rt.Needs.String() + "”。请联系管理员。")
		}
	}
	if changes {
		if err := v.parse(); err != nil {
			return err
		}
		if err := v.checkToken(); err != nil {
			return err
		}
	}
	return rt.handle(v)
}

func (c *Console) sizeOf(rt Route) int64 {
	switch {
	case rt.Files:
		return c.cfg.UploadBytes
	case rt.Needs == Anyone:
		return c.cfg.SignInBytes
	}
	return c.cfg.FormBytes
}

// formMemory is how much of a form with files stays in memory; the rest goes to temporary files, which serve removes.
const formMemory = 4 << 20

// parse reads the form. Anything but the two types of a form is refused: other types can be sent across origins without being asked.
func (v *visit) parse() error {
	kind, _, err := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
	switch {
	case err == nil && kind == "application/x-www-form-urlencoded":
		err = v.r.ParseForm()
	case err == nil && kind == "multipart/form-data":
		err = v.r.ParseMultipartForm(formMemory)
	default:
		return badForm
	}
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return tooLarge
	}
	if err != nil {
		return badForm.because(err)
	}
	return nil
}

// checkToken wants the token of the page that the form stood on.
func (v *visit) checkToken() error {
	got := v.r.Header.Get("X-CSRF-Token")
	if got == "" {
		got = v.r.PostFormValue("csrf")
	}
	if v.token == "" || subtle.ConstantTimeCompare([]byte(got), []byte(csrfOf(v.token))) != 1 {
		return badToken
	}
	return nil
}

// peer is the address of the other end of the connection.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// file is the content of a file of the form.
func (v *visit) file(name string) ([]byte, error) {
	f, _, err := v.r.FormFile(name)
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return nil, invalid.saying("请先选择文件。")
	}
	if err != nil {
		return nil, badForm.because(err)
	}
	defer f.Close()
	return io.ReadAll(f)
}
