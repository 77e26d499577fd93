package rag

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"wenda/corpus"
	"wenda/corpus/script"
	"wenda/prompts"
)

// An Engine answers questions. Make it with New; it is safe for concurrent use.
type Engine struct {
	rewriter      Model // nil: rules put follow-ups together
	index         func() *corpus.Index
	embedderOf    func(*corpus.Index) QueryEmbedder
	prompts       func() *prompts.Set
	composer      Composer
	script        *script.Converter
	conversations *conversations
	repairs       repairs
	recent        recent
	evidence      *corpus.Memo[*evidence]
	desk          *desk // nil: quotes only
	patience      Patience
	canary        string
	now           func() time.Time
}

// QueryEmbedder makes the vector of one question, of unit length. It must be safe for concurrent use.
type QueryEmbedder interface {
	EmbedQuery(ctx context.Context, text string) ([]float32, error)
}

// An AheadEmbedder is a QueryEmbedder that can make a vector before it is asked for, at no cost but the time of a core that has nothing else to
// do. Ahead returns at once.
type AheadEmbedder interface {
	QueryEmbedder
	Ahead(text string)
}

// Parts is what an Engine is made of. Index, Prompts and EmbedderOf are asked anew for every question, so that all can be swapped.
type Parts struct {
	Index    func() *corpus.Index
	Prompts  func() *prompts.Set
	Embedder QueryEmbedder    // nil answers by words alone, unless there is EmbedderOf
	Composer Composer         // nil quotes
	Model    Model            // composes where the engine has found an answer; nil: answers are quoted
	Rewriter Model            // puts follow-ups together with what was asked before; nil: rules do
	Patience Patience         // with the Model
	Now      func() time.Time // nil is time.Now

	// EmbedderOf, where the embedder may be changed, is whose vectors an index has, instead of Embedder; nil: words.
	EmbedderOf func(*corpus.Index) QueryEmbedder

	Script *script.Converter // nil: New makes one, which takes a while
}

// New makes an Engine.
func New(p Parts) *Engine {
	if p.Composer == nil {
		p.Composer = Extract{}
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.Script == nil {
		p.Script = script.New()
	}
	if p.EmbedderOf == nil {
		p.EmbedderOf = func(*corpus.Index) QueryEmbedder { return p.Embedder }
	}
	e := &Engine{index: p.Index, prompts: p.Prompts, embedderOf: p.EmbedderOf, composer: p.Composer,
		script: p.Script, conversations: newConversations(p.Now), patience: p.Patience.orDefault(), canary: newCanary(), rewriter: p.Rewriter, now: p.Now,
		evidence: corpus.NewMemo(readEvidence)}
	if p.Model != nil {
		e.desk = newDesk(p.Model)
	}
	return e
}

// ErrNoIndex is returned before the first index is there.
var ErrNoIndex = errors.New("rag: no index yet")

// Ask answers one question. emit is called with every event in order, the last one Done; it may be nil. Errors: those of Check,
// ErrConversation, the context's, or a failure of the machine.
func (e *Engine) Ask(ctx context.Context, q Question, emit func(Event)) (Answer, error) {
	if emit == nil {
		emit = func(Event) {}
	}
	if err := Check(q.Text); err != nil {
		return Answer{}, err
	}
	run := &run{Engine: e, ctx: ctx, emit: emit, set: e.prompts(), index: e.index(), started: e.now(), channel: q.Channel, detail: q.Detail,
		id: cmp.Or(q.ID, NewAnswerID())}
	if run.index == nil {
		return Answer{}, ErrNoIndex
	}
	run.embedder = e.embedderOf(run.index)
	turns, err := run.earlier(q)
	if err != nil {
		return Answer{}, err
	}
	run.begins("understand")
	emit(Event{ID: run.id, Stage: "understand"})
	asked := e.clean(q.Text)
	parts, err := run.parts(asked, turns)
	if err != nil {
		return Answer{}, err
	}
	if err := ctx.Err(); err != nil {
		return Answer{}, err
	}
	sheet := run.newSheet(q, asked, len(parts))
	if parts, err = run.write(sheet, q, parts); err != nil {
		return Answer{}, err
	}
	a := run.finish(q, asked, parts, sheet)
	if run.err != nil {
		return Answer{}, run.err
	}
	for _, p := range parts {
		e.conversations.add(a.ConversationID, p.remember)
	}
	emit(Event{Done: &a})
	return a, nil
}

// parts answers every question of a message. Without earlier turns the same message has the same parts until index or prompts change.
func (r *run) parts(asked cleaned, turns []remembered) ([]partial, error) {
	list, others := askedIn(r.set.StripGreeting(asked.Text))
	r.ahead(list)
	if a, routed, err := r.route(asked, len(turns) > 0); routed || err != nil {
		return []partial{a}, err
	}
	if a, alarming, err := r.alarm(asked); alarming || err != nil {
		return []partial{a}, err
	}
	if a, urgent, err := r.urgentBySound(asked); urgent || err != nil {
		return []partial{a}, err
	}
	r.tooMany = len(list) > maxParts
	alone := len(turns) == 0
	if alone {
		if parts, ok := r.recent.get(r.index, r.set, asked.Text); ok {
			return parts, nil
		}
	}
	if !r.tooMany {
		meant, err := r.meant(list, others)
		if err != nil {
			return nil, err
		}
		list = meant
	}
	r.story = utf8.RuneCountInString(asked.Text) > longStory
	r.lines = max(minOutlineLines, maxOutlineLines/max(1, min(maxParts, len(list))))
	var parts []partial
	for _, question := range list[:min(maxParts, len(list))] {
		if err := r.ctx.Err(); err != nil {
			return nil, err
		}
		part, err := r.answer(question, turns)
		if err != nil {
			return nil, err
		}
		if !part.saidIn(parts) {
			parts = append(parts, part)
			beside := part.remember
			beside.beside = true
			turns = append(turns, beside)
		}
	}
	if r.held != nil && !slices.ContainsFunc(parts, func(p partial) bool { return p.status == Answered || !r.heldFirmly && p.status != NoSource }) {
		r.beside, parts = "", []partial{*r.held} // what looked like a question was a part of the anger
	}
	parts = whatIsTold(asked.Text, parts)
	if alone && r.err == nil && !r.byWords {
		r.recent.put(r.index, r.set, asked.Text, parts)
	}
	return parts, nil
}

// A run is one question on its way through the engine, with one index and one set of prompts.
type run struct {
	*Engine
	id          string // of the answer
	ctx         context.Context
	emit        func(Event)
	set         *prompts.Set
	index       *corpus.Index
	embedder    QueryEmbedder // whose vectors index has; nil: by words alone
	started     time.Time
	steps       []StepTime
	lastAt      time.Time
	step        string
	byWords     bool                   // the embedder failed
	tooMany     bool                   // more questions than are answered at once
	lines       int                    // of an outline, at most
	channel     string                 // that the question came by
	detail      bool                   // Question.Detail
	story       bool                   // the question stands in a longer message
	rewriteNote string                 // what the model made of the follow-up, or why that is not used
	beside      string                 // said beside the answer to somebody who is low
	held        *partial               // what the message gets when nothing in it finds an answer
	heldFirmly  bool                   // or is only refused
	expected    map[string]expectation // by question
	err         error                  // of a reply that could not be filled; the first one
}

// reply fills a fixed reply. That the replies named in code exist is checked when prompts are loaded.
func (r *run) reply(name string, params prompts.Params) string {
	out, err := r.set.Reply(name, params)
	if err != nil && r.err == nil {
		r.err = err
	}
	return out.Text
}

// expect is what a question of this message expects.
func (r *run) expect(question string) expectation {
	x, ok := r.expected[question]
	if !ok {
		x = expect(&r.set.Terms, question)
		if r.expected == nil {
			r.expected = map[string]expectation{}
		}
		r.expected[question] = x
	}
	return x
}

// A partial is the answer to one question of a message.
type partial struct {
	status   Status
	mode     Mode
	reason   string
	draft    Draft  // what is quoted
	reply    string // a fixed reply, before the draft's statements
	say      string // what to tell the hand-over instead of its default
	notice   []string
	related  []string
	handoff  bool
	remember remembered
	wanted   *wanted // what a model may compose the answer from; nil: it is not asked
	degraded bool    // it was asked and did not answer
	leans    bool    // it is short and leans on a question before it in the same message
	goesOn   bool    // its own words say that it does, not only its shortness
	trace    Trace
}

// answer takes one question through the steps: stand alone, curated, retrieve, compose, verify.
func (r *run) answer(question spoken, turns []remembered) (partial, error) {
	if question.alone {
		turns = nil
	}
	u := r.understand(question, turns)
	if q, ok := r.rewritten(u, turns); ok {
		u.question, u.follows, u.lean.joined, u.lean.weight = q, true, q, leansFully
	}
	if p, ok := r.continued(u, turns); ok {
		return p, nil
	}
	if p, ok := r.approved(u); ok {
		return p, nil
	}
	r.stage("retrieve")
	f, err := r.retrieve(u)
	if err != nil {
		return partial{}, err
	}
	if r.desk == nil {
		r.stage("compose")
	} else { // composing comes when all parts are decided
		r.begins("decide")
	}
	p, err := r.decide(f)
	if err != nil {
		return partial{}, err
	}
	p.leans = f.follows && len(turns) > 0 && turns[len(turns)-1].beside && letterCount(question.text) < littleRunes
	p.goesOn = p.leans && !u.weak
	if r.desk == nil {
		r.stage("verify")
	}
	p = r.verified(p)
	if p.status != Answered {
		p.wanted = nil
	} else if p.wanted != nil {
		p.wanted.earlier = earlierOf(turns)
	}
	return p, nil
}

// stage tells the reader what is being done.
func (r *run) stage(name string) {
	r.begins(name)
	r.emit(Event{Stage: name})
}

// begins keeps the time of the step before.
func (r *run) begins(name string) {
	now := r.now()
	if r.step != "" {
		r.steps = append(r.steps, StepTime{r.step, now.Sub(r.lastAt)})
	}
	r.step, r.lastAt = name, now
}

// earlier returns what came before: of a conversation kept here, else what the caller tells, understood as questions.
func (r *run) earlier(q Question) ([]remembered, error) {
	if q.ConversationID != "" {
		return r.conversations.turns(q.ConversationID)
	}
	var out []remembered
	for _, t := range q.History {
		if Check(t.Content) != nil {
			continue
		}
		asked := r.clean(t.Content)
		if t.Role != "user" {
			if len(out) > 0 {
				out[len(out)-1].Said = asked.Text
			}
			continue
		}
		if m, params, ok := r.set.Route(asked.Shown); ok { // a thank you between is nothing to lean on
			if answered, err := r.inBare(m, params, asked.Text); err != nil {
				return nil, err
			} else if !answered {
				continue
			}
		}
		knows := func(string) bool { return false }
		out = append(out, remembered{Question: standAlone(asked.Text, out, knows, &r.set.Terms).question})
	}
	return out, nil
}
