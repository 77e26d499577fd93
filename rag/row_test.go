package rag

import (
	"slices"
	"strings"
	"testing"

	"wenda/corpus"
)

const tablesPage = `# 澄江区2024年招生和收费公告

## 一、招生计划

表1 2024年公办小学招生计划表

| 序号 | 学校 | 施教区 | 计划人数（人） | 咨询电话 |
|---|---|---|---|---|
| 1 | 柳营小学 | 望澜街道：柳营社区、营房里社区、汇景湾小区 | 270 | 0591-85523370 |
| 2 | 青枫小学 | 青枫街道：枫林社区、红叶社区、竹坑村 | 360 | 0591-85611033 |
| 3 | 南浦小学 | 南浦街道：浦口社区、渡头社区、安澜佳苑 | 315 | 0591-85730215 |

## 二、收费标准

表2 幼儿园保教费标准（单位：元/生·月）

| 性质 | 等级 | 保教费 | 伙食费（元/日） |
|---|---|---|---|
| 公办 | 省级示范园 | 680 | 15 |
| 公办 | 市级示范园 | 560 | 14 |
| 民办普惠 | 市级示范园 | 1150 | 16 |

表3 校外培训机构白名单

| 名称 | 类别 | 地址 | 课程及收费 |
|---|---|---|---|
| 启帆编程中心 | 科技类 | 创智街道软件园7号楼 | 编程120、机器人150 |
| 云谷创客学堂 | 科技类 | 创智街道云谷大道18号 | 创客110 |
| 小将篮球俱乐部 | 体育类 | 创智街道星河南路55号 | 篮球80 |
`

// A question to a table is answered with the cells that it asks for, of the row that it names, with the row's name; with the row where no column is
// named; with all rows that it names alike; and a thing that is none of the rows is refused.
func TestBundledBesideTables(t *testing.T) {
	e := besideThePlan(t, tablesPage)
	for _, c := range []struct {
		question string
		status   Status
		holds    []string
		lacks    string
	}{
		{"柳营小学咨询电话", Answered, []string{"（柳营小学）咨询电话：0591-85523370"}, "85611033"},
		{"青枫小学计划招多少人", Answered, []string{"360人"}, "270"},
		{"我家住安澜佳苑，孩子上哪个小学", Answered, []string{"南浦小学"}, "柳营"},
		{"竹坑村读哪里", Answered, []string{"青枫小学"}, "南浦"},
		{"小将篮球在什么位置", Answered, []string{"星河南路55号"}, "云谷大道"},
		{"启帆编程一节课收多少钱", Answered, []string{"编程120"}, "创客110"},
		{"白名单里科技类的培训机构有哪些", Answered, []string{"启帆编程中心[1]", "云谷创客学堂[2]"}, "篮球"},
		{"公办幼儿园保教费一个月多少钱", Answered, []string{"680元/生·月", "560元/生·月"}, "1150"},
		{"红太阳小学的咨询电话是多少", NotStated, nil, "0591"},
		{"今年新增多少学位", Answered, []string{"2800"}, ""},
	} {
		a, err := e.Ask(t.Context(), Question{Text: c.question}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a.Status != c.status || c.lacks != "" && strings.Contains(a.Text, c.lacks) || slices.ContainsFunc(c.holds, func(h string) bool { return !strings.Contains(a.Text, h) }) {
			t.Errorf("%s: got %s %q", c.question, a.Status, a.Text)
		}
		for _, cite := range a.Citations { // the row, without which a cell says nothing
			if strings.Contains(a.Text, "（柳营小学）") && (!strings.HasPrefix(cite.Quote, "学校：柳营小学；") || strings.Count(a.Text, "[") != 1) {
				t.Errorf("%s: cites %q", c.question, cite.Quote)
			}
		}
	}
}

// rowHit is a row of a table as it is found: its cells, the best one first.
func rowHit(t *testing.T, markdown string, row, best int) corpus.Hit {
	t.Helper()
	d, err := corpus.Read("x.md", []byte(markdown))
	if err != nil {
		t.Fatal(err)
	}
	var rows []*corpus.Chunk
	for i := range d.Chunks {
		if d.Chunks[i].Row != nil {
			rows = append(rows, &d.Chunks[i])
		}
	}
	h := corpus.Hit{Document: &d, Chunk: rows[row]}
	for i := range rows[row].Sentences {
		h.Sentences = append(h.Sentences, corpus.SentenceScore{Source: corpus.Source{Document: &d, Chunk: rows[row], Sentence: i, Text: rows[row].Told(i)}})
	}
	h.Sentences[0], h.Sentences[best] = h.Sentences[best], h.Sentences[0]
	return h
}

func TestHeadHeld(t *testing.T) {
	for _, c := range []struct {
		question, head string
		want           float64
	}{
		{"柳营小学电话", "咨询电话", .5}, {"初中校服冬装多少钱", "初中", 1}, {"中班一个月多少", "保教费（小班、中班、大班）", 1}, {"学费多少", "人数", 0}, {"要几人", "人", 0},
	} {
		if got := headHeld(c.question, c.head); got != c.want {
			t.Errorf("%s, %s: got %v, want %v", c.question, c.head, got, c.want)
		}
	}
}

func TestCellsOf(t *testing.T) {
	const page = "# 公告\n\n| 学校 | 学费 | 住宿费 | 电话 |\n|---|---|---|---|\n| 五中 | 900元 | 350元 | 85501158 |\n| 六中 | 600元 | 300元 | 85501159 |\n"
	never := func(corpus.Source) bool { return false }
	phone := func(s corpus.Source) bool { return strings.Contains(s.Text, "855") }
	for _, c := range []struct {
		name, question string
		asks           bool
		met            func(corpus.Source) bool
		best           int
		want           string
	}{
		{"the heads that are said", "五中学费和住宿费", true, never, 1, "学费：900元 住宿费：350元"},
		{"beside what holds the kind of thing", "五中学费和号码", true, phone, 3, "学费：900元 电话：85501158"},
		{"the kind of thing", "五中号码多少", true, phone, 3, "电话：85501158"},
		{"neither: the row, without its name", "五中怎么样", false, phone, 0, "学费：900元 住宿费：350元 电话：85501158"},
	} {
		var got []string
		for _, s := range cellsOf(c.question, c.asks, c.met, rowHit(t, page, 0, c.best)) {
			got = append(got, s.Text)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %q", c.name, got)
		}
	}
	long := "# 公告\n\n| 学校 | 一 | 二 |\n|---|---|---|\n| 五中 | " + strings.Repeat("长", rowRunes) + " | 短 |\n| 六中 | 短 | 短 |\n"
	if got := cellsOf("五中怎么样", false, never, rowHit(t, long, 0, 0)); len(got) != 1 {
		t.Errorf("a long row: got %d cells", len(got))
	}
	dates := rowHit(t, "# 公告\n\n| 名称 | 许可证有效期至 | 年检 |\n|---|---|---|\n| 飞鱼 | 2026年6月 | 2023年A |\n| 强羽 | 2025年7月 | 2023年B |\n", 0, 1)
	if got := cellsOf("飞鱼许可证到什么时候", true, func(s corpus.Source) bool { return strings.Contains(s.Text, "年") }, dates); len(got) != 1 || !strings.Contains(got[0].Text, "2026") {
		t.Errorf("another date: got %v", got)
	}
	heads := rowHit(t, "# 公告\n\n| 学校 | 校长 | 人数 |\n|---|---|---|\n| 五中 | 张三 | 900 |\n| 六中 | 李四 | 600 |\n", 0, 1)
	if got := cellsOf("五中校长是谁", true, never, heads); len(got) != 1 || got[0].Text != "校长：张三" || heads.Document.Item(heads.Chunk, 1) != "五中" {
		t.Errorf("a cell that names the row, too: got %v, %q", got, heads.Document.Item(heads.Chunk, 1))
	}
	both := []corpus.Hit{rowHit(t, page, 0, 1), rowHit(t, page, 1, 1)}
	both[1].Document, both[1].Chunk.Row = both[0].Document, both[0].Chunk.Row
	for question, want := range map[string]int{"五中和六中的学费": 2, "五中的学费": 1, "学费": 1} {
		if got := rowQuotes(question, true, never, both); len(got) != want {
			t.Errorf("%s: got %d cells", question, len(got))
		}
	}
	if rowQuotes("甲", false, never, []corpus.Hit{{Chunk: &corpus.Chunk{}, Sentences: []corpus.SentenceScore{{Source: corpus.Source{Chunk: &corpus.Chunk{}}}}}}) != nil {
		t.Error("a paragraph was taken for a row")
	}
}

func TestOtherRow(t *testing.T) {
	const page = "# 一览\n\n| 名称 | 性质 | 电话 |\n|---|---|---|\n| 柳营幼儿园 | 公办 | 85501158 |\n| 青枫幼儿园 | 公办 | 85501159 |\n| 蓝鲸之家幼儿园 | 民办 | 85501150 |\n"
	row := rowHit(t, page, 0, 0)
	for question, want := range map[string]bool{
		"编号24016的幼儿园": true, "编号85501158的幼儿园": false, "2024年的幼儿园": false, "柳营幼儿园电话": false, "红太阳幼儿园电话": true, "幼儿园电话": false, "公办幼儿园电话": false, "我想问幼儿园电话": false, "哪个幼儿园": false, "柳营电话": false,
	} {
		if got := otherRow(question, row.Sentences[0].Source, nil); got != want {
			t.Errorf("%s: got %v", question, got)
		}
	}
	schools := rowHit(t, "# 一览\n\n| 学校 | 计划 |\n|---|---|\n| 柳营第一中学 | 3 |\n| 青枫第一中学 | 4 |\n", 0, 0)
	refunds := rowHit(t, "# 退费\n\n| 项目 | 退费 |\n|---|---|\n| 柳营一次性学费 | 3成 |\n| 杂费 | 不退 |\n", 0, 0)
	for _, c := range []struct {
		question string
		hits     []corpus.Hit
		want     bool
	}{
		{"柳营第一中学的地址", []corpus.Hit{row, schools}, true}, {"青枫第一中学的地址", []corpus.Hit{row, schools}, false}, {"柳营幼儿园和柳营第一中学的地址", []corpus.Hit{row, schools}, false},
		{"柳营一次性学费多少", []corpus.Hit{row, refunds}, false},
	} {
		if got := otherRow(c.question, row.Sentences[0].Source, c.hits); got != c.want {
			t.Errorf("%s: got %v", c.question, got)
		}
	}
	for question, want := range map[string]bool{"岗位24012": true, "岗位24011": false, "2024年": false, "12个": false} {
		if got := lacksCode(question, "岗位代码：24011"); got != want {
			t.Errorf("%s: got %v", question, got)
		}
	}
}

func TestToldText(t *testing.T) {
	terms := &promptSet(t).Terms
	row := rowHit(t, "# 一览\n\n| 名称 | 收费 | 人数 |\n|---|---|---|\n| 启帆 | 编程120 | 30 |\n| 云谷 | 创客110元 | 20 |\n", 0, 0)
	for i, want := range []string{"，名称：启帆", "启帆，收费：编程120元", "启帆，人数：30，30人"} {
		if got := toldText(terms, row.Sentences[i].Source); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := toldText(terms, corpus.Source{Chunk: &corpus.Chunk{}, Text: "一句。"}); got != "一句。" {
		t.Errorf("got %q", got)
	}
}
