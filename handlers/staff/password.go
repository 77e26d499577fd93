package staff

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// argon2id with m=19456 KiB, t=2, p=1, a salt of 16 bytes, a key of 32 (SECURITY.md; OWASP Password Storage Cheat Sheet).
const (
	argonMemory = 19456
	argonTime   = 2
	argonLanes  = 1
	saltBytes   = 16
	keyBytes    = 32
)

// A hasher hashes few passwords at once: each takes 19 MiB.
type hasher struct {
	places  chan struct{}
	waiting chan struct{}
	dummy   string // of no password: unknown names take the same work
}

func newHasher(c Config) *hasher {
	h := &hasher{places: make(chan struct{}, max(1, c.Hashes)), waiting: make(chan struct{}, max(1, c.HashesWaiting))}
	h.dummy = hashNow(newToken())
	return h
}

// hash makes what is kept of a password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return hashNow(password), nil
}

// check compares a password with what was kept. Nothing kept (an unknown name, no password yet) takes as long and is false.
func (h *hasher) check(ctx context.Context, kept, password string) (bool, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	known := kept != ""
	if !known {
		kept = h.dummy
	}
	same, err := compare(kept, password)
	return same && known, err
}

func (h *hasher) enter(ctx context.Context) (leave func(), err error) {
	select {
	case h.waiting <- struct{}{}:
	default:
		return nil, busy
	}
	defer func() { <-h.waiting }()
	select {
	case h.places <- struct{}{}:
		return func() { <-h.places }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func hashNow(password string) string {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails since Go 1.24
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, keyBytes)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

func compare(kept, password string) (bool, error) {
	var version, memory, time, lanes int
	parts := strings.Split(kept, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, fmt.Errorf("password of an unknown kind")
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &time, &lanes); err != nil || version != argon2.Version {
		return false, fmt.Errorf("password with unknown parameters")
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("password salt: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, fmt.Errorf("password key: %w", err)
	}
	got := argon2.IDKey([]byte(password), salt, uint32(time), uint32(memory), uint8(lanes), uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// Bounds of passwords in characters. The upper one only bounds work.
const (
	minPassword = 10
	maxPassword = 128
)

// checkPassword says what is wrong with a new password; empty when nothing is.
func checkPassword(name, password, again string) string {
	n := utf8.RuneCountInString(password)
	switch {
	case password != again:
		return "两次输入的密码不一样，请重新输入。"
	case n < minPassword:
		return fmt.Sprintf("密码至少%d个字符，可以用一句话。", minPassword)
	case n > maxPassword:
		return fmt.Sprintf("密码最多%d个字符。", maxPassword)
	case strings.Contains(strings.ToLower(password), strings.ToLower(name)):
		return "密码里不要有账号名。"
	case strings.Count(password, string([]rune(password)[0])) == n:
		return "密码不要只用一个字符。"
	}
	return ""
}
