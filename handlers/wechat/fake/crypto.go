package fake

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
)

// sign is WeChat's signature of some values: SHA-1 over all of them, sorted and joined.
func sign(values ...string) string {
	slices.Sort(values)
	sum := sha1.Sum([]byte(strings.Join(values, "")))
	return hex.EncodeToString(sum[:])
}

func block(aesKey string) (cipher.Block, []byte, error) {
	key, err := base64.StdEncoding.DecodeString(aesKey + "=")
	if err != nil {
		return nil, nil, err
	}
	if len(key) != 32 {
		return nil, nil, errors.New("the AES key is not 32 bytes")
	}
	b, err := aes.NewCipher(key)
	return b, key[:16], err
}

// Seal encrypts as WeChat does: 16 characters at random, length, message, appid, padded to 32 bytes. random16 must have 16 bytes.
func Seal(aesKey, appid, random16 string, message []byte) (string, error) {
	b, iv, err := block(aesKey)
	if err != nil {
		return "", err
	}
	plain := append([]byte(random16), binary.BigEndian.AppendUint32(nil, uint32(len(message)))...)
	plain = append(append(plain, message...), appid...)
	pad := 32 - len(plain)%32
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(b, iv).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain), nil
}

// SealRaw encrypts bytes as they are, a multiple of 16: for tests that want a wrong padding or length.
func SealRaw(aesKey string, plain []byte) (string, error) {
	b, iv, err := block(aesKey)
	if err != nil || len(plain)%16 != 0 {
		return "", errors.Join(err, errors.New("no whole blocks"))
	}
	out := make([]byte, len(plain))
	cipher.NewCBCEncrypter(b, iv).CryptBlocks(out, plain)
	return base64.StdEncoding.EncodeToString(out), nil
}

// Sign is WeChat's signature, for tests that make their own requests.
func Sign(values ...string) string { return sign(slices.Clone(values)...) }

// Open decrypts what Seal made.
func Open(aesKey, sealed string) (message []byte, appid string, err error) {
	b, iv, err := block(aesKey)
	if err != nil {
		return nil, "", err
	}
	data, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(data) == 0 || len(data)%32 != 0 {
		return nil, "", errors.Join(err, errors.New("no whole blocks"))
	}
	cipher.NewCBCDecrypter(b, iv).CryptBlocks(data, data)
	pad := int(data[len(data)-1])
	if pad < 1 || pad > 32 {
		return nil, "", errors.New("bad padding")
	}
	data = data[:len(data)-pad]
	if len(data) < 20 {
		return nil, "", errors.New("too short")
	}
	n := int(binary.BigEndian.Uint32(data[16:20]))
	if n > len(data)-20 {
		return nil, "", errors.New("bad length")
	}
	return data[20 : 20+n], string(data[20+n:]), nil
}
