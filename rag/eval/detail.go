package eval

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// WriteDetail writes what the traces tell of a run: retrieval alone, refusals, calibration, times. A run by a Server has no traces,
// and is told so.
func WriteDetail(w io.Writer, verdicts []Verdict, documentOf DocumentOf) error {
	if !Traced(verdicts) {
		_, err := fmt.Fprintf(w, "\n%s\n", noTraces)
		return err
	}
	for _, part := range []struct {
		heading string
		rows    [][]string
		note    string
	}{
		{"检索：对的段落排在第几（只看检索，不看回答）", rankRows(Retrieval(verdicts, documentOf)), rankNote},
		refusalPart(verdicts),
		calibrationPart(verdicts),
		{"各步骤用时", timeRows(Times(verdicts)), ""},
	} {
		if _, err := fmt.Fprintf(w, "\n%s\n", part.heading); err != nil {
			return err
		}
		if err := columns(w, part.rows); err != nil {
			return err
		}
		if part.note != "" {
			if _, err := fmt.Fprintln(w, part.note); err != nil {
				return err
			}
		}
	}
	return nil
}

const (
	noTraces = "没有检索过程：通过 --server 提问时服务不给出过程。检索、拒答曲线、校准和用时请不带 --server 再评一次。"
	noCurve  = "没有拒答曲线和校准：没有句子模型，或测试题里没有该拒答的题。"
	rankNote = "没检索：固定回复、已审定的回答、“还有呢”，不计入。MRR 只看前5段。"
)

func rankRows(rows []RankRow) [][]string {
	out := [][]string{{"kind", "n", "recall@1", "recall@3", "recall@5", "MRR", "没检索"}}
	for _, r := range rows {
		mrr := "-"
		if r.N > 0 {
			mrr = fmt.Sprintf("%.3f", r.MRR)
		}
		out = append(out, []string{r.Kind, strconv.Itoa(r.N), percent(r.At1, r.N), percent(r.At3, r.N), percent(r.At5, r.N), mrr, strconv.Itoa(r.Unsearched)})
	}
	return out
}

type detailPart = struct {
	heading string
	rows    [][]string
	note    string
}

// costs are the shares of answerable questions refused at which the curve is told as figures.
var costs = []float64{.01, .02, .05, .10, .20}

func refusalPart(verdicts []Verdict) detailPart {
	p := detailPart{heading: "拒答曲线：门槛移动时，该拒的拒了多少，该答的误拒了多少"}
	c, ok := Refusals(verdicts)
	if !ok {
		p.note = noCurve
		return p
	}
	p.rows = [][]string{{"取值", "门槛", "该答的误拒", "该拒的拒了"}}
	for _, cost := range costs {
		p.rows = append(p.rows, curveRow("误拒不超过"+rate(cost), c.AtMost(cost)))
	}
	p.rows = append(p.rows, curveRow("现在的门槛（只看打分）", c.Head))
	p.rows = append(p.rows, []string{"现在的引擎（加规则）", "-", rate(c.Engine.Answerable), rate(c.Engine.Near)})
	p.note = fmt.Sprintf("曲线下面积 %.3f（0.5 等于乱猜，1 是完全分开）；该答 %d 题，该拒 %d 题。门槛是打分减去工作点后的值。", c.Area, c.Answerable, c.Near)
	return p
}

func curveRow(name string, p Point) []string {
	return []string{name, fmt.Sprintf("%+.2f", p.Threshold), rate(p.Answerable), rate(p.Near)}
}

func calibrationPart(verdicts []Verdict) detailPart {
	p := detailPart{heading: "校准：打分说有多大把握，实际有多少该答"}
	bins, ece := Calibration(verdicts)
	if bins == nil {
		p.note = noCurve
		return p
	}
	p.rows = [][]string{{"把握", "n", "平均把握", "实际该答", "95%区间", "平均门槛差"}}
	for _, b := range bins {
		row := []string{fmt.Sprintf("%.1f-%.1f", b.Low, b.High), strconv.Itoa(b.N), "-", "-", "-", "-"}
		if b.N > 0 {
			row = append(row[:2], rate(b.Said), rate(b.Was), rate(b.From)+"-"+rate(b.To), fmt.Sprintf("%+.2f", b.Margin))
		}
		p.rows = append(p.rows, row)
	}
	p.note = fmt.Sprintf("期望校准误差 %.3f（把握与实际之差的加权平均；测试题里该拒的比例与训练时不同也会显得有误差）。", ece)
	return p
}

// stepNames are the steps in words; a step that is not here keeps its name.
var stepNames = map[string]string{"understand": "理解", "retrieve": "检索", "compose": "组织回答", "verify": "核对", "all": "合计"}

func timeRows(rows []StepRow) [][]string {
	out := [][]string{{"步骤", "n", "p50", "p95"}}
	for _, r := range rows {
		name := r.Step
		if say := stepNames[r.Step]; say != "" {
			name = say + " " + r.Step
		}
		out = append(out, []string{name, strconv.Itoa(r.N), milliseconds(r.P50), milliseconds(r.P95)})
	}
	return out
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}

// WriteComparison writes question by question what got better and worse, the totals and the decision.
func WriteComparison(w io.Writer, c Comparison) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\n比较：%s\n", c.Title)
	for _, list := range changeLists(c) {
		if len(list.changes) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s %d 题：\n", list.heading, len(list.changes))
		for _, ch := range list.changes {
			fmt.Fprintf(&b, "  %s %s %s\n    %s\n", ch.After.Case.ID, ch.After.Case.Kind, ch.After.Case.Question, list.why(ch))
		}
	}
	for _, list := range unpairedLists(c) {
		if len(list.ids) > 0 {
			fmt.Fprintf(&b, "%s %d 题：%s\n", list.heading, len(list.ids), strings.Join(list.ids, " "))
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	if err := columns(w, comparedRows(c)); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, decision(c))
	return err
}

type changeList struct {
	heading string
	changes []Change
	why     func(Change) string
}

func changeLists(c Comparison) []changeList {
	now := func(ch Change) string { return "现在：" + ch.After.Why }
	before := func(ch Change) string { return "原来：" + ch.Before.Why }
	cites := func(ch Change) string {
		return "原来引用 " + citedSections(ch.Before) + "；现在引用 " + citedSections(ch.After)
	}
	return []changeList{{"变差", c.Worse, now}, {"变好", c.Better, before}, {"对错没变、引用变差", c.CitedWorse, cites}, {"对错没变、引用变好", c.CitedBetter, cites}}
}

type idList struct {
	heading string
	ids     []string
}

func unpairedLists(c Comparison) []idList {
	return []idList{{"只有这次有，没有比较", c.Added}, {"只有原来有，没有比较", c.Missing}, {"题目或标准改过，没有比较", c.Altered}}
}

// citedSections lists what an answer cites, with the document where it is a foreign one.
func citedSections(v Verdict) string {
	var out []string
	for _, cite := range v.Answer.Citations {
		place := cite.Section
		if !v.Case.Expect.inDocument(cite.IndexNumber, cite.Title) {
			place = "《" + cite.Title + "》" + place
		}
		out = append(out, place)
	}
	if len(out) == 0 {
		return "无"
	}
	return strings.Join(out, "、")
}

func comparedRows(c Comparison) [][]string {
	out := [][]string{{"kind", "n", "原来对", "现在对", "变好", "变差", "p", "界限"}}
	rows := c.Rows
	if c.Cited.N > 0 {
		cited := c.Cited
		cited.Kind = "引用"
		rows = append(rows[:len(rows):len(rows)], cited)
	}
	for _, r := range rows {
		mark := ""
		if r.Beyond() {
			mark = " 明显变差"
		}
		out = append(out, []string{r.Kind, strconv.Itoa(r.N), strconv.Itoa(r.Before), strconv.Itoa(r.After), strconv.Itoa(r.Better), strconv.Itoa(r.Worse),
			fmt.Sprintf("%.4f", r.P), fmt.Sprintf("%.4f", r.Limit) + mark})
	}
	return out
}

func decision(c Comparison) string {
	switch {
	case len(c.Rows) == 0:
		return "没有相同的题可以比较。"
	case c.Worsened():
		return "结论：明显变差，超出偶然（单侧 McNemar 精确检验）。"
	case len(c.Worse)+len(c.CitedWorse) > 0:
		return "结论：有题变差，但没有超出偶然（单侧 McNemar 精确检验）。"
	}
	return "结论：没有变差。"
}

// WriteRanks writes retrieval without and with foreign documents side by side.
func WriteRanks(w io.Writer, alone, beside []RankRow) error {
	if _, err := fmt.Fprint(w, "\n检索：对的段落排在前面的比例，单独时→旁边有别处的政策时\n"); err != nil {
		return err
	}
	return columns(w, ranksBeside(alone, beside))
}

func ranksBeside(alone, beside []RankRow) [][]string {
	before := map[string]RankRow{}
	for _, r := range alone {
		before[r.Kind] = r
	}
	out := [][]string{{"kind", "n", "recall@1", "recall@3", "recall@5", "MRR"}}
	for _, r := range beside {
		b := before[r.Kind]
		pair := func(was, is int) string { return percent(was, b.N) + "→" + percent(is, r.N) }
		out = append(out, []string{r.Kind, strconv.Itoa(r.N), pair(b.At1, r.At1), pair(b.At3, r.At3), pair(b.At5, r.At5), fmt.Sprintf("%.3f→%.3f", b.MRR, r.MRR)})
	}
	return out
}
