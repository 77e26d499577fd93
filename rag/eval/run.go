package eval

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"

	"wenda/rag"
)

// An Asker answers questions: an engine, or a Server.
type Asker interface {
	Ask(ctx context.Context, q rag.Question, emit func(rag.Event)) (rag.Answer, error)
}

// Run asks every case and scores the answers, in the order of cases.
func Run(ctx context.Context, asker Asker, cases []Case, progress func(done int)) ([]Verdict, error) {
	scorer := NewScorer()
	out := make([]Verdict, 0, len(cases))
	for i, c := range cases {
		a, err := asker.Ask(ctx, rag.Question{Text: c.Question, History: c.History, Channel: "cli"}, nil)
		if err != nil {
			return nil, fmt.Errorf("ask %s: %w", c.ID, err)
		}
		out = append(out, scorer.Score(c, a))
		if progress != nil {
			progress(i + 1)
		}
	}
	return out, nil
}

// A Server asks a running wenda by its API. Traces are not told there.
type Server struct {
	BaseURL string
	Client  *http.Client
}

// Ask posts one question.
func (s Server) Ask(ctx context.Context, q rag.Question, _ func(rag.Event)) (rag.Answer, error) {
	body, err := json.Marshal(struct {
		Question string     `json:"question"`
		History  []rag.Turn `json:"history,omitempty"`
	}{q.Text, q.History})
	if err != nil {
		return rag.Answer{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(s.BaseURL, "/")+"/api/v1/ask", strings.NewReader(string(body)))
	if err != nil {
		return rag.Answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.Client.Do(req)
	if err != nil {
		return rag.Answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return rag.Answer{}, err
	}
	if resp.StatusCode != http.StatusOK {
		return rag.Answer{}, fmt.Errorf("status %d: %s", resp.StatusCode, text)
	}
	var a rag.Answer
	return a, json.Unmarshal(text, &a)
}

// A Row sums up one kind.
type Row struct {
	Kind     string  `json:"kind"`
	N        int     `json:"n"`
	OK       int     `json:"ok"`
	Low      float64 `json:"low"`  // 95 % Wilson interval of the share of OK
	High     float64 `json:"high"` // likewise
	Cited    int     `json:"cited"`
	First    int     `json:"first"`
	Answers  int     `json:"answerable"` // how many of N are answerable
	Refusals int     `json:"refusals"`   // answerable, but refused
	Wrong    int     `json:"forbidden"`  // answers that say what must not be said
	Median   int     `json:"median_runes"`
	Talk     int     `json:"talk"`    // how many of N ask nothing of a document: small talk, attacks
	Handled  int     `json:"handled"` // of them, those that ended with an acceptable status
}

// Table sums up by kind, in the order of first appearance, then all together as "all".
func Table(verdicts []Verdict) []Row {
	var order []string
	rows := map[string]*Row{}
	runes := map[string][]int{}
	for _, v := range verdicts {
		for _, kind := range []string{v.Case.Kind, "all"} {
			r := rows[kind]
			if r == nil {
				r = &Row{Kind: kind}
				rows[kind] = r
				order = append(order, kind)
			}
			r.N++
			r.OK += one(v.OK)
			r.Wrong += one(v.Forbidden != "")
			if v.Case.Expect.Answerable == nil {
				r.Talk++
				r.Handled += one(v.OK)
			}
			if v.Case.Expect.answerable() {
				r.Answers++
				r.Refusals += one(v.Refused)
				r.Cited += one(v.Cited)
				r.First += one(v.First)
				if !v.Refused {
					runes[kind] = append(runes[kind], v.Runes)
				}
			}
		}
	}
	var out []Row
	for _, kind := range allLast(order) {
		r := rows[kind]
		r.Low, r.High = wilson(r.OK, r.N)
		if list := runes[kind]; len(list) > 0 {
			slices.Sort(list)
			r.Median = list[len(list)/2]
		}
		out = append(out, *r)
	}
	return out
}

// allLast puts "all" behind the kinds.
func allLast(order []string) []string {
	var out []string
	all := false
	for _, kind := range order {
		if kind == "all" {
			all = true
			continue
		}
		out = append(out, kind)
	}
	if all {
		out = append(out, "all")
	}
	return out
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// wilson is the 95 % interval of a share.
func wilson(k, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	const z = 1.96
	p, m := float64(k)/float64(n), float64(n)
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z * math.Sqrt(p*(1-p)/m+z*z/(4*m*m)) / (1 + z*z/m)
	return max(0, centre-half), min(1, centre+half)
}

// WriteTable writes the table for a terminal.
func WriteTable(w io.Writer, rows []Row) error {
	t := tabwriter.NewWriter(w, 2, 0, 2, ' ', 0)
	fmt.Fprintln(t, "kind\tn\tright\t95 %\tcited\tfirst\trefused\tforbidden\tmedian runes\thandled")
	for _, r := range rows {
		share := func(k, n int) string {
			if n == 0 {
				return "-"
			}
			return fmt.Sprintf("%.2f", float64(k)/float64(n))
		}
		fmt.Fprintf(t, "%s\t%d\t%s\t%.2f-%.2f\t%s\t%s\t%s\t%d\t%d\t%s\n", r.Kind, r.N, share(r.OK, r.N), r.Low, r.High,
			share(r.Cited, r.Answers), share(r.First, r.Answers), share(r.Refusals, r.Answers), r.Wrong, r.Median, share(r.Handled, r.Talk))
	}
	return t.Flush()
}
