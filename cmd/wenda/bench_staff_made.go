package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"time"

	"wenda/corpus"
	"wenda/prompts"
	"wenda/rag"
	"wenda/rag/eval"
	"wenda/store"
)

const benchAdmin = "bench"

// Of the data that is made up beside log and documents: what an office has after some years.
const (
	benchLarge    = 2000 // paragraphs of the largest document
	benchDrafts   = 150  // versions of a prompts file
	benchChanges  = 20000
	benchCurated  = 300
	benchGaps     = 200
	benchSets     = 10
	benchCases    = 300
	benchRuns     = 60
	benchStaged   = 40
	benchAccounts = 30
	benchRatings  = 40 // one in so many answers has feedback
)

// staffMade says where the pages of the made up data are.
type staffMade struct {
	large, chunk string // document and a chunk of it
	answer       string // ID
	rare, common string // words of the log
	curated, set string
	run, staged  string
	gap          string // key of one; found on the page
	last         int    // place of a record near the beginning of the log
	now          time.Time
}

// fillStaff makes up what the console shows. The same numbers make the same data.
func (b bench) fillStaff(ctx context.Context, a *App) (*staffMade, error) {
	f := &staffFill{a: a, r: rand.New(rand.NewPCG(5, 6)), by: store.By{Name: benchAdmin, Role: store.Admin, Address: "cli"}, now: time.Now(), made: &staffMade{}}
	f.made.now = f.now
	var err error
	if f.words, err = newBenchMaker(ctx, a); err != nil {
		return nil, err
	}
	if f.questions, err = benchQuestions(); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{f.accounts, func(ctx context.Context) error { return f.documents(ctx, b.chunks) },
		func(ctx context.Context) error { return f.log(ctx, b.rows) }, f.promptVersions, f.curatedAnswers, f.testSets, f.changes, f.gaps} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return f.made, nil
}

type staffFill struct {
	a         *App
	r         *rand.Rand
	by        store.By
	now       time.Time
	words     *benchMaker
	questions []benchQuestion
	held      []corpus.Document
	made      *staffMade
}

func (f *staffFill) accounts(ctx context.Context) error {
	for i := range benchAccounts {
		name := fmt.Sprint(benchAdmin, i)
		if i == 0 {
			name = benchAdmin
		}
		if _, err := f.a.Store.AddAccount(ctx, f.by, store.Account{Name: name, Role: store.Admin, Password: "-"}); err != nil {
			return err
		}
	}
	return nil
}

// documents keeps one large document and others of the usual size, with variants, and files that wait.
func (f *staffFill) documents(ctx context.Context, chunks int) error {
	size := min(benchLarge, chunks/2)
	for n := 0; chunks > 0 || n == 0; n++ {
		d, _, err := f.words.document(n+1, max(1, min(size, chunks)))
		if err != nil {
			return err
		}
		k := corpus.Kept{Document: d, Origin: corpus.Staff, Imported: f.now}
		for i := range d.Chunks {
			if c := &d.Chunks[i]; c.Kind == corpus.Paragraph && i%5 == 0 {
				say := c.Sentence(0)
				text := f.words.question()
				k.Variants = append(k.Variants, corpus.Variant{ID: corpus.VariantID(d.ID, text, i%10 == 0), Text: text, Negative: i%10 == 0, Lacks: "date", Origin: corpus.Staff,
					Anchor: corpus.Anchor{Section: c.Section, Facts: []string{say}, Say: say}})
			}
		}
		if err := f.a.Store.Put(ctx, k, "", nil); err != nil {
			return err
		}
		f.held = append(f.held, d)
		chunks -= max(1, len(d.Chunks))
		size = benchPerDocument
	}
	f.made.large, f.made.chunk = f.held[0].ID, f.held[0].Chunks[len(f.held[0].Chunks)/2].ID
	for i := range benchStaged {
		d, _, err := f.words.document(1000+i, 50)
		if err != nil {
			return err
		}
		n, err := f.a.Store.Stage(ctx, f.by, d, nil)
		if err != nil {
			return err
		}
		f.made.staged = fmt.Sprint(n)
	}
	replaced, _, err := f.words.document(2000, len(f.held[0].Chunks)) // a file that stands in the place of the large one
	if err != nil {
		return err
	}
	replaced.ID = f.held[0].ID
	for i := range replaced.Chunks {
		replaced.Chunks[i].DocumentID = replaced.ID
	}
	n, err := f.a.Store.Stage(ctx, f.by, replaced, nil)
	f.made.staged = fmt.Sprint(n)
	return err
}

// log keeps records of a year. Their traces are real ones; two in five questions nobody else asks.
func (f *staffFill) log(ctx context.Context, rows int) error {
	var templates []rag.Answer
	for i := range 20 {
		a, err := f.a.Engine.Ask(ctx, rag.Question{Text: f.questions[i].asked, Channel: "portal"}, nil)
		if err != nil {
			return err
		}
		templates = append(templates, a)
	}
	f.made.rare, f.made.common = "罕见词", "学校"
	channels := []string{"portal", "portal", "portal", "wechat", "mp", "api", "api:search"}
	for i := range rows {
		a := templates[f.r.IntN(len(templates))]
		a.ID, a.ConversationID = fmt.Sprintf("a_%08d", i), fmt.Sprintf("c_%06d", i/3)
		a.Status, a.Mode, a.Answered, a.Citations = rag.Answered, rag.Quoted, true, nil
		switch n := f.r.IntN(100); {
		case n < 15:
			a.Status = rag.NotStated
		case n < 25:
			a.Status = rag.NoSource
		case n < 30:
			a.Status, a.Mode = rag.SmallTalk, rag.Fixed
		}
		a.Answered = a.Status == rag.Answered
		if a.Answered {
			d := &f.held[f.r.IntN(len(f.held))]
			c := &d.Chunks[f.r.IntN(len(d.Chunks))]
			a.Text = c.Sentence(0) + "[1]"
			a.Citations = []rag.Citation{{N: 1, DocumentID: d.ID, Title: d.Meta.Title, Section: c.SectionPath(), Quote: c.Sentence(0),
				URL: "/doc/" + d.ID + "?" + url.Values{"v": {d.Version}, "p": {c.ID}, "s": {"0"}}.Encode() + "#" + c.ID}}
		}
		question := f.questions[f.r.IntN(len(f.questions))].asked
		if f.r.IntN(5) < 2 {
			question = f.words.question()
		}
		if i%(rows/10+1) == 0 {
			question = f.made.rare + question
		}
		asked := f.now.Add(-time.Duration(float64(rows-i) / float64(rows) * float64(365*24*time.Hour)))
		l := store.Logged{Question: question, Channel: channels[f.r.IntN(len(channels))], Asked: asked, Took: time.Duration(20+f.r.IntN(4000)) * time.Millisecond}
		for {
			err := f.a.Store.PutAnswer(a, l)
			if err == nil {
				break
			}
			if !errors.Is(err, store.ErrBusy) {
				return err
			}
			if err := f.a.Store.Flush(ctx); err != nil {
				return err
			}
		}
		f.made.answer = a.ID
	}
	f.made.last = min(rows, 60)
	if err := f.a.Store.Flush(ctx); err != nil {
		return err
	}
	return f.ratings(ctx, rows)
}

// ratings come from several residents at once: they share their transactions.
func (f *staffFill) ratings(ctx context.Context, rows int) error {
	next, fail := make(chan int), make(chan error, 1)
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			for i := range next {
				r := store.Feedback{AnswerID: fmt.Sprintf("a_%08d", i), Verdict: []string{store.Useful, store.Useless}[i/benchRatings%2], Comment: "没有答到点上"}
				if err := f.a.Store.Feedback(ctx, r); err != nil {
					select {
					case fail <- err:
					default:
					}
				}
			}
		})
	}
	for i := 0; i < rows; i += benchRatings {
		next <- i
	}
	close(next)
	all.Wait()
	select {
	case err := <-fail:
		return err
	default:
		return nil
	}
}

func (f *staffFill) promptVersions(ctx context.Context) error {
	const name = "stopphrases.yaml"
	text, err := prompts.Default(name)
	if err != nil {
		return err
	}
	return f.a.Store.Together(ctx, "versions", func(ctx context.Context) error {
		release := 0
		for i := range benchDrafts {
			v, err := f.a.Store.SaveDraft(ctx, f.by, name, i, fmt.Appendf(text[:len(text):len(text)], "\n# %d\n", i), "第几次改")
			if err == nil && i%3 == 0 {
				var r store.Release
				r, err = f.a.Store.ReleasePrompts(ctx, f.by, "prompt.publish", release, map[string]int{name: v}, "发布")
				release = r.N
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *staffFill) curatedAnswers(ctx context.Context) error {
	d := &f.held[0]
	return f.a.Store.Together(ctx, "curated answers", func(ctx context.Context) error {
		for i := range benchCurated {
			c := &d.Chunks[1+i%(len(d.Chunks)-1)]
			e := prompts.Curated{ID: fmt.Sprintf("s-%04d", i), Owner: benchAdmin, Review: f.now.AddDate(0, 0, i).Format(time.DateOnly), Answer: c.Sentence(0),
				Asks: []string{f.words.question(), f.words.question(), f.words.question()}, Cites: []prompts.Cite{{Document: d.ID, Section: c.Section, Facts: []string{c.Sentence(0)}}}}
			v, err := f.a.Store.SaveCurated(ctx, f.by, e, 0)
			if err == nil && i%4 > 0 {
				err = f.a.Store.ApproveCurated(ctx, f.by, e.ID, v, false)
			}
			if err != nil {
				return err
			}
			f.made.curated = e.ID
		}
		return nil
	})
}

// testSets keeps sets and runs of them.
func (f *staffFill) testSets(ctx context.Context) error {
	yes := true
	return f.a.Store.Together(ctx, "test sets", func(ctx context.Context) error {
		for i := range benchSets {
			var cases strings.Builder
			for j := range benchCases {
				line, err := json.Marshal(eval.Case{ID: fmt.Sprint("c", j), Kind: fmt.Sprint("类", j%12), Question: f.questions[(i*benchCases+j)%len(f.questions)].asked,
					Expect: eval.Expect{Answerable: &yes, Facts: [][]string{}, MustNot: []string{}}})
				if err != nil {
					return err
				}
				cases.Write(append(line, '\n'))
			}
			t, err := f.a.Store.KeepTestSet(ctx, f.by, store.TestSet{Name: fmt.Sprint("测试集", i), Cases: cases.String()}, "")
			if err != nil {
				return err
			}
			f.made.set = t.ID
		}
		for i := range benchRuns {
			r, err := f.a.Store.AddRun(ctx, f.by, store.Run{Purpose: store.RunTest, Sets: []string{f.made.set}, Summary: store.RunSummary{N: benchCases, OK: 250, LiveOK: 240, Better: 12, Worse: 2}})
			if err != nil {
				return err
			}
			var v store.RunVerdicts
			for j := range benchCases {
				one := eval.Verdict{Case: eval.Case{ID: fmt.Sprint("c", j), Kind: fmt.Sprint("类", j%12), Question: f.questions[j%len(f.questions)].asked}, OK: (j+i)%7 > 0}
				v.Variant, v.Live = append(v.Variant, one), append(v.Live, eval.Verdict{Case: one.Case, OK: j%6 > 0})
			}
			r.Status = store.RunDone
			if err := f.a.Store.EndRun(ctx, r, v); err != nil {
				return err
			}
			f.made.run = r.ID
		}
		return nil
	})
}

func (f *staffFill) changes(ctx context.Context) error {
	whats := []string{"prompt.save", "session.begin", "document.publish", "curated.save", "variants.add", "switch.off"}
	return f.a.Store.Together(ctx, "audit", func(ctx context.Context) error {
		for i := range benchChanges {
			c := store.Change{At: f.now.Add(-time.Duration(benchChanges-i) * 20 * time.Minute), By: store.By{Name: fmt.Sprint(benchAdmin, i%benchAccounts), Role: store.Edit, Address: "10.0.0.1"},
				What: whats[i%len(whats)], Object: f.words.words(12), Before: f.words.words(60), After: f.words.words(60)}
			if err := f.a.Store.WriteAudit(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *staffFill) gaps(ctx context.Context) error {
	return f.a.Store.Together(ctx, "closed gaps", func(ctx context.Context) error {
		for i := range benchGaps {
			g := store.Gap{Label: f.words.question(), Questions: []string{f.questions[i].asked, f.questions[i+1].asked}, Asked: 7, Days: 30, How: store.GapVariants,
				Closed: f.now.AddDate(0, 0, -i)}
			if _, err := f.a.Store.CloseGap(ctx, f.by, g); err != nil {
				return err
			}
		}
		return nil
	})
}
