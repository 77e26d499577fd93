package staff

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"time"
)

// A poster is somebody with a browser.
type poster struct {
	s      *suite
	url    string
	client *http.Client
}

// attempt sends the form. An error means that the console is gone.
func (p *poster) attempt(a *attempt) (did bool, err error) {
	if a.poll != nil {
		for {
			if come, err := a.poll(p); come || err != nil {
				return come, err
			}
			time.Sleep(3 * time.Millisecond)
		}
	}
	if a.prepare != nil && !a.prepare(p) {
		return false, errGone
	}
	r, err := p.request(a)
	if err != nil {
		return false, err
	}
	resp, err := p.client.Do(r)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if shown := resp.StatusCode == http.StatusOK; resp.StatusCode >= http.StatusBadRequest || shown && !a.shown {
		if err == nil {
			p.s.t.Errorf("%s (%s): %d %s", a.step, a.mark, resp.StatusCode, mainOf(string(page)))
		}
		return false, err
	}
	if a.settle != nil {
		did, sure := a.settle(p)
		if !sure {
			return false, errGone
		}
		if !did {
			return false, nil
		}
	}
	p.s.mu.Lock() // acknowledged, whether the rest of the page came or not
	defer p.s.mu.Unlock()
	if a.done != nil {
		a.done(resp.Header, string(page))
	}
	return true, nil
}

var errGone = errors.New("the console is gone")

func (p *poster) request(a *attempt) (*http.Request, error) {
	var body bytes.Buffer
	kind := "application/x-www-form-urlencoded"
	token := a.session
	if token == "" {
		token = "nobody"
	}
	if a.form == nil {
		a.form = url.Values{}
	}
	a.form.Set("csrf", csrfOf(token))
	if a.files == nil {
		body.WriteString(a.form.Encode())
	} else {
		w := multipart.NewWriter(&body)
		for name, values := range a.form {
			for _, value := range values {
				_ = w.WriteField(name, value)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(a.files)) {
			part, _ := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename=%q`, name)}}) // a buffer takes all
			_, _ = io.WriteString(part, a.files[name])
		}
		_ = w.Close()
		kind = w.FormDataContentType()
	}
	r, err := http.NewRequest(http.MethodPost, p.url+a.path, &body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", kind)
	p.dress(r, a.session, a.mark)
	return r, nil
}

func (p *poster) dress(r *http.Request, session, mark string) {
	r.Header.Set(markHeader, mark)
	if session == "" {
		r.AddCookie(&http.Cookie{Name: "wenda-pre", Value: "nobody"})
	} else {
		r.AddCookie(&http.Cookie{Name: "wenda-sid", Value: session})
	}
}

// get reads a page; ok is false when the console is gone.
func (p *poster) get(path, session string) (page string, ok bool) {
	r, err := http.NewRequest(http.MethodGet, p.url+path, nil)
	if err != nil {
		return "", false
	}
	p.dress(r, session, "reading")
	resp, err := p.client.Do(r)
	if err != nil {
		return "", false
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		p.s.t.Errorf("GET %s: %d", path, resp.StatusCode)
	}
	return string(text), err == nil && resp.StatusCode == http.StatusOK
}
