package sentence

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// maxWord is the longest word, in runes, that is looked up; longer ones are [UNK] (max_input_chars_per_word of the tokenizer.json).
const maxWord = 100

// wordpiece is BERT's tokenizer over the model's vocabulary: words are split at spaces, every Chinese character and every
// punctuation mark is a word, and a word is cut into the longest pieces that the vocabulary has. It does not change once read and is
// safe for concurrent use.
type wordpiece struct {
	first         map[string]int64 // pieces that start a word
	rest          map[string]int64 // pieces inside a word, without their "##"
	cls, sep, unk int64
}

// parseWordpiece reads a Hugging Face tokenizer.json with a WordPiece model.
func parseWordpiece(raw []byte) (*wordpiece, error) {
	var file struct {
		Model struct {
			Type   string           `json:"type"`
			Prefix string           `json:"continuing_subword_prefix"`
			Limit  int              `json:"max_input_chars_per_word"`
			Vocab  map[string]int64 `json:"vocab"`
		} `json:"model"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	m := file.Model
	if m.Type != "WordPiece" || m.Prefix != "##" || m.Limit != maxWord {
		return nil, fmt.Errorf("want a WordPiece model with prefix ## and words of %d characters, got %q, %q, %d", maxWord, m.Type, m.Prefix, m.Limit)
	}
	t := &wordpiece{first: make(map[string]int64, len(m.Vocab)), rest: make(map[string]int64, len(m.Vocab)/2)}
	for piece, id := range m.Vocab {
		if len(piece) > 2 && piece[:2] == "##" {
			t.rest[piece[2:]] = id
		} else {
			t.first[piece] = id
		}
	}
	var okCLS, okSEP, okUNK bool
	t.cls, okCLS = t.first["[CLS]"]
	t.sep, okSEP = t.first["[SEP]"]
	t.unk, okUNK = t.first["[UNK]"]
	if !okCLS || !okSEP || !okUNK {
		return nil, errors.New("the vocabulary lacks [CLS], [SEP] or [UNK]")
	}
	return t, nil
}

// encode returns [CLS], the pieces of text, [SEP]: at most maxTokens, cut before the [SEP]. Special tokens written in the text are
// plain text. It reads no further than it needs, so long documents cost no more than short ones. Two ids mean an empty text.
func (t *wordpiece) encode(text string) []int64 {
	ids := append(make([]int64, 0, min(len(text)/3+8, maxTokens)), t.cls)
	var word [maxWord * utf8.UTFMax]byte
	size, runes := 0, 0 // bytes and runes of the word so far; beyond maxWord only runes grow
	for r := range cleaned(text) {
		alone := isChinese(r) || isPunctuation(r)
		if r == ' ' || alone {
			ids = t.pieces(ids, word[:size], runes)
			size, runes = 0, 0
		}
		if r == ' ' {
			continue
		}
		if runes < maxWord {
			size += utf8.EncodeRune(word[size:], r)
		}
		runes++
		if alone {
			ids = t.pieces(ids, word[:size], runes)
			size, runes = 0, 0
		}
		if len(ids) >= maxTokens-1 {
			size, runes = 0, 0
			break
		}
	}
	ids = t.pieces(ids, word[:size], runes)
	return append(ids[:min(len(ids), maxTokens-1)], t.sep)
}

// pieces appends the pieces of one word, or [UNK] when it is too long or a part of it is in no piece.
func (t *wordpiece) pieces(ids []int64, word []byte, runes int) []int64 {
	if runes == 0 {
		return ids
	}
	if runes > maxWord {
		return append(ids, t.unk)
	}
	before, vocab := len(ids), t.first
	for len(word) > 0 {
		end := len(word)
		id, ok := vocab[string(word)]
		for !ok {
			_, n := utf8.DecodeLastRune(word[:end])
			if end -= n; end == 0 {
				return append(ids[:before], t.unk)
			}
			id, ok = vocab[string(word[:end])]
		}
		ids = append(ids, id)
		word, vocab = word[end:], t.rest
	}
	return ids
}

// isChinese holds BERT's list of ideographs (tokenization.py, _is_chinese_char).
func isChinese(r rune) bool {
	switch {
	case r < 0x3400:
		return false
	case r <= 0x4dbf, 0x4e00 <= r && r <= 0x9fff, 0xf900 <= r && r <= 0xfaff,
		0x20000 <= r && r <= 0x2a6df, 0x2a700 <= r && r <= 0x2b73f, 0x2b740 <= r && r <= 0x2b81f,
		0x2b820 <= r && r <= 0x2ceaf, 0x2f800 <= r && r <= 0x2fa1f:
		return true
	}
	return false
}

// isPunctuation is BERT's notion: Unicode's punctuation and every ASCII mark that is no letter, digit or space, such as $ + < ^.
func isPunctuation(r rune) bool {
	switch {
	case r >= utf8.RuneSelf:
		return unicode.IsPunct(r)
	case '!' <= r && r <= '/', ':' <= r && r <= '@', '[' <= r && r <= '`', '{' <= r && r <= '~':
		return true
	}
	return false
}
