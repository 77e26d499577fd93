package rag

import (
	"regexp"
	"slices"
	"strings"

	"wenda/corpus"
	"wenda/prompts"
)

// An expectation is what kind of thing a question asks for.
type expectation struct {
	kind  string   // a key of prompts' replies of what is missing: date, place, list, person, phone, money, condition, ...; empty: content
	years []string // years named in the question, or words for one (去年)
	place string   // a place named in the question
}

// A refusal is why the evidence does not answer.
type refusal struct {
	lacks string // kind of thing that is missing
	rule  string // which check decided, for the trace
}

// festivals are days without a figure: solar terms and feasts.
const festivals = `立春|雨水节|惊蛰|春分|清明|谷雨|立夏|小满|芒种|夏至|小暑|大暑|立秋|处暑|白露|秋分|寒露|霜降|立冬|小雪|大雪|冬至|小寒|大寒|春节|元宵|端午|七夕|中秋|重阳|腊八|除夕|元旦|国庆|五一|六一|教师节|儿童节`

// Rules of NEARMISS.md ("Rules, from which to start"). The word lists are prompts' data; only the shapes stand here.
var (
	dateInText  = regexp.MustCompile(`[\d一二三四五六七八九十]点|\d:\d\d|周[一二三四五六日末]|星期|工作日|每天|\d{1,2}月|\d{4}-\d{2}-\d{2}|\d{1,2}日|上半年|下半年|年底|年内|每季度|每学期|每月|期初|全年|` + festivals)
	moneyInText = regexp.MustCompile(`(?:\d|[零一二三四五六七八九十百千万亿两])\s*[万亿]?(?:元|块钱)|免费`)
	phoneInText = regexp.MustCompile(`\d{3,4}-\d{7,8}|12345|电话|@|微信`)
	asksPeriod  = regexp.MustCompile(`[一每]年几|多久|几年一|[一每](?:学期|季度|个?月)几`)
	howMany     = regexp.MustCompile(`(?:(?:^|[^十百千好那这哪])几|多少)\s*(所|个班|个|名|人次|人|位|次|场次|场|回|节|轮|届|家|间|平方米|小时|公里|辆|亩|张|台|套|分钟|倍|岁|门|项|篇|本|册)`)
	// amount asks for a number, with or without a measure (有多少学生): that the words stand somewhere says nothing then
	amount = regexp.MustCompile(`多少|(?:^|[^十百千好那这哪])几`)
	// 收多少名, 发给多少人, 多少万人次 ask how many, not how much
	givenToMany = regexp.MustCompile(`多少万(?:人|名|个|户|次|棵|册|本)|(?:收|交|给|发|补|拨|奖|投)(?:给)?(?:多少|几[百千万]?)(?:名|人|个|位|所|家|次|场)`)
	numberIn    = regexp.MustCompile(`\d`)

	fromElsewhere = regexp.MustCompile(`(?:我|咱|我们|我家|家里|自己|本人)?(?:是|从|来自)?外[地省市](?:的|人|来的?|户口|户籍|打工的?|务工的?|转来的?|转学|孩子|小孩|娃|学生|生|子女|家长|老师|教师)|^(?:我是)?(?:隔壁区|邻区|外区|外市|外地)的[^,，]{1,6}[,，]`)

	addressInText = regexp.MustCompile(`路\d|\d号|地址|邮政编码|www|http`)
	// 全市 with a number asks about more than the district, whose plan only says who awards
	widePlace = regexp.MustCompile(`全(?:常州)?市|全常州|全省|全江苏|全国`)
)

// expect reads a question. docYear is the year of the document that the search found.
func expect(t *prompts.Terms, q string) expectation {
	x := expectation{years: namedYears(t, q), place: firstOf(q, t.OtherPlaces)}
	if fromElsewhere.MatchString(q) { // who asks comes from there; asked about is our place
		x.place = firstOf(fromElsewhere.ReplaceAllString(q, ""), t.OtherPlaces)
	}
	if x.place != "" && onlyTold(t, q, x.place) {
		x.place = ""
	}
	if containsAny(q, t.SoftEndings) {
		return x
	}
	asks := asksOf(q) // what is told by the way asks for nothing (最后都要自掏腰包)
	switch {
	case containsAny(q, t.AskParts): // and for no number of them
	case containsAny(asks, t.AskPhone):
		x.kind = "phone"
	case containsAny(asks, t.PersonWords):
		x.kind = "person"
	case containsAny(asks, t.AskConditions):
		x.kind = "condition"
	case containsAny(asks, t.AskProcedure):
		x.kind = "procedure"
	case containsAny(without(asks, t.NoResults), t.AskResult):
		x.kind = "result"
	case containsAny(asks, t.AskAddress):
		x.kind = "address"
	case containsAny(asks, t.AskList):
		x.kind = "list"
	case sharing(t, q):
		x.kind = "share"
	case containsAny(asks, t.AskMoney) && !givenToMany.MatchString(q):
		x.kind = "money"
	case containsAny(asks, t.AskDate) && !asksPeriod.MatchString(q) && !someDay.MatchString(q):
		x.kind = "date"
	case containsAny(q, t.Premise) && containsAny(q, t.AskReason):
		x.kind = "reason"
	case partOf.MatchString(q):
		x.kind = "part"
	case asksNumber(q):
		x.kind = "number"
	case containsAny(q, t.AskMeaning) || whichParts.MatchString(q) || codeParts.MatchString(q) && len(codeNames(q)) > 0:
		x.kind = "meaning"
	case asksFigure.MatchString(q):
		x.kind = "figure"
	}
	return x
}

// hostAsked is whose telephone is asked for, where it is not the government office's (教育局电话).
func hostAsked(t *prompts.Terms, q string) string {
	for _, w := range t.OtherHosts {
		_, after, ok := strings.Cut(q, w)
		if after = hostsOwn.ReplaceAllString(after, ""); ok && slices.ContainsFunc(t.AskPhone, func(phone string) bool { return strings.HasPrefix(after, phone) }) {
			return w
		}
	}
	return ""
}

// hostsOwn may stand between a host and its telephone.
var hostsOwn = regexp.MustCompile(`^的?(?:办公室|联系|咨询|服务|值班)?`)

// sharing reports that a share is asked for: 每个孩子 by itself asks for none (按每个孩子的程度), 每班多少人 does.
func sharing(t *prompts.Terms, q string) bool {
	w := firstOf(q, t.ShareWords)
	return w != "" && (!strings.HasPrefix(w, "每") || amount.MatchString(q))
}

// onlyTold reports that a place is where somebody comes from (从安徽来), or stands in clauses that only tell (邻居家在天宁，…，哪块招牌).
func onlyTold(t *prompts.Terms, q, place string) bool {
	for _, form := range t.CameFrom {
		if strings.Contains(q, strings.Replace(form, "*", place, 1)) {
			return true
		}
	}
	told, here, others := false, false, false
	for _, c := range clausesOf(q) {
		if !strings.Contains(c, place) {
			here = here || asksSomething(c) && containsAny(c, t.Here)
			continue
		}
		if asksSomething(c) {
			return false
		}
		told, others = true, others || !containsAny(c, t.Somebody)
	}
	return told && (here || !others) && asksSomething(q)
}

// without puts a blank in the place of each of the words.
func without(s string, words []string) string {
	for _, w := range words {
		s = strings.ReplaceAll(s, w, " ")
	}
	return s
}

// asksOf leaves out the clauses that only tell (孩子明年上小学，学区怎么划): a year by relation in them is not what is asked about.
func asksOf(q string) string {
	clauses := clausesOf(q)
	var asks []string
	for _, c := range clauses {
		if asksSomething(c) {
			asks = append(asks, c)
		}
	}
	if len(asks) == 0 || len(clauses) > tellingClauses {
		return q
	}
	return strings.Join(asks, "，")
}

// tellingClauses is up to how many clauses a question is looked at so: a story brings its years in many ways.
const tellingClauses = 3

// unmet checks the expectation against the evidence: the sentences that would be quoted, and the document. ok is false when the
// evidence holds what is asked for.
func (x expectation) unmet(t *prompts.Terms, q string, evidence []string, d *corpus.Document) (r refusal, unmet bool) {
	all := strings.Join(evidence, "\n")
	folded := corpus.Fold(all)
	if x.otherYear(d.Meta.Year, all) != "" {
		return refusal{"year", "year"}, true
	}
	if x.place != "" && !strings.Contains(all, x.place) {
		return refusal{"otherplace", "place"}, true
	}
	if w := widePlace.FindString(q); w != "" && !containsAny(q, t.OwnPlaces) && howMany.MatchString(q) && !strings.Contains(all, w) {
		return refusal{"otherplace", "wide_place"}, true
	}
	if inSeries.MatchString(q) && !ordinalsMet(q, all) {
		return refusal{"detail", "series"}, true
	}
	if m := stock.FindStringSubmatch(q); m != nil && x.kind != "result" && !inStock(t, m[1], folded) {
		return refusal{"number", "part:stock"}, true
	}
	if withEarlier.MatchString(q) && !strings.Contains(all, "累计") {
		return refusal{"number", "part:stock"}, true
	}
	told := false // a level that is only told of, which counts where nothing else is missing
	asks := asksOf(q)
	levelAsks, levelTells := without(asks, t.NoLevels), without(q, t.NoLevels)
	for _, l := range t.Levels {
		w := firstOf(levelAsks, l.Ask)
		by := w == ""
		if by {
			w = firstOf(levelTells, l.Ask)
		}
		if w == "" || containsAny(folded, l.Means) || strings.Contains(folded, w) {
			continue
		}
		if !by {
			return refusal{"level", "level:" + w}, true
		}
		told = true
	}
	switch x.kind {
	case "phone":
		if !phoneInText.MatchString(all) {
			return refusal{"phone", "phone"}, true
		}
		if w := hostAsked(t, q); w != "" && !strings.Contains(folded, w) { // somebody else's
			return refusal{"phone", "phone:" + w}, true
		}
	case "person":
		if w := firstOf(q, t.PersonWords); !strings.Contains(folded, w) {
			return refusal{"person", "person:" + w}, true
		}
	case "money":
		if !moneyInText.MatchString(all) {
			return refusal{"money", "money"}, true
		}
	case "condition":
		if w := firstOf(q, t.AskConditions); !strings.Contains(folded, w) {
			return refusal{"condition", "condition:" + w}, true
		}
	case "procedure":
		if !containsAny(folded, t.ProcedureWords) {
			return refusal{"procedure", "procedure"}, true
		}
	case "result":
		if IsPlan(d.Meta) { // another document may well tell results
			if howMany.MatchString(q) && !strings.Contains(q, "了") { // 公众号现在有多少人
				return refusal{"number", "result"}, true
			}
			return refusal{"result", "result"}, true
		}
	case "list":
		if countedWhich.MatchString(q) && onlyCounted(all) { // 哪5所
			return refusal{"list", "list:counted"}, true
		}
		if !listed(all) || whichOf.MatchString(q) && slices.ContainsFunc(evidence, onlyCounted) {
			return refusal{"list", "list"}, true
		}
		if oneSchool.MatchString(q) && !schoolNamed.MatchString(all) {
			return refusal{"list", "list:school"}, true
		}
	case "date":
		if !dateInText.MatchString(all) && !otherYearIn(all, d.Meta.Year) || asksDay.MatchString(q) && !dayInText.MatchString(all) {
			return refusal{"date", "date"}, true
		}
	case "reason":
		if w := firstOf(q, t.Premise); !strings.Contains(folded, w) {
			return refusal{"reason", "premise:" + w}, true
		}
	case "number":
		if m := howMany.FindStringSubmatch(q); m != nil && !counted(t, m[1], all) {
			if slices.Contains(t.Lacking, m[1]) {
				return refusal{"number", "lacking:" + m[1]}, true
			}
			return refusal{"number", "number:" + m[1]}, true
		}
	case "part":
		if !partTold(q, folded) {
			return refusal{"number", "part:named"}, true
		}
		if !strings.Contains(all, "其中") && !slices.ContainsFunc(evidence, countedTwice) {
			return refusal{"number", "part"}, true
		}
	case "meaning":
		if told := tellingOf(q, evidence); IsPlan(d.Meta) && !containsAny(told, t.MeaningWords) && !enumeration.MatchString(told) {
			if told != all { // it was asked by its name
				return refusal{"detail", "meaning:name"}, true
			}
			return refusal{"detail", "meaning"}, true
		}
	case "share":
		if w := firstOf(q, t.ShareWords); !strings.Contains(folded, w) {
			return refusal{"number", "share:" + w}, true
		}
	case "address":
		if !addressInText.MatchString(all) {
			return refusal{"place", "address"}, true
		}
	case "figure":
		if !anyFigure.MatchString(all) {
			return refusal{"number", "figure"}, true
		}
	}
	for _, words := range [][]string{t.Penalties, t.Compared} {
		if w := firstOf(asks, words); w != "" && !strings.Contains(folded, w) {
			return refusal{"detail", "besides:" + w}, true
		}
	}
	if w := firstOf(q, t.LocalPlaces); w != "" && !strings.Contains(all, w) && (strings.Contains(asks, w) || containsAny(asks, t.AroundHere)) {
		return refusal{"detail", "local:" + w}, true
	}
	if told {
		return refusal{"detail", "level:told"}, true
	}
	return refusal{}, false
}

var (
	// asksFigure asks for a figure and nothing else
	asksFigure = regexp.MustCompile(`(?:是|有|达到?|提到|提高到|占到?|共|一共|总共|到底)多少(?:[?？,，。 ]|$)|百分之几|百分之多少`)
	anyFigure  = regexp.MustCompile(`\d|[一二两三四五六七八九十百千万](?:[所个名人次场节轮届家间项种条年岁成倍]|人次)`)
	// asksDay asks for a day or a time of it: that something is to be done this year does not say
	asksDay   = regexp.MustCompile(`几月|几号|几日|哪一?天|哪个?月|几点`)
	dayInText = regexp.MustCompile(festivals + `|[\d一二三四五六七八九十]点|\d:\d\d|周[一二三四五六日末]|星期|工作日|每天|[\d一二三四五六七八九十]{1,2}月|\d{4}-\d{2}-\d{2}|\d{1,2}日|期初|期末|月初|月底|年底|年初|每月`)
	// someDay is no date (会不会哪天改成卖房子)
	someDay = regexp.MustCompile(`(?:会不会|万一|要是|说不定|指不定|保不齐|怕)[^,，。]{0,4}哪天`)
	// codeParts asks what the parts of a name stand for (1+X里1和X各是什么)
	codeParts = regexp.MustCompile(`(?:各|分别|里头|里面|其中)[^,，。]{0,6}(?:是什么|是啥|指|包含|包括|代表|有哪些项)|[\dXx](?:是|指|代表)(?:什么|啥|哪)`)
	// countedWhich asks which ones of so many
	countedWhich = regexp.MustCompile(`哪(?:几|[一二两三四五六七八九十\d]+)(?:所|家|位|名)`)
)

// codeName finds a name by its figure (5621计划, 1+X).
var codeName = regexp.MustCompile(`\d[\d+＋]*[XxＸ]?`)

// codeNames are the names by figures in a question; a year is none.
func codeNames(q string) []string { return codeName.FindAllString(ownYear.ReplaceAllString(q, ""), -1) }

// tellingOf are the sentences that hold the name whose meaning is asked, where the question has one by its figure or in quotation marks;
// else all: another sentence's list does not say what 三防 are.
func tellingOf(q string, evidence []string) string {
	names := codeNames(q)
	for _, m := range quotedName.FindAllStringSubmatch(q, -1) {
		names = append(names, strings.Join(m[1:], ""))
	}
	if m := whichParts.FindString(q); m != "" {
		names = append(names, sameThings(m[strings.Index(m, "哪")+len("哪"):])...)
	}
	if len(names) == 0 {
		return strings.Join(evidence, "\n")
	}
	var out []string
	for _, e := range evidence {
		if containsAny(corpus.Fold(e), names) || containsAny(e, names) {
			out = append(out, e)
		}
	}
	return strings.Join(out, "\n")
}

// sameThings are the names of so many things with each of the measures that mean no more than a thing (五样, 五项).
func sameThings(name string) (out []string) {
	for _, measure := range anyMeasure {
		if number, ok := strings.CutSuffix(name, measure); ok {
			for _, m := range anyMeasure {
				out = append(out, number+m)
			}
			return out
		}
	}
	return []string{name}
}

var anyMeasure = []string{"项", "样", "种", "个", "条", "点", "件"}

var (
	// whichOf asks for the names of schools or people
	whichOf = regexp.MustCompile(`哪(?:几|[一二两三四五六七八九十\d]+)?(?:所|家|位|名)|哪(?:些|(?:几|[一二两三四五六七八九十\d]+)个)(?:学校|小学|初中|中学|幼儿园|老师|教师|校长|街道|支部|团队|单位)|名单|校名|名字|分别叫|都叫|都有谁|都是谁`)
	// oneSchool asks for the name of a school
	oneSchool   = regexp.MustCompile(`哪(?:个|所|一所|家)(?:学校|小学|中学|幼儿园)`)
	schoolNamed = regexp.MustCompile(`(?:实验|外国语|教师|老年|开放|特殊教育|第[一二三四五六七八九十]+|[东南西北]\p{Han}|\p{Han}[路街巷])(?:小学|中学|初中|学校|幼儿园|大学)`)
	peopleCount = regexp.MustCompile(`\d\s*(?:-\d+)?\s*(?:所|名|人|个|支|节)`)
	// whichParts asks what a name with a number in it stands for (三防是哪三防)
	whichParts  = regexp.MustCompile(`是?哪[一二两三四五六七八九十\d]+(?:个?(?:防|早|不|直|项|点|条|样|种|件))`)
	enumeration = regexp.MustCompile(`[^，。；、]+(?:、[^，。；、]+){2,}`)
)

// onlyCounted reports that a text says how many there are and not which: 13所, without three names in a row.
func onlyCounted(s string) bool { return peopleCount.MatchString(s) && !enumeration.MatchString(s) }

// listed reports an enumeration or names in quotation marks.
func listed(s string) bool { return strings.ContainsAny(s, "、“《") }

func firstOf(s string, words []string) string {
	for _, w := range words {
		if strings.Contains(s, w) {
			return w
		}
	}
	return ""
}

func containsAny(s string, words []string) bool { return firstOf(s, words) != "" }
