package backend

import (
	"bytes"
	"encoding/json"
)

// ollamaChunk is one line of Ollama's /api/chat, as far as we read it (github.com/ollama/ollama, docs/api: "Generate a chat
// message"). message.thinking is not read at all.
type ollamaChunk struct {
	Model   string        `json:"model,omitempty"`
	Message ollamaMessage `json:"message"`
	Done    bool          `json:"done"`
	Reason  string        `json:"done_reason,omitempty"` // absent before Ollama 0.3: then done alone means stop
	Prompt  int           `json:"prompt_eval_count,omitempty"`
	Eval    int           `json:"eval_count,omitempty"`
}

type ollamaMessage struct {
	Role      string          `json:"role"`
	Content   string          `json:"content"`
	ToolCalls json.RawMessage `json:"tool_calls,omitempty"`
}

// ollamaLine takes one line.
func (r *reader) ollamaLine(line []byte) *Error {
	if said := parseComplaint(line); said.given {
		return r.complain(said)
	}
	var chunk ollamaChunk
	if err := json.Unmarshal(line, &chunk); err != nil {
		return r.c.fail(ReasonBadReply, "a line that is not JSON: "+err.Error())
	}
	if !absent(chunk.Message.ToolCalls) {
		return r.c.fail(ReasonBadReply, "the model called a tool, and has none")
	}
	if chunk.Model != "" {
		r.c.model = chunk.Model
	}
	if chunk.Prompt+chunk.Eval > 0 {
		r.c.usage = Tokens{Prompt: chunk.Prompt, Completion: chunk.Eval}
	}
	if fault := r.say(chunk.Message.Content); fault != nil {
		return fault
	}
	if chunk.Done {
		r.c.done, r.c.stop = true, chunk.Reason
		if r.c.stop == "" {
			r.c.stop = stopNormal
		}
	}
	return nil
}

// ollamaProtocol writes Ollama's lines.
type ollamaProtocol struct{}

func (ollamaProtocol) text(out *bytes.Buffer, text string) {
	appendJSON(out, ollamaChunk{Message: ollamaMessage{Role: "assistant", Content: text}})
	out.WriteByte('\n')
}

func (ollamaProtocol) end(out *bytes.Buffer, _ string) {
	appendJSON(out, ollamaChunk{Message: ollamaMessage{Role: "assistant"}, Done: true})
	out.WriteByte('\n')
}
