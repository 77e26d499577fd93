package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxVerdictBytes bounds one line of a run: a verdict with the traces of three questions has some 20 KB.
const maxVerdictBytes = 4 << 20

// Verdicts reads the verdicts of an earlier run, as wenda eval --json writes them: one JSON object a line, empty lines allowed.
// Fields of other versions of the program are left out. All mistakes are reported at once; a run without verdicts is one.
func Verdicts(name string, data []byte) ([]Verdict, error) {
	var verdicts []Verdict
	var problems []error
	seen := map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, maxVerdictBytes)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		v, err := verdict(text)
		switch {
		case err != nil:
			problems = append(problems, fmt.Errorf("%s:%d: %w", name, n, err))
		case seen[v.Case.ID]:
			problems = append(problems, fmt.Errorf("%s:%d: the id %s a second time", name, n, v.Case.ID))
		}
		seen[v.Case.ID] = true
		verdicts = append(verdicts, v)
		if len(problems) >= maxProblems { // a file of something else is told in a few lines
			break
		}
	}
	if err := lines.Err(); err != nil {
		problems = append(problems, fmt.Errorf("%s: %w", name, err))
	}
	if len(verdicts) == 0 {
		problems = append(problems, fmt.Errorf("%s: no verdicts", name))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return verdicts, nil
}

// maxProblems is how many broken lines of a run are told.
const maxProblems = 5

// verdict reads one line. What a verdict cannot do without must be there: every JSON object would else pass for a wrong answer.
func verdict(text string) (Verdict, error) {
	var v Verdict
	var has struct {
		OK *bool `json:"ok"`
	}
	d := json.NewDecoder(strings.NewReader(text))
	if err := d.Decode(&v); err != nil {
		return Verdict{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Verdict{}, errors.New("more than one object on the line")
	}
	if err := json.Unmarshal([]byte(text), &has); err != nil {
		return Verdict{}, err
	}
	if v.Case.ID == "" || v.Case.Kind == "" || v.Case.Question == "" || has.OK == nil {
		return Verdict{}, errors.New("no verdict: case with id, kind and question, and ok are needed")
	}
	return v, nil
}

// Shared counts the cases that an earlier run can be compared on: the same ID, question and expectation.
func Shared(earlier []Verdict, cases []Case) int {
	of := map[string]Case{}
	for _, v := range earlier {
		of[v.Case.ID] = v.Case
	}
	n := 0
	for _, c := range cases {
		then, ok := of[c.ID]
		n += one(ok && sameCase(then, c))
	}
	return n
}
