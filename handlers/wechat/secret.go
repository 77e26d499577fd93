package wechat

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
)

// A Secret prints, logs and marshals as stars. Reveal is the only way to its text.
type Secret string

const stars = "***"

// String implements fmt.Stringer.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return stars
}

// GoString implements fmt.GoStringer, for %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText implements encoding.TextMarshaler, which JSON uses as well.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Reveal is the text.
func (s Secret) Reveal() string { return string(s) }

// readSecret takes a secret from its value, or from the file that the value with -file names.
func readSecret(values map[string]string, field string) (Secret, error) {
	value, path := strings.TrimSpace(values[field]), values[field+"-file"]
	switch {
	case value != "" && path != "":
		return "", fmt.Errorf("%s 和 %s-file 只留一个", field, field)
	case path == "":
		return Secret(value), nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%s-file 读不了：%w", field, err)
	}
	if value = strings.TrimSpace(string(text)); value == "" {
		return "", fmt.Errorf("%s-file 指向的 %s 是空的", field, path)
	}
	return Secret(value), nil
}
