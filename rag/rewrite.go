package rag

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tmc/langchaingo/llms"

	"wenda/corpus"
)

// Limits of a follow-up that a model put together with what was asked before.
const (
	rewritePatience = 3 * time.Second // of SECURITY.md's ten until the first verified sentence
	minRewritten    = 4               // runes
	maxRewritten    = 60
	heldOfRewritten = .7 // share of its Chinese characters that stand in what was asked
)

// rewritten lets the model make one question of a follow-up and the questions before it; false when there is no model, or what it says is
// not used: then the rules of standAlone have put it together.
func (r *run) rewritten(u understood, turns []remembered) (string, bool) {
	if r.rewriter == nil || u.lean == nil || u.more || u.nth != 0 || turns[len(turns)-1].beside {
		return "", false
	}
	asked := earlierOf(turns)
	text, err := r.askRewriter(asked, u.asked)
	if err != nil {
		r.rewriteNote = "not used: " + reasonOf(err)
		return "", false
	}
	if why := wrongRewrite(text, strings.Join(append(asked, u.asked), "\n"), r.canary); why != "" {
		r.rewriteNote = "not used: " + why
		return "", false
	}
	r.rewriteNote = text
	return text, true
}

// askRewriter returns what the model says, blanks and quotation marks around it cut off.
func (r *run) askRewriter(earlier []string, question string) (string, error) {
	ctx, stop := context.WithTimeoutCause(r.ctx, rewritePatience, reasoned("timeout_rewrite"))
	defer stop()
	c := r.set.Composing
	var b strings.Builder
	_, err := r.rewriter.Compose(ctx, []llms.MessageContent{
		llms.TextParts(llms.ChatMessageTypeSystem, c.Rewrite(r.canary)),
		llms.TextParts(llms.ChatMessageTypeHuman, c.FollowUp(earlier, question)),
	}, r.channel, func(delta string) error {
		if b.WriteString(delta); b.Len() > maxRewritten*utf8.UTFMax*2 {
			return reasoned("rewrite_too_long")
		}
		return nil
	})
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return strings.Trim(strings.TrimSpace(b.String()), "“”\"「」"), errors.Join(err)
}

var latinOrDigits = regexp.MustCompile(`[A-Za-z]+|\d+`)

// wrongRewrite says why a rewritten question is not used; "" when it may be. It must not bring a figure, a name or a subject that nobody
// asked about: a resident's question is not to be turned into another one.
func wrongRewrite(text, asked, canary string) string {
	n := utf8.RuneCountInString(text)
	switch {
	case n < minRewritten || n > maxRewritten:
		return "length"
	case strings.ContainsFunc(text, unicode.IsControl) || strings.Contains(text, canary) || strings.ContainsAny(text, "<>[]【】"):
		return "no question"
	}
	have := figures(asked)
	for f := range figures(text) {
		if !have[f] {
			return "figure " + f
		}
	}
	folded := corpus.Fold(asked)
	for _, m := range quotedName.FindAllStringSubmatch(text, -1) {
		if name := corpus.Fold(strings.Join(m[1:], "")); !strings.Contains(folded, name) {
			return "name " + m[0]
		}
	}
	for _, w := range latinOrDigits.FindAllString(text, -1) {
		if !strings.Contains(folded, corpus.Fold(w)) {
			return "word " + w
		}
	}
	held, all := 0, 0
	for _, c := range text {
		if unicode.Is(unicode.Han, c) {
			all++
			if strings.ContainsRune(asked, c) {
				held++
			}
		}
	}
	if all == 0 || float64(held) < heldOfRewritten*float64(all) {
		return "subject"
	}
	return ""
}
