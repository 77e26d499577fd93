package staff

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"wenda/handlers/export"
	"wenda/store"
)

// auditRoutes show every change.
func (c *Console) auditRoutes() []Route {
	return []Route{
		{Method: "GET", Path: "/staff/audit", Needs: store.View, Menu: "操作记录", handle: c.auditPage},
		{Method: "GET", Path: "/staff/audit.csv", Needs: store.View, handle: c.auditExport},
	}
}

// whatNames are the codes of changes in words, by their beginnings; a part of the console adds its own.
var whatNames = map[string]string{
	"account.add": "新建账号", "account.role": "改角色", "account.disabled": "停用或启用账号", "account.reset": "重置账号", "account.subject": "改统一登录编号", "account.welcome": "首次设密码",
	"account.password": "改密码", "account.totp_on": "开启动态口令", "account.totp_off": "关闭动态口令",
	"session.begin": "登录", "session.end_all": "各处退出", "setting.change": "改设置",
	"prompt.save": "保存草稿", "prompt.drop": "放弃草稿", "prompt.import": "导入用语", "prompt.publish": "发布用语", "prompt.override": "强制发布用语", "prompt.rollback": "回退用语",
	"curated.save": "保存审定回答", "curated.approve": "审定回答", "curated.retire": "停用审定回答", "curated.restore": "恢复审定回答",
	"document.stage": "读入文件", "document.drop": "丢弃文件", "document.release": "放行文件", "document.publish": "发布文件", "document.meta": "改文件信息",
	"document.withdraw": "撤下文件", "document.restore": "恢复文件", "document.supersede": "文件被代替", "variants.add": "加问法", "variants.negative": "加反例",
	"variants.remove": "去掉问法", "variants.draft": "采纳模型拟的问法", "variants.publish": "发布模型拟的问法", "variants.drop": "丢弃模型拟的问法", "gap.close": "关闭缺口", "filter.save": "保存筛选", "filter.delete": "删除筛选",
	"switch.off": "停用渠道或模型", "switch.on": "恢复渠道或模型", "switch.reason": "改停用的理由", "embedder.change": "换向量模型", "embedder.cancel": "取消换向量模型", "embedder.serves": "向量模型换好", "embedder.failed": "向量模型没有换成",
	"backup.make": "备份", "backup.download": "下载备份", "backup.delete": "删除备份",
	"set.add": "新建测试集", "set.change": "改测试集", "set.drop": "删除测试集", "run.begin": "开始测试", "run.cancel": "取消测试", "gate.blocked": "发布被拦下",
}

func whatText(what string) string {
	if name := whatNames[what]; name != "" {
		return name
	}
	return what
}

const auditPageSize = 50

type auditView struct {
	Changes  []auditLine
	Who      string
	What     string
	Text     string
	From, To string
	Kinds    []auditKind
	Older    string // address of the next page; empty: no more
	Export   string
}

type auditKind struct{ Code, Name string }

// auditFilter reads the filter of the query. Days are China's; a day that is not one is left out.
func (v *visit) auditFilter() store.ChangeFilter {
	f := store.ChangeFilter{Who: v.form("who"), What: v.form("what"), Text: v.form("text")}
	if d, err := time.ParseInLocation(time.DateOnly, v.form("from"), chinaDay); err == nil {
		f.From = d
	}
	if d, err := time.ParseInLocation(time.DateOnly, v.form("to"), chinaDay); err == nil {
		f.To = d.AddDate(0, 0, 1)
	}
	return f
}

// auditPage is GET /staff/audit.
func (c *Console) auditPage(v *visit) error {
	f := v.auditFilter()
	f.Limit = auditPageSize + 1
	f.Below, _ = strconv.ParseInt(v.form("below"), 10, 64) // none: from the newest
	list, err := c.store.Changes(v.r.Context(), f)
	if err != nil {
		return err
	}
	q := url.Values{}
	for _, name := range []string{"who", "what", "text", "from", "to"} {
		if s := v.form(name); s != "" {
			q.Set(name, s)
		}
	}
	m := auditView{Who: f.Who, What: f.What, Text: f.Text, From: v.form("from"), To: v.form("to"), Kinds: auditKinds(), Export: "/staff/audit.csv?" + q.Encode()}
	if len(list) > auditPageSize {
		list = list[:auditPageSize]
		q.Set("below", strconv.FormatInt(list[len(list)-1].N, 10))
		m.Older = "/staff/audit?" + q.Encode()
	}
	m.Changes = c.auditLines(v.r.Context(), list)
	return v.page("audit", "操作记录", m)
}

func auditKinds() []auditKind {
	return []auditKind{{"", "全部"}, {"prompt.", "提示词与用语"}, {"curated.", "审定回答"}, {"document.", "文件"}, {"variants.", "问法"}, {"gap.", "缺口"}, {"set.", "测试集"}, {"run.", "测试"}, {"gate.", "发布检查"}, {"account.", "账号"}, {"switch.", "渠道和模型"}, {"embedder.", "向量模型"}, {"backup.", "备份"}, {"session.", "登录"}, {"setting.", "设置"}}
}

// auditExport is GET /staff/audit.csv, as a stream, in UTF-8 with the mark that spreadsheets want.
func (c *Console) auditExport(v *visit) error {
	f := v.auditFilter()
	f.Limit = 500
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="audit.csv"`)
	_, _ = v.w.Write([]byte("\uFEFF"))
	w := csv.NewWriter(v.w)
	words := auditWords{console: c, ctx: v.r.Context()}
	_ = w.Write([]string{"编号", "时间", "账号", "角色", "来自", "操作", "对象", "之前", "之后", "理由"}) // errors are sticky
	for {
		list, err := c.store.Changes(v.r.Context(), f)
		if err != nil {
			panic(http.ErrAbortHandler) // begun already: a cut-off file must not look whole
		}
		for _, ch := range words.lines(list) {
			row := []string{strconv.FormatInt(ch.N, 10), when(ch.At), ch.By.Name, ch.By.Role.String(), ch.By.Address, ch.Action, ch.Thing, ch.Former, ch.Latter, ch.Reason}
			for i := range row {
				row[i] = export.Defused(row[i])
			}
			_ = w.Write(row)
		}
		w.Flush()
		if len(list) < f.Limit || w.Error() != nil {
			return nil
		}
		f.Below = list[len(list)-1].N
	}
}
