package rag

import (
	"testing"

	"wenda/rag/backend/scripted"
)

// A right answer as models word it, to a question that the fixture answers.
type rightAnswer struct{ question, text string }

const (
	askPlaces  = "今年新增多少学位"
	askSport   = "体育活动都有哪些"
	askYear    = "今年教育上主要干哪些事"
	askTeacher = "招多少老师"
	askStudio  = "名师工作室建几个"
	askOpen    = "哪些学校年内开工"
	askClasses = "补课班现在怎么管"
	askApprove = "学科类培训机构还批吗"
	askTutor   = "青年教师有人带吗"
	askPrice   = "培训收费谁定价"
	askChoir   = "合唱节是第几届"
	askShow    = "书画展有多少作品"
	askRooms   = "3D打印教室建几间"
	askDesks   = "几所学校换课桌椅"
	askRepair  = "修校舍花多少钱"
	askLeague  = "足球联赛什么时候踢"
	askDegree  = "当老师要什么学历"
	askHotline = "投诉培训机构打什么电话"
	askSuzhou  = "青年教师去苏州学什么"
	askMatches = "办多少场体育比赛"
	askTeam    = "教师队伍怎么建设"
)

var rightAnswers = []rightAnswer{
	{askPlaces, "2022年全区计划新增学位1500个。[1]"},
	{askPlaces, "按照计划，今年将新增1500个学位，同时新建、扩建6所学校。[1]"},
	{askPlaces, "云溪区2022年计划新增学位1,500个[1]。"},
	{askPlaces, "计划新增学位一千五百个，新建和扩建学校六所【1】。"},
	{askPlaces, "根据《云溪区教育2022年工作计划》，全年将新增学位１５００个。［１］"},
	{askPlaces, "新增学位的目标是1500个（1）。全年还将新建、扩建学校6所（1）。"},
	{askPlaces, "今年计划新增1500个学位[1]，新建、扩建学校6所[1]。"},
	{askPlaces, "2022年，区里打算新增0.15万个学位。 [1]"},
	{askPlaces, "计划提出，全年要新增1500个学位，学校新建、扩建共6所。[资料1]"},
	{askPlaces, "这份2022-03-03发布的计划提出新增学位1500个。[1]"},
	{askPlaces, "2022年3月3日发布的计划写明，全年新增学位1500个。[1]"},
	{askSport, "2022年计划举办区级体育比赛18场。[1]还要争创市级体育特色学校2所。[2]每年4月举行“云溪杯”足球联赛。[3]"},
	{askSport, "体育方面主要有以下安排：\n1. 举办区级体育比赛18场；[1]\n2. 争创市级体育特色学校2所；[2]\n3. 每年4月举行“云溪杯”足球联赛。[3]"},
	{askSport, "计划举办18场区级体育比赛[1]，争创2所市级体育特色学校[2]，每年4月还有“云溪杯”足球联赛[3]。"},
	{askSport, "- 区级体育比赛计划举办十八场 [1]\n- 力争创成市级体育特色学校两所 [2]\n"},
	{askSport, "每年4月举行「云溪杯」足球联赛。[3]另外，区级体育比赛计划办18场。[1]"},
	{askSport, "（1）计划举办区级体育比赛18场[1]\n（2）争创市级体育特色学校2所[2]"},
	{askSport, "区级体育比赛将举办18场，市级体育特色学校争创2所。[1,2]"},
	{askSport, "全年计划举办区级体育比赛18场，争创市级体育特色学校2所，每年4月举行“云溪杯”足球联赛。[1][2][3]"},
	{askSport, "体育比赛、体育特色学校和足球联赛都在计划里。[1-3]"},
	{askYear, "2022年计划新建、扩建学校6所，新增学位1500个。[1]河东小学、柳湾中学年内开工。[2]"},
	{askYear, "全年重点包括：新增学位1500个[1]；河东小学、柳湾中学年内开工[2]；举办第五届合唱节[3]；招聘教师90名[4]。"},
	{askYear, "年内，河东小学、柳湾中学将开工。[2]教师方面，计划招聘90名。[4]"},
	{askYear, "计划招聘教师90名，力争骨干教师占比达到百分之三十五。[4]还将举办第5届合唱节。[3]"},
	{askRepair, "校舍修缮安排0.23亿元。[1]"},
	{askYear, "河东小学和柳湾中学计划年内开工。[2]"},
	{askTeacher, "2022年计划招聘教师90名。[1]"},
	{askTeacher, "计划招聘90名教师，力争骨干教师占比达到35%。[1]"},
	{askTeacher, "今年教师招聘计划为90人。[1]"},
	{askTeacher, "计划招聘教师九十名[1]，骨干教师占比力争达到35％[1]。"},
	{askTeacher, "计划招聘90位教师。[1]"},
	{askStudio, "计划组建名师工作室8个，由组织人事科牵头。[1]"},
	{askStudio, "由组织人事科牵头，计划组建8个名师工作室。[1]"},
	{askStudio, "名师工作室计划组建八个。[1]"},
	{askOpen, "年内开工的有河东小学和柳湾中学。[1]"},
	{askOpen, "河东小学、柳湾中学计划在2022年内开工。[1]"},
	{askOpen, "按计划，河东小学与柳湾中学将于年内开工建设。【1】"},
	{askClasses, "培训机构必须取得办学许可。[1]"},
	{askClasses, "校外培训机构必须先取得办学许可。[1]"},
	{askClasses, "按照要求，培训机构必须有办学许可。[1]"},
	{askApprove, "停止审批新的学科类培训机构。[1]"},
	{askApprove, "不再审批新的学科类培训机构。[1]"},
	{askApprove, "新的学科类培训机构停止审批。[1]"},
	{askTutor, "计划为青年教师每人配备一名导师。[1]"},
	{askTutor, "有，青年教师每人配备一名导师。[1]"},
	{askTutor, "每人配备1名导师，对象是青年教师。[1]"},
	{askPrice, "培训收费实行政府指导价。[1]"},
	{askPrice, "校外培训收费由政府指导价来定。[1]"},
	{askChoir, "今年举办的是第五届合唱节。[1]"},
	{askChoir, "计划举办第5届合唱节。[1]"},
	{askChoir, "合唱节是第五届。[1]"},
	{askShow, "“诗画云溪”师生书画展计划展出作品300幅。[1]"},
	{askShow, "计划开展“诗画云溪”师生书画展，展出300幅作品。[1]"},
	{askShow, "师生书画展“诗画云溪”将展出三百幅作品。[1]"},
	{askRooms, "计划建设3D打印教室12间。[1]"},
	{askRooms, "2022年计划建设12间3D打印教室。[1]"},
	{askDesks, "计划为20所学校更换课桌椅。[1]"},
	{askDesks, "今年将有20所学校更换课桌椅。[1]"},
	{askDesks, "课桌椅更换涉及20所学校。[1]"},
	{askRepair, "区里计划安排2300万元修缮校舍。[1]"},
	{askRepair, "修缮校舍的安排是2300万元。[1]"},
	{askRepair, "计划安排两千三百万元，用于修缮校舍。[1]"},
	{askLeague, "“云溪杯”足球联赛每年4月举行。[1]"},
	{askLeague, "足球联赛在每年四月举行，名称是“云溪杯”。[1]"},
	{askDegree, "教师资格认定要求本科以上学历。[1]"},
	{askDegree, "申请教师资格认定，学历要在本科以上。[1]"},
	{askHotline, "培训机构投诉请打12345热线。[1]"},
	{askHotline, "投诉培训机构请打12345热线。[1]"},
	{askSuzhou, "高中段青年教师到苏州跟岗学习。[1]"},
	{askSuzhou, "计划安排高中段青年教师去苏州跟岗学习。[1]"},
	{askMatches, "计划举办区级体育比赛18场。[1]"},
	{askMatches, "区级体育比赛今年计划举办18场。[1]"},
	{askTeam, "计划招聘教师90名，力争骨干教师占比达到35%。[1]教师资格认定要求本科以上学历。[2]"},
	{askTeam, "教师方面，计划招聘90名教师[1]；教师资格认定要求本科以上学历[2]。"},
}

// atMostDropped of the right answers may lose a sentence or be quoted instead (issue 5).
const atMostDropped = 3

func TestRightAnswersLeave(t *testing.T) {
	if len(rightAnswers) < 60 {
		t.Fatalf("only %d answers", len(rightAnswers))
	}
	s, m := vendor(t, nil)
	var text string
	s.Answer(func(scripted.Request) scripted.Reply { return scripted.Chat(pieces(text, 9)...) })
	dropped, refused := 0, 0
	for _, c := range rightAnswers {
		text = c.text
		a := asked(t, engine(t, func(p *Parts) { p.Model = m }), c.question) // nothing remembered
		if a.Mode != Generated || len(a.Trace.Dropped) > 0 {
			dropped++
			t.Logf("%q: %s %s, dropped %+v", c.text, a.Mode, a.Reason, a.Trace.Dropped)
		}
		if !a.Answered {
			refused++
		}
	}
	t.Logf("of %d right answers %d lost a sentence", len(rightAnswers), dropped)
	if dropped > atMostDropped || refused > 0 {
		t.Errorf("%d dropped, %d not answered at all", dropped, refused)
	}
}
