package staff

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"wenda/prompts"
)

// A textProblem is one thing that is wrong in a prompts file, in Chinese, with its line.
type textProblem struct {
	File string `json:"file"` // title
	Line int    `json:"line"` // 0: not known
	At   string `json:"at"`   // name of the entry
	What string `json:"what"`
	Do   string `json:"do"`
}

// problemsOf reads what prompts.Load found; textOf gives the text of a file, to find lines in. Any other error is one without a file.
func problemsOf(err error, textOf func(name string) string) []textProblem {
	if err == nil {
		return nil
	}
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // prompts.Load says that it joins
		list = joined.Unwrap()
	}
	var out []textProblem
	for _, e := range list {
		var p prompts.Problem
		if !errors.As(e, &p) {
			out = append(out, textProblem{What: e.Error()})
			continue
		}
		out = append(out, textProblem{File: titleOf(p.File), Line: lineOf(textOf(p.File), p.Entry), At: p.Entry, What: inChinese(p.What), Do: inChinese(p.Do)})
	}
	return out
}

var (
	yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+)`)
	numbered = regexp.MustCompile(`^(?:\S+ )?(\d+)\b`)
)

// lineOf finds the line of an entry: its number in a list, or where its name stands. 0 where that is not clear.
func lineOf(text, entry string) int {
	if m := yamlLine.FindStringSubmatch(entry); m != nil {
		n, _ := strconv.Atoi(m[1]) // digits
		return n
	}
	if entry == "" {
		return 0
	}
	all := strings.Split(text, "\n")
	for _, name := range append([]string{entry}, strings.Fields(entry)...) {
		key := regexp.MustCompile(`^\s*(?:- )?(?:\{?\s*(?:id|name|question|topic): *)?["']?` + regexp.QuoteMeta(name) + `["']?\s*(?::|,|$)`)
		for i, l := range all {
			if key.MatchString(l) {
				return i + 1
			}
		}
	}
	if m := numbered.FindStringSubmatch(entry); m != nil {
		want, _ := strconv.Atoi(m[1]) // digits
		for i, l := range all {
			if strings.HasPrefix(l, "- ") {
				if want--; want == 0 {
					return i + 1
				}
			}
		}
	}
	return 0
}

// A phrase of prompts in Chinese. $1 is what stands at the first gap.
type phrase struct {
	english *regexp.Regexp
	chinese string
}

// gap is written $1 in the table, and ${1} for the regexp package, which would take $1个 for a name.
var gap = regexp.MustCompile(`\$(\d)`)

// phrases translate what prompts.Load says (its own words are English, for logs). A test reads its source and wants them all here.
var phrases = func() []phrase {
	var out []phrase
	for _, l := range strings.Split(strings.TrimSpace(phraseTable), "\n") {
		english, chinese, _ := strings.Cut(l, " => ")
		parts := strings.Split(english, "*")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		out = append(out, phrase{regexp.MustCompile(`(?s)^` + strings.Join(parts, `(.*)`) + `$`), gap.ReplaceAllString(chinese, "$${$1}")})
	}
	slices.SortStableFunc(out, func(a, b phrase) int { return len(b.english.String()) - len(a.english.String()) }) // the most particular first
	return out
}()

const phraseTable = `
broken {{ or }} => 花括号没有成对
write placeholders as {{name}}, with both pairs of braces => 占位符写成 {{名称}}，前后各两个花括号
empty, or invalid characters => 是空的，或者有不能用的字符
write it as text => 请写成文字
unknown placeholder {{*}} => 不认识的占位符 {{$1}}
it allows none => 这里不能用占位符，请删掉
it allows * => 这里可以用的占位符：$1
placeholder {{*}} is missing => 缺少占位符 {{$1}}
put it where its value shall stand => 请写在要显示它的地方
line breaks, or blanks around it => 有换行，或者前后有空格
blanks around it, line breaks or invalid characters => 前后有空格、有换行，或者有不能用的字符
write it on one line => 请写在一行里，前后不留空格
* characters => 有$1个字，太长
shorten it to * or less => 请缩短到$1字以内
no token of 4 to 20 characters without marks => 不是4到20个字、不带标点的短语
write a short phrase that no answer would hold => 请写一个正常回答里不会出现的短语
does not name 人工智能 or AI, and 生成 => 没有写明“人工智能”（或AI）和“生成”
the rules of 2025 ask for both (GB 45438-2025) => 国家标准GB 45438-2025要求两者都写
id is missing or taken => 没有编号，或者编号重复
give it one of its own => 请给它一个不重复的编号
owner, asks, answer and cites are all needed => owner（负责人）、asks（问法）、answer（答案）、cites（出处）缺一不可
write what is missing => 请把缺的补上
review is not a date => review（复审日期）不是日期
write it as 2027-06-30, in quotes => 写成 "2027-06-30"，带引号
from or until is not a date => from 或 until（有效期）不是日期
write it as 2027-06-30, in quotes, or leave it out => 写成 "2027-06-30"，带引号，或者不写
a cite without index_number, section or facts => 有一条出处缺少 index_number、section 或 facts
write all three => 三项都要写
the question * is empty or stands in two entries => 问法“$1”是空的，或者在两条里都有
leave it in one => 只留一处
no such route => 没有这个分流规则
name one of * => 请用 $1 里有的名称
example * is shorter than 2 or longer than 120 characters => 例句“$1”少于2个字或多于120个字
write a question as residents type it => 请按居民的说法写一个问题
example * stands under * too => 例句“$1”在“$2”下面也有
read the edited text: * => 读不出修改过的文字：$1
look at where edited texts are kept => 请联系运维人员检查数据库
nothing in it => 里面什么也没有
write its entries, or take the edited text away to use the default => 请写上内容，或者恢复内置文字
unknown * => 不认识的$1
wrong shape, * => 写法不对：$1
compare with the default text of this file => 请对照内置文字的写法
mend the YAML there; quote texts that hold : # { [ or begin with a sign => 请改正格式；含有 : # { [ 或以符号开头的文字要加引号
a second document or a broken rest after the first => 后面多出一段，或者结尾不完整
keep one document, without lines of --- => 只留一份内容，不要有 --- 这样的行
missing or empty => 没有写或是空的
missing => 没有写
write *: {text: ...} => 请写上 $1: {text: "……"}
text is empty => 文字是空的
write what residents shall read => 请写上居民看到的话
name, phone or hours is empty => 名称、电话或时间是空的
fill all three => 三项都要填
name what is missing, as 具体时间 does => 请写明缺的是什么，例如“具体时间”
unknown kind => 不认识的类别
use one of * => 可以用的有：$1
nobody uses this reply => 没有地方用到这条答复
nobody uses this text => 没有地方用到这段话
correct its name => 请改正名称
write *: ... => 请写上 $1: ……
empty => 是空的
write at least * => 至少写上“$1”
empty, blanks around it, or invalid characters => 是空的，前后有空格，或者有不能用的字符
write what users shall read => 请写上用户看到的话
does not name 人工智能 and 生成 => 没有写明“人工智能”和“生成”
does not tell {{phone}} => 没有写电话 {{phone}}
say where people help => 请写明找谁帮忙
correct its name, or use it in * => 请改正名称，或者在 $1 里用到它
no entries => 没有内容
write at least one route => 至少写一条规则
has no name => 没有名称
name it => 请起个名称
name is taken => 名称重复
choose another => 请换一个
unknown status * => 不认识的状态 $1
use smalltalk, refused, out_of_scope or handed_over => 请用 smalltalk、refused、out_of_scope 或 handed_over
matches nothing => 什么也匹配不到
give exact, contains or regexp => 请写 exact、contains 或 regexp
max_runes is negative => max_runes 是负数
leave it out for no limit => 不限长度就不要写
reply * does not exist => 没有答复 $1
reply * needs {{*}}, which a route cannot give => 答复 $1 要用 {{$2}}，这里给不了
use a reply without it => 请用不带它的答复
an empty phrase in exact => exact 里有空的短语
drop it => 请删掉
cut * is shorter than two characters => cut 里的 $1 不到两个字
write it longer => 请写长些
regexp *: * => 正则式 $1 有错：$2
mend it; the dialect is RE2, without look-ahead and back-references => 请改正；用RE2语法，不能用前后查找和反向引用
* is too short without its punctuation => $1 去掉标点后太短
write at least * letters => 至少写$1个字
would refuse our own * => 会把本地的“$1”也拒掉
write it longer or drop it => 请写长些，或者删掉
write at least one of each => 每样至少写一条
say or means is missing, or say stands twice => say 或 means 没有写，或者 say 重复
write both, each say once => 两项都写，每个 say 只写一次
measure, means or unless is missing => measure、means 或 unless 没有写
* stands in another level too => “$1”在另一个学段里也有
name is missing or taken => 没有名称，或者名称重复
name what is counted => 请写明数的是什么
is a unit of * too => 也是“$1”的单位
leave it in one list => 只留在一个表里
say has * triggers => say 里有$1个词
write 1 to 6 => 请写1到6个
means has * expansions => means 里有$1个词
write 1 to 5 => 请写1到5个
trigger * is shorter than two characters, not lower case or has blanks around it => 触发词 $1 不到两个字、有大写字母或前后有空格
write it longer and plainly => 请写长些，用小写，不留空格
trigger * stands in line * too => 触发词“$1”在第$2条里也有
join both lines or drop one => 请合并两条，或者删掉一条
write at least one line => 至少写一行
holds *, a word of the domain => 含有“$1”，这是业务用词
drop it: questions would lose their subject => 请删掉，否则问题会丢了主题
write at least one question => 至少写一个问题
topic or question is empty or has blanks around it => 主题或问题是空的，或前后有空格
write both => 两项都要写
longer than 40 characters => 超过40个字
shorten it, it stands on a button => 请缩短，它要放在按钮上
the same question twice => 同一个问题写了两次
drop one => 删掉一个
route * takes * away => 分流规则“$1”会把“$2”拦走
narrow that route in * or reword the question => 请在 $1 里把规则写窄，或者换个问法
write at least one => 至少写一条
empty, with blanks around it or shorter than * characters => 是空的、前后有空格，或者不到$1个字
mend or drop it => 请改正或删掉
stands there twice => 写了两次
`

// inChinese translates a phrase; one that is not known stays as it is.
func inChinese(text string) string {
	for _, p := range phrases {
		if m := p.english.FindStringSubmatchIndex(text); m != nil {
			return string(p.english.ExpandString(nil, p.chinese, text, m))
		}
	}
	return text
}
