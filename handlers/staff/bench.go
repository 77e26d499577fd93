package staff

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"wenda/prompts"
	"wenda/rag"
	"wenda/rag/eval"
	"wenda/store"
)

// A Bench answers with other wordings, models and settings than the live ones, by the engine that answers residents. Four methods,
// because a page that offers variants needs all of them. It is safe for concurrent use.
type Bench interface {
	// Asker answers as the variant does, from the index and the live prompts of this moment. The error is Chinese where staff can do
	// something about it.
	Asker(ctx context.Context, v store.Variant) (eval.Asker, error)
	Models() []string            // names that Variant.Model may have, in order of preference; nil without any
	Settings() map[string]string // what Variant.Setting may be, with its meaning in words
	IndexVersion() string        // of the live index
}

// noBench is there when nothing else is, for consoles without an engine.
type noBench struct{}

func (noBench) Asker(context.Context, store.Variant) (eval.Asker, error) {
	return nil, errors.New("这个后台没有接上问答引擎")
}
func (noBench) Models() []string            { return nil }
func (noBench) Settings() map[string]string { return nil }
func (noBench) IndexVersion() string        { return "" }

// bundledPrefix marks sets that are part of the program.
const bundledPrefix = "bundled:"

// bundledSets are those that staff may use. The two holdout sets are left out: whoever tunes must not read their failures (rag/eval).
var bundledSets = []string{"tune", "tune2", "tune3", "tune4"}

// bundledTitle is what people call a bundled set: by its number, since names of files say nothing to them.
func bundledTitle(name string) string {
	for i, n := range bundledSets {
		if n == name {
			return fmt.Sprintf("内置题集%d", i+1)
		}
	}
	return "内置 " + name
}

// CasesOf reads the cases of sets, by ID or bundled:NAME, in their order. An ID of a case that two sets have gets the set's before it.
func CasesOf(ctx context.Context, st *store.Store, sets []string) ([]eval.Case, error) {
	var out []eval.Case
	seen := map[string]bool{}
	for _, id := range sets {
		var cases []eval.Case
		name, bundled := strings.CutPrefix(id, bundledPrefix)
		var err error
		if bundled {
			cases, err = eval.Bundled(name)
		} else {
			var t store.TestSet
			if t, err = st.TestSet(ctx, id); err == nil {
				cases, err = eval.Parse(t.Name, []byte(t.Cases))
			}
		}
		if errors.Is(err, store.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("测试集 %s 已经不在了，请到“测试”页重新选", id)
		}
		if err != nil {
			return nil, err
		}
		for _, c := range cases {
			if seen[c.ID] {
				c.ID = id + "/" + c.ID
			}
			seen[c.ID] = true
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("没有题目：请先选测试集")
	}
	return out, nil
}

// Judge asks the cases of a variant and of what is live. progress is told how many of all questions are done; it may be nil.
func Judge(ctx context.Context, b Bench, cases []eval.Case, v store.Variant, progress func(done, all int)) (store.RunVerdicts, error) {
	var out store.RunVerdicts
	all := 2 * len(cases)
	if v.Live() {
		all = len(cases)
	}
	run := func(v store.Variant, before int) ([]eval.Verdict, error) {
		a, err := b.Asker(ctx, v)
		if err != nil {
			return nil, err
		}
		list, err := eval.Run(ctx, a, cases, func(done int) {
			if progress != nil {
				progress(before+done, all)
			}
		})
		for i := range list {
			slim(&list[i])
		}
		return list, err
	}
	var err error
	if out.Live, err = run(store.Variant{}, 0); err != nil {
		return out, err
	}
	if v.Live() {
		out.Variant = out.Live
		return out, nil
	}
	out.Variant, err = run(v, len(cases))
	return out, err
}

// slim drops what no page of a run shows: thousands of traces would fill the database.
func slim(v *eval.Verdict) {
	v.Trace, v.Answer.Trace = rag.Trace{}, rag.Trace{}
	v.Answer.AIGC, v.Answer.Handoff, v.Answer.Related = nil, nil, nil
}

// summed sums verdicts up.
func summed(s store.RunSummary, v store.RunVerdicts) (store.RunSummary, eval.Comparison) {
	cmp := eval.Compare("", v.Live, v.Variant)
	s.N, s.OK, s.LiveOK = len(v.Variant), 0, 0
	for _, one := range v.Variant {
		if one.OK {
			s.OK++
		}
	}
	for _, one := range v.Live {
		if one.OK {
			s.LiveOK++
		}
	}
	s.Better, s.Worse = len(cmp.Better), len(cmp.Worse)
	return s, cmp
}

// Publishing is how prompts go live: a setting of administrators.
type Publishing struct {
	Sets         []string `json:"sets"`   // asked before publishing; none: nothing is asked
	Margin       float64  `json:"margin"` // percent of the questions that may be lost, net
	SecondPerson bool     `json:"second_person"`
}

// PublishingOf reads the setting; without one the first bundled set is asked, and nothing may be lost.
func PublishingOf(ctx context.Context, st *store.Store) (Publishing, error) {
	p := Publishing{Sets: []string{bundledPrefix + bundledSets[0]}}
	_, err := st.Setting(ctx, "publishing", &p)
	return p, err
}

// CheckPrompts loads the prompts of these versions, with texts in the place of some; the error is prompts.Load's.
func CheckPrompts(ctx context.Context, st *store.Store, state map[string]int, texts map[string][]byte) error {
	_, err := prompts.Load(func(name string) ([]byte, bool, error) {
		if text, ok := texts[name]; ok {
			return text, true, nil
		}
		text, bundled, err := promptText(ctx, st, name, state[name])
		return text, !bundled, err
	})
	return err
}

// promptText reads a version; bundled is true of version 0.
func promptText(ctx context.Context, st *store.Store, name string, version int) (text []byte, bundled bool, err error) {
	if version == 0 {
		text, err = prompts.Default(name)
		return text, true, err
	}
	v, err := st.PromptVersion(ctx, name, version)
	return v.Body, false, err
}
