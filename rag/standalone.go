package rag

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"wenda/prompts"
)

// A followUp says how a question leans on earlier turns.
type followUp struct {
	question string // standing alone
	weak     bool   // only its shortness says that it leans on them
	more     bool   // asks for what else the same place says
	nth      int    // asks for the n-th point of the answer before; 0 does not, -1 is the last one
	both     bool   // asks for what the last two answers said, beside each other
}

var (
	moreWords    = regexp.MustCompile(`^(?:那)?(?:还有(?:吗|呢|没有?|别的吗?|其他的?吗?|什么|哪些)?|然后呢|其他呢|别的呢|具体(?:呢|点|说说|一点|讲讲|是什么|有哪些|内容)?|详细(?:点|说说|一点|讲讲|呢)?|展开(?:说说|讲讲)?|继续(?:说)?|多说(?:点|一些)|再说说|除了这些(?:呢)?|接着说|就这些吗?|没了吗?|说具体点|说详细点|讲详细点)[?？。!！~ ]*$`)
	whatAbout    = regexp.MustCompile(`^(?:那|那么|那要是|那如果|换成|至于|还有|再问(?:下|一下)?|再说)?[,， ]*(.{1,16}?)(?:这边|这块|方面|那边)?(?:呢|怎么说|又怎样|又如何|怎么样)[?？。!！~ ]*$`)
	nthPoint     = regexp.MustCompile(`第([一二三四五六七八九十\d])(?:个|项|条|点|件|种|方面|大点|块)`)
	lastPoint    = regexp.MustCompile(`最后(?:一)?(?:个|项|条|点|件)`)
	alike        = regexp.MustCompile(`^(?:那|那么|那要是)?[,， ]*(.{1,12}?)(?:是不是)?(?:也|都)(?:是)?(?:一样|这样|这么多|这个数|这个价|这个标准|照这样|如此)(?:的|算)?(?:吗|么|嘛|不|吧)[?？。!！~ ]*$`)
	pronoun      = regexp.MustCompile(`这个|那个|这些|那些|它|其中|上面|上述|刚才|前面(?:说|提)|这项|这件|该(?:项|工程|计划)|这方面|这块|这事|这里|那里|此项|(?:在不在|算不算在?|也在|包括在)(?:里头|里面)|(?:在不在|算在|包括在)内`)
	bareAsk      = regexp.MustCompile(`^(?:那|那么|请问|这)?[,， ]*(?:是)?(?:由)?(?:谁|哪个|哪家|哪里|哪儿|哪些|什么|啥|叫什么|叫啥|几|多少|多久|隔多|隔几|[一每]个?(?:学期|学年|年|周|星期|月|天)[要有]?几|怎么|如何|为什么|为啥|有没有|是不是|能不能|会不会|要不要|目标|牵头|负责|一共|总共|分别)`)
	particles    = regexp.MustCompile(`[呢吗啊呀吧嘛哦?？。!！~ ]+$`)
	changeOfTalk = regexp.MustCompile(`^(?:(?:好吧|算了|行了|行吧|不聊[^,，]{0,6})[,，。 ]*)?(?:换个(?:问题|话题|事|别的)(?:问|说)?|不说这个了?|另外|再问一个|我还想问|还想问|顺便问|问个别的|再问下|回到|说回)[,，:： ]*|^(?:好吧|那)?不(?:聊|说|谈|问)[^,，]{0,6}了?[,，]`)
)

// standAlone makes one self-contained question of q and earlier turns, the newest last. Without turns it is q.
func standAlone(q string, turns []remembered, knows func(string) bool, t *prompts.Terms) followUp {
	q = strings.TrimSpace(changeOfTalk.ReplaceAllString(q, ""))
	if len(turns) == 0 {
		return followUp{question: q}
	}
	last := turns[len(turns)-1]
	if moreWords.MatchString(q) {
		return followUp{question: last.Question, more: true}
	}
	if len(turns) > 1 && bothTurns.MatchString(q) && utf8.RuneCountInString(q) <= bothRunes {
		return followUp{question: q, both: true}
	}
	if m := nthPoint.FindStringSubmatch(q); m != nil && utf8.RuneCountInString(q) <= nthRunes {
		if before := nthPoint.FindString(last.Question); before != "" && before != m[0] { // 第一条是什么？第二条呢
			return followUp{question: strings.Replace(last.Question, before, m[0], 1)}
		}
		if n, ok := ordinal(m[1]); ok {
			return followUp{question: last.Question, nth: n}
		}
	}
	if lastPoint.MatchString(q) && utf8.RuneCountInString(q) <= nthRunes {
		return followUp{question: last.Question, nth: -1}
	}
	if m := whatAbout.FindStringSubmatch(q); m != nil && !pronoun.MatchString(m[1]) && (!asksSomething(m[1]) || knows(m[1]) && !ofWhat.MatchString(m[1])) {
		if y := particles.ReplaceAllString(m[1], ""); slices.Contains(t.YearWords, y) || currentYear.MatchString(y) || onlyYear(y) {
			return followUp{question: y + last.withoutYears(t).Question} // 明年呢: asked of another year, whatever year was asked of before
		}
		return followUp{question: swapSubject(last, particles.ReplaceAllString(m[1], ""), knows, t.Siblings)}
	}
	if m := alike.FindStringSubmatch(q); m != nil && last.Question != "" { // 硕士也一样吗 asks of the 硕士 what was asked before
		return followUp{question: swapSubject(last, m[1], knows, t.Siblings)}
	}
	if rest := butThisOne.ReplaceAllString(q, ""); rest != q && rest != "" {
		return followUp{question: rest}
	}
	if onlyYear(q) {
		return followUp{question: last.Question + " " + ownYear.FindString(q)}
	}
	short := utf8.RuneCountInString(q) <= 9 && !knows(q)
	if pronoun.MatchString(q) || bareAsk.MatchString(q) && utf8.RuneCountInString(q) <= 14 || short {
		rest := pronoun.ReplaceAllString(q, "")
		weak := !pronoun.MatchString(q) && !bareAsk.MatchString(q)
		return followUp{question: subjectOf(last) + " " + strings.TrimSpace(strings.TrimPrefix(rest, "那")), weak: weak}
	}
	return followUp{question: q}
}

// ofWhat finds a number asked without what is counted (常态化推进多少次呢), which is no question of its own.
var ofWhat = regexp.MustCompile(`(?:几|多少)\p{Han}?$`)

// currentYear finds a word for the year that is talked about anyway (今年).
var currentYear = regexp.MustCompile(`^(?:今年|本年度?|这一?年)$`)

// yearFiller is what stands around a year that is put right (打错了，我问的是2022年的).
var yearFiller = regexp.MustCompile(`[说打写问记]错了|不对|不是|我|[问说]的|那就|那|就|是|改成|换成|应该|[的呢吧啊,，。！!?？ ]`)

// onlyYear reports that a question only says which year is meant.
func onlyYear(q string) bool {
	return ownYear.MatchString(q) && yearFiller.ReplaceAllString(strings.Replace(ownYear.ReplaceAllString(q, ""), "年", "", 1), "") == ""
}

func ordinal(s string) (int, bool) {
	if n := strings.Index("123456789", s); n >= 0 && len(s) == 1 {
		return n + 1, true
	}
	v, ok := chineseValue(s)
	if !ok {
		return 0, false
	}
	n := 0
	for _, r := range v {
		n = n*10 + int(r-'0')
	}
	return n, n > 0
}

// askFrame finds what a question asks about its subject: 有多少, 怎么管, 有哪些安排 ...
var askFrame = regexp.MustCompile(`(?:今年|2022年?)?(?:一共|总共|大概)?(?:要|会|将|新增|能)?(?:多少[所个名人次场节]?|几[所个名人次场节项]|怎么[^,，。?？]{1,4}|如何[^,，。?？]{1,6}|有(?:哪些|什么)[^,，。?？]{0,6}|哪些[^,，。?？]{0,4}|谁(?:负责|牵头|管))`)

// swapSubject asks of another subject what was asked before, where the frame of the earlier question can be found.
func swapSubject(last remembered, subject string, knows func(string) bool, siblings [][]string) string {
	if q := withSibling(last.Question, subject, siblings); q != "" {
		return q
	}
	if q := withCounted(last.Question, subject); q != "" {
		return q
	}
	if knows(subject) && utf8.RuneCountInString(subject) > 4 {
		return subject
	}
	if f := askFrame.FindString(last.Question); f != "" {
		return subject + f
	}
	return subject
}

// withSibling puts subject in the place of a word of its class (小学有几轮？高中呢); empty when there is none.
// inRow finds what stands in a row of its kind by its number: 二级, 第二年, 3号线.
var inRow = regexp.MustCompile(`(第?)([一二三四五六七八九十]+|\d+)(级|类|档|等|期|年级|年|批|批次|次|号线|号楼|路|楼|步|轮|组|区|胎|孩)`)

// withCounted puts the subject in the place of another one of its row (二级医院住院怎么报？那三级的呢); empty where there is none.
func withCounted(question, subject string) string {
	now := inRow.FindStringSubmatch(subject)
	if now == nil {
		return ""
	}
	for _, at := range inRow.FindAllStringSubmatchIndex(question, -1) {
		if kind := question[at[6]:at[7]]; kind == now[3] && question[at[0]:at[1]] != now[0] {
			return question[:at[0]] + now[0] + question[at[1]:]
		}
	}
	return ""
}

func withSibling(question, subject string, siblings [][]string) string {
	for _, class := range siblings {
		if utf8.RuneCountInString(subject) > siblingRunes || !containsAny(subject, class) {
			continue
		}
		at, end := nextOf(question, class)
		for at >= 0 { // several in a row are one subject (小学和初中)
			i, j := nextOf(question[end:], class)
			if i < 0 || i > len("和") {
				break
			}
			end += j
		}
		if at >= 0 && !strings.Contains(subject, question[at:end]) {
			return question[:at] + subject + question[end:]
		}
	}
	return ""
}

// nextOf is where the first of the words stands in s, the longest of those that begin there; -1 where none does.
func nextOf(s string, words []string) (start, end int) {
	start = -1
	for _, w := range words {
		if i := strings.Index(s, w); i >= 0 && (start < 0 || i < start || i == start && i+len(w) > end) {
			start, end = i, i+len(w)
		}
	}
	return start, end
}

// bothTurns are questions that put the last two answers beside each other (两个比比，哪个多).
var bothTurns = regexp.MustCompile(`(?:这|那)?(?:两|俩|二)(?:个|样|者|项|种|边|笔|回|次|头)[^,，。?？]{0,6}(?:比|差|相差|哪个|哪一|谁|各|加起来|放|摆|一样|一共|合)|比比看|比一比|比一下|相比|加起来|合起来|放(?:在)?一[块起]|摆(?:在)?一[块起]|再[报说讲列念]一[遍次]|(?:后|前)(?:一[个种样项]|者|面那?个)比(?:前|后)`)

// bothRunes is how long such a question may be: a longer one says what it asks for.
const bothRunes = 24

// siblingRunes is how long a subject may be that is little more than a word of a class (市一级的).
const siblingRunes = 5

// subjectOf is what the earlier turn was about, in its own words, without what it asked.
func subjectOf(last remembered) string {
	s := askFrame.ReplaceAllString(last.Question, "")
	s = particles.ReplaceAllString(s, "")
	if utf8.RuneCountInString(s) < 2 {
		return last.Topic
	}
	return s
}

// withoutYears takes the years out of what was asked before.
func (t remembered) withoutYears(terms *prompts.Terms) remembered {
	for _, y := range append(namedYears(terms, t.Question), "今年") {
		t.Question = strings.ReplaceAll(strings.ReplaceAll(t.Question, y+"年", ""), y, "")
	}
	return t
}
