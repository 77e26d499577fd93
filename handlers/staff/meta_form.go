package staff

import (
	"net/http"

	"wenda/corpus"
)

// metaNames are the fields of a document's metadata that staff may change, in the order of the form.
var metaNames = []string{"标题", "发布机构", "文件编号", "产生日期", "发布日期", "废止日期"}

// metaFields are the same as the form calls them.
var metaFields = []string{"title", "issuer", "file_number", "produced", "published", "validity"}

func metaList(m corpus.Meta) []string {
	return []string{m.Title, m.Issuer, m.FileNumber, m.Produced, m.Published, m.Validity}
}

func setMeta(m *corpus.Meta, list []string) {
	m.Title, m.Issuer, m.FileNumber, m.Produced, m.Published, m.Validity = list[0], list[1], list[2], list[3], list[4], list[5]
}

// A metaForm is the metadata of a document as it is edited.
type metaForm struct {
	Meta  corpus.Meta
	Had   []string   // metaList that the form began with
	Wrong string     // why it was not kept; empty: it was not tried
	Field string     // that Wrong is about
	Merge *formMerge // what somebody else saved meanwhile
}

func metaFormOf(m corpus.Meta) metaForm { return metaForm{Meta: m, Had: metaList(m)} }

// readMeta reads the form of metadata over what the document has. What is wrong stands in Wrong.
func (v *visit) readMeta(now corpus.Meta) metaForm {
	f := metaForm{Meta: now, Had: v.r.PostForm["had"]}
	sent := make([]string, len(metaFields))
	for i, name := range metaFields {
		sent[i] = v.form(name)
	}
	setMeta(&f.Meta, sent)
	for i, s := range metaList(f.Meta) {
		switch day := i == 3 || i == 4; {
		case i == 0 && s == "":
			f.Wrong = "标题不能为空。"
		case len([]rune(s)) > 200:
			f.Wrong = "每一项最多200个字。"
		case day && s != "" && !isDay(s):
			f.Wrong = "日期要写成2022-02-11这样。"
		}
		if f.Wrong != "" && f.Field == "" {
			f.Field = metaFields[i]
		}
	}
	return f
}

// beside puts the form together with what somebody else saved.
func (f metaForm) beside(now corpus.Meta) metaForm {
	merged, m := mergeFields(metaNames, f.Had, metaList(now), metaList(f.Meta))
	out := metaForm{Meta: now, Had: metaList(now), Merge: m}
	setMeta(&out.Meta, merged)
	return out
}

// status is that of a page that shows the form again.
func (f metaForm) status() int {
	if f.Merge != nil {
		return http.StatusConflict
	}
	return http.StatusUnprocessableEntity
}
