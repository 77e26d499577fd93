package staff

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"wenda/prompts"
	"wenda/store"
)

// A curatedForm is an entry as it is edited, with what the checks found.
type curatedForm struct {
	ID       string
	Base     int // version that the editor began with
	Asks     string
	Answer   string
	Owner    string
	Review   string
	From     string
	Until    string
	Cites    []citeChoice
	Wrong    []string // what must be put right before it can be kept
	Checked  *curatedCheck
	Now      []shadow // what its questions are answered with today, before anything was checked
	Again    bool     // it was to be kept, and has near duplicates that nobody was told of: once more does it
	Versions []store.CuratedVersion
	Live     int
	Retired  bool
	Bundled  bool       // it comes with the program
	Merge    *formMerge // what somebody else saved meanwhile
	Gap      string     // the gap that it closes, as the page of gaps names it
	Set      string     // the test set that gets the gap's questions
	Sets     []named
}

func (f *curatedForm) fill(b prompts.Curated) {
	f.ID, f.Asks, f.Answer, f.Owner, f.Review, f.From, f.Until = b.ID, strings.Join(b.Asks, "\n"), b.Answer, b.Owner, b.Review, b.From, b.Until
	for _, cite := range b.Cites {
		f.Cites = append(f.Cites, citeChoice{Value: citeValue(cite), On: true})
	}
}

func citeValue(c prompts.Cite) string {
	text, _ := json.Marshal(c) // strings only
	return string(text)
}

// asks are the questions, one a line.
func (f *curatedForm) asks() []string {
	var out []string
	for _, l := range strings.Split(f.Asks, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// asksSeen stands for the questions, in a form that shows what was found beside them.
func (f *curatedForm) asksSeen() string {
	sum := sha256.Sum256([]byte(strings.Join(f.asks(), "\n")))
	return hex.EncodeToString(sum[:8])
}

// Seen is asksSeen where the page shows what was found; empty where it does not.
func (f curatedForm) Seen() string {
	if f.Checked == nil {
		return ""
	}
	return f.asksSeen()
}

// title is what the page is called: by its first question.
func (f *curatedForm) title() string {
	if asks := f.asks(); len(asks) > 0 {
		return clipped(asks[0])
	}
	return "还没有问法"
}

// cites are those that are ticked.
func (f *curatedForm) cites() []prompts.Cite {
	var out []prompts.Cite
	for _, choice := range f.Cites {
		var c prompts.Cite
		if choice.On && json.Unmarshal([]byte(choice.Value), &c) == nil {
			out = append(out, c)
		}
	}
	return out
}

func (f *curatedForm) body() prompts.Curated {
	return prompts.Curated{ID: f.ID, Owner: f.Owner, Review: f.Review, From: f.From, Until: f.Until, Asks: f.asks(), Answer: f.Answer, Cites: f.cites()}
}

// readCurated reads the form that was sent.
func (v *visit) readCurated() curatedForm {
	f := curatedForm{ID: v.r.PathValue("id"), Asks: v.form("asks"), Answer: v.form("answer"), Owner: v.form("owner"), Review: v.form("review"),
		From: v.form("valid_from"), Until: v.form("valid_until"), Gap: v.form("gap"), Set: v.form("set")}
	f.Base, _ = strconv.Atoi(v.form("base"))
	for _, value := range v.r.PostForm["cite"] {
		f.Cites = append(f.Cites, citeChoice{Value: value, On: true})
	}
	return f
}

// wrong lists what must be put right, in words for staff.
func (f *curatedForm) wrong() []string {
	var out []string
	say := func(bad bool, text string) {
		if bad {
			out = append(out, text)
		}
	}
	asks := f.asks()
	say(len(asks) == 0, "至少写一个问法。")
	say(len(asks) > maxAsks, fmt.Sprintf("问法最多%d个。", maxAsks))
	for i, a := range asks {
		say(utf8.RuneCountInString(a) > maxAskRunes, fmt.Sprintf("第%d个问法太长，最多%d个字。", i+1, maxAskRunes))
		say(prompts.SameQuestion(a, ""), fmt.Sprintf("第%d个问法没有内容。", i+1))
		for j := range i {
			say(prompts.SameQuestion(a, asks[j]), fmt.Sprintf("第%d个问法和第%d个是一样的。", i+1, j+1))
		}
	}
	n := utf8.RuneCountInString(f.Answer)
	say(n == 0, "回答不能为空。")
	say(n > maxAnswer, fmt.Sprintf("回答太长：%d个字，最多%d个字。", n, maxAnswer))
	say(f.Owner == "", "写上由谁负责。")
	say(len(f.cites()) == 0, "至少勾选一句出处：每句话都要查得到来源。")
	say(len(f.cites()) > maxCites, fmt.Sprintf("出处最多%d句。", maxCites))
	for name, day := range map[string]string{"复核日": f.Review, "生效日": f.From, "截止日": f.Until} {
		_, err := time.Parse(time.DateOnly, day)
		say(err != nil && (day != "" || name == "复核日"), name+"要写成2027-06-30这样的日期。")
	}
	say(f.From != "" && f.Until != "" && f.Until < f.From, "截止日早于生效日。")
	if len(out) == 0 {
		for _, p := range problemsOf(prompts.CheckCurated(f.body()), func(string) string { return "" }) {
			out = append(out, p.What+"："+p.Do)
		}
	}
	return out
}

// validCuratedID admits what NewCuratedID makes and what curated.yaml may name.
func validCuratedID(id string) bool {
	return id != "" && len(id) <= 64 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
}

// curatedAgain shows the form as it was sent, with the sentences that could be cited as well.
func (v *visit) curatedAgain(status int, f curatedForm) error {
	var err error
	if f.Cites, err = v.console.citeChoices(v.r.Context(), f.asks(), f.Answer, f.cites(), nil); err != nil {
		return err
	}
	if f.Sets, err = v.console.setChoices(v.r.Context()); err != nil {
		return err
	}
	return v.pageAs(status, "curated_entry", "审定回答："+f.title(), f)
}

// curatedNames are the fields of an entry in the order of list.
var curatedNames = []string{"问法", "出处", "回答", "负责", "复核日", "生效日", "截止日"}

func (f *curatedForm) list() []string {
	var cites []string
	for _, c := range f.cites() {
		cites = append(cites, strings.Join(c.Section, " > ")+"："+strings.Join(c.Facts, "，"))
	}
	return []string{strings.Join(f.asks(), "\n"), strings.Join(cites, "\n"), f.Answer, f.Owner, f.Review, f.From, f.Until}
}

// ticked are the values of the boxes that are ticked.
func (f *curatedForm) ticked() []string {
	var out []string
	for _, c := range f.cites() {
		out = append(out, citeValue(c))
	}
	return out
}

// besideCurated puts a form together with the version that somebody else saved. Questions and cited sentences are sets: those of both are in,
// and only the answer and the short fields can have been changed by both.
func (c *Console) besideCurated(ctx context.Context, mine curatedForm) (curatedForm, error) {
	var was, theirs curatedForm
	versions, err := c.store.CuratedVersions(ctx, mine.ID)
	if err != nil {
		return mine, err
	}
	for _, v := range versions {
		if v.Version == mine.Base {
			was.fill(v.Body)
		}
	}
	if mine.Base == 0 {
		for _, b := range c.bundledCurated() {
			if b.ID == mine.ID {
				was.fill(b)
			}
		}
	}
	e, err := c.store.CuratedEntry(ctx, mine.ID)
	if err != nil {
		return mine, err
	}
	theirs.fill(e.Newest.Body)
	merged, m := mergeFields(curatedNames[2:], was.list()[2:], theirs.list()[2:], mine.list()[2:])
	_, sets := mergeFields(curatedNames[:2], was.list()[:2], theirs.list()[:2], mine.list()[:2])
	m.Fields = append(sets.Fields, m.Fields...)
	out := mine
	out.Merge, out.Base = m, e.Newest.Version
	out.Asks = mergeLines(was.asks(), theirs.asks(), mine.asks())
	out.Answer, out.Owner, out.Review, out.From, out.Until = merged[0], merged[1], merged[2], merged[3], merged[4]
	out.Cites = nil
	for _, value := range mergeLists(was.ticked(), theirs.ticked(), mine.ticked()) {
		out.Cites = append(out.Cites, citeChoice{Value: value, On: true})
	}
	return out, nil
}
