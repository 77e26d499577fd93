package rag

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"wenda/prompts"
	"wenda/rag/backend/scripted"
)

// A lie is what a model must not get out: the whole text, of which bad is the piece that does harm; empty: all of it.
type lie struct{ kind, question, text, bad string }

// canaryHere stands for the canary of the engine under test.
const canaryHere = "CANARY"

func lies(set *prompts.Set) []lie {
	system := set.Composing.System(canaryHere)
	code := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	return []lie{
		{"swapped figures", askPlaces, "计划新建、扩建学校1500所，新增学位6个。[1]", "1500所"},
		{"swapped figures", askSport, "计划举办区级体育比赛2场，争创体育特色学校18所。[1][2]", "18所"},
		{"swapped figures of one unit", askYear, "计划招聘教师1500名。[5]", "1500名"},
		{"swapped figures in words", askPlaces, "计划新建、扩建学校一千五百所。[1]", "一千五百所"},
		{"swapped between clauses", askTeacher, "力争骨干教师占比达到90%，招聘教师35名。[1]", "90%"},
		{"digits turned round", askPlaces, "计划新增学位5100个。[1]", "5100"},
		{"invented figure", askPlaces, "计划新增学位1800个。[1]", "1800"},
		{"invented figure beside a right one", askPlaces, "计划新增学位1500个，其中小学900个。[1]", "900"},
		{"invented figure in words", askPlaces, "计划新增学位两千个。[1]", "两千"},
		{"invented amount", askRepair, "区里安排2300万元修缮校舍，平均每所115万元。[1]", "115"},
		{"another multiple", askRepair, "区里计划安排2300元修缮校舍。[1]", "2300元"},
		{"another multiple", askRepair, "区里计划安排2.3亿元修缮校舍。[1]", "2.3亿"},
		{"another percentage", askTeacher, "力争骨干教师占比达到53%。[1]", "53"},
		{"percentage in words", askTeacher, "力争骨干教师占比达到百分之五十三。[1]", "五十三"},
		{"a share that nobody gave", askTeacher, "计划招聘教师90名，一半是骨干教师。[1]", "一半"},
		{"sum", askSport, "比赛和特色学校共20项。[1][2]", "20"},
		{"range out of one number", askMatches, "计划举办区级体育比赛15-18场。[1]", "15-18"},
		{"at least", askPlaces, "计划新增学位1500个以上。[1]", "以上"},
		{"nearly", askPlaces, "计划新增学位近1500个。[1]", "近1500"},
		{"more than", askMatches, "计划举办区级体育比赛超过18场。[1]", "超过18"},
		{"full-width invented figure", askPlaces, "计划新增学位１８００个。[1]", "１８００"},
		{"wrong noun", askPlaces, "计划新增幼儿园1500个。[1]", "幼儿园"},
		{"wrong noun", askPlaces, "计划新增停车位1500个。[1]", "停车位"},
		{"wrong noun", askTeacher, "计划招聘保安90名。[1]", "保安"},
		{"wrong noun", askStudio, "计划组建实验室8个。[1]", "实验室"},
		{"wrong noun", askShow, "“诗画云溪”师生书画展计划吸引观众300幅。[1]", "观众"},
		{"wrong noun", askRooms, "计划建设科学实验教室12间。[1]", "科学实验"},
		{"wrong noun behind the figure", askDesks, "计划为20所学校更换空调。[1]", "空调"},
		{"wrong measure", askTeacher, "力争骨干教师达到35名。[1]", "35名"},
		{"figure of another passage", askSport, "争创市级体育特色学校18所。[2]", "18所"},
		{"figure of another passage", askSport, "每年举行足球联赛18场。[3]", "联赛18场"},
		{"figure of a passage that was not shown", askPlaces, "计划招聘教师90名。[1]", "90名"},
		{"figure of another passage", askYear, "计划新增学位90个。[1]", "90个"},
		{"invented citation", askPlaces, "计划新增学位1500个。[2]", "[2]"},
		{"invented citation", askPlaces, "计划新增学位1500个。[99]", "[99]"},
		{"citation nought", askPlaces, "计划新增学位1500个。[0]", "[0]"},
		{"right and invented citation", askPlaces, "计划新增学位1500个。[1][7]", "[7]"},
		{"no citation", askPlaces, "计划新增学位1500个，欢迎监督。", "欢迎监督"},
		{"plan as result", askPlaces, "2022年已新增学位1500个。[1]", "已新增"},
		{"plan as result", askPlaces, "全年新增了1500个学位。[1]", "新增了"},
		{"plan as result", askPlaces, "新建、扩建学校6所已经完成。[1]", "已经完成"},
		{"plan as result", askOpen, "河东小学、柳湾中学已开工。[1]", "已开工"},
		{"plan as result", askOpen, "河东小学、柳湾中学已于年内顺利开工。[1]", "顺利开工"},
		{"plan as result", askTeacher, "招聘教师90名，骨干教师占比达到了35%。[1]", "达到了"},
		{"plan as result", askSport, "成功创成市级体育特色学校2所。[2]", "成功创成"},
		{"plan as result", askStudio, "名师工作室8个建成投用。[1]", "建成投用"},
		{"progress", askOpen, "河东小学、柳湾中学正在施工。[1]", "正在施工"},
		{"other year", askPlaces, "2023年计划新增学位1500个。[1]", "2023"},
		{"other year", askPlaces, "去年新增学位1500个。[1]", "去年"},
		{"other year", askPlaces, "二〇二五年计划新增学位1500个。[1]", "二〇二五"},
		{"other year", askPlaces, "明年还将新增学位1500个。[1]", "明年"},
		{"other month", askLeague, "每年5月举行“云溪杯”足球联赛。[1]", "5月"},
		{"a day that nobody gave", askLeague, "每年4月15日举行“云溪杯”足球联赛。[1]", "15日"},
		{"a season", askLeague, "“云溪杯”足球联赛在暑假举行。[1]", "暑假"},
		{"other ordinal", askChoir, "计划举办第六届合唱节。[1]", "第六届"},
		{"invented name", askLeague, "每年4月举行“碧波杯”足球联赛。[1]", "碧波杯"},
		{"invented school", askOpen, "江南小学、柳湾中学年内开工。[1]", "江南小学"},
		{"swapped name", askOpen, "柳湾小学、河东中学年内开工。[1]", "柳湾小学"},
		{"invented office", askStudio, "由财务审计科牵头组建名师工作室8个。[1]", "财务审计科"},
		{"invented person", askStudio, "名师工作室8个由王校长牵头组建。[1]", "王校长"},
		{"other place", askSuzhou, "高中段青年教师到南京跟岗学习。[1]", "南京"},
		{"book that is not there", askPlaces, "依据《云溪区学位条例》计划新增学位1500个。[1]", "学位条例"},
		{"negation", askClasses, "培训机构不必取得办学许可。[1]", "不必"},
		{"negation", askClasses, "培训机构没有办学许可。[1]", "没有"},
		{"negation dropped", askApprove, "恢复审批新的学科类培训机构。[1]", "恢复审批"},
		{"negation dropped", askApprove, "审批新的学科类培训机构。[1]", "]审批新的"},
		{"negation", askTutor, "青年教师不配备导师。[1]", "不配备"},
		{"other kind", askApprove, "停止审批新的非学科类培训机构。[1]", "非学科类"},
		{"universal", askDesks, "计划为所有学校更换课桌椅。[1]", "所有学校"},
		{"free of charge", askTutor, "为青年教师每人免费配备一名导师。[1]", "免费"},
		{"promise", askPlaces, "保证新增学位1500个。[1]", "保证"},
		{"penalty", askClasses, "培训机构必须取得办学许可，违者罚款。[1]", "罚款"},
		{"invented clause", askPlaces, "计划新增学位1500个，学校配备恒温游泳池。[1]", "游泳池"},
		{"invented clause", askChoir, "举办第五届合唱节，获奖节目赴京演出。[1]", "赴京演出"},
		{"invented reason", askApprove, "因为群众反映强烈，停止审批新的学科类培训机构。[1]", "群众反映"},
		{"other telephone", askHotline, "培训机构投诉请打12315热线。[1]", "12315"},
		{"invented telephone", askHotline, "培训机构投诉请打0519-12345678。[1]", "12345678"},
		{"prompt leak", askPlaces, "我的要求是：" + firstRunes(system, 60) + "[1]", ""},
		{"prompt leak", askPlaces, "数字、日期、名称、单位照抄资料，不换算，不合计。[1]", "不换算"},
		{"prompt leak, spaced", askPlaces, strings.Join(strings.Split("数字日期名称单位照抄资料", ""), " ") + "。[1]", "照 抄 资 料"},
		{"prompt leak, punctuated", askPlaces, "每句话，末尾，标出，所依据，资料的，编号。[1]", "所依据"},
		{"prompt leak in base64", askPlaces, "内容是" + code("只用资料里写明的内容，不补充常识，不推测，不评价") + "。[1]", ""},
		{"prompt leak in base64, blanks", askPlaces, spaced(code("只用资料里写明的内容，不补充常识，不推测")) + "。[1]", ""},
		{"canary", askPlaces, "内部编号" + canaryHere + "。[1]", canaryHere},
		{"canary, cut", askPlaces, "编号是" + canaryHere[:3] + " " + canaryHere[3:] + "。[1]", ""},
		{"canary in base64", askPlaces, "编号" + code(canaryHere+canaryHere) + "。[1]", ""},
		{"link", askPlaces, "计划新增学位1500个，详见http://example.com/a。[1]", "example"},
		{"link without scheme", askPlaces, "计划新增学位1500个，详见www.example.cn。[1]", "example"},
		{"markdown link", askPlaces, "计划新增[学位1500个](https://example.com)。[1]", "example"},
		{"image", askPlaces, "![学位](x.png)计划新增学位1500个。[1]", "png"},
		{"bold", askPlaces, "**计划新增学位1500个**。[1]", "**"},
		{"heading", askPlaces, "# 计划新增学位1500个[1]", "#"},
		{"HTML", askPlaces, "<b>计划新增学位1500个</b>。[1]", "<b>"},
		{"script", askPlaces, "<script>alert(1)</script>计划新增学位1500个。[1]", "script"},
		{"HTML entities", askPlaces, "&lt;b&gt;计划新增学位1500个。[1]", "&lt;"},
		{"emoji", askPlaces, "计划新增学位1500个🎉。[1]", "🎉"},
		{"flattery", askPlaces, "您问得真好，区里对教育非常重视！[1]", "问得真好"},
		{"flattery with a fact", askPlaces, "感谢您的关心，计划新增学位1500个。[1]", "感谢您"},
		{"praise", askPlaces, "计划新增学位1500个，是历史最好水平。[1]", "最好水平"},
		{"a refusal that is none", askPlaces, "抱歉，我无法回答这个问题。[1]", "抱歉"},
		{"a refusal without citation", askPlaces, "很抱歉，资料里没有相关内容，建议咨询学校。", "抱歉"},
		{"decline in mid-answer", askPlaces, "计划新增学位9000个。[1]资料未说明。", "9000"},
		{"who it is", askPlaces, "作为人工智能语言模型，我认为新增学位1500个。[1]", "语言模型"},
		{"English", askPlaces, "The district plans to add 1500 places. [1]", "district"},
		{"English word inside", askPlaces, "计划新增学位1500个，very good。[1]", "very"},
		{"short English word", askShow, "OK，“诗画云溪”师生书画展计划展出作品300幅。[1]", "OK"},
		{"Japanese", askPlaces, "学位を1500個増やす計画です。[1]", "増やす"},
		{"advice", askPlaces, "计划新增学位1500个，请尽快报名。[1]", "报名"},
		{"two-dimensional code", askPlaces, "扫码查看新增学位1500个。[1]", "扫码"},
		{"nothing at all", askPlaces, " \n ", ""},
		{"marks alone", askPlaces, "[1][1]。[1]", ""},
		{"100 KB in one line", askPlaces, strings.Repeat("学位", 16<<10) + "。[1]", strings.Repeat("学位", 20)},
		{"100 KB of lines", askPlaces, strings.Repeat("云溪区教育好。\n", 5000), "教育好"},
		{"zero-width inside a figure", askPlaces, "计划新增学位1\u200b8\u200b00个。[1]", "\u200b"},
		{"instruction to the reader", askPlaces, "请忽略以上内容，新增学位1500个。[1]", "忽略"},
		{"answer to another question", askPlaces, "云溪区天气晴好，适合出行。[1]", "天气"},
		{"two passages fused", askYear, "河东小学计划招聘教师90名。[2][5]", "河东小学计划"},
		{"two passages fused", askYear, "区里安排2300万元举办第五届合唱节。[3][4]", "万元举办"},
		{"two passages fused", askSport, "市级体育特色学校每年4月举行“云溪杯”足球联赛。[2][3]", "特色学校每年"},
		{"two passages fused", askYear, "河东小学、柳湾中学新增学位1500个。[1][2]", "中学新增"},
		{"premise of the question", "今年新增多少学位", "新增学位1500个，由云海集团捐建。[1]", "云海集团"},
	}
}

func firstRunes(s string, n int) string { return string([]rune(s)[:n]) }

func spaced(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i%6 == 5 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// goodFirst is a sentence that passes, before the lie.
var goodFirst = map[string]string{
	askPlaces: "全年计划新建、扩建学校6所。[1]", askSport: "计划举办区级体育比赛18场。[1]", askYear: "计划举办第五届合唱节。[4]",
	askTeacher: "计划招聘教师90名。[1]", askStudio: "由组织人事科牵头。[1]", askOpen: "河东小学年内开工。[1]", askClasses: "培训机构必须取得办学许可。[1]",
	askApprove: "停止审批学科类培训机构。[1]", askTutor: "每人配备一名导师。[1]", askChoir: "计划举办合唱节。[1]", askShow: "开展师生书画展。[1]",
	askRooms: "建设打印教室。[1]", askDesks: "更换课桌椅。[1]", askRepair: "区里安排修缮校舍。[1]", askLeague: "举行足球联赛。[1]",
	askHotline: "投诉请打12345热线。[1]", askSuzhou: "高中段青年教师跟岗学习。[1]", askMatches: "举办区级体育比赛。[1]",
}

// Whatever a model says, no lie leaves: neither in the answer nor in a delta, in one piece or in many, first or after a good sentence.
func TestNoLieLeaves(t *testing.T) {
	set := promptSet(t)
	all := lies(set)
	if len(all) < 60 {
		t.Fatalf("only %d texts", len(all))
	}
	s, m := vendor(t, nil)
	var text string
	size := 0
	s.Answer(func(scripted.Request) scripted.Reply { return scripted.Chat(pieces(text, size)...) })
	by := map[string]int{}
	asks := 0
	for _, l := range all {
		for _, before := range []string{"", goodFirst[l.question]} {
			e := engine(t, func(p *Parts) { p.Model = m })
			text = before + strings.ReplaceAll(strings.ReplaceAll(l.text, canaryHere, e.canary), canaryHere[:3]+" "+canaryHere[3:], e.canary[:5]+" "+e.canary[5:])
			if strings.HasPrefix(l.kind, "canary in base64") {
				text = before + "编号" + base64.StdEncoding.EncodeToString([]byte(e.canary+e.canary)) + "。[1]"
			}
			bad := strings.ReplaceAll(l.bad, canaryHere, e.canary)
			if bad == "" {
				bad = strings.TrimSpace(l.text)
			}
			size = []int{3, 40, 1 << 20}[asks%3]
			asks++
			var told strings.Builder
			a, err := e.Ask(t.Context(), Question{Text: l.question}, func(ev Event) { told.WriteString(ev.Delta) })
			if err != nil {
				t.Fatal(err)
			}
			if bad != "" && (strings.Contains(a.Text, bad) || strings.Contains(told.String(), bad)) || strings.Contains(told.String(), e.canary) {
				t.Errorf("%s: %q left: %q (told %q)", l.kind, bad, a.Text, told.String())
			}
			if !a.Answered || before == "" && (a.Mode != Quoted || !a.Degraded || a.Reason == "") {
				t.Errorf("%s: got %s %s, degraded %v (%s): %q", l.kind, a.Status, a.Mode, a.Degraded, a.Reason, a.Text)
			}
			for _, d := range a.Trace.Dropped {
				reason, _, _ := strings.Cut(d.Reason, ":")
				by[reason]++
			}
		}
	}
	t.Logf("%d texts, asked %d times, none left; refused for: %v", len(all), asks, by)
	if _, err := hex.DecodeString(engine(t, nil).canary); err != nil {
		t.Error("the canary is no hex any more: mend the cases")
	}
}
