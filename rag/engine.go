package rag

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"wenda/corpus"
	"wenda/corpus/script"
	"wenda/prompts"
)

// An Engine answers questions. Make it with New; it is safe for concurrent use.
type Engine struct {
	index         func() *corpus.Index
	embedder      QueryEmbedder // nil: by words alone
	prompts       func() *prompts.Set
	composer      Composer
	script        *script.Converter
	conversations *conversations
	repairs       repairs
	recent        recent
	now           func() time.Time
}

// QueryEmbedder makes the vector of one question, of unit length. It must be safe for concurrent use.
type QueryEmbedder interface {
	EmbedQuery(ctx context.Context, text string) ([]float32, error)
}

// Parts is what an Engine is made of. Index and Prompts are asked anew for every question, so that both can be swapped.
type Parts struct {
	Index    func() *corpus.Index
	Prompts  func() *prompts.Set
	Embedder QueryEmbedder    // nil answers by words alone
	Composer Composer         // nil quotes
	Now      func() time.Time // nil is time.Now
}

// New makes an Engine.
func New(p Parts) *Engine {
	if p.Composer == nil {
		p.Composer = Extract{}
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	return &Engine{index: p.Index, prompts: p.Prompts, embedder: p.Embedder, composer: p.Composer,
		script: script.New(), conversations: newConversations(p.Now), now: p.Now}
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
	run := &run{Engine: e, ctx: ctx, emit: emit, set: e.prompts(), index: e.index(), started: e.now()}
	if run.index == nil {
		return Answer{}, ErrNoIndex
	}
	turns, err := e.earlier(q, run.set)
	if err != nil {
		return Answer{}, err
	}
	run.stage("understand")
	asked := e.clean(q.Text)
	parts, err := run.parts(asked, turns)
	if err != nil {
		return Answer{}, err
	}
	if err := ctx.Err(); err != nil {
		return Answer{}, err
	}
	a := run.finish(q, asked, parts)
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
	if a, routed := r.route(asked); routed {
		return []partial{a}, nil
	}
	if a, alarming, err := r.alarm(asked); alarming || err != nil {
		return []partial{a}, err
	}
	list := allQuestions(r.set.StripGreeting(asked.Text))
	r.tooMany = len(list) > maxParts
	r.story = utf8.RuneCountInString(asked.Text) > longStory
	r.lines = max(minOutlineLines, maxOutlineLines/max(1, min(maxParts, len(list))))
	alone := len(turns) == 0
	if alone {
		if parts, ok := r.recent.get(r.index, r.set, asked.Text); ok {
			return parts, nil
		}
	}
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
	parts = withoutComplaints(asked.Text, parts)
	if alone && r.err == nil && !r.byWords {
		r.recent.put(r.index, r.set, asked.Text, parts)
	}
	return parts, nil
}

// withoutComplaints leaves out of a story what nothing was found for, when something else in it was answered: it was a sigh, not a question.
func withoutComplaints(text string, parts []partial) []partial {
	told := false // a sentence that asks nothing: without one all the questions are meant
	for _, s := range sentenceEnd.FindAllString(text, -1) {
		told = told || !asking.MatchString(s)
	}
	if len(parts) < 2 || utf8.RuneCountInString(text) <= longStory || !told {
		return parts
	}
	var found []partial
	for _, p := range parts {
		if p.status != NoSource && p.trace.Route == "" {
			found = append(found, p)
		}
	}
	if len(found) == 0 {
		return parts[:1]
	}
	return found
}

// A run is one question on its way through the engine, with one index and one set of prompts.
type run struct {
	*Engine
	ctx     context.Context
	emit    func(Event)
	set     *prompts.Set
	index   *corpus.Index
	started time.Time
	steps   []StepTime
	lastAt  time.Time
	step    string
	byWords bool   // the embedder failed
	tooMany bool   // more questions than are answered at once
	lines   int    // of an outline, at most
	story   bool   // the question stands in a longer message
	beside  string // said beside the answer to somebody who is low
	err     error  // of a reply that could not be filled; the first one
}

// reply fills a fixed reply. That the replies named in code exist is checked when prompts are loaded.
func (r *run) reply(name string, params prompts.Params) string {
	out, err := r.set.Reply(name, params)
	if err != nil && r.err == nil {
		r.err = err
	}
	return out.Text
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
	trace    Trace
}

// answer takes one question through the steps: stand alone, curated, retrieve, compose, verify.
func (r *run) answer(question spoken, turns []remembered) (partial, error) {
	if question.alone {
		turns = nil
	}
	u := r.understand(question, turns)
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
	r.stage("compose")
	p, err := r.decide(f)
	if err != nil {
		return partial{}, err
	}
	r.stage("verify")
	return r.verified(p), nil
}

// stage tells the reader what is being done, and keeps the time of the step before.
func (r *run) stage(name string) {
	now := r.now()
	if r.step != "" {
		r.steps = append(r.steps, StepTime{r.step, now.Sub(r.lastAt)})
	}
	r.step, r.lastAt = name, now
	r.emit(Event{Stage: name})
}

// earlier returns what came before: of a conversation kept here, else what the caller tells, understood as questions.
func (e *Engine) earlier(q Question, set *prompts.Set) ([]remembered, error) {
	if q.ConversationID != "" {
		return e.conversations.turns(q.ConversationID)
	}
	var out []remembered
	for _, t := range q.History {
		if Check(t.Content) != nil {
			continue
		}
		asked := e.clean(t.Content)
		if t.Role != "user" {
			if len(out) > 0 {
				out[len(out)-1].Said = asked.Text
			}
			continue
		}
		if _, _, talk := set.Route(asked.Shown); talk { // a thank you between is nothing to lean on
			continue
		}
		text := asked.Text
		knows := func(string) bool { return false }
		out = append(out, remembered{Question: standAlone(text, out, knows).question})
	}
	return out, nil
}

// finish makes the Answer of its parts: numbered citations, dates, notices, the resident's script.
func (r *run) finish(q Question, asked cleaned, parts []partial) Answer {
	a := Answer{ID: newID("a_"), ConversationID: q.ConversationID, RequestID: q.RequestID, IndexVersion: r.index.Manifest.Version,
		Citations: []Citation{}, Related: []string{}}
	if a.ConversationID == "" {
		a.ConversationID = newID("c_")
	}
	a.Status, a.Mode, a.Reason = parts[0].status, parts[0].mode, parts[0].reason
	a.Answered = !r.tooMany // true only when every question of the message was answered
	var texts []string
	var notices []string
	handoff := false
	inScript := func(text string) string { return text }
	if q.Script == "hant" || q.Script == "" && asked.Traditional {
		inScript = r.script.ToTraditional
	}
	for i, p := range parts {
		opening := ""
		if len(parts) > 1 {
			opening = fmt.Sprintf("%d. ", i+1)
		}
		if i > 0 {
			opening = "\n" + opening
		}
		texts = append(texts, r.render(p, opening, inScript, &a))
		a.Answered = a.Answered && p.status == Answered
		if p.status == Answered && a.Status != Answered { // of several, one answered decides the status
			a.Status, a.Mode, a.Reason = p.status, p.mode, p.reason
		}
		notices = append(notices, p.notice...)
		handoff = handoff || p.handoff
		for _, rel := range p.related {
			if len(a.Related) < 3 {
				a.Related = append(a.Related, rel)
			}
		}
		a.Trace.Parts = append(a.Trace.Parts, p.trace)
	}
	a.Text = strings.Join(texts, "")
	if r.tooMany {
		notices = append(notices, r.reply("too_many", nil))
	}
	if asked.Masked {
		notices = append(notices, r.reply("masked", nil))
	}
	if r.beside != "" {
		notices = append(notices, r.beside)
	}
	a.Notice = strings.Join(unique(notices), "")
	if handoff {
		h := r.set.Handoff.For(asked.Text)
		if say := parts[0].say; say != "" {
			h.Say = say
		}
		a.Handoff = &Handoff{Name: h.Name, Phone: h.Phone, Hours: h.Hours, Say: h.Say}
	}
	inScriptOf(&a, inScript)
	r.steps = append(r.steps, StepTime{r.step, r.now().Sub(r.lastAt)})
	if len(a.Trace.Parts) == 1 {
		a.Trace = a.Trace.Parts[0]
	}
	if a.Trace.Asked == "" {
		a.Trace.Asked = asked.Text
	}
	a.Trace.Steps, a.Trace.Took = r.steps, r.now().Sub(r.started)
	return a
}

// render writes a part's text with citation numbers in the resident's script, adds its citations to a, and streams both.
func (r *run) render(p partial, opening string, inScript func(string) string, a *Answer) string {
	var b strings.Builder
	say := func(text string) {
		text = opening + inScript(text)
		opening = ""
		b.WriteString(text)
		r.emit(Event{Delta: text})
	}
	if p.reply != "" {
		say(p.reply)
	}
	if p.draft.Intro != "" {
		say(p.draft.Intro)
	}
	for i, s := range p.draft.Statements {
		text := s.Text
		for _, src := range s.Sources {
			c := citation(src)
			n := add(a, c)
			c.N = n
			r.emit(Event{Citation: &c})
			text += fmt.Sprintf("[%d]", n)
			if src.Document.Meta.Published > a.AsOf {
				a.AsOf = src.Document.Meta.Published
			}
		}
		if p.draft.Outline {
			text = fmt.Sprintf("\n（%d）%s", i+1, text)
		}
		say(text)
	}
	return b.String()
}

// add numbers a citation; the same sentence keeps its number.
func add(a *Answer, c Citation) int {
	for _, have := range a.Citations {
		if have.URL == c.URL {
			return have.N
		}
	}
	c.N = len(a.Citations) + 1
	a.Citations = append(a.Citations, c)
	return c.N
}

func citation(s corpus.Source) Citation {
	m := s.Document.Meta
	return Citation{DocumentID: s.Document.ID, Title: m.Title, Issuer: m.Issuer, IndexNumber: m.IndexNumber, Section: s.Chunk.SectionPath(),
		Quote: s.Text, Published: m.Published,
		URL: fmt.Sprintf("/doc/%s?v=%s&p=%s&s=%d#%s", s.Document.ID, s.Document.Version, s.Chunk.ID, s.Sentence, s.Chunk.ID)}
}

// inScriptOf turns what stands beside the text into the resident's script; citations stay as the documents have them.
func inScriptOf(a *Answer, inScript func(string) string) {
	a.Notice = inScript(a.Notice)
	for i := range a.Related {
		a.Related[i] = inScript(a.Related[i])
	}
	if a.Handoff != nil {
		a.Handoff.Name, a.Handoff.Hours, a.Handoff.Say = inScript(a.Handoff.Name), inScript(a.Handoff.Hours), inScript(a.Handoff.Say)
	}
}

func newID(prefix string) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return prefix + hex.EncodeToString(b[:])
}

func unique(list []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, s := range list {
		if s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// saidIn reports that the same sentences were the answer to an earlier question of the message.
func (p partial) saidIn(earlier []partial) bool {
	for _, e := range earlier {
		if p.status == e.status && p.reply == e.reply && sameStatements(p.draft, e.draft) {
			return true
		}
	}
	return false
}

func sameStatements(a, b Draft) bool {
	if len(a.Statements) != len(b.Statements) {
		return false
	}
	for i := range a.Statements {
		if a.Statements[i].Text != b.Statements[i].Text {
			return false
		}
	}
	return true
}
