package staff

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"wenda/store"
)

// An auditLine is a change as people read it. What is kept stays as it was written; only these words are made of it.
type auditLine struct {
	store.Change
	Action                string // what was done
	Thing, Former, Latter string // object, before, after
	To                    string // page of the object; empty without one
}

// auditLines tells changes in words. Names that only an ID stands for are looked up; what is gone keeps its ID.
func (c *Console) auditLines(ctx context.Context, list []store.Change) []auditLine {
	w := auditWords{console: c, ctx: ctx}
	return w.lines(list)
}

// auditWords remembers the names that it looked up.
type auditWords struct {
	console *Console
	ctx     context.Context //nolint:containedctx // lives for one call of auditLines
	titles  map[string]string
	asks    map[string]string
}

func (w *auditWords) lines(list []store.Change) []auditLine {
	out := make([]auditLine, len(list))
	for i, ch := range list {
		out[i] = w.line(ch)
	}
	return out
}

func (w *auditWords) line(ch store.Change) auditLine {
	if ch.By.Address == "cli" {
		ch.By.Address = "命令行"
	}
	l := auditLine{Change: ch, Action: whatText(ch.What), Thing: ch.Object, Former: ch.Before, Latter: ch.After}
	switch part, _, _ := strings.Cut(ch.What, "."); part {
	case "prompt":
		l.Thing, l.Former, l.Latter = promptWords(ch.Object), promptWords(ch.Before), promptWords(ch.After)
		if _, ok := docOf(ch.Object); ok {
			l.To = "/staff/prompts/" + ch.Object
		}
	case "set":
		l.Former, l.Latter = setWords(ch.Before), setWords(ch.After)
	case "account", "session":
		l.Former, l.Latter = accountWords(ch.Before), accountWords(ch.After)
	case "switch":
		l.Thing, l.Former, l.Latter = switchTitle(ch.Object), nameOf(switchWords, ch.Before), nameOf(switchWords, ch.After)
	case "backup":
		l.Latter = backupWords(ch.After)
	case "run", "gate":
		l.Thing, l.To = "一次测试", "/staff/runs/"+ch.Object
		if part == "gate" {
			l.Thing = "一次发布检查"
		}
		var v store.Variant
		if json.Unmarshal([]byte(ch.After), &v) == nil {
			l.Latter = w.console.variantName(v)
		}
	case "document":
		l.Thing = w.title(ch.Object)
		l.Former, l.Latter = w.versionWords(ch.Before), w.versionWords(ch.After)
	case "variants":
		l.Thing = w.title(ch.Object)
	case "gap":
		l.Latter = nameOf(gapHows, ch.After)
	case "curated":
		if ch.What != "curated.save" { // whose texts are the answers themselves
			l.Thing, l.To = w.ask(ch.Object), "/staff/curated/"+url.PathEscape(ch.Object)
			l.Former, l.Latter = promptWords(ch.Before), promptWords(ch.After)
		}
	case "filter":
		l.Latter = w.filterWords(ch.After)
	case "setting":
		l.Thing, l.Former, l.Latter = "发布设置", w.publishingWords(ch.Before), w.publishingWords(ch.After)
	}
	return l
}

var (
	switchWords   = []named{{"on", "开"}, {"off", "停用"}}
	fileName      = regexp.MustCompile(`[a-z]+\.yaml`)
	versionNumber = regexp.MustCompile(`\s*\bv(\d+)\b`)
)

// promptWords names files and versions: "draft v3" becomes 草稿第3版.
func promptWords(s string) string {
	s = fileName.ReplaceAllStringFunc(strings.ReplaceAll(s, "draft", "草稿"), titleOf)
	return versionNumber.ReplaceAllStringFunc(s, func(m string) string {
		if n := versionNumber.FindStringSubmatch(m)[1]; n != "0" {
			return "第" + n + "版"
		}
		return "内置"
	})
}

// setWords tells a version of a test set, a case that was added, or the cases of a set that is gone.
func setWords(s string) string {
	switch {
	case strings.HasPrefix(s, "+ "):
		return "加一题：" + s[2:]
	case strings.HasPrefix(s, "- "):
		return "删一题：" + s[2:]
	case strings.HasPrefix(s, "{"):
		if lines := strings.Split(strings.TrimSpace(s), "\n"); len(lines) > 1 {
			return fmt.Sprintf("%d题", len(lines))
		}
		f := formOfCase(s)
		return "“" + f.Question + "”，" + nameOf(answerables, f.Answerable) + "，应有“" + f.Facts + "”，不应出现“" + f.MustNot + "”"
	case versionNumber.FindString(s) == s:
		return promptWords(s)
	}
	return s
}

// accountWords reads what store.Account tells of itself, and how a session began.
func accountWords(s string) string {
	var out []string
	for _, f := range strings.Fields(s) {
		name, value, _ := strings.Cut(f, "=")
		switch name {
		case "role":
			out = append(out, store.Role(value).String())
		case "disabled":
			out = append(out, "已停用")
		case "totp":
			out = append(out, "有动态口令")
		case "subject":
			out = append(out, "统一登录编号 "+value)
		case "oidc":
			out = append(out, "统一登录")
		default:
			out = append(out, f)
		}
	}
	return strings.Join(out, "，")
}

func backupWords(s string) string {
	var bytes int64
	var documents, answers int
	if n, _ := fmt.Sscanf(s, "bytes=%d documents=%d answers=%d", &bytes, &documents, &answers); n != 3 {
		return s
	}
	return fmt.Sprintf("%s，%d个文件，%d条问答", bytesText(bytes), documents, answers)
}

var versionDigest = regexp.MustCompile(`^[0-9a-f]{8,}$`)

// versionWords is the version of a document, or the document in its place.
func (w *auditWords) versionWords(s string) string {
	if versionDigest.MatchString(s) {
		return "版本 " + s
	}
	if t := w.title(s); t != s {
		return "《" + t + "》"
	}
	return s
}

// title is what a document is called.
func (w *auditWords) title(id string) string {
	if w.titles == nil {
		w.titles = map[string]string{}
		for _, d := range w.console.liveDocuments() {
			w.titles[d.ID] = d.Meta.Title
		}
	}
	if _, known := w.titles[id]; !known && documentID.MatchString(id) {
		w.titles[id] = ""
		if h, err := w.console.store.Document(w.ctx, id); err == nil { // withdrawn ones
			w.titles[id] = h.Document.Meta.Title
		}
	}
	return cmp.Or(w.titles[id], id)
}

// documentID is what corpus makes: d and 12 hexadecimal digits.
var documentID = regexp.MustCompile(`^d[0-9a-f]{12}$`)

// ask is the first question of a curated answer.
func (w *auditWords) ask(id string) string {
	if w.asks == nil {
		w.asks = map[string]string{}
		list, err := w.console.store.CuratedEntries(w.ctx)
		if err != nil { // the ID says as much
			w.console.log.Warn("names of curated answers", "error", err)
		}
		for _, b := range w.console.bundledCurated() {
			w.asks[b.ID] = b.Asks[0]
		}
		for _, e := range list {
			w.asks[e.ID] = e.Newest.Body.Asks[0]
		}
	}
	return cmp.Or(w.asks[id], id)
}

// filterNames are the fields of a filter of the log, in words, with what their values are called.
var filterNames = map[string]struct {
	name   string
	values []named
}{
	"status": {"结果", statusNames}, "mode": {"方式", modeNames}, "channel": {"渠道", channelNames}, "feedback": {"评价", feedbackNames}, "from": {"从", nil}, "to": {"到", nil},
	"text": {"文字", nil}, "document": {"文件", nil}, "chunk": {"段落", nil}, "version": {"索引版本", nil}, "weak": {"依据弱的", nil},
}

// filterWords says what a filter of the log chooses.
func (w *auditWords) filterWords(query string) string {
	q, err := url.ParseQuery(query)
	if err != nil {
		return query
	}
	var out []string
	for _, field := range logFields {
		v := q.Get(field)
		if v == "" {
			continue
		}
		f := filterNames[field]
		switch field {
		case "weak":
			v = "是"
		case "document":
			v = w.title(v)
		default:
			v = nameOf(f.values, v)
		}
		out = append(out, f.name+"："+v)
	}
	return strings.Join(out, "，")
}

// publishingWords reads the setting of publishing.
func (w *auditWords) publishingWords(s string) string {
	var p Publishing
	if s == "" || json.Unmarshal([]byte(s), &p) != nil {
		return s
	}
	sets := strings.Join(w.console.setNames(w.ctx, p.Sets), "、")
	if sets == "" {
		sets = "不检查"
	}
	who := "一个人可以发布"
	if p.SecondPerson {
		who = "要两个人"
	}
	return "测试集：" + sets + "；允许净变差" + strconv.FormatFloat(p.Margin, 'f', -1, 64) + "%；" + who
}
