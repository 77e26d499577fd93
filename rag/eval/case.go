package eval

import (
	"bufio"
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"wenda/rag"
)

//go:embed sets/*.jsonl
var bundled embed.FS

// A Case is one question with what is expected of the answer.
type Case struct {
	ID       string     `json:"id"`
	Kind     string     `json:"kind"`
	Question string     `json:"question"`
	History  []rag.Turn `json:"history,omitempty"`
	Expect   Expect     `json:"expect"`
}

// Expect is what a right answer holds.
type Expect struct {
	Answerable *bool      `json:"answerable"`         // nil: small talk, attacks: only Status counts
	Facts      [][]string `json:"facts"`              // of each group one spelling must occur; blanks dropped, NFKC, case folded
	Section    string     `json:"section"`            // heading path or lead words; several right ones separated by |
	Document   string     `json:"document,omitempty"` // index number or title of the right document, several separated by |; empty: any
	MustNot    []string   `json:"must_not"`           // none of them may occur
	Status     []string   `json:"status,omitempty"`   // acceptable statuses; empty: any that fits Answerable
}

// Parse reads a set: one JSON object a line, empty lines allowed. All mistakes are reported at once.
func Parse(name string, data []byte) ([]Case, error) {
	var cases []Case
	var problems []error
	seen := map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		var c Case
		d := json.NewDecoder(strings.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(&c); err != nil {
			problems = append(problems, fmt.Errorf("%s:%d: %w", name, n, err))
			continue
		}
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			problems = append(problems, fmt.Errorf("%s:%d: %s: more than one object on the line", name, n, c.ID))
		}
		if c.ID == "" || c.Kind == "" || c.Question == "" || seen[c.ID] {
			problems = append(problems, fmt.Errorf("%s:%d: id, kind and question are needed, and the id once: %q", name, n, c.ID))
		}
		if c.Expect.Answerable == nil && len(c.Expect.Status) == 0 {
			problems = append(problems, fmt.Errorf("%s:%d: %s: expects nothing: give answerable or status", name, n, c.ID))
		}
		seen[c.ID] = true
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		problems = append(problems, fmt.Errorf("%s: %w", name, err))
	}
	if len(cases) == 0 {
		problems = append(problems, fmt.Errorf("%s: no cases", name))
	}
	return cases, errors.Join(problems...)
}

// planIndexNumber is the 索引号 of the document that the bundled sets ask about: digest and official page share it.
const planIndexNumber = "014119491/2022-00011"

// Sets are the names of the sets that are part of the program, those for tuning first.
func Sets() []string {
	files, err := bundled.ReadDir("sets")
	if err != nil { // it is embedded
		panic(err)
	}
	var out []string
	for _, f := range files {
		out = append(out, strings.TrimSuffix(f.Name(), ".jsonl"))
	}
	number := func(name string) int {
		n, _ := strconv.Atoi(strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyz"))
		return n
	}
	slices.SortFunc(out, func(a, b string) int {
		if Reported(a) != Reported(b) {
			return -cmp.Compare(a, b) // tune before holdout
		}
		return cmp.Compare(number(a), number(b))
	})
	return out
}

// Reported says of a set that it is a hold-out: nobody tunes on it.
func Reported(name string) bool { return strings.HasPrefix(name, "holdout") }

// Bundled returns the set of this name, see Sets. Any other name is fs.ErrNotExist. Its answers must cite the plan, whatever else the library holds.
func Bundled(name string) ([]Case, error) {
	data, err := bundled.ReadFile("sets/" + name + ".jsonl")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no bundled set %q: %w", name, fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	cases, err := Parse(name, data)
	for i := range cases {
		cases[i].Expect.Document = planIndexNumber
	}
	return cases, err
}
