package corpus

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of a table.
const (
	maxTableColumns = maxSheetColumns
	maxTableHeads   = 3    // rows of heads
	maxTableCells   = 3000 // beyond them a row is one sentence
	maxRowNames     = 3    // cells that name a row
	maxNameRunes    = 30   // of each
	tellingRunes    = 8    // of the cells of one that is not needed to tell rows apart, in the mean
	maxHeadRunes    = 40   // of a column's head
	maxGroupRunes   = 30   // of a row that is the heading of those below it
)

// A layout is what is known of a grid's columns.
type layout struct {
	caption string
	unit    string // of all figures, from the caption
	heads   int    // rows that hold the heads
	forms   bool   // no heads: cells with names stand before those with values
	columns []column
	names   []int // columns that name a row, in their order
	whole   bool  // a row is one sentence: there are very many, or nothing names them
}

type column struct {
	main, part string // 保教费, 小班
	unit       string // of its figures
}

// unitName is a unit of figures: 元, 万元/年, 人.
const unitName = `(?:万|亿|千)?(?:元|个|人|名|所|间|套|岁|年|月|周|天|日|小时|分钟|分|件|辆|户|平方米|公里|米|公斤|千克|%|％)(?:[/／][^，,；;（）()\s]{1,8})?`

var (
	tableNumber = regexp.MustCompile(`^(?:续|附)?表\s*[一二三四五六七八九十\d]*[-—－.\d]*\s*[:：]?\s*`)
	captionTail = regexp.MustCompile(`(?:[（(]\s*|\s)?单位\s*[:：][^）)]*[）)]?$`)
	tableUnit   = regexp.MustCompile(`(?:^|[（( ])单位\s*[:：]\s*(` + unitName + `)(?:[，,；;）) ][^（）()]*[）)]?)?$`)
	columnUnit  = regexp.MustCompile(`[（(]((?:[^（）()]*[，,])?)(` + unitName + `)[）)]$`)
	figureOnly  = regexp.MustCompile(`^\d[\d,]*(?:\.\d+)?%?(?:[-—–～~至]\d[\d,]*(?:\.\d+)?%?)?$`)
	figureWith  = regexp.MustCompile(`^\d[\d,.]*(?:` + unitName + `)`)
	day         = regexp.MustCompile(`\d月(?:\d+日|底|初|上旬|中旬|下旬)?|学年|学期`) // of a calendar
	telephone   = regexp.MustCompile(`^(?:0\d{2,3}-)?\d{7,}$`)
	ownMeasure  = regexp.MustCompile(`(?:数|量|年|级|年份|年度|代码|编码|编号|号|电话|面积|比例?|率|时间|时长|日期|时限|课时|学时|次|届|期|龄|层|名次|得分)$`) // of a column that the unit of a table is not for
	sumOfRows   = regexp.MustCompile(`^(?:合\s*计|总\s*计|小\s*计|共\s*计)$`)
	nothingHere = regexp.MustCompile(`^[-—–_/／\\.。*]*$`)
	asAbove     = regexp.MustCompile(`^(?:同上|〃|″|”)$`)
	asLeft      = regexp.MustCompile(`^同左$`)
	oneNumber   = regexp.MustCompile(`^\d+$`)
	rowNumber   = regexp.MustCompile(`^(?:序号|序)$`)
	serialHead  = regexp.MustCompile(`^(?:序号|编号|序|号|No\.?)$`)
)

func layoutOf(rows [][]gridCell, caption string) layout {
	t := layout{caption: strings.TrimSpace(captionTail.ReplaceAllString(tableNumber.ReplaceAllString(caption, ""), ""))}
	if m := tableUnit.FindStringSubmatch(caption); m != nil {
		t.unit = m[1]
	}
	width := 0
	for _, r := range rows {
		width = max(width, len(r))
	}
	t.columns = make([]column, width)
	if t.heads = headRows(rows, width); t.heads == 0 {
		t.forms = width == 2 || isForm(rows)
		return t
	}
	for i := range t.columns {
		t.columns[i] = columnBy(rows[:t.heads], i, t.unit)
	}
	body := rows[t.heads:]
	for i := range body {
		resolve(body, i)
	}
	t.names = t.namesOf(body)
	t.whole = len(t.names) == 0 || len(body)*width > maxTableCells
	return t
}

// headRows is how many rows hold the heads of columns; 0: none does.
func headRows(rows [][]gridCell, width int) int {
	if width < 2 || len(rows) < 2 {
		return 0
	}
	marked := 0
	for marked < min(len(rows)-1, maxTableHeads) && !slices.ContainsFunc(rows[marked], func(c gridCell) bool { return c.text != "" && !c.head }) {
		marked++
	}
	if marked > 0 {
		return marked
	}
	if slices.ContainsFunc(rows[0], func(c gridCell) bool { return c.head }) { // of a row
		return 0
	}
	n := 1
	for n < min(len(rows)-1, maxTableHeads) && reaches(rows[n-1], rows[n]) {
		n++
	}
	for _, c := range rows[0] {
		if figureOnly.MatchString(c.text) || utf8.RuneCountInString(c.text) > maxHeadRunes || strings.ContainsAny(c.text, "。；") {
			return 0
		}
	}
	if width == 2 && (len(rows[0]) < 2 || strings.ContainsAny(rows[0][1].text, "0123456789，、：:") || utf8.RuneCountInString(rows[0][1].text) > 12) {
		return 0
	}
	return n
}

// reaches reports that a row of heads goes on in the one below: a head stands above several columns there, or reaches down.
func reaches(row, below []gridCell) bool {
	across := false
	for i, c := range row {
		if c.text == "" {
			continue
		}
		if i < len(below) && below[i].of == c.of {
			return true
		}
		across = across || i > 0 && row[i-1].of == c.of
	}
	return across
}

// isForm reports a form, where names and what is filled in stand by turns: 办理地点 | 建业路56号 | 联系电话 | 85501158.
func isForm(rows [][]gridCell) bool {
	for _, r := range rows {
		for i, c := range r {
			if c.text != "" && i%2 == 0 && (utf8.RuneCountInString(c.text) > 12 || figureOnly.MatchString(c.text)) {
				return false
			}
			if c.text != "" && c.head && i%2 == 1 {
				return false
			}
		}
	}
	return true
}

// columnBy is a column by its heads, from the outer one to the inner ones.
func columnBy(heads [][]gridCell, i int, unit string) column {
	c := column{unit: unit}
	var parts []string
	of := 0
	for _, row := range heads {
		if i >= len(row) || row[i].text == "" || row[i].of == of {
			continue
		}
		of = row[i].of
		text := strings.NewReplacer("：", "", ":", "", " ", "").Replace(row[i].text)
		if m := columnUnit.FindStringSubmatchIndex(text); m != nil {
			c.unit = text[m[4]:m[5]]
			rest := strings.TrimRight(text[m[2]:m[3]], "，,")
			if text = text[:m[0]]; rest != "" {
				text += "（" + rest + "）"
			}
		}
		parts = append(parts, text)
	}
	if len(parts) > 1 && strings.Contains(parts[1], parts[0]) {
		parts = parts[1:]
	}
	if len(parts) > 0 {
		c.main, c.part = parts[0], strings.Join(parts[1:], "，")
	}
	if c.unit == unit && ownMeasure.MatchString(cmp.Or(c.part, c.main)) {
		c.unit = ""
	}
	return c
}

// resolve writes what a cell says of the one above or beside it.
func resolve(body [][]gridCell, i int) {
	for j := range body[i] {
		c := &body[i][j]
		switch {
		case asAbove.MatchString(c.text) && i > 0 && j < len(body[i-1]):
			c.text = body[i-1][j].text
		case asLeft.MatchString(c.text) && j > 0:
			c.text = body[i][j-1].text
		case nothingHere.MatchString(c.text):
			c.text = ""
		}
	}
}

// namesOf are the columns that name a row: the first ones of words, as many as tell the rows from each other.
func (t layout) namesOf(body [][]gridCell) []int {
	var words []int
	for i := range t.columns {
		if t.wordy(body, i) {
			words = append(words, i)
		}
	}
	for n := 1; n <= min(len(words), maxRowNames); n++ {
		if names := slices.Clone(words[:n]); different(body, names) {
			for next := names[n-1] + 1; !calendar(body, names[0]) && n < len(words) && words[n] == next && len(names) < maxRowNames && telling(body, next); n++ {
				names, next = append(names, next), next+1
			}
			return names
		}
	}
	return slices.Clone(words[:min(len(words), maxRowNames)])
}

// calendar reports a column of days.
func calendar(body [][]gridCell, i int) bool {
	days := 0
	for _, row := range body {
		if i < len(row) && day.MatchString(row[i].text) {
			days++
		}
	}
	return 2*days > len(body)
}

// telling reports a column of short words without figures that hardly two rows have in common, behind those that tell the rows apart: 学科 behind 学校.
func telling(body [][]gridCell, i int) bool {
	seen, runes, figures := map[string]bool{}, 0, 0
	for _, row := range body {
		if i < len(row) {
			seen[row[i].text] = true
			runes += utf8.RuneCountInString(row[i].text)
			if strings.ContainsAny(row[i].text, "0123456789") {
				figures++
			}
		}
	}
	return 5*len(seen) >= 4*len(body) && runes <= tellingRunes*len(body) && 2*figures < len(body)
}

// wordy reports a column whose cells are mostly there, short, and no figures.
func (t layout) wordy(body [][]gridCell, i int) bool {
	if serialHead.MatchString(t.columns[i].main) {
		return false
	}
	fit := 0
	for _, row := range body {
		if i < len(row) && row[i].text != "" && (day.MatchString(row[i].text) || !figureOnly.MatchString(row[i].text) && !figureWith.MatchString(row[i].text)) && utf8.RuneCountInString(row[i].text) <= maxNameRunes {
			fit++
		}
	}
	return 3*fit >= 2*len(body)
}

// different reports that hardly two rows have the same in all of these columns.
func different(body [][]gridCell, columns []int) bool {
	seen := map[string]bool{}
	for _, row := range body {
		seen[keyOf(row, columns)] = true
	}
	return 20*(len(body)-len(seen)) <= len(body)
}

func keyOf(row []gridCell, columns []int) string {
	var key strings.Builder
	for _, i := range columns {
		if i < len(row) {
			key.WriteString(row[i].text)
		}
		key.WriteByte(0)
	}
	return key.String()
}
