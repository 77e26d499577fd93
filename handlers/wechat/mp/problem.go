package mp

import (
	"context"
	"errors"
	"net/http"
	"time"

	"wenda/handlers/contract"
	"wenda/handlers/wechat/api"
	"wenda/rag"
	"wenda/store"
)

type problem = contract.Problem

// Problems, values to copy from. Codes are those of /api/v1 where it has them.
var (
	problemJSON      = &problem{Status: 400, Code: "json_invalid", Message: "请求不是正确的JSON，请检查格式后重新发送。"}
	problemField     = &problem{Status: 400, Code: "field_invalid", Message: "请求里有不认识或不正确的字段，请对照接口说明检查。"}
	problemEmpty     = &problem{Status: 400, Code: "question_empty", Message: "还没有写问题。请输入您想了解的事情，例如“今年新增多少学位”。"}
	problemTooLong   = &problem{Status: 400, Code: "question_too_long", Message: "问题超过500字。请缩短到500字以内，或者分成几个问题来问。"}
	problemText      = &problem{Status: 400, Code: "question_invalid", Message: "问题里有乱码或控制字符。请重新输入文字。"}
	problemLoginCode = &problem{Status: 400, Code: "login_code_invalid", Message: "登录凭证无效、过期或已经用过。请重新打开小程序再试。"}
	problemToken     = &problem{Status: 401, Code: "token_invalid", Message: "登录已过期，请重新登录。"}
	problemBlocked   = &problem{Status: 403, Code: "login_refused", Message: "微信认为这个账号有风险，暂时不能登录。请稍后再试，或拨打12345。"}
	problemNoPage    = &problem{Status: 404, Code: "not_found", Message: "没有这个地址，请对照接口说明检查。"}
	problemNoChannel = &problem{Status: 404, Code: "channel_unknown", Message: "没有这个小程序渠道，请检查小程序的设置。"}
	problemNoAnswer  = &problem{Status: 404, Code: "answer_unknown", Message: "没有找到这个回答，可能已经过期或被删除。请重新提问。"}
	problemNoTalk    = &problem{Status: 404, Code: "conversation_unknown", Message: "这段对话已经过期（保留30分钟）。请作为新问题再问一次。"}
	problemMethod    = &problem{Status: 405, Code: "method_not_allowed", Message: "这个地址不支持这种请求方法，请对照接口说明。"}
	problemSlow      = &problem{Status: 408, Code: "request_timeout", Message: "请求传得太慢，没有收完整。请检查网络后重试。"}
	problemTooLarge  = &problem{Status: 413, Code: "body_too_large", Message: "请求内容太大，请缩短后重试（上限16 KiB）。"}
	problemType      = &problem{Status: 415, Code: "content_type", Message: "请求格式不对，请使用Content-Type: application/json（UTF-8编码）。"}
	problemLimit     = &problem{Status: 429, Code: "rate_limited", Message: "操作太频繁了，请稍等片刻再试。"}
	problemManyAsks  = &problem{Status: 429, Code: "too_many_streams", Message: "您有几个问题正在回答，请等它们完成后再问。", RetryAfter: 5 * time.Second}
	problemInternal  = &problem{Status: 500, Code: "internal", Message: "系统出了点问题，请稍后再试。如果一直这样，请拨打12345，并告知请求编号。"}
	problemWeChat    = &problem{Status: 502, Code: "wechat_unreachable", Message: "暂时联系不上微信，无法登录。请稍后再试。", RetryAfter: 5 * time.Second}
	problemSettings  = &problem{Status: 502, Code: "wechat_settings", Message: "小程序的登录设置有误，请联系管理员。"}
	problemClosed    = &problem{Status: 503, Code: "channel_closed", Message: "小程序问答暂停服务，请稍后再来，或拨打12345。", RetryAfter: 10 * time.Minute}
	problemBusy      = &problem{Status: 503, Code: "busy", Message: "现在提问的人很多，请过几秒再试。", RetryAfter: 5 * time.Second}
	problemWeBusy    = &problem{Status: 503, Code: "wechat_busy", Message: "微信现在很忙，请过几秒再试。", RetryAfter: 3 * time.Second}
	problemNotReady  = &problem{Status: 503, Code: "not_ready", Message: "系统正在准备，请过几秒再试。", RetryAfter: 5 * time.Second}
	problemRestart   = &problem{Status: 503, Code: "restarting", Message: "系统正在重新启动，请过几秒再试。", RetryAfter: 5 * time.Second}
	problemTimeout   = &problem{Status: 504, Code: "timeout", Message: "这次回答用时太久，已经停止。请再试一次，或换个更短的问法。"}
	problemWeTimeout = &problem{Status: 504, Code: "wechat_timeout", Message: "微信没有及时回应，无法登录。请稍后再试。", RetryAfter: 5 * time.Second}
	problemNoSpace   = &problem{Status: 507, Code: "storage_full", Message: "系统暂时保存不了内容，请稍后再试，或拨打12345。", RetryAfter: time.Minute}
	problemGone      = &problem{Status: contract.ClientGone, Code: "client_gone", Message: "连接已经断开。"}
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
		return problemNotReady.Because(err)
	case errors.Is(err, store.ErrFull):
		return problemNoSpace.Because(err)
	case errors.Is(err, store.ErrBusy):
		return problemBusy.Because(err)
	case errors.Is(err, context.Canceled):
		return problemGone.Because(err)
	case errors.Is(err, context.DeadlineExceeded):
		return problemTimeout.Because(err)
	}
	return problemInternal.Because(err)
}

// loginProblem translates what WeChat says to a code. Its own codes stand in its documents of auth.code2Session; 40226 is a user of high risk.
func loginProblem(err error) *problem {
	if api.CodeOf(err) == 40226 {
		return problemBlocked.Because(err)
	}
	switch api.ClassOf(err) {
	case api.BadCode:
		return problemLoginCode.Because(err)
	case api.Busy:
		return problemWeBusy.Because(err)
	case api.Slow: // 45011: this user, 100 times a minute
		return problemLimit.In(time.Minute).Saying("登录太频繁了，请一分钟后再试。").Because(err)
	case api.Operator, api.Refused:
		return problemSettings.Because(err)
	}
	var timeout interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return problemWeTimeout.Because(err)
	}
	return problemWeChat.Because(err)
}

func (c *call) body(p *problem) contract.ErrorBody { return p.Body(c.RequestID(c.r.Context())) }

// fail writes the reply of an error, and its cause to the log where somebody should know. The log line of the request itself is the Server's.
func (c *call) fail(err error) {
	p := problemOf(err)
	if p.Status >= 500 && p != problemClosed && p.Cause != nil {
		c.Log.Warn("mini-program request failed", "code", p.Code, "channel", c.channel.Name, "error", p.Cause.Error(), "request_id", c.RequestID(c.r.Context()))
	}
	if p.Status == contract.ClientGone {
		c.w.WriteHeader(p.Status) // nobody reads it; the log has it
		return
	}
	if p.Status == http.StatusUnauthorized {
		c.w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if p.RetryAfter > 0 {
		c.w.Header().Set("Retry-After", contract.RetryAfter(p.RetryAfter))
	}
	_ = c.reply(p.Status, c.body(p)) // three strings: cannot fail
}
