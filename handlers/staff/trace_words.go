package staff

import (
	"regexp"
	"slices"
	"strings"
)

// What the engine's codes in a trace are called on pages. A code without a name is shown as it is: a newer engine may have more of them.

// ruleNames are the checks that decide what becomes of a question (rag, expect.go, decide.go, refuse.go).
var ruleNames = []named{
	{"floor", "没有足够相近的原文"}, {"head", "综合打分低于门槛"}, {"bare", "还没有人写过问法的文件，原文不够相近"}, {"model", "模型认为没有答案"}, {"outline", "概括的问法，列出几条"}, {"list", "列出几条"},
	{"section", "问的是一整节，照原文列出"}, {"rows", "表格里有几行都合乎所问，各列一行"}, {"other_row", "问的那一个不在表格里"}, {"verify", "回答没有通过核对"}, {"alarm", "像是求助，直接答复"}, {"kind", "整句像是求助或攻击，直接答复"}, {"continued", "接着上一次往下列"}, {"curated", "审定回答"},
	{"year", "问的是别的年份"}, {"place", "问的是别的地区"}, {"wide_place", "问的是更大的地区"}, {"series", "要各年的数字，文件只有一年"}, {"level", "问的是别的学段"},
	{"phone", "要电话，原文没有"}, {"person", "要人员，原文没有"}, {"money", "要金额，原文没有"}, {"condition", "要条件或材料，原文没有"}, {"procedure", "要办理流程，原文没有"}, {"result", "要完成结果，原文是计划"},
	{"date", "要时间，原文没有"}, {"premise", "问题的前提文件里没有"}, {"number", "要数字，原文没有"}, {"lacking", "要的数字用的是原文没有的单位"}, {"meaning", "要解释，原文没有"}, {"share", "要占比，原文没有"}, {"part:stock", "要现有多少，原文没有"}, {"part", "要其中一部分的数字，原文没有"},
	{"figure", "要一个数，原文没有"}, {"besides", "问到处分或同以前的差别，原文没有"},
	{"address", "要地点，原文没有"}, {"local", "问的是区里某一处，原文没有提"},
}

// routeNames are the entries of routes.yaml that come with the program. One that staff add has the name that they gave it.
var routeNames = []named{
	{"emergency", "紧急求助"}, {"distress", "心理求助"}, {"distress_harm", "受到伤害"}, {"distress_low", "情绪低落"}, {"dangerous", "危险的事"},
	{"prompt_leak", "打探内部设置"}, {"injection", "想改变助手的规则"}, {"politics", "政治话题"}, {"politics_judge", "评价时政"}, {"insult", "骂人"},
	{"insult_staff", "骂工作人员"}, {"code", "写程序"}, {"translation", "翻译"}, {"homework", "代写作业"}, {"identity", "问助手是谁"}, {"capability", "问助手会什么"},
	{"human", "要人工"}, {"thanks", "道谢"}, {"bye", "告别"}, {"compliment", "夸奖"}, {"sorry", "抱歉"}, {"greeting", "问候"}, {"ack", "应声"}, {"chat", "闲聊"},
	{"other_service", "别的服务"}, {"other_business", "别的部门的事"}, {"personal_case", "个人的具体情况"}, {"privacy", "打听别人的个人信息"}, {"empty", "没有内容"}, {"gibberish", "看不懂的文字"}, {"unclear", "看不懂的文字"},
}

// reasonNames say why a sentence or a model's whole answer was not used (rag, examine.go and model.go; rag/backend, the reasons of its errors).
var reasonNames = []named{
	{"leak", "泄露了内部设置"}, {"too_long", "太长"}, {"markup", "有网址或不该有的符号"}, {"no_passage", "没有注明出处"}, {"citation", "出处的编号不存在"},
	{"word", "原文没有这个说法"}, {"latin", "原文没有这个外文词"}, {"plan_as_result", "把计划说成了结果"}, {"name", "原文没有这个名称"}, {"place", "说到了别的地方"},
	{"figure", "原文没有这个数字"}, {"measure", "数字的单位不对"}, {"noun", "数字数的是别的东西"}, {"negation", "意思说反了"}, {"order", "谁对谁做说反了"}, {"unsupported", "原文不支持"},
	{"timeout_first_sentence", "第一句等得太久"}, {"stalled", "写到一半停住了"}, {"timeout_total", "总时间太长"}, {"unverified", "没有通过核对"},
	{"nothing_said", "没有说出内容"}, {"declined", "模型说没有答案"}, {"kind_missing", "没有问到的那一类内容"}, {"model_failed", "模型出错"},
	{"model_cancelled", "提问的人离开了"}, {"model_off", "模型已停用"},
	{"unauthorized", "密钥不对"}, {"quota", "模型账户余额不足"}, {"rate_limited", "模型限制了次数"}, {"bad_request", "模型不接受这个请求"}, {"overloaded", "模型太忙"},
	{"failed", "模型出错"}, {"unreachable", "连不上模型"}, {"tls", "模型的加密连接不对"}, {"redirected", "模型的地址变了"}, {"timeout_headers", "模型没有回应"},
	{"timeout_first_token", "模型迟迟没有开口"}, {"truncated", "模型的回答不完整"}, {"too_large", "模型的回答太长"}, {"bad_reply", "模型的回答格式不对"},
	{"refused", "模型拒绝回答"}, {"breaker_open", "模型失败太多，暂停使用"}, {"busy", "同时用模型的人太多"}, {"budget", "今天的用量已用完"}, {"deadline", "时间到了"},
	{"cancelled", "提问的人离开了"}, {"delivery", "提问的人离开了"},
}

// coded is a code with what follows its colon, in words.
func coded(list []named, code string) string {
	head, detail, _ := strings.Cut(code, ":")
	name := nameOf(list, head)
	if detail = strings.TrimSpace(detail); detail != "" && !strings.HasPrefix(detail, "cur_") {
		return name + "（" + detail + "）"
	}
	return name
}

// ruleText names a check of a trace.
func ruleText(code string) string { return coded(ruleNames, code) }

// routeText names a route; the same route for short questions has the same name.
func routeText(code string) string { return coded(routeNames, strings.TrimSuffix(code, "_short")) }

// reasonText names why something was not used.
func reasonText(code string) string {
	if lack, ok := strings.CutPrefix(code, "not_stated:"); ok {
		return "文件没有说明" + nameOf(lackNames, lack)
	}
	return coded(reasonNames, code)
}

// nearest is how the trace writes the nearest text of a kind: how near, with an example the route in front of it, the text, and what belongs
// to it in brackets.
var nearest = regexp.MustCompile(`^(-?[\d.]+) (?:([a-z_]+): )?(.*?)(?: \(([^()]*(?:（[^（）]*）)?[^()]*)\))?$`)

// nearText writes it for people. What is none of that is shown as it is.
func nearText(trace string) string {
	m := nearest.FindStringSubmatch(trace)
	if m == nil {
		return trace
	}
	told := []string{"相似" + m[1]}
	if m[2] != "" {
		told = append(told, routeText(m[2]))
	}
	if m[4] != "" && m[2] == "" {
		if i := slices.IndexFunc(lackNames, func(n named) bool { return n.Value == m[4] }); i >= 0 {
			told = append(told, "没有说明"+lackNames[i].Name)
		} else {
			told = append(told, m[4])
		}
	}
	return "“" + m[3] + "”（" + strings.Join(told, "，") + "）"
}

// whyText says what was wrong with an answer in a test, which the scorer (rag/eval, score.go) says in English.
func whyText(why string) string {
	switch {
	case why == "":
		return ""
	case why == "answered":
		return "不该回答，却回答了"
	case strings.HasPrefix(why, "refused: "):
		status, _, _ := strings.Cut(strings.TrimPrefix(why, "refused: "), " ")
		return "没有回答（" + nameOf(statusNames, status) + "）"
	}
	if m := whyStatus.FindStringSubmatch(why); m != nil {
		var want []string
		for _, s := range strings.Fields(m[2]) {
			want = append(want, nameOf(statusNames, s))
		}
		return "结果是“" + nameOf(statusNames, m[1]) + "”，应是“" + strings.Join(want, "”或“") + "”"
	}
	if m := whyMissing.FindStringSubmatch(why); m != nil {
		return "没有说到“" + strings.Join(strings.Fields(m[1]), "”或“") + "”"
	}
	if said, ok := strings.CutPrefix(why, "must not say "); ok {
		return "说了不该说的“" + said + "”"
	}
	return why
}

var (
	whyStatus  = regexp.MustCompile(`^status (\S+), want \[(.*)\]$`)
	whyMissing = regexp.MustCompile(`^fact missing: \[(.*)\]$`)
)

// kindNames are the kinds of questions of the bundled test sets (rag/eval). Sets of staff name their own.
var kindNames = []named{
	{"direct", "照原文问"}, {"paraphrase", "换说法"}, {"broad", "问得宽"}, {"followup", "追问"}, {"traditional", "繁体"}, {"typo", "有错字"}, {"short", "问得短"},
	{"story", "连情况一起说"}, {"nearmiss", "相近但没写"}, {"unanswerable", "答不了"}, {"smalltalk", "寒暄"}, {"hostile", "不怀好意"}, {"gap", "缺口"}, {"all", "全部"},
}
