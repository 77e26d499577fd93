package staff

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"wenda/store"
)

// A problem is an error as staff see it: a status and Chinese sentences that say what to do. cause is for the log only.
type problem struct {
	status  int
	message string
	retry   time.Duration
	cause   error
}

func (p *problem) Error() string {
	if p.cause != nil {
		return p.message + ": " + p.cause.Error()
	}
	return p.message
}

func (p *problem) Unwrap() error { return p.cause }

func (p *problem) because(err error) *problem {
	c := *p
	c.cause = err
	return &c
}

func (p *problem) saying(message string) *problem {
	c := *p
	c.message = message
	return &c
}

// Problems to copy from, never changed.
var (
	notSignedIn     = &problem{status: 401, message: "请先登录。登录可能已过期，或者已在别处退出。"}
	forbidden       = &problem{status: 403, message: "您没有这一步的权限，请联系管理员。"}
	forbiddenOrigin = &problem{status: 403, message: "这个请求来自别的网站，已经拦下。请在后台页面上操作。"}
	badToken        = &problem{status: 403, message: "页面已经过期，没有保存。请返回上一页，刷新后重新提交。"}
	badForm         = &problem{status: 400, message: "表单没有传完整，请返回上一页重新提交。"}
	invalid         = &problem{status: 400, message: "填写的内容不对，请返回修改。"}
	tooLarge        = &problem{status: 413, message: "提交的内容太大。文件请控制在20 MB以内，文字请分几次保存。"}
	noPage          = &problem{status: 404, message: "没有这个页面，可能已被删除。请从上面的菜单进入。"}
	conflict        = &problem{status: 409, message: "别人刚刚改过，没有保存。请刷新页面，看过新内容后再改。"}
	busy            = &problem{status: 503, message: "现在正忙，请过几秒再试。", retry: 5 * time.Second}
	full            = &problem{status: 507, message: "磁盘已满，没有保存。请联系运维人员清理磁盘；查看不受影响。", retry: time.Minute}
	internal        = &problem{status: 500, message: "系统出了点问题，没有保存。请稍后再试；如果一直这样，请把请求编号告诉运维人员。"}
)

func problemOf(err error) *problem {
	var p *problem
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, store.ErrNotFound):
		return noPage.because(err)
	case errors.Is(err, store.ErrConflict):
		return conflict.because(err)
	case errors.Is(err, store.ErrTaken):
		return conflict.saying("这个名称已经有了，请换一个。")
	case errors.Is(err, store.ErrLastAdmin):
		return conflict.saying("这是最后一个管理员，不能停用或降级。请先让另一个账号当管理员。")
	case errors.Is(err, store.ErrBusy):
		return busy.because(err)
	case errors.Is(err, store.ErrFull):
		return full.because(err)
	case errors.As(err, &large):
		return tooLarge
	}
	return internal.because(err)
}

// fail shows an error. Who is not signed in gets the form to sign in, and comes back to a page that was asked for.
func (v *visit) fail(err error) {
	p := problemOf(err)
	id := v.console.deps.RequestID(v.r.Context())
	if p.cause != nil || p.status >= 500 {
		v.console.log.Warn("staff", "path", v.r.URL.Path, "status", p.status, "error", p.Error(), "request_id", id)
	}
	if p.retry > 0 {
		v.w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(p.retry.Seconds())))))
	}
	if p.status == http.StatusUnauthorized {
		v.session = store.Session{}
		err = v.signInForm(p.status, p.message)
	} else {
		err = v.pageAs(p.status, "error", "没有完成", errorView{p.message, id, v.cameFrom()})
	}
	if err != nil {
		v.console.log.Error("staff error page", "error", err, "request_id", id)
		http.Error(v.w, internal.message, http.StatusInternalServerError)
	}
}

type errorView struct {
	Message, RequestID string
	Back               string // page of the console that the form stood on; empty: unknown
}

// cameFrom is the page of the console that a form was sent from.
func (v *visit) cameFrom() string {
	if v.r.Method != http.MethodPost {
		return ""
	}
	u, err := url.Parse(v.r.Referer())
	if err != nil || u.Host != v.r.Host || !strings.HasPrefix(u.Path, "/staff/") {
		return ""
	}
	return u.RequestURI()
}
