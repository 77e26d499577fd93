package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"wenda/handlers/contract"
	"wenda/rag"
	"wenda/store"
)

type problem = contract.Problem

// Problems that handlers name themselves. They are values to copy from, never changed.
var (
	problemJSON        = &problem{Status: 400, Code: "json_invalid", Message: "请求不是正确的JSON，请检查格式后重新发送。"}
	problemField       = &problem{Status: 400, Code: "field_invalid", Message: "请求里有不认识或不正确的字段，请对照接口说明检查。"}
	problemEmpty       = &problem{Status: 400, Code: "question_empty", Message: "还没有写问题。请输入您想了解的事情，例如“今年新增多少学位”。"}
	problemTooLong     = &problem{Status: 400, Code: "question_too_long", Message: "问题超过500字。请缩短到500字以内，或者分成几个问题来问。"}
	problemText        = &problem{Status: 400, Code: "question_invalid", Message: "问题里有乱码或控制字符。请用UTF-8编码重新输入文字。"}
	problemHistory     = &problem{Status: 400, Code: "history_invalid", Message: "对话记录不正确。"}
	problemForm        = &problem{Status: 400, Code: "form_invalid", Message: "表单没有传完整，请返回上一页重新提交。"}
	problemTooLarge    = &problem{Status: 413, Code: "body_too_large", Message: "请求内容太大。请缩短问题或减少对话记录后重试（上限16 KiB）。"}
	problemSlow        = &problem{Status: 408, Code: "request_timeout", Message: "请求传得太慢，没有收完整。请检查网络后重试。"}
	problemType        = &problem{Status: 415, Code: "content_type", Message: "请求格式不对，请使用Content-Type: application/json（UTF-8编码）。"}
	problemFormType    = &problem{Status: 415, Code: "content_type", Message: "请求格式不对，请用网页上的表单提交。"}
	problemSigned      = &problem{Status: 401, Code: "signature_invalid", Message: "签名不正确或已过期。请对照接口说明检查密钥、时间、随机串和签名。"}
	problemNoPage      = &problem{Status: 404, Code: "not_found", Message: "没有这个地址。请检查链接，或者回到首页提问。"}
	problemNoAnswer    = &problem{Status: 404, Code: "answer_unknown", Message: "没有找到这个回答，可能已经过期。请重新提问。"}
	problemNoDocument  = &problem{Status: 404, Code: "document_unknown", Message: "没有找到这份文件，可能已经撤下或更新。请回到首页重新提问。"}
	problemNoTalk      = &problem{Status: 404, Code: "conversation_unknown", Message: "这段对话已经过期（保留30分钟）。请去掉conversation_id，作为新问题再问一次。"}
	problemMethod      = &problem{Status: 405, Code: "method_not_allowed", Message: "这个地址不支持这种请求方法，请对照接口说明。"}
	problemLimit       = &problem{Status: 429, Code: "rate_limited", Message: "提问太频繁了，请稍等片刻再试。"}
	problemManyStreams = &problem{Status: 429, Code: "too_many_streams", Message: "同时打开的回答太多了，请等前面的回答完成后再问。", RetryAfter: 5 * time.Second}
	problemFull        = &problem{Status: 503, Code: "busy", Message: "现在提问的人很多，请过几秒再试。", RetryAfter: 5 * time.Second}
	problemNotReady    = &problem{Status: 503, Code: "not_ready", Message: "系统正在准备，请过几秒再试。", RetryAfter: 5 * time.Second}
	problemClosed      = &problem{Status: 503, Code: "channel_closed", Message: "智能问答暂停服务，请拨打12345咨询，或稍后再来。", RetryAfter: 5 * time.Minute}
	problemRestart     = &problem{Status: 503, Code: "restarting", Message: "系统正在重新启动，请过几秒再问一次。", RetryAfter: 5 * time.Second}
	problemTimeout     = &problem{Status: 504, Code: "timeout", Message: "这次回答用时太久，已经停止。请再试一次，或换个更短的问法。"}
	problemNoSpace     = &problem{Status: 507, Code: "storage_full", Message: "系统暂时保存不了内容，请稍后再试，或拨打12345。", RetryAfter: time.Minute}
	problemInternal    = &problem{Status: 500, Code: "internal", Message: "系统出了点问题，请稍后再试。如果一直这样，请拨打12345，并告知请求编号。"}
	problemGone        = &problem{Status: contract.ClientGone, Code: "client_gone", Message: "连接已经断开。"}
)

// problemOf translates any error into what the public may see. It never returns nil for an error.
func problemOf(err error) *problem {
	var p *problem
	var he *echo.HTTPError
	var large *http.MaxBytesError
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
	case errors.Is(err, store.ErrNotFound):
		return problemNoPage.Because(err)
	case errors.Is(err, store.ErrBusy):
		return problemFull.Because(err)
	case errors.Is(err, store.ErrFull):
		return problemNoSpace.Because(err)
	case errors.As(err, &large):
		return problemTooLarge.Because(err)
	case errors.Is(err, context.Canceled):
		return problemGone.Because(err)
	case errors.Is(err, context.DeadlineExceeded):
		return problemTimeout.Because(err)
	case errors.As(err, &he):
		return echoProblem(he)
	}
	return problemInternal.Because(err)
}

// echoProblem translates what Echo itself refuses: unknown routes and methods.
func echoProblem(he *echo.HTTPError) *problem {
	switch {
	case he.Code == http.StatusNotFound:
		return problemNoPage
	case he.Code == http.StatusMethodNotAllowed:
		return problemMethod
	case he.Code >= 400 && he.Code < 500:
		return (&problem{Status: he.Code, Code: "request_invalid", Message: "请求不正确，请对照接口说明检查。"}).Because(he)
	}
	return problemInternal.Because(he)
}

// notFound turns store's ErrNotFound into the problem of what was looked for.
func notFound(err error, what *problem) error {
	if errors.Is(err, store.ErrNotFound) {
		return what.Because(err)
	}
	return err
}
