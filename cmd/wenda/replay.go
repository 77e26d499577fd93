package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wenda/corpus"
	"wenda/prompts"
	"wenda/rag"
	"wenda/store"
)

func logReplayCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "replay ID",
		Short: "用当时的文件和提示词版本重新回答日志里的一个问题，列出不同（退出码：0 一样，4 不一样）",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withApp(c, func(a *App) error {
				r, err := a.replay(c.Context(), args[0])
				if errors.Is(err, store.ErrNotFound) {
					return fmt.Errorf("日志里没有 %s：编号不对，或者已经到期删除、被本人删除", args[0])
				}
				if err != nil {
					return err
				}
				if a.Config.JSON {
					err = printJSON(c.OutOrStdout(), r)
				} else {
					err = r.print(c.OutOrStdout())
				}
				if err == nil && !r.Same {
					return codedError{code: exitDiffers}
				}
				return err
			})
		},
	}
}

// A replayed is one logged question answered again.
type replayed struct {
	ID       string       `json:"id"`
	Asked    time.Time    `json:"asked"`
	Question string       `json:"question"` // masked, as it was logged
	Same     bool         `json:"same"`     // status, text and citations
	Exact    bool         `json:"exact"`    // the index is the one of then, to the last text
	Lacking  []string     `json:"lacking"`  // what could not be had as it was, in words
	Changes  []difference `json:"differences"`
	Then     rag.Answer   `json:"then"`
	Now      rag.Answer   `json:"now"`
}

// A difference is one thing that is not as it was.
type difference struct {
	What string `json:"what"`
	Then string `json:"then"`
	Now  string `json:"now"`
}

// replay answers a logged question again with the documents, prompts and curated answers of then.
func (a *App) replay(ctx context.Context, id string) (replayed, error) {
	entry, err := a.Store.LogEntry(ctx, id)
	if err != nil {
		return replayed{}, err
	}
	then, err := a.Store.Answer(ctx, id)
	if err != nil {
		return replayed{}, err
	}
	r := replayed{ID: id, Asked: entry.Asked, Question: entry.Question, Lacking: []string{}, Changes: []difference{}, Then: then}
	set, err := a.promptsAt(ctx, entry.Asked)
	if err != nil {
		return replayed{}, err
	}
	index, err := a.indexAt(ctx, &r, set)
	if err != nil {
		return replayed{}, err
	}
	clock := entry.Asked
	parts, err := a.partsOf(&r)
	if err != nil {
		return replayed{}, err
	}
	parts.Index, parts.Prompts, parts.Now = func() *corpus.Index { return index }, func() *prompts.Set { return set }, func() time.Time { return clock }
	engine := rag.New(parts)
	question, err := a.leadUp(ctx, &r, entry, engine, &clock)
	if err != nil {
		return replayed{}, err
	}
	clock = entry.Asked
	if r.Now, err = engine.Ask(ctx, question, nil); err != nil {
		return replayed{}, fmt.Errorf("answer again: %w", err)
	}
	r.compare()
	return r, nil
}

// promptsAt are the prompts and the curated answers that were live at a moment. Texts that nobody had reworded are this program's.
func (a *App) promptsAt(ctx context.Context, at time.Time) (*prompts.Set, error) {
	release, err := a.Store.PromptsAt(ctx, at)
	if err != nil {
		return nil, err
	}
	set, err := a.promptsOf(ctx, release.State)
	if err != nil {
		return nil, fmt.Errorf("load prompts of release %d: %w", release.N, err)
	}
	live, retired, err := a.Store.CuratedAt(ctx, at)
	if err != nil {
		return nil, err
	}
	return set.WithCurated(live, retired)
}

// swapPatience is how long after a change the index before it may still have answered: the new one is built first, with its vectors.
const swapPatience = 10 * time.Minute

// indexAt builds the index of then. The version that the answer names proves that it is the same; where none of those that are possible is,
// the most likely one answers and r says so.
func (a *App) indexAt(ctx context.Context, r *replayed, set *prompts.Set) (*corpus.Index, error) {
	day := corpus.Today(r.Asked)
	kept, changed, err := a.Store.DocumentsAt(ctx, r.Asked)
	if err != nil {
		return nil, err
	}
	likely, gone := a.citedVersions(ctx, r.Then, kept)
	candidates := [][]corpus.Kept{likely}
	if !changed.IsZero() && r.Asked.Sub(changed) < swapPatience {
		before, _, err := a.Store.DocumentsAt(ctx, changed.Add(-1))
		if err != nil {
			return nil, err
		}
		candidates = append(candidates, before)
	}
	var first *corpus.Index
	for _, documents := range candidates {
		for _, words := range []bool{false, true} {
			if words && a.Library.Embeds() == nil {
				continue // that is what was built already
			}
			x, err := a.Library.Rebuild(ctx, documents, wording(set), day, words)
			if err != nil {
				return nil, err
			}
			if r.Exact = x.Manifest.Version == r.Then.IndexVersion; r.Exact {
				return x, nil
			}
			if first == nil {
				first = x
			}
		}
	}
	r.Lacking = append(r.Lacking, gone...)
	r.lackIndex(first)
	return first, nil
}

// citedVersions puts the versions that the answer cites in the place of those that the store dates; they prove what was live.
func (a *App) citedVersions(ctx context.Context, then rag.Answer, kept []corpus.Kept) (out []corpus.Kept, gone []string) {
	out = slices.Clone(kept)
	for _, c := range then.Citations {
		version := citedVersion(c)
		i := slices.IndexFunc(out, func(k corpus.Kept) bool { return k.Document.ID == c.DocumentID })
		if i >= 0 && (version == "" || out[i].Document.Version == version) {
			continue
		}
		d, err := a.Store.DocumentVersion(ctx, c.DocumentID, version)
		switch {
		case err != nil:
			gone = append(gone, fmt.Sprintf("引用的《%s》当时的版本 %s 已经没有", c.Title, cmp.Or(version, "（没有记下）")))
		case i >= 0:
			out[i].Document = d
		default:
			out = append(out, corpus.Kept{Document: d})
		}
	}
	return out, slices.Compact(gone)
}

func citedVersion(c rag.Citation) string {
	u, err := url.Parse(c.URL)
	if err != nil {
		return ""
	}
	return u.Query().Get("v")
}

func (r *replayed) lackIndex(x *corpus.Index) {
	if r.Then.IndexVersion == "" { // settled before anything was searched
		return
	}
	why := "问法和提纲只保存现在的，当时的可能不同；没有改过的提示词用的是现在这个程序里的"
	if x.Lexical() {
		why += "；现在没有句子模型或向量，只按词检索"
	}
	r.Lacking = append(r.Lacking, fmt.Sprintf("索引和当时的不完全一样（当时 %s，重建的 %s）：%s", r.Then.IndexVersion, x.Manifest.Version, why))
}

// partsOf are the parts of an engine with the model that composed the answer, or none.
func (a *App) partsOf(r *replayed) (rag.Parts, error) {
	if r.Then.Mode != rag.Generated {
		return a.parts("none")
	}
	name := ""
	for _, t := range append([]rag.Trace{r.Then.Trace}, r.Then.Trace.Parts...) {
		if t.Model != nil {
			name = cmp.Or(name, t.Model.Backend)
		}
	}
	if a.LLM != nil {
		for _, b := range a.LLM.backends {
			if b.Name() == name {
				r.Lacking = append(r.Lacking, "回答由模型 "+name+" 写成，同一个模型每次写的也可能不同")
				return a.parts(name)
			}
		}
	}
	r.Lacking = append(r.Lacking, "写回答的模型 "+cmp.Or(name, "（没有记下）")+" 现在没有配置，这次只引用原文")
	return a.parts("none")
}

// leadUp asks what was asked before in the same conversation, so that the engine remembers it, and returns the question itself.
func (a *App) leadUp(ctx context.Context, r *replayed, entry store.LogEntry, engine *rag.Engine, clock *time.Time) (rag.Question, error) {
	q := rag.Question{Text: entry.Question, Channel: entry.Channel, Script: "hans"}
	if a.script.IsTraditional(r.Then.Text) {
		q.Script = "hant"
	}
	const turns = 20 // as many as a conversation has
	earlier, err := a.Store.EarlierQuestions(ctx, r.Then.ConversationID, entry, turns)
	if err != nil {
		return q, err
	}
	for _, e := range earlier {
		*clock = e.Asked
		before, err := engine.Ask(ctx, rag.Question{Text: e.Question, Channel: entry.Channel, ConversationID: q.ConversationID}, nil)
		if errors.Is(err, rag.ErrConversation) { // half an hour went by: it began anew
			before, err = engine.Ask(ctx, rag.Question{Text: e.Question, Channel: entry.Channel}, nil)
		}
		if err != nil {
			return q, fmt.Errorf("ask again what was asked before: %w", err)
		}
		q.ConversationID = before.ConversationID
	}
	if s := r.Then.Trace.Standalone; s != "" && len(earlier) == 0 {
		r.Lacking = append(r.Lacking, "问题前面的对话没有保存，按当时理解成的问法“"+s+"”来问")
		q.Text = s
	}
	return q, nil
}

// compare lists what residents would have seen differently.
func (r *replayed) compare() {
	add := func(what, then, now string) {
		if then != now {
			r.Changes = append(r.Changes, difference{what, then, now})
		}
	}
	add("结果", string(r.Then.Status), string(r.Now.Status))
	add("回答", r.Then.Text, r.Now.Text)
	add("出处", citationsText(r.Then.Citations), citationsText(r.Now.Citations))
	r.Same = len(r.Changes) == 0
}

func citationsText(list []rag.Citation) string {
	var b strings.Builder
	for _, c := range list {
		fmt.Fprintf(&b, "[%d] 《%s》%s “%s” %s\n", c.N, c.Title, c.Section, c.Quote, c.URL)
	}
	return strings.TrimRight(b.String(), "\n")
}

func (r *replayed) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s（%s）：%s\n", r.ID, r.Asked.In(chinaTime).Format(time.DateTime), r.Question)
	if r.Exact {
		fmt.Fprintf(&b, "索引与当时相同：%s\n", r.Then.IndexVersion)
	}
	for _, l := range r.Lacking {
		fmt.Fprintf(&b, "注意：%s\n", l)
	}
	for _, d := range r.Changes {
		fmt.Fprintf(&b, "%s不同\n  当时：%s\n  现在：%s\n", d.What, indented(d.Then), indented(d.Now))
	}
	if r.Same {
		b.WriteString("结果、回答和出处都与当时一样。\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func indented(s string) string { return strings.ReplaceAll(cmp.Or(s, "（无）"), "\n", "\n        ") }
