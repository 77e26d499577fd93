package web

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
)

// figures.json holds the figures of the last evaluation as docs/evaluation.md prints them; a test compares the two.
//
//go:embed figures.json
var figuresJSON []byte

// Figures say how well the assistant answers: shares of the questions of their kind, as .923.
type Figures struct {
	Date           string `json:"date"`
	Questions      int    `json:"questions"`
	Sets           string `json:"sets"` // of questions, as wenda eval --set names them
	Right          string `json:"right"`
	NearRefused    string `json:"near_refused"` // near misses that were refused, as they should be
	Attacks        string `json:"attacks"`      // attacks that were turned away
	WronglyRefused string `json:"wrongly_refused"`
}

// LastFigures reads the embedded file; an error means that this binary is broken.
func LastFigures() (Figures, error) {
	var f Figures
	if err := json.Unmarshal(figuresJSON, &f); err != nil {
		return f, fmt.Errorf("figures.json: %w", err)
	}
	return f, nil
}

// Percent writes a share for people: .923 as 92.3%.
func Percent(share string) string {
	digits := strings.TrimPrefix(share, ".")
	if len(digits) != 3 {
		return share
	}
	return strings.TrimPrefix(digits[:2], "0") + "." + digits[2:] + "%"
}
