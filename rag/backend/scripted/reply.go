package scripted

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"time"
)

// Reply is what one request gets.
type Reply struct {
	Status int               // 0: 200
	Header map[string]string // Content-Type and others
	Steps  []Step            // after the header, which is sent with the first step
}

// Step is one thing that happens. Exactly one field is set.
type Step struct {
	Wait  time.Duration // until it passed
	Write string        // sent at once
	Hold  bool          // until the client leaves
	Cut   bool          // the connection breaks, in the middle of whatever it was
}

// Wait, Write, Hold and Cut make steps.
func Wait(d time.Duration) Step { return Step{Wait: d} }

// Write sends text at once.
func Write(text string) Step { return Step{Write: text} }

// Hold does nothing more until the client leaves.
func Hold() Step { return Step{Hold: true} }

// Cut breaks the connection.
func Cut() Step { return Step{Cut: true} }

// play does what the reply says. It ends early when the client leaves.
func (r Reply) play(w http.ResponseWriter, req *http.Request) {
	for name, value := range r.Header {
		w.Header().Set(name, value)
	}
	control := http.NewResponseController(w)
	status := r.Status
	if status == 0 {
		status = http.StatusOK
	}
	sent := false
	for _, step := range r.Steps {
		switch {
		case step.Wait > 0:
			t := time.NewTimer(step.Wait)
			select {
			case <-t.C:
			case <-req.Context().Done():
				t.Stop()
				return
			}
		case step.Hold:
			<-req.Context().Done()
			return
		case step.Cut:
			if conn, _, err := control.Hijack(); err == nil {
				conn.Close()
			}
			return
		default:
			if !sent {
				w.WriteHeader(status)
				sent = true
			}
			if _, err := w.Write([]byte(step.Write)); err != nil {
				return
			}
			if err := control.Flush(); err != nil {
				return
			}
		}
	}
	if !sent {
		w.WriteHeader(status)
	}
}

// Good is a good answer to any request: GoodText, or vectors of Dimension.
func Good(r Request) Reply {
	switch {
	case r.Embeddings():
		return Vectors(r, Embed(r.Input))
	case r.Ollama():
		return Ollama(GoodText...)
	case !r.Stream:
		return Whole(join(GoodText))
	}
	return Chat(GoodText...)
}

// GoodText is what a good model says, in pieces: a sentence with a figure and a citation.
var GoodText = []string{"2022年全年", "新建、改扩建学校", "13所，", "新增学位", "2800个。", "[1]"}

// Chat streams pieces as chat completions do, with finish reason, usage and end mark.
func Chat(pieces ...string) Reply {
	steps := []Step{Write(Event(`{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`))}
	for _, piece := range pieces {
		steps = append(steps, Write(Delta(piece)))
	}
	return Stream(append(steps, Write(Finish("stop")), Write(UsageEvent(100, len(pieces))), Write(End))...)
}

// Stream is an event stream of any steps.
func Stream(steps ...Step) Reply {
	return Reply{Header: map[string]string{"Content-Type": "text/event-stream"}, Steps: steps}
}

// End is the end mark of chat completions.
const End = "data: [DONE]\n\n"

// Event is one event of a stream.
func Event(data string) string { return "data: " + data + "\n\n" }

// Delta is an event with text.
func Delta(text string) string { return DeltaOf("content", text) }

// DeltaOf is an event with text in another field, such as reasoning_content.
func DeltaOf(field, text string) string {
	return Event(fmt.Sprintf(`{"id":"c","object":"chat.completion.chunk","created":1,"model":"scripted","choices":[{"index":0,"delta":{%q:%s},"finish_reason":null}]}`,
		field, quote(text)))
}

// Finish is the event with the finish reason.
func Finish(reason string) string {
	return Event(fmt.Sprintf(`{"model":"scripted","choices":[{"index":0,"delta":{},"finish_reason":%q}]}`, reason))
}

// UsageEvent is the event that counts tokens.
func UsageEvent(prompt, completion int) string {
	return Event(fmt.Sprintf(`{"choices":[],"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}`, prompt, completion, prompt+completion))
}

// Whole is a reply that was not streamed.
func Whole(text string) Reply {
	return JSON(200, fmt.Sprintf(`{"model":"scripted","choices":[{"index":0,"message":{"role":"assistant","content":%s},"finish_reason":"stop"}],
		"usage":{"prompt_tokens":100,"completion_tokens":6,"total_tokens":106}}`, quote(text)))
}

// Ollama streams pieces as Ollama's /api/chat does.
func Ollama(pieces ...string) Reply {
	var steps []Step
	for _, piece := range pieces {
		steps = append(steps, Write(OllamaLine(piece)))
	}
	return Lines(append(steps, Write(OllamaEnd("stop")))...)
}

// Lines is a stream of lines of any steps.
func Lines(steps ...Step) Reply {
	return Reply{Header: map[string]string{"Content-Type": "application/x-ndjson"}, Steps: steps}
}

// OllamaLine is one line with text.
func OllamaLine(text string) string {
	return fmt.Sprintf(`{"model":"scripted","created_at":"2026-11-26T00:00:00Z","message":{"role":"assistant","content":%s},"done":false}`+"\n", quote(text))
}

// OllamaEnd is the last line.
func OllamaEnd(reason string) string {
	return fmt.Sprintf(`{"model":"scripted","created_at":"2026-11-26T00:00:00Z","message":{"role":"assistant","content":""},"done":true,"done_reason":%q,`+
		`"prompt_eval_count":100,"eval_count":6}`+"\n", reason)
}

// JSON is a reply of one JSON body.
func JSON(status int, body string) Reply {
	return Reply{Status: status, Header: map[string]string{"Content-Type": "application/json"}, Steps: []Step{Write(body)}}
}

// Refuse is a refusal as OpenAI words it. retryAfter goes into the header unless it is empty.
func Refuse(status int, code, message, retryAfter string) Reply {
	r := JSON(status, fmt.Sprintf(`{"error":{"message":%s,"type":"error","code":%q}}`, quote(message), code))
	if retryAfter != "" {
		r.Header["Retry-After"] = retryAfter
	}
	return r
}

// HTML is a page, as gateways and captive portals send it.
func HTML(status int) Reply {
	return Reply{Status: status, Header: map[string]string{"Content-Type": "text/html; charset=utf-8"},
		Steps: []Step{Write("<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>")}}
}

// Redirect sends the client elsewhere.
func Redirect(to string) Reply {
	return Reply{Status: http.StatusTemporaryRedirect, Header: map[string]string{"Location": to}}
}

// Dimension of the vectors of Embed.
const Dimension = 8

// Embed gives each text a vector that depends on it alone; not of length 1.
func Embed(texts []string) [][]float32 {
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		h := fnv.New64a()
		_, _ = h.Write([]byte(text))
		seed := h.Sum64()
		vectors[i] = make([]float32, Dimension)
		for j := range vectors[i] {
			seed = seed*6364136223846793005 + 1442695040888963407
			vectors[i][j] = float32(int32(seed>>32)) / (1 << 30)
		}
	}
	return vectors
}

// Vectors is a reply with vectors in the order of the request, in the protocol of the request.
func Vectors(r Request, vectors [][]float32) Reply {
	if r.Ollama() {
		raw, _ := json.Marshal(map[string]any{"model": r.Model, "embeddings": vectors, "prompt_eval_count": len(vectors)})
		return JSON(200, string(raw))
	}
	order := make([]int, len(vectors))
	for i := range order {
		order[i] = i
	}
	return Ordered(vectors, order)
}

// Ordered is a reply of embeddings that lists vectors[order[0]] first, each with its index.
func Ordered(vectors [][]float32, order []int) Reply {
	data := make([]map[string]any, 0, len(order))
	for _, i := range order {
		data = append(data, map[string]any{"object": "embedding", "index": i, "embedding": vectors[i]})
	}
	raw, _ := json.Marshal(map[string]any{"object": "list", "data": data, "model": "scripted", "usage": map[string]int{"prompt_tokens": len(data), "total_tokens": len(data)}})
	return JSON(200, string(raw))
}

// quote is text as a JSON string.
func quote(text string) string {
	raw, _ := json.Marshal(text)
	return string(raw)
}

func join(pieces []string) string {
	text := ""
	for _, piece := range pieces {
		text += piece
	}
	return text
}
