package rag

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tmc/langchaingo/llms"

	"wenda/corpus"
)

// A wanted is what a model may compose an answer from, once the engine has decided that there is one.
type wanted struct {
	question string // as it was asked, with what was told just before it
	earlier  []string
	passages []passage
	quotes   []string // texts of the quoted answer
	expects  expectation
	doubt    bool    // the engine's own check found that something is missing, or was not sure
	lacks    refusal // what
	near     *corpus.SentenceScore
	before   partial // to refuse from
}

// want notes what a model may compose p from. Fields of a page (document number, telephone) are quoted always.
func (r *run) want(p, before partial, f found, question string) *wanted {
	if r.desk == nil || len(p.draft.Statements) == 0 {
		return nil
	}
	for _, s := range p.draft.Statements {
		for _, src := range s.Sources {
			if src.Chunk.Kind != corpus.Paragraph {
				return nil
			}
		}
	}
	w := &wanted{question: question, passages: passagesOf(r.set, p.draft, f.result), before: before, expects: r.expect(f.question)}
	for _, s := range p.draft.Statements {
		for _, src := range s.Sources {
			w.quotes = append(w.quotes, src.Text)
		}
	}
	return w
}

// write puts the parts on the sheet, those that a model may compose as it composes them, the others as they are, and returns what was
// written. A part whose composing fails is quoted. Its only error is the context's.
func (r *run) write(s *sheet, q Question, parts []partial) ([]partial, error) {
	out := slices.Clone(parts)
	end := time.Now().Add(r.patience.Total)
	down := "" // why the model is not asked for further parts
	for i, p := range parts {
		if p.wanted == nil {
			s.whole(p)
			continue
		}
		if left := time.Until(end); down == "" && left > 0 {
			said, err := r.generate(s, &out[i], q.Channel, left)
			switch {
			case err != nil:
				return nil, err
			case out[i].mode == Generated:
				continue
			case said: // void, with all that was told
				s.reset()
				for _, earlier := range out[:i] {
					s.whole(earlier)
				}
			}
			if out[i].degraded && out[i].reason != reasonUnverified && out[i].reason != reasonDeclined && out[i].reason != reasonOffAsked {
				down = out[i].reason
			}
		} else {
			out[i].degraded, out[i].reason = true, cmp.Or(down, string(reasonTotal))
		}
		s.whole(out[i])
	}
	return out, nil
}

// generate lets the model compose one part and writes its sentences as they pass. p becomes the generated part, or the quoted one with
// the reason, or a refusal where both model and engine miss something; said reports that something was written that is void then.
func (r *run) generate(s *sheet, p *partial, channel string, left time.Duration) (said bool, err error) {
	w := p.wanted
	patience := r.patience
	patience.Total = min(patience.Total, left)
	c := commission{channel: channel, decline: r.set.Composing.Decline, patience: patience,
		messages: messages(r.set.Composing, r.canary, w.passages, w.earlier, w.question),
		examiner: &examiner{passages: w.passages, terms: &r.set.Terms,
			secrets: secretsOf(r.canary, []string{r.set.Composing.System(r.canary)}, w.passages)}}
	if r.embedder != nil && !r.index.Lexical() {
		c.examiner.embed = r.embedder.EmbedQuery
	}
	begun := s.text.Len() > 0
	if !begun {
		r.stage("compose")
	}
	done, err := r.desk.compose(r.ctx, r.index, r.set, c, func(st Statement) {
		if !said {
			if !begun {
				r.stage("verify")
			}
			s.generated()
			s.part()
			said = true
		}
		s.statement(st, 0)
	})
	if err != nil {
		return said, err
	}
	p.trace.Dropped = append(slices.Clip(p.trace.Dropped), done.dropped...)
	p.trace.Model = &ModelTrace{Usage: done.usage, Reason: done.reason, Passages: len(w.passages)}
	if r.detail {
		p.trace.Model.Sent, p.trace.Model.Said = sentOf(c.messages, r.canary), done.judged
	}
	switch {
	case done.reason == "" && w.misses(r, done.statements):
		p.trace.Model.Reason = reasonOffAsked
		p.degraded, p.reason = true, reasonOffAsked
	case done.reason == "":
		p.becomes(done.statements)
	case done.reason == reasonDeclined && w.doubt:
		refused := w.before
		refused.trace = p.trace
		*p = r.verified(r.notStated(refused, w.lacks, w.near))
	default:
		p.degraded, p.reason = true, done.reason
	}
	return said, nil
}

// becomes makes p the generated part.
func (p *partial) becomes(statements []Statement) {
	p.mode, p.reply, p.draft = Generated, "", Draft{Statements: statements}
	p.remember.Cited = nil
	for _, st := range statements {
		for _, src := range st.Sources {
			p.remember.Cited = append(p.remember.Cited, place{src.Document.ID, src.Chunk.ID, src.Sentence})
		}
	}
	p.remember.Topic = topicOf(p.draft)
}

// misses reports that the quoted sentences hold the kind of thing that was asked for and the statements do not.
func (w *wanted) misses(r *run, statements []Statement) bool {
	counts := func(texts []string) bool { return len(quantities(unified(strings.Join(texts, "\n")))) > 0 }
	if figureAsked.MatchString(w.question) && counts(w.quotes) && !counts(textsSaid(statements)) {
		return true
	}
	if !slices.Contains([]string{"number", "date", "money", "phone", "address"}, w.expects.kind) {
		return false
	}
	lacks := func(texts []string) bool {
		ref, unmet := w.expects.unmet(&r.set.Terms, w.question, texts, statements[0].Sources[0].Document)
		return unmet && (strings.HasPrefix(ref.rule, w.expects.kind) || ref.rule == "address")
	}
	texts := textsSaid(statements)
	for _, st := range statements {
		for _, q := range quantities(unified(st.Text)) { // 两千三百万元 is an amount too
			texts = append(texts, q.value+q.unit)
		}
	}
	return lacks(texts) && !lacks(w.quotes)
}

var figureAsked = regexp.MustCompile(`多少|第?几[个所名人次场节届间位项岁年月号天]`)

func textsSaid(statements []Statement) []string {
	var out []string
	for _, st := range statements {
		out = append(out, st.Text)
	}
	return out
}

// sentOf tells what a model was sent without the secret mark.
func sentOf(list []Message, canary string) []Sent {
	var out []Sent
	for _, m := range list {
		for _, p := range m.Parts {
			if t, ok := p.(llms.TextContent); ok {
				out = append(out, Sent{string(m.Role), strings.ReplaceAll(t.Text, canary, "●●●●")})
			}
		}
	}
	return out
}
