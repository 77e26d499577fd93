package handlers

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"time"
)

// Config holds every limit and duration of SECURITY.md that concerns HTTP. Start from Defaults and change what a test or an operator needs.
type Config struct {
	Portal string // name of the portal in the page's header

	ReadHeaderTimeout time.Duration
	ReadTimeout       time.Duration // of a request with its body
	WriteTimeout      time.Duration // of a reply that is neither a stream nor an answer being made
	IdleTimeout       time.Duration
	MaxHeaderBytes    int
	ShutdownTimeout   time.Duration // all in all; then connections are cut
	StreamGrace       time.Duration // of it, how long open streams may finish by themselves

	BodyBytes    int64 // largest body of ask and feedback
	HistoryTurns int   // longest history
	CommentRunes int   // longest comment of a feedback

	LimitsOff        bool // no rates, no stream counts; sizes stay. The wiring refuses it on anything but loopback
	RatePerMinute    int  // requests of an address that cost something
	RateBurst        int
	RateAddresses    int // addresses remembered; the one unused for longest is forgotten first
	SignedPerMinute  int // signed requests of a key's name
	SignedBurst      int
	Streams          int // open at once, in all
	StreamsPerClient int // open at once, of an address or a key's name

	Heartbeat   time.Duration // silence after which a stream says that it lives
	StreamWrite time.Duration // deadline of one write to a stream
	AskLife     time.Duration // longest life of a stream, and of an answer being made
	StageHold   time.Duration // how long the first stage waits for an error that deserves a status code of its own

	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed; none: nobody's
	FrameAncestors []string       // origins that may frame the pages, besides our own
	TLS            bool           // reached by https, here or at the proxy: send HSTS
	Development    bool           // serve /style, which shows every component in its states
}

// Defaults returns the settings of SECURITY.md.
func Defaults() Config {
	return Config{
		Portal:            "钟楼区",
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ShutdownTimeout:   25 * time.Second,
		StreamGrace:       5 * time.Second,
		BodyBytes:         16 << 10,
		HistoryTurns:      40,
		CommentRunes:      500,
		RatePerMinute:     60,
		RateBurst:         20,
		RateAddresses:     20000,
		SignedPerMinute:   120,
		SignedBurst:       40,
		Streams:           1000,
		StreamsPerClient:  20,
		Heartbeat:         15 * time.Second,
		StreamWrite:       10 * time.Second,
		AskLife:           120 * time.Second,
		StageHold:         100 * time.Millisecond,
	}
}

// check lists everything that is wrong with c.
func (c Config) check() error {
	var errs []error
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"ReadHeaderTimeout", c.ReadHeaderTimeout}, {"ReadTimeout", c.ReadTimeout}, {"WriteTimeout", c.WriteTimeout},
		{"IdleTimeout", c.IdleTimeout}, {"ShutdownTimeout", c.ShutdownTimeout}, {"Heartbeat", c.Heartbeat},
		{"StreamWrite", c.StreamWrite}, {"AskLife", c.AskLife}, {"StageHold", c.StageHold},
	} {
		if d.value <= 0 {
			errs = append(errs, fmt.Errorf("%s is %v: it must be positive", d.name, d.value))
		}
	}
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"MaxHeaderBytes", int64(c.MaxHeaderBytes)}, {"BodyBytes", c.BodyBytes}, {"HistoryTurns", int64(c.HistoryTurns)},
		{"CommentRunes", int64(c.CommentRunes)}, {"RatePerMinute", int64(c.RatePerMinute)}, {"RateBurst", int64(c.RateBurst)},
		{"RateAddresses", int64(c.RateAddresses)}, {"Streams", int64(c.Streams)},
		{"SignedPerMinute", int64(c.SignedPerMinute)}, {"SignedBurst", int64(c.SignedBurst)}, {"StreamsPerClient", int64(c.StreamsPerClient)},
	} {
		if n.value <= 0 {
			errs = append(errs, fmt.Errorf("%s is %d: it must be positive", n.name, n.value))
		}
	}
	if c.StreamGrace < 0 || c.StreamGrace >= c.ShutdownTimeout {
		errs = append(errs, fmt.Errorf("StreamGrace is %v: it must be shorter than ShutdownTimeout (%v)", c.StreamGrace, c.ShutdownTimeout))
	}
	for _, o := range c.FrameAncestors {
		u, err := url.Parse(o)
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.Scheme+"://"+u.Host != o {
			errs = append(errs, fmt.Errorf("FrameAncestors has %q: it must be an origin like https://www.example.gov.cn", o))
		}
	}
	return errors.Join(errs...)
}
