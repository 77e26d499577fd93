package backend

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Secret is a key. However it is printed, logged or encoded, it shows as [key].
type Secret string

// String implements fmt.Stringer.
func (Secret) String() string { return "[key]" }

// GoString implements fmt.GoStringer, for %#v.
func (Secret) GoString() string { return "[key]" }

// MarshalText implements encoding.TextMarshaler, for JSON and YAML.
func (Secret) MarshalText() ([]byte, error) { return []byte("[key]"), nil }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue("[key]") }

// What can be wrong with a Config; the errors of New and NewEmbedder wrap all that apply.
var (
	ErrVendor  = errors.New("there is no such vendor")
	ErrModel   = errors.New("no model: the table has none for this vendor")
	ErrNoKey   = errors.New("no key")
	ErrKey     = errors.New("the key holds a blank, a line break or a character that no key has")
	ErrNoURL   = errors.New("no base URL: the table has none for this vendor")
	ErrBaseURL = errors.New("the base URL must be http or https, with a host, and without user, query or fragment")
	ErrExtra   = errors.New("extra fields must be a JSON object, without model, messages, stream and input")
)

// Config says which model of which vendor, and how long to wait for it.
type Config struct {
	Vendor  string // one of Vendors; empty: any server that speaks OpenAI's protocol at BaseURL
	BaseURL string // http or https; empty: the table's
	Model   string // empty: the table's, to compose or to embed
	Key     Secret // already read from its variable or file; empty where the server needs none

	// Extra is a JSON object that is merged into requests to compose, over the table's; a field that is null is removed.
	Extra string

	// Batch is how many texts an Embedder sends at once; 0: the table's.
	Batch int

	// Rest is how long an Embedder that failed is not asked for a question's vector: 30 s for 0. Turned is told when that begins and ends, in the
	// words of BackendUsage.State; it must not call the Embedder, and may be nil.
	Rest   time.Duration
	Turned func(backend, from, to string)

	Price  Price
	Limits Limits

	Transport http.RoundTripper // nil: a transport of our own. Another one has to keep Limits.Dial itself
	Now       func() time.Time  // nil: time.Now
}

// Price is what a million tokens cost, in whatever currency the operator counts. Prices change too often for the table.
type Price struct{ Prompt, Completion float64 }

// Limits of one call. 0 means the default, which is SECURITY.md's (Settings, LLM).
type Limits struct {
	Dial       time.Duration // to connect, and again for TLS: 3 s
	Header     time.Duration // from the request to the status line: 10 s
	FirstToken time.Duration // from the request to the first text that is not reasoning: 10 s
	Gap        time.Duration // between two pieces of text: 5 s. Comments and empty events do not count as text
	Total      time.Duration // 60 s
	Query      time.Duration // for a question's vector, retry included: 2 s; words answer then
	ReplyBytes int           // of text in one reply: 64 KiB
	MaxTokens  int           // asked of the vendor unless the Request says less: 800
	RetryWait  time.Duration // before the one retry, ±50 %, unless the vendor says how long: 500 ms
	RetryMost  time.Duration // a vendor that asks for more is not tried again: 5 s
}

func (l Limits) filled() Limits {
	for _, d := range []struct {
		have *time.Duration
		want time.Duration
	}{
		{&l.Dial, 3 * time.Second}, {&l.Header, 10 * time.Second}, {&l.FirstToken, 10 * time.Second}, {&l.Gap, 5 * time.Second},
		{&l.Total, time.Minute}, {&l.Query, 2 * time.Second}, {&l.RetryWait, 500 * time.Millisecond}, {&l.RetryMost, 5 * time.Second},
	} {
		if *d.have <= 0 {
			*d.have = d.want
		}
	}
	if l.ReplyBytes <= 0 {
		l.ReplyBytes = 64 << 10
	}
	if l.MaxTokens <= 0 {
		l.MaxTokens = 800
	}
	return l
}

// settings are a Config that was checked, with the table's line in place.
type settings struct {
	name   string // recorded with usage and vectors
	vendor vendor
	base   *url.URL
	model  string
	key    string
	extra  map[string]json.RawMessage
	price  Price
	limits Limits
	now    func() time.Time
	client *http.Client
	idle   interface{ CloseIdleConnections() } // nil for a foreign transport
}

// check fills c in from the table and reports all of its problems at once. embed: to embed rather than to compose.
func (c Config) check(embed bool) (*settings, error) {
	var problems []error
	v, known := lookup(c.Vendor)
	if !known {
		return nil, fmt.Errorf("backend: vendor %q is not one of %s: %w", c.Vendor, strings.Join(Vendors(), ", "), ErrVendor)
	}
	s := &settings{vendor: v, model: v.model, key: string(c.Key), price: c.Price, limits: c.Limits.filled(), now: c.Now}
	if embed {
		s.model = v.embedding
	}
	if c.Model != "" {
		s.model = c.Model
	}
	if s.model == "" {
		problems = append(problems, ErrModel)
	}
	if c.Batch > 0 {
		s.vendor.batch = c.Batch
	}
	if s.vendor.batch <= 0 {
		s.vendor.batch = unknownBatch
	}
	if v.key && c.Key == "" {
		problems = append(problems, ErrNoKey)
	}
	if strings.ContainsFunc(s.key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		problems = append(problems, ErrKey)
	}
	raw := c.BaseURL
	if raw == "" {
		raw = v.base
	}
	base, err := parseBase(raw)
	if err != nil {
		problems = append(problems, err)
	}
	s.base = base
	if s.extra, err = mergeExtra(v.extra, c.Extra); err != nil {
		problems = append(problems, err)
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("backend %s: %w", v.name, errors.Join(problems...))
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.name = v.name + "/" + s.model
	switch {
	case c.Vendor == "":
		s.name = base.Host + "/" + s.model
	case c.BaseURL != "" && !embed: // two servers of one kind have two accounts; their vectors are the same
		s.name += "@" + base.Host
	}
	s.client, s.idle = newClient(s, c.Transport)
	return s, nil
}

// parseBase checks a base URL. Its errors never show it whole: people put keys there.
func parseBase(raw string) (*url.URL, error) {
	if raw == "" {
		return nil, ErrNoURL
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, ErrBaseURL
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http", u.Host == "":
		return nil, ErrBaseURL
	case u.User != nil, u.RawQuery != "", u.Fragment != "":
		return nil, fmt.Errorf("%s: %w", u.Hostname(), ErrBaseURL)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return u, nil
}

// mergeExtra merges JSON objects; later ones win.
func mergeExtra(objects ...string) (map[string]json.RawMessage, error) {
	merged := map[string]json.RawMessage{}
	for _, object := range objects {
		if object == "" {
			continue
		}
		if err := json.Unmarshal([]byte(object), &merged); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrExtra, err)
		}
	}
	for _, field := range []string{"model", "messages", "stream", "input"} {
		if _, has := merged[field]; has {
			return nil, fmt.Errorf("%w: %s", ErrExtra, field)
		}
	}
	return merged, nil
}

// rewrite turns the body that langchaingo wrote into what the vendor takes: the name of the limit, refused fields, extra ones. null
// in extra removes a field.
func (s *settings) rewrite(body []byte) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, fmt.Errorf("rewrite request: %w", err)
	}
	if limit, has := fields[maxCompletion]; has && s.vendor.limit != maxCompletion {
		delete(fields, maxCompletion)
		fields[s.vendor.limit] = limit
	}
	for _, field := range s.vendor.drop {
		delete(fields, field)
	}
	for field, value := range s.extra {
		if slices.Equal(value, []byte("null")) {
			delete(fields, field)
			continue
		}
		fields[field] = value
	}
	return json.Marshal(fields)
}
