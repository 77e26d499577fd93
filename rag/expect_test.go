package rag

import (
	"strings"
	"testing"

	"wenda/corpus"
)

// Near misses: for every rule questions that the document does not answer, and questions beside them that it does.
func TestRules(t *testing.T) {
	e := engine(t, nil)
	const (
		refuses = ""
		places  = "全年新建、扩建学校6所，新增学位1500个。"
	)
	covered := map[string]bool{}
	for _, c := range []struct {
		rule, question string
		status         Status
		near           string // what is quoted beside the refusal, or the answer
	}{
		{"year", "2023年新增多少学位", NotStated, refuses},
		{"year", "去年新增了多少学位", NotStated, refuses},
		{"year", "二〇二一年新增多少学位", NotStated, refuses},
		{"year", "21年新增多少学位", NotStated, refuses},
		{"year", "2022年新增多少学位", Answered, places},
		{"year", "二〇二二年新增多少学位", Answered, places},
		{"year", "22年新增多少学位", Answered, places},
		{"year", "今年新增学位有2000个吗", Answered, places},
		{"place", "南京今年新增多少学位", OutOfScope, refuses},
		{"place", "隔壁区今年新增多少学位", OutOfScope, refuses},
		{"place", "云溪区新增多少个学位", Answered, places},
		{"place", "青年教师到苏州跟岗吗", Answered, "高中段青年教师到苏州跟岗学习。"},
		{"wide_place", "全市今年新增多少个学位", NotStated, places},
		{"wide_place", "全区今年新增多少个学位", Answered, places},
		{"level", "小班今年新增多少学位", NotStated, places},
		{"level", "高中老师跟岗去哪儿", Answered, "高中段青年教师到苏州跟岗学习。"},
		{"list", "停止审批的学科类培训机构名单", NotStated, "停止审批新的学科类培训机构。"},
		{"list", "年内开工的有哪些学校", Answered, "河东小学、柳湾中学年内开工。"},
		{"person", "区级体育比赛的评委是谁", NotStated, "举办区级体育比赛18场。"},
		{"person", "名师工作室由谁牵头组建", Answered, "由组织人事科牵头组建名师工作室8个。"},
		{"money", "河东小学开工要花多少钱", NotStated, "河东小学、柳湾中学年内开工。"},
		{"money", "修缮校舍安排了多少经费", Answered, "区里安排2300万元修缮校舍。"},
		{"date", "第五届合唱节哪天举办", NotStated, "举办第五届合唱节。"},
		{"date", "云溪杯足球联赛哪个月举行", Answered, "每年4月举行“云溪杯”足球联赛。"},
		{"phone", "教师资格认定的联系电话", NotStated, "教师资格认定要求本科以上学历。"},
		{"phone", "培训机构投诉电话", Answered, "培训机构投诉请打12345热线。"},
		{"condition", "举办合唱节的报名条件", NotStated, "举办第五届合唱节。"},
		{"condition", "教师资格认定要什么学历", Answered, "教师资格认定要求本科以上学历。"},
		{"result", "市级体育特色学校评上了吗", NotStated, "争创市级体育特色学校2所。"},
		{"result", "市级体育特色学校评上了几所", NotStated, "争创市级体育特色学校2所。"},
		{"result", "市级体育特色学校争创几所", Answered, "争创市级体育特色学校2所。"},
		{"number", "停止审批了多少家学科类培训机构", NotStated, "停止审批新的学科类培训机构。"},
		{"number", "为多少所学校更换课桌椅", Answered, "为20所学校更换课桌椅。"},
		{"reason", "为什么取消第五届合唱节", NotStated, "举办第五届合唱节。"},
		{"reason", "为什么要停止审批学科类培训机构", Answered, "停止审批新的学科类培训机构。"},
		{"meaning", "“云溪杯”是什么意思", NotStated, "每年4月举行“云溪杯”足球联赛。"},
		{"address", "第五届合唱节的地址", NotStated, "举办第五届合唱节。"},
		{"address", "联系地址是云溪路几号楼", Answered, "联系地址：云溪路1号"},
	} {
		a := asked(t, e, c.question)
		if a.Status != c.status || a.Answered != (c.status == Answered) {
			t.Errorf("%s: %q: got %s, answered %v, want %s: %q", c.rule, c.question, a.Status, a.Answered, c.status, a.Text)
			continue
		}
		if got := firstQuote(a); got != c.near {
			t.Errorf("%s: %q: got citation %q, want %q", c.rule, c.question, got, c.near)
		}
		if c.status == Answered {
			continue
		}
		covered[c.rule] = true
		if rule, _, _ := strings.Cut(a.Trace.Rule, ":"); rule != c.rule && rule != strings.Replace(c.rule, "reason", "premise", 1) {
			t.Errorf("%s: %q: refused by rule %q", c.rule, c.question, a.Trace.Rule)
		}
		if a.Handoff == nil || len(a.Related) != 0 || a.Reason == "" {
			t.Errorf("%s: %q: got handoff %v, related %q, reason %q", c.rule, c.question, a.Handoff, a.Related, a.Reason)
		}
		if c.near != "" && !strings.HasPrefix(a.Text, "文件没有说明") || !strings.Contains(a.Text, "没有说明") {
			t.Errorf("%s: %q: got %q", c.rule, c.question, a.Text)
		}
	}
	if len(covered) < 13 {
		t.Errorf("only %d rules refused something: %v", len(covered), covered)
	}
}

// Rules must decide by themselves where the index learnt nothing: few variants, or words alone.
func TestRulesWithoutHead(t *testing.T) {
	x := wordsOnly(t)
	for name, e := range map[string]*Engine{
		"few variants": engine(t, nil),
		"lexical":      engine(t, func(p *Parts) { p.Index, p.Embedder = func() *corpus.Index { return x }, nil }),
	} {
		for _, q := range []string{"区级体育比赛的评委是谁", "市级体育特色学校评上了吗", "第五届合唱节哪天举办", "2023年新增多少学位"} {
			if a := asked(t, e, q); a.Status != NotStated {
				t.Errorf("%s: %q: got %s %q", name, q, a.Status, a.Text)
			}
		}
	}
}

// What meets the expectation must be said, not only stand nearby.
func TestAnswerHoldsWhatIsAskedFor(t *testing.T) {
	x, terms := wordsOnly(t), &promptSet(t).Terms
	answers := 0
	for name, e := range map[string]*Engine{
		"vectors": engine(t, nil),
		"words":   engine(t, func(p *Parts) { p.Index, p.Embedder = func() *corpus.Index { return x }, nil }),
	} {
		for _, q := range []string{"河东小学开工要花多少钱", "修缮校舍花多少钱", "新增学位多少个", "更换课桌椅的有几所学校", "3D打印教室有几间", "云溪杯哪个月举行",
			"招聘教师多少名", "培训机构投诉电话", "招聘教师哪天报名", "体育特色学校几所", "合唱节什么时候举办", "书画展展出多少幅作品", "校舍安排在哪个月"} {
			a := asked(t, e, q)
			if !a.Answered {
				continue
			}
			answers++
			if got, unmet := expect(terms, q).unmet(terms, q, []string{a.Text}, x.Document(a.Citations[0].DocumentID)); unmet {
				t.Errorf("%s: %q: answered %q, which lacks %s", name, q, a.Text, got.lacks)
			}
		}
	}
	if answers < 12 {
		t.Errorf("only %d answers", answers)
	}
}

// The head refuses where its logit is below the cut, but not what is nearly a variant. It reads 6 features of neighbours, 7 of words, and the signals.
func TestHeadDecides(t *testing.T) {
	features := 6 + 7 + len(Signals(&promptSet(t).Terms)("")(""))
	judged := func(bias float64) *Engine {
		x, err := buildFixture(page, tiny{}, func(m *corpus.Material) {
			m.Calibration = func(version string) *corpus.Fitted {
				head := corpus.Head{Vector: make([]float64, tinyDim), Near: make([]float64, features), Bias: bias}
				return &corpus.Fitted{For: version, Floor: fixtureFloor, Head: head}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if x.Fitted.Head.Bias != bias {
			t.Fatalf("the head was not taken: %+v", x.Fitted)
		}
		return engine(t, func(p *Parts) { p.Index = func() *corpus.Index { return x } })
	}
	for _, c := range []struct {
		name, question string
		bias           float64
		want           Status
	}{
		{"far below the cut", "新增的那些学位以后怎样分配给各个小区", -9, NotStated},
		{"far above the cut", "新增的那些学位以后怎样分配给各个小区", 9, Answered},
		{"a variant is sure", "今年新增多少学位", -9, Answered},
		{"the document's own words are sure", "全年新增学位1500个", -9, Answered},
	} {
		a := asked(t, judged(c.bias), c.question)
		if a.Status != c.want {
			t.Errorf("%s: got %s (%s) %q, want %s", c.name, a.Status, a.Trace.Rule, a.Text, c.want)
		}
		if c.want == NotStated && (a.Trace.Rule != "head" || len(a.Citations) != 1 || !strings.HasPrefix(a.Text, "文件没有说明")) {
			t.Errorf("%s: got rule %s, %d citations, %q", c.name, a.Trace.Rule, len(a.Citations), a.Text)
		}
	}
}

func TestExpect(t *testing.T) {
	terms := &promptSet(t).Terms
	for _, c := range []struct{ question, kind string }{
		{"今年怎么样", ""},
		{"联系电话是多少", "phone"},
		{"分管的局长", "person"},
		{"补贴多少", "money"},
		{"有什么条件", "condition"},
		{"建好了没有", "result"},
		{"邮编是什么", "address"},
		{"名单在哪", "list"},
		{"什么时候开始", "date"},
		{"多久一次，什么时候", ""},
		{"为什么取消", "reason"},
		{"有几所", "number"},
		{"招收多少名学生", "number"}, // 收多少 alone asks for money
		{"助学金发给多少人", "number"},
		{"学几个月要交多少钱", "money"}, // nor is a measure beside the money a number
		{"评上了几所", "result"},
		{"几所学校的名单", "list"},
		{"要满几岁，有什么条件", "condition"},
		{"补贴多少有说法吗", ""},  // a soft ending switches them off
		{"课程有多少万人参加", ""}, // no money
		{"一共投了多少万", "money"},
		{"要花钱的地方保证了哪些", ""},
		{"队伍建设分几个方面", ""}, // asks for the parts, not for their number
		{"分成哪几个工程", ""},
		{"按每个孩子的程度教", ""}, // no share without 多少
		{"每个孩子补贴几节课", "share"},
		{"办件率眼下是多少", "figure"},
		{"签约率要到百分之几", "figure"},
		{"“1+X”里1和X各是什么", "meaning"},
		{"今年各是什么", ""},
		{"会不会哪天改成卖房子", ""}, // someday
		{"那5名里面女干部有几个", "part"},
		{"区里面今年会多出来多少个学位", "number"},
		{"划给哪所小学", "list"},
		{"新增的学位有多少个是给外地孩子的", "part"},
		{"能不能少考几回", ""}, // fewer, and no number of them
		{"少考了几回", "number"},
		{"我们有几位特需孩子，今年怎么安排", ""}, // told beside an open question
		{"要建什么，建几所", "number"},
		{"有没有补助？我怕最后都要自掏腰包", ""}, // 最后 only tells
	} {
		if got := expect(terms, c.question).kind; got != c.kind {
			t.Errorf("expect(%q).kind = %q, want %q", c.question, got, c.kind)
		}
	}
}

// What is asked besides the subject must stand in the evidence: a penalty, a difference from before, a figure, which ones of so many.
func TestUnmetBesides(t *testing.T) {
	terms := &promptSet(t).Terms
	d := &corpus.Document{Meta: corpus.Meta{Title: "某区教育2022年工作思路", Year: 2022}}
	for _, c := range []struct{ question, evidence, rule string }{
		{"考核没过会不会被免职", "学习考核一月一测。", "besides:免职"},
		{"考核没过会不会被免职", "考核不合格的免职。", ""},
		{"2.0版比老的多了些啥", "建设学堂2.0版。", "besides:比老的"},
		{"办件率眼下是多少", "提高一体化平台的办件率。", "figure"},
		{"办件率要到多少", "办件率达到90%。", ""},
		{"哪5所", "创建健康促进学校5所。", "list:counted"},
		{"哪5所", "创建甲、乙、丙、丁、戊5所。", ""},
		{"有没有去比比别的地方", "加强区域比较研究。", "place"},
		{"钟楼区有几所小学", "参评示范校2-3个，提升小学质量。", "part:stock"},
		{"钟楼区有多少学校？", "全年新建、改扩建学校13所。", "part:stock"},
		{"全区一共有多少名教师", "全区现有教师3000名。", ""},
		{"今年新建几所学校", "全年新建、改扩建学校13所。", ""},
		{"那加上以前的，总共有多少所了", "创建健康促进学校5所。", "part:stock"},
		{"加上以前的，总共有多少所了", "健康促进学校累计达到30所。", ""},
		{"名班主任单独要培养几个", "培养名校长、名班主任13-16人。", "part"},
		{"要培养几个名班主任", "培养名班主任13-16人。", ""},
		{"要新开几所老年学校", "全年新建、改扩建学校13所。", "level:老年学校"},
		{"要新开几所老年学校", "新开老年学校2所。", ""},
		{"这44节都是谁讲的，有名单吗", "打造“好书记”精品课44节。", "list"},
		{"是哪一所", "新生成1-2所常州市平安校园。", "list:counted"},
		{"送教上门怎么申请", "开展送教上门试点。", "procedure"},
		{"送教上门怎么申请", "家长登录平台填写申请表。", ""},
	} {
		if got, _ := expect(terms, c.question).unmet(terms, c.question, []string{c.evidence}, d); got.rule != c.rule {
			t.Errorf("%s / %s: got %q, want %q", c.question, c.evidence, got.rule, c.rule)
		}
	}
}

// The list of one sentence does not say what a name in another one means.
func TestTellingOf(t *testing.T) {
	terms := &promptSet(t).Terms
	d := &corpus.Document{Meta: corpus.Meta{Title: "某区教育2022年工作思路", Year: 2022}}
	named, list := "提升校园“三防”建设水平，推进“5621计划”。", "查食堂、校车、消防和“五项”：手机、睡眠、作业、读物、体质。"
	for question, unmet := range map[string]bool{
		"三防是哪三防": true, "5621计划是什么意思": true, "“三防”具体指什么": true, "“五项”是哪五项": false, "这个是什么意思": false,
	} {
		if got, is := expect(terms, question).unmet(terms, question, []string{named, list}, d); is != unmet {
			t.Errorf("%s: got %+v, unmet %v", question, got, is)
		}
	}
}

func TestUnmet(t *testing.T) {
	terms := &promptSet(t).Terms
	d := &corpus.Document{Meta: corpus.Meta{Year: 2022, Title: "2022年计划"}}
	for _, c := range []struct {
		question, evidence, rule string // no rule: met
	}{
		{"2022年几所", "建13所。", ""},
		{"2021年几所", "建13所。", "year"},
		{"2021年几所", "2021年建成13所。", ""},
		{"南京几所", "建13所。", "place"},
		{"南京几所", "南京建13所。", ""},
		{"全市几所", "建13所。", "wide_place"},
		{"全市几所", "全市建13所。", ""},
		{"全常州的实验学校，钟楼想拿几所", "争取2所获评常州市实验学校。", ""},
		{"全常州几所", "新生成1-2所常州市平安校园。", "wide_place"},
		{"高中几所", "建13所。", "level:高中"},
		{"高中几所", "建普通高中13所。", ""},
		{"高中的收费变不变", "非义务教育收费要动态调整。", ""},
		{"电话多少", "建13所。", "phone"},
		{"电话多少", "热线12345。", ""},
		{"电话多少", "拨打0519-88890809。", ""},
		{"局长是哪位", "建13所。", "person:局长"},
		{"局长是哪位", "局长负责。", ""},
		{"收费多少", "收费规范。", "money"},
		{"收费多少", "收费200元。", ""},
		{"收费多少", "收费三百六十元。", ""},
		{"收费多少", "收两块钱。", ""},
		{"收费多少", "坚持多元发展。", "money"},
		{"收费多少", "免费开放。", ""},
		{"什么条件", "建13所。", "condition:条件"},
		{"什么条件", "条件如下。", ""},
		{"评上了吗", "争创13所。", "result"},
		{"评上了几所", "争创13所。", "result"},
		{"名单", "建13所。", "list"},
		{"名单", "河东、河西。", ""},
		{"哪天", "建13所。", "date"},
		{"哪天", "6月30日。", ""},
		{"宣讲团几月份成立的", "2022年全年打造微课100节。", "date"},
		{"什么时候打造", "2022年全年打造微课100节。", ""},
		{"从哪一天开始", "学期初开展整治。", ""},
		{"什么时候靠岸", "清明前后靠岸。", ""},
		{"哪天下种", "霜降那天下种。", ""},
		{"是哪两个学校的", "培育“好教师”团队2个。", "list"},
		{"是哪两个学校的", "培育城东、城西、城南小学团队3个。", ""},
		{"新建了多少个班级", "新增学位2800个。", "number:个班"},
		{"新建了多少个班级", "新建12个班。", ""},
		{"网址是啥", "完善微信公众号平台。", "address"},
		{"最后都有谁评上了", "评选首批“明教师”。", "result"},
		{"大专家会到学校来吗", "大师进校园。", ""},
		{"读大专有补贴吗", "落实补贴。", "level:读大专"},
		{"为什么取消", "建13所。", "premise:取消"},
		{"为什么取消", "取消考试。", ""},
		{"几所", "建13所。", ""},
		{"几所", "建一批学校。", "number:所"},
		{"多少人", "招聘90名。", ""},
		{"几届", "第五届。", ""},
		{"多少平方米", "建13所。", "lacking:平方米"},
		{"地址", "建13所。", "address"},
		{"地址", "星港路88号。", ""},
		{"建在哪条路上", "建13所。", "address"},
		{"那5名里面女干部有几个", "提拔5名。", "part:named"},
		{"那5名里面女干部有几个", "提拔5名，女干部2名。", ""},
		{"培养的50名老师里,教数学的有几名", "培养50人。", "part:named"},
		{"培养的50名老师里,教数学的有几名", "培养50人。\n校长13人。", "part:named"},
		{"培养的50名老师里,教数学的有几名", "培养50人，其中数学10名。", ""},
		{"我们几个老先生都不会，有人教吗", "组织培训。", ""},
		{"请说几个要点", "组织培训。", ""},
		{"教育局电话多少", "热线12345。", "phone:教育局"},
		{"教育局电话多少", "教育局热线12345。", ""},
		{"学校的事打12345热线有人理吗", "热线12345。", ""},
		{"外地孩子能上学吗", "新增学位2800个。", ""},
		{"门票怎么卖", "建艺术馆。", "money"},
		{"老二要上一年级了,今年多少个学位", "新增学位2800个。", "level:told"},
		{"老二要上一年级了，学费多少钱", "新增学位2800个。", "money"},
		{"老大上一年级了，三年级考什么", "减轻负担。", "level:三年级"},
		{"新建的13所中小学能提供多少个学位", "建学校13所，新增学位2800个。", ""},
		{"13所学校里，一共有多少个学位", "建学校13所，新增学位2800个。", ""},
		{"今年实际上新增了多少个学位", "新增学位2800个。", "result"},
		{"入学前一年要准备什么", "做好衔接。", ""},
		{"派出所电话多少", "联系电话：0519-88890809", "phone:派出所"},
		{"学校乱收费打什么热线举报", "优化“12345”热线服务机制。", ""},
		{"孩子们几岁入学", "新增学位。", "number:岁"},
		{"一年级有多少个学位", "新增学位2800个。", "level:一年级"},
		{"实际都有哪些办法", "减轻负担。", ""},
		{"实际增加了多少个", "新增学位2800个。", "result"},
		{"新增学位里面有多少个是小学的", "建13所，新增2800个。", "part"},
		{"培养50人，里面教语文的几个", "团队2个、骨干教师50人、校长13-16人。", "part:named"},
		{"培养的50名骨干教师里,教数学的有几名", "团队2个、骨干教师50人、校长13-16人。", "part:named"},
		{"微课一节几分钟", "打造微课100节。", "lacking:分钟"},
		{"两级品牌里面市级的有几个", "省级品牌1个，市级品牌5个。", ""},
		{"五项管理到底是管哪五样", "手机、睡眠、作业、读物、体质这五项管理。", ""},
		{"三防是哪三防", "手机、睡眠、作业、读物、体质这五项管理。", "meaning:name"},
		{"提拔几名1980年以后出生的干部", "提拔“80后”干部5名。", ""},
		{"手续能不能多挪到网上办", "提高在线政务服务平台办件率。", ""},
		{"转学要什么手续", "加强管理。", "procedure"},
		{"为啥要把老年学校撤掉", "街镇老年学校全覆盖。", "premise:撤掉"},
		{"平安校园有没有西林那边的小学", "新生成1-2所平安校园。", "local:西林"},
		{"我住西林，今年这边有没有学校扩建", "改扩建13所。", "local:西林"},
		{"我家住西林，今年一共多几个学位", "新增学位2800个。", ""},
		{"地址是西林路哪里", "地址：西林路8号。", ""},
		{"把校名报给我", "创建健康促进学校5所。", "list"},
		{"在哪个学校办", "举办“书法节”。", "list:school"},
		{"在哪个学校办", "在“星港实验小学”举办。", ""},
		{"大班能参加吗", "幼儿园开展课程游戏化。", ""},
		{"一所学校几名专职校医", "推进2名校医。", ""},
		{"晚托班还上不上", "开展课后服务。", ""},
		{"大班能参加吗", "初中开展。", "level:大班"},
		{"初三能不能少考几次", "改进考试方式。", ""},
	} {
		got, unmet := expect(terms, c.question).unmet(terms, c.question, strings.Split(c.evidence, "\n"), d)
		if got.rule != c.rule || unmet != (c.rule != "") {
			t.Errorf("%q beside %q: got rule %q, unmet %v, want %q", c.question, c.evidence, got.rule, unmet, c.rule)
		}
		if unmet {
			if _, ok := promptSet(t).What(got.lacks); !ok {
				t.Errorf("%q: prompts do not name what is missing: %q", c.question, got.lacks)
			}
		}
	}
	// a document without a year in its title is about no year in particular
	if got, unmet := expect(terms, "2021年几所").unmet(terms, "2021年几所", []string{"建13所。"}, &corpus.Document{}); unmet {
		t.Errorf("a document without a year: got %+v", got)
	}
}
