package rag

import (
	"fmt"
	"strings"

	"wenda/corpus"
)

// A sheet is the text of an answer as it is written: part by part, in the resident's script, with numbered citations, and told at once.
type sheet struct {
	emit      func(Event)
	inScript  func(string) string
	parts     int // how many there will be: several are numbered
	begun     int // how many were begun
	opening   string
	text      strings.Builder
	citations []Citation
	asOf      string
	mark      Mark // told before the first generated sentence
	marked    bool
}

func (r *run) newSheet(q Question, asked cleaned, parts int) *sheet {
	s := &sheet{emit: r.emit, parts: parts, inScript: func(text string) string { return text }, citations: []Citation{}}
	if q.Script == "hant" || q.Script == "" && asked.Traditional {
		s.inScript = r.script.ToTraditional
	}
	s.mark = Mark{Label: s.inScript(r.set.Composing.Label), AIGC: aigcOf(r.set.Composing.Producer, r.id)}
	return s
}

// generated tells, once, that what follows was composed by a model.
func (s *sheet) generated() {
	if !s.marked {
		s.marked = true
		s.emit(Event{Mark: &s.mark})
	}
}

// part begins the next part.
func (s *sheet) part() {
	s.opening = ""
	if s.parts > 1 {
		s.opening = fmt.Sprintf("%d. ", s.begun+1)
	}
	if s.begun > 0 {
		s.opening = "\n" + s.opening
	}
	s.begun++
}

// say adds text; empty text adds nothing.
func (s *sheet) say(text string) {
	if text == "" {
		return
	}
	text = s.opening + s.inScript(text)
	s.opening = ""
	s.text.WriteString(text)
	s.emit(Event{Delta: text})
}

// statement adds a statement and its citations. line is its number in an outline, 0 in running text.
func (s *sheet) statement(st Statement, line int) {
	text := st.Text
	last := 0 // cells of one row have one citation
	for _, src := range st.Sources {
		c := citation(src)
		c.N = s.cite(c)
		s.emit(Event{Citation: &c})
		if c.N != last || src.Chunk.Row == nil {
			text += fmt.Sprintf("[%d]", c.N)
		}
		last = c.N
		s.asOf = max(s.asOf, src.Document.Meta.Published)
	}
	if line > 0 {
		text = fmt.Sprintf("\n（%d）%s", line, text)
	}
	s.say(text)
}

// whole writes a part that is ready.
func (s *sheet) whole(p partial) {
	if p.mode == Generated {
		s.generated()
	}
	s.part()
	s.say(p.reply)
	s.say(p.draft.Intro)
	for i, st := range p.draft.Statements {
		line := 0
		if p.draft.Outline {
			line = i + 1
		}
		s.statement(st, line)
	}
}

// reset voids everything that was written and told.
func (s *sheet) reset() {
	if s.text.Len() > 0 {
		s.emit(Event{Reset: true})
	}
	s.text.Reset()
	s.begun, s.opening, s.citations, s.asOf, s.marked = 0, "", []Citation{}, "", false
}

// cite numbers a citation; the same sentence keeps its number.
func (s *sheet) cite(c Citation) int {
	for _, have := range s.citations {
		if have.URL == c.URL {
			return have.N
		}
	}
	c.N = len(s.citations) + 1
	s.citations = append(s.citations, c)
	return c.N
}

// citation is that of a sentence; of a cell of a table, the row, without which the cell says nothing.
func citation(s corpus.Source) Citation {
	m := s.Document.Meta
	if s.Chunk.Row != nil {
		s.Sentence, s.Text = 0, s.Chunk.Text
	}
	return Citation{DocumentID: s.Document.ID, Title: m.Title, Issuer: m.Issuer, IndexNumber: m.IndexNumber, Section: s.Chunk.SectionPath(),
		Quote: s.Text, Published: m.Published,
		URL: fmt.Sprintf("/doc/%s?v=%s&p=%s&s=%d#%s", s.Document.ID, s.Document.Version, s.Chunk.ID, s.Sentence, s.Chunk.ID)}
}

// inScriptOf turns what stands beside the text into the resident's script; citations stay as the documents have them.
func inScriptOf(a *Answer, inScript func(string) string) {
	a.Notice, a.Label = inScript(a.Notice), inScript(a.Label)
	for i := range a.Related {
		a.Related[i] = inScript(a.Related[i])
	}
	if a.Handoff != nil {
		a.Handoff.Name, a.Handoff.Hours, a.Handoff.Say = inScript(a.Handoff.Name), inScript(a.Handoff.Hours), inScript(a.Handoff.Say)
	}
}
