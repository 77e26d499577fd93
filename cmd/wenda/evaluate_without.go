package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"wenda/corpus"
	"wenda/prompts"
)

// parts are what eval --without can leave out, with what that means.
var parts = map[string]string{
	"variants":  "问法",
	"negatives": "反例",
	"outlines":  "提纲",
	"examples":  "非文件问题的例句",
	"thesaurus": "同义词表",
	"signals":   "打分里的“问的是哪一类”",
	"rules":     "期望答案的规则",
	"alarms":    "逐句看的警示词",
	"dialect":   "方言和港台用词",
}

// checkParts reports names that are no parts.
func checkParts(names []string) error {
	var problems []error
	for _, n := range names {
		if parts[n] == "" {
			problems = append(problems, fmt.Errorf("without 不认识 %q，可以是 %s", n, strings.Join(slices.Sorted(maps.Keys(parts)), "、")))
		}
	}
	return errors.Join(problems...)
}

// leaveOut takes parts out of an app that has no index yet, so that a run tells what each is worth. The data folder stays as it is.
func (a *App) leaveOut(names []string) {
	set := *a.prompts.Load()
	for _, n := range names {
		switch n {
		case "variants", "negatives", "outlines":
			a.Library.Shelf = thinShelf{a.Library.Shelf, n}
		case "examples":
			a.Library.Examples = nil
		case "thesaurus":
			a.Library.Lexicon.Thesaurus = nil
			a.Library.Lexicon.Version += "-" + n // another calibration
		case "signals":
			a.Library.Signals = nil
			a.Library.Lexicon.Version += "-" + n
		case "rules":
			set.Terms = prompts.Terms{AlarmWords: set.Terms.AlarmWords, Dialect: set.Terms.Dialect}
		case "alarms":
			set.Terms.AlarmWords = nil
		case "dialect":
			set = *set.WithoutDialect()
		}
	}
	a.prompts.Store(&set)
}

// thinShelf is a shelf whose documents lack one part of what was written for them.
type thinShelf struct {
	corpus.Shelf
	without string
}

func (s thinShelf) Live(ctx context.Context) ([]corpus.Kept, error) {
	kept, err := s.Shelf.Live(ctx)
	for i := range kept {
		switch s.without {
		case "outlines":
			kept[i].Outlines = nil
		case "variants", "negatives":
			kept[i].Variants = slices.DeleteFunc(slices.Clone(kept[i].Variants), func(v corpus.Variant) bool { return v.Negative == (s.without == "negatives") })
		}
	}
	return kept, err
}
