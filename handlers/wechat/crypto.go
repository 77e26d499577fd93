package wechat

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"
)

// signature is WeChat's: SHA-1 over the values, sorted and joined (PROTOCOL.md, A: Verification, Modes).
func signature(values ...string) string {
	values = slices.Clone(values)
	slices.Sort(values)
	sum := sha1.Sum([]byte(strings.Join(values, "")))
	return hex.EncodeToString(sum[:])
}

// blockBytes is what WeChat pads to: twice AES's own.
const blockBytes = 32

// A key decrypts and encrypts for one EncodingAESKey.
type key struct {
	block cipher.Block
	iv    []byte
}

func newKey(s Secret) (key, error) {
	raw, err := aesKey(s)
	if err != nil {
		return key{}, err
	}
	b, err := aes.NewCipher(raw)
	return key{b, raw[:aes.BlockSize]}, err
}

// Errors of open. Whoever sent the message sees none of them.
var (
	errCipher  = errors.New("not base64 of whole blocks")
	errPadding = errors.New("bad padding or length")
	errAppID   = errors.New("for another appid")
)

// open decrypts a message that is for appid. The padding is checked in full whatever it is, and all errors take the same work.
func (k key) open(sealed, appid string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(sealed) // not Strict: PROTOCOL.md, A: AES
	if err != nil || len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return nil, errCipher
	}
	cipher.NewCBCDecrypter(k.block, k.iv).CryptBlocks(data, data)
	pad := int(data[len(data)-1])
	good := subtle.ConstantTimeLessOrEq(1, pad) & subtle.ConstantTimeLessOrEq(pad, blockBytes) & subtle.ConstantTimeLessOrEq(pad, len(data))
	for i := range min(blockBytes, len(data)) { // the last pad bytes must all say pad
		within := subtle.ConstantTimeLessOrEq(i+1, pad)
		same := subtle.ConstantTimeByteEq(data[len(data)-1-i], byte(pad))
		good &= same | (within ^ 1)
	}
	if good != 1 {
		return nil, errPadding
	}
	data = data[:len(data)-pad]
	if len(data) < 20 {
		return nil, errPadding
	}
	n := binary.BigEndian.Uint32(data[16:20])
	data = data[20:]
	if uint64(n) > uint64(len(data)) {
		return nil, errPadding
	}
	if subtle.ConstantTimeCompare(data[n:], []byte(appid)) != 1 {
		return nil, errAppID
	}
	return data[:n], nil
}

// seal encrypts a reply. random has 16 bytes.
func (k key) seal(random, message []byte, appid string) string {
	plain := slices.Concat(random, binary.BigEndian.AppendUint32(nil, uint32(len(message))), message, []byte(appid))
	pad := blockBytes - len(plain)%blockBytes
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(k.block, k.iv).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain)
}

// A keyring is what a channel takes: the current Token and key, and the previous ones while they are still good (PROTOCOL.md 20).
type keyring struct {
	appid         string
	tokens        []string // current first
	keys          []key
	previousUntil time.Time
}

func newKeyring(c Channel) (keyring, error) {
	r := keyring{appid: c.AppID, previousUntil: c.PreviousUntil}
	for _, t := range []Secret{c.Token, c.PreviousToken} {
		if t != "" {
			r.tokens = append(r.tokens, t.Reveal())
		}
	}
	for _, s := range []Secret{c.AESKey, c.PreviousAESKey} {
		if s == "" {
			continue
		}
		k, err := newKey(s)
		if err != nil {
			return r, err
		}
		r.keys = append(r.keys, k)
	}
	return r, nil
}

// at is the ring with what is good at that time.
func (r keyring) at(now time.Time) keyring {
	if now.Before(r.previousUntil) {
		return r
	}
	r.tokens, r.keys = r.tokens[:min(1, len(r.tokens))], r.keys[:min(1, len(r.keys))]
	return r
}

// signed reports that one of the tokens made the signature over the values, and which one. Every token is tried.
func (r keyring) signed(got string, values ...string) (token string, ok bool) {
	for _, t := range r.tokens {
		want := signature(append([]string{t}, values...)...)
		if subtle.ConstantTimeCompare([]byte(want), []byte(got)) == 1 {
			token, ok = t, true
		}
	}
	return token, ok
}

// opened is what one of the keys decrypts for the channel's appid, and that key. Every key is tried.
func (r keyring) opened(sealed string) (message []byte, with key, err error) {
	err = errCipher
	for _, k := range r.keys {
		m, e := k.open(sealed, r.appid)
		switch {
		case e == nil && message == nil:
			message, with, err = m, k, nil
		case e != nil && message == nil:
			err = e
		}
	}
	return message, with, err
}

// sealReply makes the encrypted form of a reply, in XML: PROTOCOL.md, A: Acknowledge, Hand-over.
func sealReply(k key, token, appid string, message []byte, timestamp, nonce string) []byte {
	random := make([]byte, 16)
	_, _ = rand.Read(random) // never fails since Go 1.24
	sealed := k.seal(random, message, appid)
	return []byte("<xml><Encrypt><![CDATA[" + sealed + "]]></Encrypt><MsgSignature><![CDATA[" + signature(token, timestamp, nonce, sealed) +
		"]]></MsgSignature><TimeStamp>" + timestamp + "</TimeStamp><Nonce><![CDATA[" + nonce + "]]></Nonce></xml>")
}
