package rag

import (
	"regexp"
	"slices"
	"strings"

	"wenda/prompts"
)

// asksNumber reports that a number of something is asked for: 能不能少考几回 and 我们有几位这样的孩子，有哪些安排 ask for none.
func asksNumber(q string) bool {
	q = someFew.ReplaceAllString(q, "")
	m := howMany.FindString(q)
	if m == "" || strings.Contains(m, "多少") {
		return m != ""
	}
	if fewOrMore.MatchString(q) && yesNo.MatchString(q) {
		return false
	}
	open := false // after the number
	for _, c := range clausesOf(q) {
		if howMany.MatchString(c) {
			open = false
		} else {
			open = open || openly.MatchString(c)
		}
	}
	return !open
}

var (
	// partOf asks for the number of a part (那5名里面女干部有几个)
	partOf = regexp.MustCompile(`(?:(?:^|[^区市省县])(?:里面|里头|里边)|其中|当中|之中)[^。?？]{0,14}(?:几|多少)[个名位所人]|(?:(?:^|[^区市省县])(?:里面|里头|里边)|其中|当中|之中)[^。?？]{0,14}(?:是|有)多少|(?:几|多少)[个名位所人]?[^,，。?？]{0,3}(?:是给|系给|留给|分给|归)|(?:那边|这边|那头|那块|一带|片区|街道|镇上?|几个[校区街])[^,，。?？]{0,4}(?:分到|分得|分了|摊到|轮到|占)[^,，。?？]{0,2}(?:几|多少)|\d+[名位人个][^,，。?？]{0,9}[^区这那]里[,，][^。?？]{0,12}(?:几|多少)[名位人个]|\d+所[^,，。?？]{0,9}[^区这那]里[,，][^。?？]{0,12}(?:几|多少)所|单独[^,，。?？]{0,8}(?:几|多少)[个名位所人]`)
	// partNamed finds the part whose number is asked, behind what it is a part of
	partNamed = regexp.MustCompile(`(?:里面|里头|里边|其中|当中|之中|\d+[所名位人个][^,，。]{0,9}里[,，])(?:的)?(?:教|有|是)?(\p{Han}{2,6}?)(?:老师|教师|学校)?的?(?:有|是)?(?:几|多少)[个名位所人]`)
	// someFew are we few (我们几个老先生), or how many points are to be told (请说几个要点, 把几项任务列一下)
	someFew   = regexp.MustCompile(`[我你他她咱]们几[个位名人]|[咱俺]几[个位]|(?:^|[请我,，。?？ ])[说讲举列挑]出?几[个条点项]|能(?:不能|否)?[说讲举列挑]出?几[个条点项]|把[^,，。]{0,12}几[个条点项][^,，。]{0,10}(?:列|说|讲|数|介绍)`)
	fewOrMore = regexp.MustCompile(`[少多再][^,，。多少]{0,3}几`)
	openly    = regexp.MustCompile(`哪些|什么|怎么|怎样|如何|咋|啥`)
)

// partTold reports that a text has the word for the part whose number is asked (里面教语文的几个), or that the question has none.
func partTold(q, text string) bool {
	m := partNamed.FindStringSubmatch(q)
	return m == nil || strings.Contains(text, m[1])
}

// counted reports whether the text holds a number with a measure that answers the asked one (几所 by 13所, 多少人 by 50名).
func counted(t *prompts.Terms, measure, text string) bool {
	units := map[string]bool{measure: true}
	if before, _, ok := strings.Cut(text, measure); ok && endsInFigure.MatchString(before) { // 120个班
		return true
	}
	for _, class := range t.Measures {
		if slices.Contains(class.Units, measure) {
			for _, u := range class.Units {
				units[u] = true
			}
		}
	}
	for _, m := range countIn.FindAllStringSubmatch(text, -1) {
		if units[m[1]] {
			return true
		}
	}
	return false
}

var endsInFigure = regexp.MustCompile(`[\d两一二三四五六七八九十百千万]\s*[余多]?$`)

// countedTwice reports two numbers with the same measure.
func countedTwice(text string) bool {
	seen := map[string]bool{}
	for _, m := range countIn.FindAllStringSubmatch(text, -1) {
		if seen[m[1]] {
			return true
		}
		seen[m[1]] = true
	}
	return false
}

var countIn = regexp.MustCompile(`(?:[\d两]|[一二三四五六七八九十百千万]|第[一二三四五六七八九十]|首)\s*[余多]?(人次|场次|周岁|平方米|小时|公里|学期|学年|所|个|名|人|位|次|场|回|节|堂|轮|届|批|期|家|间|项|种|类|条|点|方面|块|支|岁|年|月|%|成|门|篇|本|册|张|台|套|亩|辆|分钟|倍)`)

// stock asks how many of something there are (钟楼区有几所小学), and for nothing that is planned.
var stock = regexp.MustCompile(`^(?:请问)?(?:(?:我|咱|你|俺)们?)?(?:这|那)?(?:钟楼区?|全区|区里面?|区内|本区|我区)(?:里|内)?(?:现在|目前|如今|今年)?(?:一共|总共|共|总计)?(?:现)?有?(?:几|多少)(?:所|家|个|名|位|座|间)?(?:公办|民办|私立|在校|在职|在编)?(?:的)?(\p{Han}{2,5}?)(?:呀|啊|呢)?[?？。]?$`)

// withEarlier asks for the sum with what was there before (加上以前的，总共有多少所).
var withEarlier = regexp.MustCompile(`(?:加上|算上|连同?)(?:了|着)?(?:以前|之前|原来|原有|往年|已有|现有|老的|旧的|去年)[^。？?]{0,14}(?:几|多少)`)

// inStock reports that a text says how many there are: the noun beside a figure, in a clause that tells of no plan.
func inStock(t *prompts.Terms, noun, text string) bool {
	for _, c := range clausesIn(text) {
		if strings.Contains(c, noun) && countIn.MatchString(c) && !containsAny(c, t.PlannedWords) {
			return true
		}
	}
	return false
}
