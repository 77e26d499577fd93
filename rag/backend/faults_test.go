package backend

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"

	"wenda/rag/backend/scripted"
)

// faultRow is one thing that a vendor does, and what Compose makes of it: the whole text, or a reason and what the error says.
type faultRow struct {
	name      string
	vendor    string // "ollama", or any OpenAI-compatible server
	reply     scripted.Reply
	limits    func(*Limits)
	text      string // want, when there is no reason
	reason    string // want
	says      string // the error must hold it
	delivered string // want before the failure
	after     time.Duration
}

// short makes one limit so short that it fires as soon as the server waits.
const short = 80 * time.Millisecond

var (
	long    = strings.Repeat("新增学位2800个。", 4000) // 76,000 bytes
	longest = strings.Repeat("长", 70<<10/3)
	hello   = scripted.Write(scripted.Delta("全年新增"))
	stop    = scripted.Write(scripted.Finish("stop"))
	end     = scripted.Write(scripted.End)
)

// bytewise sends text one byte at a time, so that every cut of the stream is seen by the reader.
func bytewise(text string) []scripted.Step {
	var steps []scripted.Step
	for i := range len(text) {
		steps = append(steps, scripted.Write(text[i:i+1]))
	}
	return steps
}

// drip sends pieces with a pause before each.
func drip(pause time.Duration, pieces ...string) []scripted.Step {
	var steps []scripted.Step
	for _, piece := range pieces {
		steps = append(steps, scripted.Wait(pause), scripted.Write(piece))
	}
	return steps
}

func times(n int, text string) []string {
	pieces := make([]string, n)
	for i := range pieces {
		pieces[i] = text
	}
	return pieces
}

var faultRows = []faultRow{
	// Good ones, as different as vendors are.
	{name: "normal", reply: scripted.Chat(scripted.GoodText...), text: goodText},
	{name: "normal, not streamed", reply: scripted.Whole(goodText), text: goodText},
	{name: "keep-alive comments and other fields", reply: scripted.Stream(scripted.Write(": keep-alive\n\n"), scripted.Write("event: message\nid: 7\nretry: 100\n"), hello, scripted.Write(": keep-alive\n\n"), stop, end), text: "全年新增"},
	{name: "CRLF and no blank after the colon", reply: scripted.Stream(scripted.Write("data:" + `{"choices":[{"index":0,"delta":{"content":"好"},"finish_reason":"stop"}]}` + "\r\n\r\ndata:[DONE]\r\n\r\n")), text: "好"},
	{name: "no blank line after the end mark", reply: scripted.Stream(hello, stop, scripted.Write("data: [DONE]")), text: "全年新增"},
	{name: "finish reason taken back by the usage chunk", reply: scripted.Stream(hello, stop, scripted.Write(scripted.Event(`{"choices":[{"index":0,"delta":{"content":null},"finish_reason":null}],"usage":{"prompt_tokens":3,"completion_tokens":4}}`)), end), text: "全年新增"},
	{name: "a second choice is not ours", reply: scripted.Stream(scripted.Write(scripted.Event(`{"choices":[{"index":1,"delta":{"content":"不"}},{"index":0,"delta":{"content":"好"}}]}`)), stop, end), text: "好"},
	{name: "empty choices before the text", reply: scripted.Stream(scripted.Write(scripted.Event(`{"choices":[],"prompt_filter_results":[]}`)), hello, stop, end), text: "全年新增"},
	{name: "a null error is none", reply: scripted.Stream(scripted.Write(scripted.Event(`{"error":null,"choices":[{"index":0,"delta":{"content":"好","tool_calls":[],"function_call":null}}]}`)), stop, end), text: "好"},
	{name: "drip, byte by byte", reply: scripted.Stream(bytewise(scripted.Delta("学位😀\u2028") + scripted.Finish("stop") + scripted.End)...), text: "学位😀\u2028"},
	{name: "drip, slow and alive", reply: scripted.Stream(append(drip(5*time.Millisecond, times(8, scripted.Delta("字"))...), stop, end)...), text: "字字字字字字字字"},
	{name: "slow first token", reply: scripted.Stream(scripted.Wait(60*time.Millisecond), hello, stop, end), text: "全年新增"},
	{name: "a line over 64 KiB, most of it reasoning", reply: scripted.Stream(scripted.Write(scripted.Event(`{"choices":[{"index":0,"delta":{"reasoning_content":"`+longest+`","content":"短"}}]}`)), stop, end), text: "短"},
	{name: "a line over 64 KiB of text", reply: scripted.Stream(scripted.Write(scripted.Delta(long)), stop, end), limits: func(l *Limits) { l.ReplyBytes = 1 << 20 }, text: long},
	{name: "reasoning_content is not shown", reply: scripted.Stream(scripted.Write(scripted.DeltaOf("reasoning_content", "我想想")), hello, stop, end), text: "全年新增"},
	{name: "reasoning is not shown", reply: scripted.Stream(scripted.Write(scripted.DeltaOf("reasoning", "我想想")), hello, stop, end), text: "全年新增"},
	{name: "think marks over several chunks", reply: scripted.Stream(scripted.Write(scripted.Delta("<th")), scripted.Write(scripted.Delta("ink>想<")), scripted.Write(scripted.Delta("/thi")), scripted.Write(scripted.Delta("nk>\n\n全年")), hello, stop, end), text: "全年全年新增"},
	{name: "think marks in a whole reply", reply: scripted.Whole("<think>想</think>\n\n好。"), text: "好。"},
	{name: "a smaller sign is text", reply: scripted.Stream(scripted.Write(scripted.Delta("1<2，<thin")), stop, end), text: "1<2，<thin"},

	// Too late. Where a row ends in a good reply after all, it comes a second later.
	{name: "no status line", reply: scripted.Reply{Steps: []scripted.Step{scripted.Hold()}}, limits: func(l *Limits) { l.Header = short }, reason: ReasonTimeoutHeaders, says: "no answer after 80ms"},
	{name: "no first token", reply: scripted.Stream(scripted.Write("\n"), scripted.Hold()), limits: func(l *Limits) { l.FirstToken = short }, reason: ReasonTimeoutFirstToken, says: "no text after 80ms"},
	{name: "only comments", reply: scripted.Stream(append(drip(10*time.Millisecond, times(100, ": keep-alive\n\n")...), hello, stop, end)...), limits: func(l *Limits) { l.FirstToken = short }, reason: ReasonTimeoutFirstToken, says: "no text"},
	{name: "only reasoning for too long", reply: scripted.Stream(append(drip(10*time.Millisecond, times(100, scripted.DeltaOf("reasoning_content", "嗯"))...), hello, stop, end)...), limits: func(l *Limits) { l.FirstToken = short }, reason: ReasonTimeoutFirstToken, says: "no text"},
	{name: "only thinking for too long", reply: scripted.Stream(append(drip(10*time.Millisecond, append([]string{scripted.Delta("<think>")}, times(100, scripted.Delta("嗯"))...)...), scripted.Write(scripted.Delta("</think>")), hello, stop, end)...), limits: func(l *Limits) { l.FirstToken = short }, reason: ReasonTimeoutFirstToken, says: "no text"},
	{name: "a body that does not come, not streamed", reply: scripted.Reply{Header: map[string]string{"Content-Type": "application/json"}, Steps: []scripted.Step{scripted.Write("{"), scripted.Hold()}}, limits: func(l *Limits) { l.FirstToken = short }, reason: ReasonTimeoutFirstToken, says: "no text"},
	{name: "stall", reply: scripted.Stream(hello, scripted.Hold()), limits: func(l *Limits) { l.Gap = short }, reason: ReasonStalled, says: "no more text after 80ms", delivered: "全年新增"},
	{name: "stall with comments", reply: scripted.Stream(append(append([]scripted.Step{hello}, drip(10*time.Millisecond, times(100, ": keep-alive\n\n")...)...), hello, stop, end)...), limits: func(l *Limits) { l.Gap = short }, reason: ReasonStalled, says: "no more text", delivered: "全年新增"},
	{name: "stall with empty events", reply: scripted.Stream(append(append([]scripted.Step{hello}, drip(10*time.Millisecond, times(100, scripted.Delta(""))...)...), hello, stop, end)...), limits: func(l *Limits) { l.Gap = short }, reason: ReasonStalled, says: "no more text", delivered: "全年新增"},
	{name: "stall before the end mark", reply: scripted.Stream(hello, stop, scripted.Hold()), limits: func(l *Limits) { l.Gap = short }, reason: ReasonStalled, says: "no more text", delivered: "全年新增"},
	{name: "drip without an end", reply: scripted.Stream(append(drip(10*time.Millisecond, times(500, scripted.Delta("字"))...), scripted.Hold())...), limits: func(l *Limits) { l.Total = 4 * short }, reason: ReasonTimeoutTotal, says: "still going after 320ms", delivered: "字*"},

	// Cut short.
	{name: "cut before the status line", reply: scripted.Reply{Steps: []scripted.Step{scripted.Cut()}}, reason: ReasonUnreachable, says: "EOF"},
	{name: "cut before the text", reply: scripted.Stream(scripted.Write("\n"), scripted.Cut()), reason: ReasonTruncated, says: "the connection ended"},
	{name: "cut in mid-chunk", reply: scripted.Stream(hello, scripted.Write(scripted.Delta("学位2800个")[:60]), scripted.Cut()), reason: ReasonTruncated, says: "the connection ended", delivered: "全年新增"},
	{name: "cut between chunks", reply: scripted.Stream(hello, scripted.Write(scripted.Delta("学位")), scripted.Cut()), reason: ReasonTruncated, says: "the connection ended", delivered: "全年新增学位"},
	{name: "cut after the finish reason", reply: scripted.Stream(hello, stop, scripted.Cut()), reason: ReasonTruncated, says: "the connection ended", delivered: "全年新增"},
	{name: "no [DONE]", reply: scripted.Stream(hello, stop), reason: ReasonTruncated, says: "without its end mark", delivered: "全年新增"},
	{name: "no finish reason and no [DONE]", reply: scripted.Stream(hello), reason: ReasonTruncated, says: "without a finish reason", delivered: "全年新增"},
	{name: "[DONE] without a finish reason", reply: scripted.Stream(hello, end), reason: ReasonTruncated, says: "no finish reason", delivered: "全年新增"},
	{name: "an empty body", reply: scripted.Stream(), reason: ReasonTruncated, says: "without a finish reason"},
	{name: "empty choices alone", reply: scripted.Stream(scripted.Write(scripted.Event(`{"choices":[]}`)), end), reason: ReasonTruncated, says: "no finish reason"},
	{name: "the limit of tokens", reply: scripted.Stream(hello, scripted.Write(scripted.Finish("length")), end), reason: ReasonTruncated, says: "limit of tokens", delivered: "全年新增"},

	// Ended by the vendor.
	{name: "content_filter", reply: scripted.Stream(hello, scripted.Write(scripted.Finish("content_filter")), end), reason: ReasonRefused, says: "content_filter", delivered: "全年新增"},
	{name: "sensitive", reply: scripted.Stream(scripted.Write(scripted.Finish("sensitive")), end), reason: ReasonRefused, says: "sensitive"},
	{name: "no resources", reply: scripted.Stream(hello, scripted.Write(scripted.Finish("insufficient_system_resource")), end), reason: ReasonOverloaded, says: "insufficient_system_resource", delivered: "全年新增"},
	{name: "an unknown finish reason", reply: scripted.Stream(hello, scripted.Write(scripted.Finish("abort")), end), reason: ReasonBadReply, says: "finish reason abort", delivered: "全年新增"},
	{name: "error event first", reply: scripted.Stream(scripted.Write(scripted.Event(`{"error":{"message":"server had an error","type":"server_error","code":null}}`))), reason: ReasonFailed, says: "server had an error"},
	{name: "error event after text", reply: scripted.Stream(hello, scripted.Write(scripted.Event(`{"error":{"message":"worker died"}}`)), end), reason: ReasonFailed, says: "worker died", delivered: "全年新增"},
	{name: "error event of a rate limit", reply: scripted.Stream(scripted.Write(scripted.Event(`{"error":{"message":"slow down","code":"rate_limit_exceeded"}}`))), reason: ReasonRateLimited, says: "slow down"},
	{name: "error line that is no event", reply: scripted.Stream(scripted.Write(`{"code":"InternalError","message":"服务异常","request_id":"r"}`)), reason: ReasonFailed, says: "服务异常"},
	{name: "error event without words", reply: scripted.Stream(scripted.Write(scripted.Event(`{"error":{"code":1234}}`))), reason: ReasonFailed, says: "without a message"},

	// Status 200 and no reply.
	{name: "200 with HTML", reply: scripted.HTML(200), reason: ReasonBadReply, says: "HTML page"},
	{name: "200 with HTML that says it is a stream", reply: scripted.Stream(scripted.Write("<html><body>login</body></html>")), reason: ReasonBadReply, says: "a page instead of a stream"},
	{name: "200 with an error body", reply: scripted.JSON(200, `{"error":{"message":"model is loading","type":"server_error"}}`), reason: ReasonFailed, says: "model is loading"},
	{name: "200 with an error body about the account", reply: scripted.JSON(200, `{"error":{"message":"no money","code":"insufficient_quota"}}`), reason: ReasonQuota, says: "no money"},
	{name: "200 with JSON of another kind", reply: scripted.JSON(200, `{"ok":true}`), reason: ReasonBadReply, says: "without choices"},
	{name: "200 with half a JSON body", reply: scripted.JSON(200, `{"choices":[{"message":{"content":"全年`), reason: ReasonBadReply, says: "not JSON"},
	{name: "200 with plain text", reply: scripted.Reply{Header: map[string]string{"Content-Type": "text/plain"}, Steps: []scripted.Step{scripted.Write("OK\n")}}, reason: ReasonBadReply, says: "not an event stream: OK"},
	{name: "wrong JSON in an event", reply: scripted.Stream(hello, scripted.Write("data: {\"choices\":[{\n\n"), stop, end), reason: ReasonBadReply, says: "not JSON", delivered: "全年新增"},
	{name: "JSON of another shape in an event", reply: scripted.Stream(scripted.Write(scripted.Event(`{"choices":"none"}`)), stop, end), reason: ReasonBadReply, says: "not JSON"},
	{name: "tool calls", reply: scripted.Stream(scripted.Write(scripted.Event(`{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t","type":"function","function":{"name":"run","arguments":"{}"}}]}}]}`)), scripted.Write(scripted.Finish("tool_calls")), end), reason: ReasonBadReply, says: "called a tool"},
	{name: "a function call", reply: scripted.Stream(hello, scripted.Write(scripted.Event(`{"choices":[{"index":0,"delta":{"function_call":{"name":"run"}}}]}`)), end), reason: ReasonBadReply, says: "called a tool", delivered: "全年新增"},
	{name: "no text at all", reply: scripted.Stream(stop, end), reason: ReasonBadReply, says: "without text"},
	{name: "blanks only", reply: scripted.Stream(scripted.Write(scripted.Delta(" \n")), stop, end), reason: ReasonBadReply, says: "without text"},
	{name: "thinking without an end", reply: scripted.Stream(scripted.Write(scripted.Delta("<think>我想了很久")), stop, end), reason: ReasonBadReply, says: "without text"},
	{name: "thinking without a beginning", reply: scripted.Stream(scripted.Write(scripted.Delta("我想")), scripted.Write(scripted.Delta("好了</think>好。")), stop, end), reason: ReasonBadReply, says: "not marked as such", delivered: "我想"},
	{name: "too much text", reply: scripted.Stream(scripted.Write(scripted.Delta(long)), stop, end), limits: func(l *Limits) { l.ReplyBytes = 64 << 10 }, reason: ReasonTooLarge, says: "65536 bytes of text"},
	{name: "too much of anything", reply: scripted.Stream(append([]scripted.Step{hello}, scripted.Write(strings.Repeat(": nothing\n", 8<<10)))...), limits: func(l *Limits) { l.ReplyBytes = 1 << 10 }, reason: ReasonTooLarge, says: "on the wire", delivered: "全年新增"},
	{name: "a line without an end", reply: scripted.Stream(scripted.Write("data: "), scripted.Write(strings.Repeat("x", 80<<10)), scripted.Hold()), limits: func(l *Limits) { l.ReplyBytes = 1 << 10 }, reason: ReasonTooLarge, says: "on the wire"},

	// Other statuses.
	{name: "400", reply: scripted.Refuse(400, "context_length_exceeded", "prompt is too long", ""), reason: ReasonBadRequest, says: "HTTP 400: prompt is too long"},
	{name: "401 that repeats the key", reply: scripted.Refuse(401, "invalid_api_key", "Incorrect API key provided: "+testKey+" or sk-wenda*****TAIL", ""), reason: ReasonUnauthorized, says: "HTTP 401: Incorrect API key provided: [key] or [key]"},
	{name: "402", reply: scripted.Refuse(402, "", "Insufficient Balance", ""), reason: ReasonQuota, says: "HTTP 402: Insufficient Balance"},
	{name: "403", reply: scripted.Refuse(403, "", "no access to this model", ""), reason: ReasonUnauthorized, says: "no access"},
	{name: "404", reply: scripted.JSON(404, `{"detail":"Not Found"}`), reason: ReasonBadRequest, says: "Not Found"},
	{name: "408", reply: scripted.Refuse(408, "", "too slow", ""), reason: ReasonOverloaded, says: "HTTP 408"},
	{name: "429 with Retry-After", reply: scripted.Refuse(429, "rate_limit_exceeded", "slow down", "7"), reason: ReasonRateLimited, says: "slow down (retry after 7s)", after: 7 * time.Second},
	{name: "429 without Retry-After", reply: scripted.Refuse(429, "", "slow down", ""), reason: ReasonRateLimited, says: "HTTP 429: slow down"},
	{name: "429 for an empty account", reply: scripted.Refuse(429, "insufficient_quota", "check your plan", ""), reason: ReasonQuota, says: "check your plan"},
	{name: "500", reply: scripted.Refuse(500, "", "oops", ""), reason: ReasonFailed, says: "HTTP 500: oops"},
	{name: "500 with words alone", reply: scripted.Reply{Status: 500, Steps: []scripted.Step{scripted.Write("panic:\n\tat line 1\x00")}}, reason: ReasonFailed, says: "HTTP 500: panic: at line 1"},
	{name: "502 with HTML", reply: scripted.HTML(502), reason: ReasonOverloaded, says: "HTTP 502"},
	{name: "503", reply: scripted.Refuse(503, "", "overloaded", "1"), reason: ReasonOverloaded, says: "overloaded", after: time.Second},
	{name: "504", reply: scripted.Reply{Status: 504}, reason: ReasonOverloaded, says: "HTTP 504"},
	{name: "529", reply: scripted.Reply{Status: 529}, reason: ReasonOverloaded, says: "HTTP 529"},
	{name: "204", reply: scripted.Reply{Status: 204}, reason: ReasonBadReply, says: "HTTP 204"},
	{name: "a redirect", reply: scripted.Redirect("http://127.0.0.1:1/steal"), reason: ReasonRedirected, says: "not followed"},
	{name: "a body of a refusal that does not end", reply: scripted.Reply{Status: 500, Steps: []scripted.Step{scripted.Write("half"), scripted.Hold()}}, limits: func(l *Limits) { l.Total = short }, reason: ReasonTimeoutTotal, says: "still going"},

	// Ollama's own API.
	{name: "ollama: normal", vendor: "ollama", reply: scripted.Ollama(scripted.GoodText...), text: goodText},
	{name: "ollama: done without a reason", vendor: "ollama", reply: scripted.Lines(scripted.Write(scripted.OllamaLine("好。")), scripted.Write(`{"done":true}`+"\n")), text: "好。"},
	{name: "ollama: thinking is not shown", vendor: "ollama", reply: scripted.Lines(scripted.Write(`{"message":{"role":"assistant","content":"","thinking":"想"},"done":false}`+"\n"), scripted.Write(scripted.OllamaLine("<think>想</think>好。")), scripted.Write(scripted.OllamaEnd("stop"))), text: "好。"},
	{name: "ollama: a line over 512,000 bytes", vendor: "ollama", reply: scripted.Lines(scripted.Write(scripted.OllamaLine(strings.Repeat(long, 8))), scripted.Write(scripted.OllamaEnd("stop"))), limits: func(l *Limits) { l.ReplyBytes = 1 << 20 }, text: strings.Repeat(long, 8)},
	{name: "ollama: error line", vendor: "ollama", reply: scripted.Lines(scripted.Write(scripted.OllamaLine("好")), scripted.Write(`{"error":"model runner has stopped"}`+"\n")), reason: ReasonFailed, says: "model runner has stopped", delivered: "好"},
	{name: "ollama: no such model", vendor: "ollama", reply: scripted.JSON(404, `{"error":"model 'm' not found"}`), reason: ReasonBadRequest, says: "HTTP 404: model 'm' not found"},
	{name: "ollama: cut", vendor: "ollama", reply: scripted.Lines(scripted.Write(scripted.OllamaLine("好")), scripted.Cut()), reason: ReasonTruncated, says: "the connection ended", delivered: "好"},
	{name: "ollama: no done", vendor: "ollama", reply: scripted.Lines(scripted.Write(scripted.OllamaLine("好"))), reason: ReasonTruncated, says: "without a finish reason", delivered: "好"},
	{name: "ollama: stall", vendor: "ollama", reply: scripted.Lines(scripted.Write(scripted.OllamaLine("好")), scripted.Hold()), limits: func(l *Limits) { l.Gap = short }, reason: ReasonStalled, says: "no more text", delivered: "好"},
	{name: "ollama: the limit of tokens", vendor: "ollama", reply: scripted.Lines(scripted.Write(scripted.OllamaLine("好")), scripted.Write(scripted.OllamaEnd("length"))), reason: ReasonTruncated, says: "limit of tokens", delivered: "好"},
	{name: "ollama: the model was loaded and no more", vendor: "ollama", reply: scripted.Lines(scripted.Write(scripted.OllamaEnd("load"))), reason: ReasonBadReply, says: "finish reason load"},
	{name: "ollama: wrong JSON", vendor: "ollama", reply: scripted.Lines(scripted.Write("{\"message\":\n")), reason: ReasonBadReply, says: "not JSON"},
	{name: "ollama: tool calls", vendor: "ollama", reply: scripted.Lines(scripted.Write(`{"message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"run"}}]},"done":false}`+"\n"), scripted.Write(scripted.OllamaEnd("stop"))), reason: ReasonBadReply, says: "called a tool"},
	{name: "ollama: HTML", vendor: "ollama", reply: scripted.HTML(200), reason: ReasonBadReply, says: "HTML page"},
}

func TestWhatComposeMakesOfAVendor(t *testing.T) {
	if len(faultRows) < 40 {
		t.Fatalf("%d rows", len(faultRows))
	}
	t.Logf("%d rows", len(faultRows))
	for _, row := range faultRows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := vendorServer(t)
			s.Script(row.reply)
			c := configOf(s, row.vendor)
			if row.limits != nil {
				row.limits(&c.Limits)
			}
			b := backendOf(t, c)
			var h heard
			done, err := b.Compose(t.Context(), ask("新增多少学位？"), h.deliver)
			row.judge(t, b, done, err, h)
			// Whatever it was, the next call is a new one.
			c.Limits = patient()
			if done, err := backendOf(t, c).Compose(t.Context(), ask("新增多少学位？"), h.deliver); err != nil || done.Text != goodText {
				t.Errorf("the next call: %q, %v", done.Text, err)
			}
		})
	}
}

func (row faultRow) judge(t *testing.T, b *Backend, done Completion, err error, h heard) {
	t.Helper()
	if row.reason == "" {
		if err != nil || done.Text != row.text || h.text() != row.text || done.Stop != "stop" {
			t.Fatalf("got %q delivered %q stop %q error %v, want %q", cut(done.Text), cut(h.text()), done.Stop, err, cut(row.text))
		}
		if done.Backend != b.Name() || done.Model == "" || done.Tokens.Prompt == 0 || done.Tokens.Completion == 0 || done.FirstToken <= 0 || done.Duration < done.FirstToken {
			t.Errorf("incomplete: %+v", done)
		}
		return
	}
	if done != (Completion{}) {
		t.Errorf("a completion beside an error: %+v", done)
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want %s", err, row.reason)
	}
	if e.Reason() != row.reason || !strings.Contains(err.Error(), row.says) || e.RetryAfter() != row.after {
		t.Errorf("got reason %s after %v %q\nwant %s after %v %q", e.Reason(), e.RetryAfter(), err, row.reason, row.after, row.says)
	}
	want, some := strings.CutSuffix(row.delivered, "*")
	if got := h.text(); got != want && !(some && strings.HasPrefix(got, want)) {
		t.Errorf("delivered %q, want %q", cut(got), row.delivered)
	}
	if e.Text != (len(h.pieces) > 0) && row.reason != ReasonTooLarge {
		t.Errorf("Text is %v after %d pieces", e.Text, len(h.pieces))
	}
	if e.Backend != b.Name() {
		t.Errorf("of %q, want %q", e.Backend, b.Name())
	}
	if shown := fmt.Sprintf("%v %+v %#v %q", err, e, e, e.Unwrap()); strings.Contains(shown, "wenda0123") || strings.Contains(shown, "TAIL") {
		t.Errorf("the key is in %s", shown)
	}
	if strings.ContainsAny(err.Error(), "\n\x00") || len([]rune(err.Error())) > 400 {
		t.Errorf("not fit for a log line: %q", err)
	}
}

// cut keeps failures readable.
func cut(text string) string {
	if len(text) > 200 {
		return text[:200] + "…"
	}
	return text
}

// Faults before and around HTTP.
func TestWhatComposeMakesOfANetwork(t *testing.T) {
	t.Parallel()
	plain, secure := vendorServer(t), scripted.StartTLS()
	t.Cleanup(secure.Close)
	rows := []struct {
		name, base, reason, says string
		limits                   func(*Limits)
	}{
		{"nobody listens", closedPort(t), ReasonUnreachable, "refused", nil},
		{"a certificate that nobody trusts", secure.URL, ReasonTLS, "unknown authority", nil},
		{"TLS where there is none", strings.Replace(plain.URL, "http:", "https:", 1), ReasonTLS, "", nil},
		{"a handshake that does not end", "https://" + silent(t), ReasonTLS, "handshake timeout", func(l *Limits) { l.Dial = short }},
		{"no TLS where there is one", strings.Replace(secure.URL, "https:", "http:", 1), ReasonBadRequest, "HTTP 400", nil},
		{"a peer that takes the request and says nothing", "http://" + silent(t), ReasonTimeoutHeaders, "no answer", func(l *Limits) { l.Header = short }},
		{"IPv6 only", onIPv6(t).URL, "", "", nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := Config{BaseURL: row.base + "/v1", Model: "m", Key: testKey, Limits: patient()}
			if row.limits != nil {
				row.limits(&c.Limits)
			}
			b := backendOf(t, c)
			var h heard
			done, err := b.Compose(t.Context(), ask("新增多少学位？"), h.deliver)
			faultRow{text: goodText, reason: row.reason, says: row.says}.judge(t, b, done, err, h)
		})
	}
}

// Ends that are the caller's.
func TestWhatComposeMakesOfItsCaller(t *testing.T) {
	t.Parallel()
	full := errors.New("the resident's connection is gone")
	for _, row := range []struct {
		name, reason string
		is           error
		reply        scripted.Reply
		run          func(b *Backend, h *heard) error
	}{
		{"gives up before", ReasonCancelled, context.Canceled, scripted.Chat("好"), func(b *Backend, h *heard) error {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_, err := b.Compose(ctx, ask("?"), h.deliver)
			return err
		}},
		{"gives up while nothing comes", ReasonCancelled, context.Canceled, scripted.Stream(scripted.Write("\n"), scripted.Hold()), func(b *Backend, h *heard) error {
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(30*time.Millisecond, cancel)
			_, err := b.Compose(ctx, ask("?"), h.deliver)
			return err
		}},
		{"gives up in mid-stream", ReasonCancelled, context.Canceled, scripted.Stream(hello, scripted.Hold()), func(b *Backend, h *heard) error {
			ctx, cancel := context.WithCancel(context.Background())
			_, err := b.Compose(ctx, ask("?"), func(context.Context, string) error { cancel(); return nil })
			return err
		}},
		{"gives up with the last piece", ReasonCancelled, context.Canceled, scripted.Chat("好"), func(b *Backend, h *heard) error {
			ctx, cancel := context.WithCancel(context.Background())
			_, err := b.Compose(ctx, ask("?"), func(context.Context, string) error { cancel(); return nil })
			return err
		}},
		{"has a deadline", ReasonDeadline, context.DeadlineExceeded, scripted.Stream(hello, scripted.Hold()), func(b *Backend, h *heard) error {
			ctx, cancel := context.WithTimeout(context.Background(), short)
			defer cancel()
			_, err := b.Compose(ctx, ask("?"), h.deliver)
			return err
		}},
		{"cannot take the text", ReasonDelivery, full, scripted.Stream(hello, scripted.Hold()), func(b *Backend, h *heard) error {
			_, err := b.Compose(context.Background(), ask("?"), func(context.Context, string) error { return full })
			return err
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := vendorServer(t)
			s.Script(row.reply)
			start := time.Now()
			err := row.run(backendOf(t, configOf(s, "")), &heard{})
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %v: it waited for a limit of the vendor's, 20 s", took)
			}
			var e *Error
			if !errors.As(err, &e) || e.Reason() != row.reason || !errors.Is(err, row.is) {
				t.Fatalf("got %v, want %s of %v", err, row.reason, row.is)
			}
			if row.name != "gives up before" && e.Spent.Prompt == 0 {
				t.Error("nothing spent")
			}
			soon(t, "the server stops", func() bool { _, busy := s.Open(); return busy == 0 })
		})
	}
}

// Every reason is a row of some test: those of a chain are in chain_test.go.
func TestEveryReasonHasARow(t *testing.T) {
	seen := map[string]bool{ReasonUnreachable: true, ReasonTLS: true, ReasonCancelled: true, ReasonDeadline: true, ReasonDelivery: true, // above
		ReasonBreakerOpen: true, ReasonBusy: true, ReasonBudget: true} // TestChain…
	for _, row := range faultRows {
		seen[row.reason] = true
	}
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Reason") {
			return true
		}
		n++
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil || !seen[value] {
			t.Errorf("%s: no row", spec.Names[0].Name)
		}
		return true
	})
	if n < 20 {
		t.Fatalf("only %d reasons found", n)
	}
}
