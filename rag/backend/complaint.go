package backend

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

// complaint is what a vendor says when it refuses. Vendors agree on little: {"error": {"message", "type", "code"}} (OpenAI and most),
// {"error": "text"} (Ollama), {"code", "message"} (DashScope, SiliconFlow), {"detail"} (FastAPI servers).
type complaint struct {
	message string
	kind    string // code and type of the vendor, as they are
	given   bool   // there was a complaint at all
}

// parseComplaint reads a body or one event. What is not a complaint gives a zero value.
func parseComplaint(raw []byte) complaint {
	var body struct {
		Error   json.RawMessage `json:"error"`
		Code    json.RawMessage `json:"code"`
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"`
	}
	if json.Unmarshal(raw, &body) != nil {
		return complaint{}
	}
	if len(body.Error) > 0 && !bytes.Equal(body.Error, []byte("null")) {
		var text string
		if json.Unmarshal(body.Error, &text) == nil {
			return complaint{message: text, given: text != ""}
		}
		var inner struct {
			Message string          `json:"message"`
			Type    string          `json:"type"`
			Code    json.RawMessage `json:"code"`
		}
		_ = json.Unmarshal(body.Error, &inner) // an object of another shape is still a complaint
		return complaint{message: inner.Message, kind: inner.Type + " " + string(inner.Code), given: true}
	}
	switch {
	case body.Message != "" && len(body.Code) > 0:
		return complaint{message: body.Message, kind: string(body.Code), given: true}
	case len(body.Detail) > 0:
		return complaint{message: string(body.Detail), given: true}
	}
	return complaint{}
}

// code is the reason for a status and what was said with it. Vendors also complain with status 200.
func (c complaint) code(status int) string {
	switch kind := strings.ToLower(c.kind); {
	case strings.Contains(kind, "insufficient_quota"), strings.Contains(kind, "exceeded_current_quota"), strings.Contains(kind, "arrearage"):
		return ReasonQuota
	case strings.Contains(kind, "invalid_api_key"), strings.Contains(kind, "invalidapikey"):
		return ReasonUnauthorized
	case strings.Contains(kind, "rate_limit"):
		return ReasonRateLimited
	}
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return ReasonUnauthorized
	case status == http.StatusPaymentRequired:
		return ReasonQuota
	case status == http.StatusTooManyRequests:
		return ReasonRateLimited
	case status == http.StatusBadGateway, status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout, status == 529,
		status == http.StatusRequestTimeout:
		return ReasonOverloaded
	case status >= 500:
		return ReasonFailed
	case status >= 400:
		return ReasonBadRequest
	case status >= 300:
		return ReasonRedirected
	case status == http.StatusOK:
		return ReasonFailed
	}
	return ReasonBadReply
}
