package wechat

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A Vault keeps what must not be read from a copy of the database: openids and what users write are sealed with AES-256-GCM, and who wrote is
// known by a keyed hash. All keys come from one secret, in a file that is not the database, so that a backup of wenda.db alone tells nobody's
// openid. Without the file nothing sealed can be read again: messages that wait are lost, conversations start afresh.
//
// Chosen over a key in the configuration (2026-11-26): an operator who forgets it would store openids in the clear, or could not start. Who
// has a place for secrets names a file there (seal-key-file).
type Vault struct {
	aead    cipher.AEAD
	session []byte
	seen    []byte
}

// sealKeyBytes is the length of the secret.
const sealKeyBytes = 32

// OpenVault reads the secret from path: 64 hex digits. A file that is not there is made, with a random secret, for its owner only.
func OpenVault(path string) (*Vault, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = makeSealKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the sealing key: %w", err)
	}
	secret, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(secret) != sealKeyBytes {
		return nil, fmt.Errorf("read the sealing key: %s does not hold %d hex digits", path, 2*sealKeyBytes) // err may quote it
	}
	return newVault(secret)
}

// makeSealKey writes the whole file and then gives it its name: a process that dies leaves no half of a key, and of two that make one at once
// the first wins.
func makeSealKey(path string) ([]byte, error) {
	secret := make([]byte, sealKeyBytes)
	_, _ = rand.Read(secret)                               // never fails since Go 1.24
	f, err := os.CreateTemp(filepath.Dir(path), ".seal-*") // 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(hex.EncodeToString(secret) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path)
}

func newVault(secret []byte) (*Vault, error) {
	key := func(purpose string) []byte {
		k, err := hkdf.Key(sha256.New, secret, nil, "wenda wechat "+purpose, 32)
		if err != nil {
			panic("wechat: hkdf: " + err.Error()) // 32 bytes are within its limit
		}
		return k
	}
	block, err := aes.NewCipher(key("seal"))
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &Vault{aead: aead, session: key("session"), seen: key("seen")}, nil
}

// Seal encrypts text. purpose names what it is, as "openid": what was sealed for another one cannot be opened for this.
func (v *Vault) Seal(purpose string, text []byte) []byte {
	return v.aead.Seal(nil, nil, text, []byte(purpose))
}

// Open decrypts what Seal made for the same purpose.
func (v *Vault) Open(purpose string, sealed []byte) ([]byte, error) {
	text, err := v.aead.Open(nil, nil, sealed, []byte(purpose))
	if err != nil {
		return nil, fmt.Errorf("open sealed %s: not sealed with this key", purpose)
	}
	return text, nil
}

// Session is who writes to a channel: the same for the same openid, and nothing about it without the key (PROTOCOL.md 10).
func (v *Vault) Session(channel, openid string) string {
	return hex.EncodeToString(keyed(v.session, channel, openid)[:16])
}

// seenKey is what is remembered of a request or a message.
func (v *Vault) seenKey(parts ...string) []byte { return keyed(v.seen, parts...) }

// keyed is an HMAC of parts; their lengths keep (ab, c) and (a, bc) apart.
func keyed(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		fmt.Fprintf(h, "%d|%s", len(p), p)
	}
	return h.Sum(nil)
}
