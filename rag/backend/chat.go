package backend

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// chatChunk is one event of chat completions, or a whole reply, as far as we read it (OpenAI, "Chat Completions", streaming chunks).
// reasoning_content (DeepSeek and most) and reasoning (vLLM, OpenRouter) are not read at all: so they cannot be shown or kept.
type chatChunk struct {
	Model   string          `json:"model,omitempty"`
	Choices []chatChoice    `json:"choices"`
	Usage   *chatUsage      `json:"usage,omitempty"`
	Error   json.RawMessage `json:"error,omitempty"`
}

type chatChoice struct {
	Index        int         `json:"index"`
	Delta        chatMessage `json:"delta"`
	Message      chatMessage `json:"message,omitzero"` // of a whole reply
	FinishReason string      `json:"finish_reason,omitempty"`
}

type chatMessage struct {
	Content      string          `json:"content"`
	ToolCalls    json.RawMessage `json:"tool_calls,omitempty"`
	FunctionCall json.RawMessage `json:"function_call,omitempty"`
}

type chatUsage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
}

// fieldsOfEvents that are no data (WHATWG HTML, "Server-sent events", 9.2.6): skipped.
var fieldsOfEvents = [][]byte{[]byte("event"), []byte("id"), []byte("retry")}

// chatEvent takes one line of an event stream.
func (r *reader) chatEvent(line []byte) *Error {
	field, value, colon := bytes.Cut(line, []byte(":"))
	switch {
	case colon && len(field) == 0: // a comment; DeepSeek keeps connections alive with them
		return nil
	case colon && string(field) == "data":
		return r.chatData(bytes.TrimSpace(value))
	}
	for _, known := range fieldsOfEvents {
		if colon && bytes.Equal(field, known) {
			return nil
		}
	}
	if said := parseComplaint(line); said.given {
		return r.complain(said)
	}
	if looksLikeMarkup(line) {
		return r.c.fail(ReasonBadReply, "a page instead of a stream")
	}
	return r.c.fail(ReasonBadReply, "not an event stream: "+string(line[:min(len(line), 80)]))
}

// chatData takes the data of one event.
func (r *reader) chatData(data []byte) *Error {
	if len(data) == 0 {
		return nil
	}
	if string(data) == "[DONE]" {
		r.c.done = true
		return nil
	}
	var chunk chatChunk
	err := json.Unmarshal(data, &chunk)
	if err != nil || len(chunk.Choices) == 0 || !absent(chunk.Error) { // complaints come in any shape, but not beside text
		if said := parseComplaint(data); said.given {
			return r.complain(said)
		}
	}
	if err != nil {
		return r.c.fail(ReasonBadReply, "an event that is not JSON: "+err.Error())
	}
	return r.chunk(chunk, false)
}

// chatReply takes a reply of a server that does not stream.
func (r *reader) chatReply(raw []byte) *Error {
	if said := parseComplaint(raw); said.given {
		return r.complain(said)
	}
	var reply chatChunk
	if err := json.Unmarshal(raw, &reply); err != nil {
		return r.c.fail(ReasonBadReply, "the reply is not JSON: "+err.Error())
	}
	if len(reply.Choices) == 0 {
		return r.c.fail(ReasonBadReply, "a reply without choices")
	}
	if fault := r.chunk(reply, true); fault != nil {
		return fault
	}
	r.c.done = true
	return nil
}

func (r *reader) chunk(chunk chatChunk, whole bool) *Error {
	if chunk.Model != "" {
		r.c.model = chunk.Model
	}
	if u := chunk.Usage; u != nil && u.Prompt+u.Completion > 0 {
		r.c.usage = Tokens{Prompt: u.Prompt, Completion: u.Completion}
	}
	for _, choice := range chunk.Choices {
		if choice.Index != 0 { // we ask for one
			continue
		}
		message := choice.Delta
		if whole {
			message = choice.Message
		}
		if !absent(message.ToolCalls) || !absent(message.FunctionCall) {
			return r.c.fail(ReasonBadReply, "the model called a tool, and has none")
		}
		if choice.FinishReason != "" && choice.FinishReason != "null" { // "null" as a word is langchaingo's finding
			r.c.stop = choice.FinishReason
		}
		if fault := r.say(message.Content); fault != nil {
			return fault
		}
	}
	return nil
}

// absent says that a field is not there, null, or empty.
func absent(field json.RawMessage) bool {
	switch string(field) {
	case "", "null", "[]", "{}":
		return true
	}
	return false
}

// complain is the fault of a complaint that came with status 200.
func (r *reader) complain(said complaint) *Error {
	detail := said.message
	if detail == "" {
		detail = fmt.Sprintf("an error without a message (%s)", said.kind)
	}
	return r.c.fail(said.code(200), detail)
}

// chatProtocol writes events of chat completions.
type chatProtocol struct{}

func (chatProtocol) text(out *bytes.Buffer, text string) {
	out.WriteString("data: ")
	appendJSON(out, chatChunk{Choices: []chatChoice{{Delta: chatMessage{Content: text}}}})
	out.WriteString("\n\n")
}

func (chatProtocol) end(out *bytes.Buffer, stop string) {
	out.WriteString("data: ")
	appendJSON(out, chatChunk{Choices: []chatChoice{{FinishReason: stop}}})
	out.WriteString("\n\ndata: [DONE]\n\n")
}
