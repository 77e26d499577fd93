package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// sealKeyFile lies beside the database and not in it: a copy of the database alone tells no secret.
const sealKeyFile = "staff.key"

// Seal encrypts a small secret (AES-256-GCM, the key in staff.key of the data folder, made at the first use). purpose is bound to it:
// what was sealed for one account does not open for another.
func (s *Store) Seal(purpose, secret string) (string, error) {
	gcm, err := s.gcm(true)
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	nonce := make([]byte, gcm.NonceSize())
	_, _ = rand.Read(nonce) // never fails since Go 1.24
	return base64.RawStdEncoding.EncodeToString(gcm.Seal(nonce, nonce, []byte(secret), []byte(purpose))), nil
}

// Unseal is the reverse of Seal.
func (s *Store) Unseal(purpose, sealed string) (string, error) {
	gcm, err := s.gcm(false)
	if err != nil {
		return "", fmt.Errorf("unseal: %w", err)
	}
	b, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil || len(b) < gcm.NonceSize() {
		return "", errors.New("unseal: no sealed text")
	}
	plain, err := gcm.Open(nil, b[:gcm.NonceSize()], b[gcm.NonceSize():], []byte(purpose))
	if err != nil {
		return "", fmt.Errorf("unseal: %w", err)
	}
	return string(plain), nil
}

func (s *Store) gcm(create bool) (cipher.AEAD, error) {
	path := filepath.Join(s.dir, sealKeyFile)
	key, err := os.ReadFile(path)
	if create && errors.Is(err, fs.ErrNotExist) {
		key = make([]byte, 32)
		_, _ = rand.Read(key)
		f, openErr := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if openErr != nil { // another process made it meanwhile
			return s.gcm(false)
		}
		_, err = f.Write(key)
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err != nil {
		return nil, err
	}
	if len(key) != 32 {
		return nil, fmt.Errorf("%s holds %d bytes, not a key of 32", path, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
