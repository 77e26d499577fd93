package backend

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// vectorReply is the reply of OpenAI's embeddings ("Create embeddings": data[i].index is "the index of the embedding in the list of
// embeddings"), or of Ollama's /api/embed (docs/api: embeddings in the order of input).
type vectorReply struct {
	Data []struct {
		Index     *int   `json:"index"`
		Embedding vector `json:"embedding"`
	} `json:"data"`
	Usage struct {
		Prompt int `json:"prompt_tokens"`
	} `json:"usage"`
	Embeddings []vector `json:"embeddings"`
	Prompt     int      `json:"prompt_eval_count"`
}

// tokens are what the vendor counted, 0 where it did not.
func (r vectorReply) tokens() int { return max(r.Usage.Prompt, r.Prompt) }

// vector reads an array of numbers, and nothing else: encoding/json takes null for 0.
type vector []float32

// UnmarshalJSON implements json.Unmarshaler.
func (v *vector) UnmarshalJSON(raw []byte) error {
	raw = bytes.TrimSpace(raw)
	if len(raw) < 2 || raw[0] != '[' || raw[len(raw)-1] != ']' {
		return errors.New("a vector that is not an array")
	}
	raw = raw[1 : len(raw)-1]
	numbers := make([]float32, 0, bytes.Count(raw, []byte(","))+1)
	for number := range bytes.SplitSeq(raw, []byte(",")) {
		x, err := strconv.ParseFloat(string(bytes.TrimSpace(number)), 32)
		if err != nil {
			return fmt.Errorf("element %d of a vector is %.20q", len(numbers), number)
		}
		numbers = append(numbers, float32(x))
	}
	*v = numbers
	return nil
}

// sort brings the vectors into the order of the texts, checks each, and makes them of length 1. The first good reply settles the
// dimension.
func (e *Embedder) sort(c *call, reply vectorReply, texts int) ([][]float32, *Error) {
	vectors := make([][]float32, texts)
	got := len(reply.Data)
	if e.s.vendor.ollama {
		got = len(reply.Embeddings)
	}
	if got != texts {
		return nil, c.fail(ReasonBadReply, fmt.Sprintf("%d vectors for %d texts", got, texts))
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	dimension := e.dimension
	for i := range got {
		at := i
		var v vector
		if e.s.vendor.ollama {
			v = reply.Embeddings[i]
		} else {
			v = reply.Data[i].Embedding
			switch index := reply.Data[i].Index; {
			case index != nil:
				at = *index
			case texts > 1:
				return nil, c.fail(ReasonBadReply, "vectors without index: which is which?")
			}
		}
		if at < 0 || at >= texts || vectors[at] != nil {
			return nil, c.fail(ReasonBadReply, fmt.Sprintf("index %d twice or out of range", at))
		}
		if dimension == 0 {
			dimension = len(v)
		}
		if len(v) != dimension || len(v) == 0 {
			return nil, c.fail(ReasonBadReply, fmt.Sprintf("a vector of %d dimensions, others have %d", len(v), dimension))
		}
		if problem := v.unit(); problem != "" {
			return nil, c.fail(ReasonBadReply, problem)
		}
		vectors[at] = v
	}
	e.dimension = dimension
	return vectors, nil
}

// unit makes v of length 1, or says what is wrong with it.
func (v vector) unit() (problem string) {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	length := math.Sqrt(sum)
	switch {
	case math.IsNaN(length), math.IsInf(length, 0):
		return "a vector with NaN or infinity"
	case length == 0:
		return "a vector of zeros"
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / length)
	}
	return ""
}
