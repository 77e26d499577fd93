package rag

import (
	"context"
	"errors"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"wenda/corpus"
	"wenda/prompts"
)

// page is a portal page of a district that does not exist.
const page = `• 首页
• 智能问答
信息名称:云溪区教育2022年工作计划
索 引 号:014777123/2022-00042
公开方式:主动公开
文件编号:
发布机构:云溪区教育局
产生日期:2022-03-01
发布日期:2022-03-03
废止日期:有效

云溪区教育2022年工作计划

一、办学条件

扩大学位供给。全年新建、扩建学校6所，新增学位1500个。河东小学、柳湾中学年内开工。区里安排2300万元修缮校舍。

改善教学装备。为20所学校更换课桌椅。建设3D打印教室12间。

二、学生成长

丰富体育活动。举办区级体育比赛18场。争创市级体育特色学校2所。每年4月举行“云溪杯”足球联赛。

繁荣校园艺术。举办第五届合唱节。开展“诗画云溪”师生书画展，展出作品300幅。

三、教师队伍

建强教师队伍。计划招聘教师90名，力争骨干教师占比达到35%。由组织人事科牵头组建名师工作室8个。教师资格认定要求本科以上学历。

培育青年教师。为青年教师每人配备一名导师。高中段青年教师到苏州跟岗学习。

四、校外培训

规范校外培训。培训机构必须取得办学许可。停止审批新的学科类培训机构。培训机构投诉请打12345热线。

清理培训收费。培训收费实行政府指导价。

【打印本页】
主办单位：云溪区人民政府办公室
联系地址：云溪路1号
联系电话：0519-80000001（网站建设管理）
`

// A unit of the fixture is a sentence with the questions around it.
type unit struct {
	section string   // the lead sentence
	facts   []string // strings of the sentence
	asks    []string
	nots    []string // lack:question
}

var units = []unit{
	{"扩大学位供给", []string{"1500个", "新增学位"},
		[]string{"今年新增多少学位", "多出来几个读书的位子", "娃上学的位子多了几个", "要盖几所学校", "新建扩建学校几所", "云溪区2022年新增学位多少个"},
		[]string{"place:新增的学位在哪几个小区", "date:新学校哪天开学", "detail:新学位怎么分给各个小区"}},
	{"扩大学位供给", []string{"河东小学", "柳湾中学"}, []string{"哪些学校年内开工", "今年动工的是哪几所学校"}, []string{"money:河东小学造价多少钱"}},
	{"扩大学位供给", []string{"2300万元", "修缮校舍"}, []string{"修校舍花多少钱", "校舍维修安排多少经费"}, []string{"list:修哪些学校的校舍"}},
	{"改善教学装备", []string{"20所学校", "课桌椅"}, []string{"几所学校换课桌椅", "课桌椅要换新的吗"}, []string{"money:课桌椅多少钱一套"}},
	{"改善教学装备", []string{"12间", "3D打印教室"}, []string{"3D打印教室建几间", "打印教室有多少"}, []string{"place:3D打印教室建在哪里"}},
	{"丰富体育活动", []string{"18场", "体育比赛"}, []string{"办多少场体育比赛", "区里比赛几场"}, []string{"person:体育比赛谁当评委"}},
	{"丰富体育活动", []string{"2所", "体育特色学校"}, []string{"争创几所体育特色学校", "体育特色学校有几所"}, []string{"result:体育特色学校评上了吗"}},
	{"丰富体育活动", []string{"4月", "云溪杯"}, []string{"足球联赛什么时候踢", "云溪杯几月举行"}, []string{"phone:足球联赛报名电话是多少"}},
	{"繁荣校园艺术", []string{"第五届", "合唱节"}, []string{"合唱节是第几届", "今年办第几届合唱节"}, []string{"date:合唱节几月几号开"}},
	{"繁荣校园艺术", []string{"300幅", "诗画云溪"}, []string{"书画展有多少作品", "诗画云溪展出几幅"}, []string{"condition:书画展报名条件是什么"}},
	{"建强教师队伍", []string{"90名", "招聘教师"}, []string{"招多少老师", "今年招聘教师几名"}, []string{"person:招聘老师的联系人叫什么"}},
	{"建强教师队伍", []string{"8个", "名师工作室"}, []string{"名师工作室谁负责", "名师工作室建几个"}, []string{"person:名师工作室的主任是谁"}},
	{"建强教师队伍", []string{"教师资格", "学历"}, []string{"当老师要什么学历", "教师资格认定有什么要求"}, []string{"phone:教师资格认定打什么电话"}},
	{"培育青年教师", []string{"导师", "青年教师"}, []string{"青年教师有人带吗", "年轻老师配不配导师"}, []string{"person:导师是哪位老师"}},
	{"培育青年教师", []string{"苏州", "跟岗学习"}, []string{"青年教师去苏州学什么", "高中老师去哪里跟岗"}, []string{"date:跟岗学习哪天出发"}},
	{"规范校外培训", []string{"办学许可"}, []string{"补课班现在怎么管", "培训机构要办什么许可"}, []string{"list:有许可的培训机构名单"}},
	{"规范校外培训", []string{"停止审批"}, []string{"学科类培训机构还批吗", "为什么停止审批新的学科类培训机构"}, []string{"number:关了几家培训机构"}},
	{"规范校外培训", []string{"12345热线"}, []string{"投诉培训机构打什么电话", "培训机构乱来找哪个热线"}, []string{"person:投诉归哪个科长管"}},
	{"清理培训收费", []string{"政府指导价"}, []string{"培训收费谁定价", "补课费有没有人管"}, []string{"money:补课一节课收多少钱"}},
}

// tiny is an embedder for tests: characters and their pairs hashed to directions, summed, of unit length. The same text has the
// same vector on every machine.
type tiny struct{}

const (
	tinyDim      = 64
	fixtureFloor = .42
)

func (tiny) Name() string { return "tiny" }

func (tiny) EmbedQuery(ctx context.Context, text string) ([]float32, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	rs := []rune(corpus.Fold(text))
	if len(rs) == 0 {
		return nil, errors.New("tiny: empty text")
	}
	sum := make([]float64, tinyDim)
	add := func(token string, weight float64) {
		h := fnv.New64a()
		h.Write([]byte(token))
		rng := rand.New(rand.NewPCG(h.Sum64(), 1))
		for i := range sum {
			sum[i] += weight * rng.NormFloat64()
		}
	}
	for i := range rs {
		add(string(rs[i]), 1)
		if i+1 < len(rs) {
			add(string(rs[i:i+2]), 1)
		}
	}
	var length float64
	for _, v := range sum {
		length += v * v
	}
	out := make([]float32, tinyDim)
	for i, v := range sum {
		out[i] = float32(v / math.Sqrt(length))
	}
	return out, nil
}

func (e tiny) EmbedDocuments(ctx context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, t := range texts {
		v, err := e.EmbedQuery(ctx, t)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

var loadPrompts = sync.OnceValues(func() (*prompts.Set, error) { return prompts.Load(nil) })

func promptSet(tb testing.TB) *prompts.Set {
	tb.Helper()
	set, err := loadPrompts()
	if err != nil {
		tb.Fatalf("load prompts: %v", err)
	}
	return set
}

func lexiconOf(set *prompts.Set) corpus.Lexicon {
	lx := corpus.Lexicon{StopPhrases: set.StopPhrases, Version: set.Version}
	for _, s := range set.Thesaurus {
		lx.Thesaurus = append(lx.Thesaurus, corpus.Synonym{Say: s.Say, Means: s.Means})
	}
	return lx
}

// materialOf makes a page with its units what an index is built from.
func materialOf(set *prompts.Set, text string) (corpus.Material, error) {
	d, err := corpus.Read("fixture", []byte(text))
	if err != nil {
		return corpus.Material{}, err
	}
	m := corpus.Material{Documents: []corpus.Document{d}, DocumentOf: map[string]string{}, Wording: corpus.Wording{Lexicon: lexiconOf(set), Signals: Signals(&set.Terms)}}
	add := func(u unit, text, lacks string) {
		v := corpus.Variant{ID: corpus.VariantID(d.ID, text, lacks != ""), Text: text, Negative: lacks != "", Lacks: lacks, Origin: corpus.Bundled,
			Anchor: corpus.Anchor{Section: []string{u.section}, Facts: u.facts}}
		m.Variants = append(m.Variants, v)
		m.DocumentOf[v.ID] = d.ID
	}
	for _, u := range units {
		for _, a := range u.asks {
			add(u, a, "")
		}
		for _, n := range u.nots {
			lacks, q, _ := strings.Cut(n, ":")
			add(u, q, lacks)
		}
	}
	outline := func(topic string, asks []string, anchor corpus.Anchor, points ...corpus.Point) {
		o := corpus.Outline{ID: corpus.OutlineID(d.ID, topic, anchor.Section), Topic: topic, Asks: asks, Anchor: anchor, Points: points}
		m.Outlines = append(m.Outlines, o)
		m.DocumentOf[o.ID] = d.ID
	}
	m.Calibration = func(version string) *corpus.Fitted { // too few variants to learn from; 1 is the same question, unrelated ones have .3
		return &corpus.Fitted{For: version, Floor: fixtureFloor, Cut: -1e9}
	}
	outline("体育活动", []string{"今年体育方面有哪些安排", "体育活动都有哪些"}, corpus.Anchor{Section: []string{"丰富体育活动"}})
	outline("全年重点", []string{"今年教育上主要干哪些事", "工作计划总体有哪些重点"}, corpus.Anchor{},
		corpus.Point{Text: "新增学位1500个", Anchor: corpus.Anchor{Section: []string{"扩大学位供给"}, Facts: []string{"1500个"}}},
		corpus.Point{Text: "举办第五届合唱节", Anchor: corpus.Anchor{Section: []string{"繁荣校园艺术"}, Facts: []string{"第五届"}}},
		corpus.Point{Text: "招聘教师90名", Anchor: corpus.Anchor{Section: []string{"建强教师队伍"}, Facts: []string{"90名"}}})
	return m, nil
}

// buildFixture makes an index; change may touch the material before. Without an embedder it is a lexical one.
func buildFixture(text string, e corpus.Embedder, change func(*corpus.Material)) (*corpus.Index, error) {
	set, err := loadPrompts()
	if err != nil {
		return nil, err
	}
	m, err := materialOf(set, text)
	if err != nil {
		return nil, err
	}
	if change != nil {
		change(&m)
	}
	if e == nil {
		m.Calibration = nil
	} else {
		texts := m.Texts()
		v, err := e.EmbedDocuments(context.Background(), texts)
		if err != nil {
			return nil, err
		}
		m.Embedder, m.Vectors = e.Name(), map[string][]float32{}
		for i, t := range texts {
			m.Vectors[corpus.TextDigest(t)] = v[i]
		}
	}
	return corpus.Build(context.Background(), m)
}

var (
	buildVectors = sync.OnceValues(func() (*corpus.Index, error) { return buildFixture(page, tiny{}, nil) })
	buildWords   = sync.OnceValues(func() (*corpus.Index, error) { return buildFixture(page, nil, nil) })
)

// fixture is the index of page, built once.
func fixture(tb testing.TB) *corpus.Index {
	tb.Helper()
	x, err := buildVectors()
	if err != nil {
		tb.Fatalf("build the fixture: %v", err)
	}
	if m := x.Manifest; m.Untied != 0 || m.Variants < 40 || m.Negatives < 20 || m.Outlines != 2 || m.Missing != 0 || x.Lexical() {
		tb.Fatalf("the fixture is not whole: %+v", m)
	}
	return x
}

func wordsOnly(tb testing.TB) *corpus.Index {
	tb.Helper()
	x, err := buildWords()
	if err != nil {
		tb.Fatalf("build the lexical fixture: %v", err)
	}
	return x
}
