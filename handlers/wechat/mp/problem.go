package mp

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"wenda/handlers/wechat/api"
	"wenda/rag"
	"wenda/store"
)

// A problem is an error as the public sees it. cause is for the log only.
type problem struct {
	status  int
	code    string
	message string // Chinese, says what to do
	retry   time.Duration
	cause   error
}

func (p *problem) Error() string {
	if p.cause != nil {
		return p.code + ": " + p.cause.Error()
	}
	return p.code
}

func (p *problem) Unwrap() error { return p.cause }

func (p *problem) because(err error) *problem {
	c := *p
	c.cause = err
	return &c
}

func (p *problem) in(d time.Duration) *problem {
	c := *p
	c.retry = d
	return &c
}

func (p *problem) saying(message string) *problem {
	c := *p
	c.message = message
	return &c
}

// statusClientGone is nginx's 499, for the log: the client left before the answer.
const statusClientGone = 499

// Problems, values to copy from. Codes are those of /api/v1 where it has them.
var (
	problemJSON      = &problem{status: 400, code: "json_invalid", message: "请求不是正确的JSON，请检查格式后重新发送。"}
	problemField     = &problem{status: 400, code: "field_invalid", message: "请求里有不认识或不正确的字段，请对照接口说明检查。"}
	problemEmpty     = &problem{status: 400, code: "question_empty", message: "还没有写问题。请输入您想了解的事情，例如“今年新增多少学位”。"}
	problemTooLong   = &problem{status: 400, code: "question_too_long", message: "问题超过500字。请缩短到500字以内，或者分成几个问题来问。"}
	problemText      = &problem{status: 400, code: "question_invalid", message: "问题里有乱码或控制字符。请重新输入文字。"}
	problemLoginCode = &problem{status: 400, code: "login_code_invalid", message: "登录凭证无效、过期或已经用过。请重新打开小程序再试。"}
	problemToken     = &problem{status: 401, code: "token_invalid", message: "登录已过期，请重新登录。"}
	problemBlocked   = &problem{status: 403, code: "login_refused", message: "微信认为这个账号有风险，暂时不能登录。请稍后再试，或拨打12345。"}
	problemNoPage    = &problem{status: 404, code: "not_found", message: "没有这个地址，请对照接口说明检查。"}
	problemNoChannel = &problem{status: 404, code: "channel_unknown", message: "没有这个小程序渠道，请检查小程序的设置。"}
	problemNoAnswer  = &problem{status: 404, code: "answer_unknown", message: "没有找到这个回答，可能已经过期或被删除。请重新提问。"}
	problemNoTalk    = &problem{status: 404, code: "conversation_unknown", message: "这段对话已经过期（保留30分钟）。请作为新问题再问一次。"}
	problemMethod    = &problem{status: 405, code: "method_not_allowed", message: "这个地址不支持这种请求方法，请对照接口说明。"}
	problemSlow      = &problem{status: 408, code: "request_timeout", message: "请求传得太慢，没有收完整。请检查网络后重试。"}
	problemTooLarge  = &problem{status: 413, code: "body_too_large", message: "请求内容太大，请缩短后重试（上限16 KiB）。"}
	problemType      = &problem{status: 415, code: "content_type", message: "请求格式不对，请使用Content-Type: application/json（UTF-8编码）。"}
	problemLimit     = &problem{status: 429, code: "rate_limited", message: "操作太频繁了，请稍等片刻再试。"}
	problemManyAsks  = &problem{status: 429, code: "too_many_streams", message: "您有几个问题正在回答，请等它们完成后再问。", retry: 5 * time.Second}
	problemInternal  = &problem{status: 500, code: "internal", message: "系统出了点问题，请稍后再试。如果一直这样，请拨打12345，并告知请求编号。"}
	problemWeChat    = &problem{status: 502, code: "wechat_unreachable", message: "暂时联系不上微信，无法登录。请稍后再试。", retry: 5 * time.Second}
	problemSettings  = &problem{status: 502, code: "wechat_settings", message: "小程序的登录设置有误，请联系管理员。"}
	problemClosed    = &problem{status: 503, code: "channel_closed", message: "小程序问答暂停服务，请稍后再来，或拨打12345。", retry: 10 * time.Minute}
	problemBusy      = &problem{status: 503, code: "busy", message: "现在提问的人很多，请过几秒再试。", retry: 5 * time.Second}
	problemWeBusy    = &problem{status: 503, code: "wechat_busy", message: "微信现在很忙，请过几秒再试。", retry: 3 * time.Second}
	problemNotReady  = &problem{status: 503, code: "not_ready", message: "系统正在准备，请过几秒再试。", retry: 5 * time.Second}
	problemRestart   = &problem{status: 503, code: "restarting", message: "系统正在重新启动，请过几秒再试。", retry: 5 * time.Second}
	problemTimeout   = &problem{status: 504, code: "timeout", message: "这次回答用时太久，已经停止。请再试一次，或换个更短的问法。"}
	problemWeTimeout = &problem{status: 504, code: "wechat_timeout", message: "微信没有及时回应，无法登录。请稍后再试。", retry: 5 * time.Second}
	problemNoSpace   = &problem{status: 507, code: "storage_full", message: "系统暂时保存不了内容，请稍后再试，或拨打12345。", retry: time.Minute}
	problemGone      = &problem{status: statusClientGone, code: "client_gone", message: "连接已经断开。"}
)

// problemOf translates any error into what the public may see.
func problemOf(err error) *problem {
	var p *problem
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, rag.ErrEmpty):
		return problemEmpty
	case errors.Is(err, rag.ErrTooLong):
		return problemTooLong
	case errors.Is(err, rag.ErrInvalidUTF8):
		return problemText
	case errors.Is(err, rag.ErrConversation):
		return problemNoTalk
	case errors.Is(err, rag.ErrNoIndex):
		return problemNotReady.because(err)
	case errors.Is(err, store.ErrFull):
		return problemNoSpace.because(err)
	case errors.Is(err, store.ErrBusy):
		return problemBusy.because(err)
	case errors.Is(err, context.Canceled):
		return problemGone.because(err)
	case errors.Is(err, context.DeadlineExceeded):
		return problemTimeout.because(err)
	}
	return problemInternal.because(err)
}

// loginProblem translates what WeChat says to a code. Its own codes stand in its documents of auth.code2Session; 40226 is a user of high risk.
func loginProblem(err error) *problem {
	if api.CodeOf(err) == 40226 {
		return problemBlocked.because(err)
	}
	switch api.ClassOf(err) {
	case api.BadCode:
		return problemLoginCode.because(err)
	case api.Busy:
		return problemWeBusy.because(err)
	case api.Slow: // 45011: this user, 100 times a minute
		return problemLimit.in(time.Minute).saying("登录太频繁了，请一分钟后再试。").because(err)
	case api.Operator, api.Refused:
		return problemSettings.because(err)
	}
	var timeout interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return problemWeTimeout.because(err)
	}
	return problemWeChat.because(err)
}

// errorBody is the JSON of every error.
type errorBody struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	RequestID string `json:"request_id"`
}

func (c *call) body(p *problem) errorBody {
	return errorBody{p.code, p.message, c.RequestID(c.r.Context())}
}

// fail writes the reply of an error, and its cause to the log where somebody should know. The log line of the request itself is the Server's.
func (c *call) fail(err error) {
	p := problemOf(err)
	if p.status >= 500 && p != problemClosed && p.cause != nil {
		c.Log.Warn("mini-program request failed", "code", p.code, "channel", c.channel.Name, "error", p.cause.Error(), "request_id", c.RequestID(c.r.Context()))
	}
	if p.status == statusClientGone {
		c.w.WriteHeader(p.status) // nobody reads it; the log has it
		return
	}
	if p.status == http.StatusUnauthorized {
		c.w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if p.retry > 0 {
		c.w.Header().Set("Retry-After", retryAfter(p.retry))
	}
	_ = c.reply(p.status, c.body(p)) // three strings: cannot fail
}

// retryAfter is the header's value in whole seconds, at least 1.
func retryAfter(d time.Duration) string { return strconv.Itoa(max(1, int(math.Ceil(d.Seconds())))) }
