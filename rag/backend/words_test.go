package backend

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	now := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "3": 3 * time.Second, "0": 0, "-1": 0, "soon": 0, "99999999": 0,
		now.Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second, now.Add(-time.Hour).Format(http.TimeFormat): 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
	}
}

func TestForeignWordsAreTidied(t *testing.T) {
	for in, want := range map[string]string{
		"a\tb\r\n c\x00\u202e d":            "a b c d",
		"key sk-proj-abcd****wxyz is wrong": "key [key] is wrong",
		"Authorization: Bearer abcdefgh":    "Authorization: [key]",
		"of " + testKey + ".":               "of [key].",
		"sk-wenda…TAIL":                     "[key]…[key]",
		strings.Repeat("长", 300):            strings.Repeat("长", 200) + "…",
		"risk-free ark of tasks":            "risk-free ark of tasks",
		"invalid \xff utf-8":                "invalid utf-8",
	} {
		if got := tidy(in, testKey); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
