package store

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"

	"wenda/corpus"
)

// A packedDocument is what versions.body holds, as gzip'd JSON. The texts of chunks are parts of the document's text and are not
// repeated; ID and version have columns of their own. gzip's checksum finds damaged rows.
type packedDocument struct {
	Meta   corpus.Meta    `json:"meta"`
	Text   string         `json:"text"`
	Blocks []corpus.Block `json:"blocks"`
	Chunks []packedChunk  `json:"chunks"`
}

type packedChunk struct {
	ID        string           `json:"id"`
	Kind      corpus.BlockKind `json:"kind"`
	Section   []string         `json:"section"`
	Start     int              `json:"start"`
	End       int              `json:"end"`
	Lead      bool             `json:"lead,omitempty"`
	Sentences []corpus.Span    `json:"sentences"`
	Row       *corpus.Row      `json:"row,omitempty"`
}

var errUnpackable = errors.New("document would not come back as it is: its text is not valid UTF-8, or a chunk is no part of it")

// packDocument checks that unpacking gives the same document back: what is kept is what will be cited.
func packDocument(d corpus.Document) ([]byte, error) {
	p := packedDocument{Meta: d.Meta, Text: d.Text, Blocks: d.Blocks}
	if d.Chunks != nil {
		p.Chunks = make([]packedChunk, len(d.Chunks))
	}
	for i, c := range d.Chunks {
		p.Chunks[i] = packedChunk{c.ID, c.Kind, c.Section, c.Start, c.End, c.Lead, c.Sentences, c.Row}
	}
	text, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("pack document: %w", err)
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(text); err != nil {
		return nil, fmt.Errorf("pack document: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("pack document: %w", err)
	}
	back, err := unpackDocument(d.ID, d.Version, out.Bytes())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnpackable, err)
	}
	if !reflect.DeepEqual(back, d) {
		return nil, errUnpackable
	}
	return out.Bytes(), nil
}

// unpackDocument keeps nothing of body.
func unpackDocument(id, version string, body []byte) (corpus.Document, error) {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return corpus.Document{}, fmt.Errorf("unpack document: %w", err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return corpus.Document{}, fmt.Errorf("unpack document: %w", err)
	}
	var p packedDocument
	if err := json.Unmarshal(text, &p); err != nil {
		return corpus.Document{}, fmt.Errorf("unpack document: %w", err)
	}
	d := corpus.Document{ID: id, Version: version, Meta: p.Meta, Text: p.Text, Blocks: p.Blocks}
	if p.Chunks != nil {
		d.Chunks = make([]corpus.Chunk, len(p.Chunks))
	}
	for i, c := range p.Chunks {
		if c.Start < 0 || c.End < c.Start || c.End > len(d.Text) {
			return corpus.Document{}, fmt.Errorf("chunk %s is bytes %d to %d of %d", c.ID, c.Start, c.End, len(d.Text))
		}
		d.Chunks[i] = corpus.Chunk{ID: c.ID, DocumentID: id, Kind: c.Kind, Section: c.Section, Text: d.Text[c.Start:c.End],
			Start: c.Start, End: c.End, Lead: c.Lead, Sentences: c.Sentences, Row: c.Row}
	}
	return d, nil
}
