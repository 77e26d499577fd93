package staff

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"wenda/handlers/export"
	"wenda/rag"
	"wenda/rag/eval"
	"wenda/store"
)

type setView struct {
	Set      store.TestSet
	Name     string // as it is edited
	Cases    []eval.Case
	N        int // of all cases; a bundled set shows the first ones
	Editable bool
	One      caseForm // the case that is added or changed
	Text     string   // of the whole set, as it is edited
	Whole    bool     // that form was sent
	Message  string
	Field    string // that Message is about
	Conflict *store.TestSet
	Theirs   []diffLine
	Clean    bool

	Answerables []named
	Statuses    []rag.Status
	Several     []named // statuses of the case, where it has several
}

// A caseForm is a case as a form holds it.
type caseForm struct {
	Was                                                         string // its line in the set; empty: it is new
	Question, Kind, Answerable, Status, Facts, MustNot, Section string
}

// answerables are what is expected, in the order of choosing.
var answerables = []named{{"yes", "应回答"}, {"no", "不应回答"}, {"", "不论，只看结果"}}

// maxShownCases bounds the page of a bundled set.
const maxShownCases = 500

// setPage is GET /staff/tests/{id}. Query case: the one to be changed.
func (c *Console) setPage(v *visit) error {
	id := v.r.PathValue("id")
	if name, bundled := strings.CutPrefix(id, bundledPrefix); bundled && slices.Contains(bundledSets, name) {
		cases, err := eval.Bundled(name)
		if err != nil {
			return err
		}
		title := bundledTitle(name)
		return v.page("set", "测试集："+title, setView{Set: store.TestSet{ID: id, Name: title}, Cases: cases[:min(len(cases), maxShownCases)], N: len(cases)})
	}
	t, err := c.store.TestSet(v.r.Context(), id)
	if err != nil {
		return err
	}
	m := setView{Set: t, Text: t.Cases, One: caseForm{Answerable: "yes"}}
	if one := v.form("case"); one != "" {
		line := caseLine(t.Cases, one)
		if line == "" {
			return noPage.saying("测试集里没有这一题了。")
		}
		m.One = formOfCase(line)
	}
	return v.setForm(http.StatusOK, m)
}

func (v *visit) setForm(status int, m setView) error {
	m.Cases, _ = eval.Parse(m.Set.Name, []byte(m.Set.Cases)) // kept ones were checked; an empty set has none
	if m.Whole {
		m.One.Answerable = answerables[0].Value
	} else {
		m.Name = m.Set.Name
	}
	m.N, m.Editable, m.Statuses, m.Answerables = len(m.Cases), v.may(store.Edit), rag.Statuses(), answerables
	if strings.Contains(m.One.Status, ";") {
		var names []string
		for _, s := range strings.Split(m.One.Status, ";") {
			names = append(names, StatusText(rag.Status(s)))
		}
		m.Several = []named{{m.One.Status, strings.Join(names, "或")}}
	}
	return v.pageAs(status, "set", "测试集："+m.Set.Name, m)
}

// caseLine finds the line of a case in a set; empty when it is not there.
func caseLine(cases, id string) string {
	for _, line := range strings.Split(cases, "\n") {
		var c eval.Case
		if json.Unmarshal([]byte(line), &c) == nil && c.ID == id {
			return line
		}
	}
	return ""
}

// formOfCase writes a case as people edit it: expectOf reads it again.
func formOfCase(line string) caseForm {
	var c eval.Case
	_ = json.Unmarshal([]byte(line), &c) // caseLine read it
	f := caseForm{Was: line, Question: c.Question, Kind: c.Kind, Section: c.Expect.Section, MustNot: strings.Join(c.Expect.MustNot, "；"), Status: strings.Join(c.Expect.Status, ";")}
	if c.Expect.Answerable != nil {
		f.Answerable = map[bool]string{true: "yes", false: "no"}[*c.Expect.Answerable]
	}
	f.Facts = factsText(c.Expect.Facts)
	return f
}

func factsText(facts [][]string) string {
	groups := make([]string, len(facts))
	for i, group := range facts {
		groups[i] = strings.Join(group, "|")
	}
	return strings.Join(groups, "；")
}

// addCase is POST /staff/tests/{id}/cases: a case from a form, new or (was) in the place of one. do is drop to take that one out.
func (c *Console) addCase(v *visit) error {
	ctx, id := v.r.Context(), v.r.PathValue("id")
	t, err := c.store.TestSet(ctx, id)
	if err != nil {
		return err
	}
	f := caseForm{Was: v.form("was"), Question: v.form("question"), Kind: v.form("kind"), Answerable: v.form("answerable"), Status: v.form("status"),
		Facts: v.form("facts"), MustNot: v.form("must_not"), Section: v.form("section")}
	one, field, wrong := caseOfForm(f)
	drop := f.Was != "" && v.form("do") == "drop"
	if wrong != "" && !drop {
		return v.setForm(http.StatusBadRequest, setView{Set: t, Text: t.Cases, One: f, Message: wrong, Field: field})
	}
	line, said := strings.TrimSuffix(lineOfCase(one), "\n"), "已加入：“"+one.Question+"”。"
	switch {
	case drop:
		err, said = c.store.ChangeCase(ctx, v.by(), id, f.Was, "", "- "+one.Question), "已删除这一题；它留在操作记录里。"
	case f.Was != "":
		err, said = c.store.ChangeCase(ctx, v.by(), id, f.Was, line, line), "已保存：“"+one.Question+"”。"
	default:
		err = c.store.AddCase(ctx, v.by(), id, line, one.Question)
	}
	if errors.Is(err, store.ErrConflict) {
		return c.caseConflict(v, id, one.ID, f)
	}
	if err != nil {
		return err
	}
	return v.to("/staff/tests/"+id, said)
}

// caseConflict shows what was written beside what somebody else made of the case meanwhile: nothing is lost, and nothing is kept over it
// unseen.
func (c *Console) caseConflict(v *visit, set, id string, f caseForm) error {
	t, err := c.store.TestSet(v.r.Context(), set)
	if err != nil {
		return err
	}
	said := "您编辑时，别人删除了这一题。您写的还在下面，要留下它，请点“加入”。"
	if f.Was = caseLine(t.Cases, id); f.Was != "" {
		now := formOfCase(f.Was)
		said = fmt.Sprintf("您编辑时，别人改了这一题，现在是：“%s”，%s，应有内容“%s”，不应出现“%s”。您写的还在下面，看过后再保存，就换成您写的。",
			now.Question, nameOf(answerables, now.Answerable), now.Facts, now.MustNot)
	}
	return v.setForm(http.StatusConflict, setView{Set: t, Text: t.Cases, One: f, Message: said, Field: "question"})
}

// caseOfForm reads a case; what is wrong is in words, with the field. One that changes keeps what the form does not show.
func caseOfForm(f caseForm) (one eval.Case, field, wrong string) {
	one = eval.Case{ID: "q_" + newToken()[:10]}
	if f.Was != "" {
		if json.Unmarshal([]byte(f.Was), &one) != nil {
			return one, "question", "这一题的内容不完整，请刷新页面再改。"
		}
	}
	document := one.Expect.Document
	one.Kind, one.Question = f.Kind, f.Question
	if one.Kind == "" {
		one.Kind = "自编"
	}
	one.Expect = expectOf(f.Answerable, f.Facts, f.MustNot, f.Section, f.Status)
	one.Expect.Document = document
	if err := rag.Check(one.Question); err != nil {
		return one, "question", fmt.Sprintf("问题要有文字，最多%d个字。", rag.MaxRunes)
	}
	if one.Expect.Answerable == nil && len(one.Expect.Status) == 0 {
		return one, "answerable", "请选应不应该回答，或者选应有的结果。"
	}
	return one, "", ""
}

// exportSet is GET /staff/tests/{id}/export: JSON Lines, or with format=xlsx a sheet that can be filled in and imported again.
func (c *Console) exportSet(v *visit) error {
	t, err := c.store.TestSet(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	if v.form("format") != string(export.XLSX) {
		v.w.Header().Set("Content-Type", "application/jsonl; charset=utf-8")
		v.w.Header().Set("Content-Disposition", `attachment; filename="`+t.ID+`.jsonl"`)
		_, _ = v.w.Write([]byte(t.Cases))
		return nil
	}
	cases, _ := eval.Parse(t.Name, []byte(t.Cases)) // kept ones were checked; an empty set has none
	kind, _ := export.XLSX.ContentType()
	v.w.Header().Set("Content-Type", kind)
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+t.ID+`.xlsx"`)
	columns := make([]export.Column, len(sheetColumns))
	for i, name := range sheetColumns {
		columns[i] = export.Column{Key: name, Title: name}
	}
	out, err := export.New(v.w, export.XLSX, columns)
	if err != nil {
		return err
	}
	for _, one := range cases {
		e := one.Expect
		if err := out.Row(one.ID, one.Kind, one.Question, yesNo(e.Answerable), factsText(e.Facts), strings.Join(e.MustNot, "；"), e.Section, strings.Join(e.Status, "；")); err != nil {
			panic(http.ErrAbortHandler) // begun already: a cut-off file must not look whole
		}
	}
	if err := out.Close(); err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}
