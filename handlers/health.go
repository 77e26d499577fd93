package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"wenda/corpus"
)

// readiness is the reply of /readyz.
type readiness struct {
	Ready     bool   `json:"ready"`
	Reason    string `json:"reason"` // why not; empty when ready
	Version   string `json:"index_version"`
	Documents int    `json:"documents"`
	Chunks    int    `json:"chunks"`
	Variants  int    `json:"variants"`
	Negatives int    `json:"negative_variants"`
	Embedder  string `json:"embedder"` // empty: answers are lexical
	Missing   int    `json:"missing_vectors"`
}

// healthz says that the process lives; it asks nobody.
func (s *Server) healthz(c echo.Context) error {
	return c.JSON(http.StatusOK, struct {
		Status string `json:"status"`
	}{"alive"})
}

// readyz says 200 only when questions are answered as configured: with an index, and with all its vectors when there is an embedder.
func (s *Server) readyz(c echo.Context) error {
	r := s.readiness()
	if !r.Ready {
		return c.JSON(http.StatusServiceUnavailable, r)
	}
	return c.JSON(http.StatusOK, r)
}

func (s *Server) readiness() readiness {
	x, embedder := s.deps.Documents.Current(), ""
	if s.deps.Embedder != nil {
		embedder = s.deps.Embedder(x)
	}
	if x == nil {
		return readiness{Reason: NotReady(nil, embedder), Embedder: embedder}
	}
	m := x.Manifest
	r := readiness{Version: m.Version, Documents: m.Documents, Chunks: m.Chunks, Variants: m.Variants, Negatives: m.Negatives,
		Embedder: embedder, Missing: m.Missing}
	r.Reason = NotReady(x, embedder)
	r.Ready = r.Reason == ""
	return r
}

// Reasons of NotReady, as /readyz tells them.
const (
	NoIndex       = "index not loaded"
	NoVectors     = "vectors are missing"
	OtherEmbedder = "the index was built without the configured embedder"
)

// NotReady says why an index does not answer as configured, with the embedder of this name (empty: by words); empty when it does. x may be nil.
func NotReady(x *corpus.Index, embedder string) string {
	switch {
	case x == nil:
		return NoIndex
	case embedder == "":
		return ""
	case x.Manifest.Missing > 0:
		return NoVectors
	case x.Manifest.Embedder != embedder:
		return OtherEmbedder
	}
	return ""
}
