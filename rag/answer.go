package rag

import "time"

// Status is the outcome of a question.
type Status string

// Outcomes. Only Answered means that the question itself was answered.
const (
	Answered   Status = "answered"
	NotStated  Status = "not_stated"   // the document is the right one and does not say
	NoSource   Status = "no_source"    // nothing we have is about it
	OutOfScope Status = "out_of_scope" // another place, another year, no matter of ours
	Refused    Status = "refused"      // an attack, an insult, something that an assistant of a government does not do
	SmallTalk  Status = "smalltalk"
	HandedOver Status = "handed_over" // an emergency, a hardship, or another office's business
)

// Statuses lists every Status, for tests of completeness.
func Statuses() []Status {
	return []Status{Answered, NotStated, NoSource, OutOfScope, Refused, SmallTalk, HandedOver}
}

// Mode says how the text came to be.
type Mode string

// Modes of answers.
const (
	Generated Mode = "generated" // composed by a language model and verified
	Quoted    Mode = "quoted"    // sentences of the documents
	Curated   Mode = "curated"   // approved by staff
	Fixed     Mode = "fixed"     // a reply of prompts
)

// An Answer is what a resident gets. Its JSON is the HTTP contract.
type Answer struct {
	ID             string     `json:"id"`
	ConversationID string     `json:"conversation_id"`
	Status         Status     `json:"status"`
	Answered       bool       `json:"answered"`
	Mode           Mode       `json:"mode"`
	Degraded       bool       `json:"degraded"`
	Reason         string     `json:"reason"` // a code: why degraded or refused
	Text           string     `json:"answer"`
	Citations      []Citation `json:"citations"`
	AsOf           string     `json:"as_of"`          // date of the newest document cited, YYYY-MM-DD; empty without citations
	Label          string     `json:"label"`          // the AI label, of generated answers only
	AIGC           *AIGC      `json:"aigc,omitempty"` // likewise, for programs
	Notice         string     `json:"notice"`
	Related        []string   `json:"related"`
	Handoff        *Handoff   `json:"handoff"`
	IndexVersion   string     `json:"index_version"`
	RequestID      string     `json:"request_id"`

	Trace Trace `json:"-"`
}

// AIGC is the implicit label of generated text as GB 45438-2025 names its fields (附录: 元数据隐式标识).
type AIGC struct {
	Label           string `json:"Label"`           // 1: generated
	ContentProducer string `json:"ContentProducer"` // who answers for it
	ProduceID       string `json:"ProduceID"`       // the answer's ID
}

// A Mark says that what follows was generated, to readers and to programs.
type Mark struct {
	Label string `json:"label"`
	AIGC  *AIGC  `json:"aigc"`
}

func aigcOf(producer, id string) *AIGC {
	return &AIGC{Label: "1", ContentProducer: producer, ProduceID: id}
}

// A Citation is a numbered pointer from an answer to a place in a document.
type Citation struct {
	N           int    `json:"n"`
	DocumentID  string `json:"document_id"`
	Title       string `json:"title"`
	Issuer      string `json:"issuer"`
	IndexNumber string `json:"index_number"`
	Section     string `json:"section"`
	Quote       string `json:"quote"` // the sentence as it stands in the document
	Published   string `json:"published"`
	URL         string `json:"url"` // /doc/ID?v=VERSION&p=CHUNK&s=SENTENCE#CHUNK
}

// Handoff says where a person can help.
type Handoff struct {
	Name  string `json:"name"`
	Phone string `json:"phone"`
	Hours string `json:"hours"`
	Say   string `json:"say"` // what to say there
}

// A Question is what came in, and how.
type Question struct {
	ID             string // of the answer to be; empty: the engine makes one (NewAnswerID)
	Text           string
	ConversationID string // empty starts a conversation
	History        []Turn // earlier turns as the caller tells them; only used to understand, ignored with a ConversationID
	Script         string // hans, hant or empty: the question's own
	Channel        string // portal, wechat, staff, cli, api
	RequestID      string
	Detail         bool // the trace tells what a model was sent and said, for a trial; it is not for the log

	// Of those who keep answers; the engine reads neither.
	Owner string // whose history the answer belongs to, as a hash; empty: nobody's
	Stays bool   // the answer goes on being made when the caller leaves: see Progress
}

// A Turn is one utterance of a conversation.
type Turn struct {
	Role    string `json:"role"` // user or assistant
	Content string `json:"content"`
}

// Trace says what happened on the way, for staff. It holds no personal data: the question was masked before.
type Trace struct {
	Asked      string             `json:"asked"` // cleaned and masked
	Standalone string             `json:"standalone,omitempty"`
	Rewrite    string             `json:"rewrite,omitempty"` // what a model made of a follow-up, or why that is not used
	Route      string             `json:"route,omitempty"`
	Kind       string             `json:"kind,omitempty"` // expected kind of answer
	Lacks      string             `json:"lacks,omitempty"`
	Rule       string             `json:"rule,omitempty"`  // which check decided
	Unmet      string             `json:"unmet,omitempty"` // which rule found the expected kind of answer missing, decisive or not
	Strength   float64            `json:"strength"`
	Floor      float64            `json:"floor"`
	Answerable float64            `json:"answerable"`
	Cut        float64            `json:"cut"`
	Coverage   float64            `json:"coverage"`
	Positive   float64            `json:"positive"`
	Talk       float64            `json:"talk"`  // above nought the message looks like talk
	Broad      float64            `json:"broad"` // above nought the question looks broad
	Negative   string             `json:"negative,omitempty"`
	Example    string             `json:"example,omitempty"` // the nearest example of a route
	Kinds      map[string]float64 `json:"kinds,omitempty"`   // by how much the heads take it for a cry for help or an attack
	Outline    string             `json:"outline,omitempty"` // the nearest broad question
	Candidates []Candidate        `json:"candidates,omitempty"`
	Dropped    []Dropped          `json:"dropped,omitempty"`
	Model      *ModelTrace        `json:"model,omitempty"` // of a part that a model was asked for
	Steps      []StepTime         `json:"steps,omitempty"`
	Parts      []Trace            `json:"parts,omitempty"` // of several questions in one message
	Took       time.Duration      `json:"took_ns"`
}

// A Candidate is a sentence that could have been quoted.
type Candidate struct {
	Section string  `json:"section"`
	Text    string  `json:"text"`
	Asked   string  `json:"asked,omitempty"`
	Score   float64 `json:"score"`
	Probe   float64 `json:"probe,omitempty"` // candidates stand in the order of score and probe together
	Cosine  float64 `json:"cosine"`
	Variant float64 `json:"variant"`
	Words   float64 `json:"words"`
}

// ModelTrace says who composed a part, what it cost, and why that is not the answer.
type ModelTrace struct {
	Usage
	Reason   string   `json:"reason,omitempty"`
	Passages int      `json:"passages"`
	Sent     []Sent   `json:"sent,omitempty"` // with Question.Detail
	Said     []Judged `json:"said,omitempty"` // likewise
}

// Sent is a message to a model, its secret mark left out.
type Sent struct {
	Role string `json:"role"`
	Text string `json:"text"`
}

// Judged is a sentence of a model with what the examiner said; Reason is empty when it passed.
type Judged struct {
	Text   string `json:"text"`
	Reason string `json:"reason,omitempty"`
}

// Dropped is a sentence that did not pass, and why.
type Dropped struct {
	Text   string `json:"text"`
	Reason string `json:"reason"`
}

// StepTime is how long a step took.
type StepTime struct {
	Step string        `json:"step"`
	Took time.Duration `json:"took_ns"`
}

// An Event is a piece of an answer on its way. Reset voids all deltas and citations so far; Done carries the whole Answer and is
// authoritative.
type Event struct {
	ID       string    // of the answer, with the first stage
	Stage    string    // understand, retrieve, compose, verify
	Mark     *Mark     // stands before the first generated sentence, and again after a Reset
	Delta    string    // a verified sentence
	Citation *Citation // announced before the sentence that uses it
	Reset    bool
	Done     *Answer
}
