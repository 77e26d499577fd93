package staff

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"wenda/prompts"
	"wenda/rag"
	"wenda/store"
)

// curatedRoutes are the answers that staff write and approve.
func (c *Console) curatedRoutes() []Route {
	return []Route{
		{Method: "GET", Path: "/staff/curated", Needs: store.View, Menu: "审定回答", handle: c.curatedPage},
		{Method: "GET", Path: "/staff/curated/new", Needs: store.Edit, handle: c.newCurated},
		{Method: "GET", Path: "/staff/curated/{id}", Needs: store.View, handle: c.curatedEntryPage},
		{Method: "POST", Path: "/staff/curated/{id}", Needs: store.Edit, handle: c.saveCurated},
		{Method: "POST", Path: "/staff/curated/{id}/approve", Needs: store.Publish, handle: c.approveCurated},
		{Method: "POST", Path: "/staff/curated/{id}/retire", Needs: store.Publish, handle: c.retireCurated},
		{Method: "POST", Path: "/staff/curated/{id}/restore", Needs: store.Publish, handle: c.restoreCurated},
	}
}

// Limits of an entry. Residents' questions have at most 500 runes (SECURITY.md); an answer is read on a telephone.
const (
	maxAsks      = 40
	maxAskRunes  = 200
	maxAnswer    = 1500
	maxCites     = 8
	reviewSoon   = 30 // days before a review is due from which on it is told
	defaultYears = 1  // until the review of a new entry
)

type curatedView struct {
	Own     []curatedLine
	Bundled []curatedLine
	Hidden  []string // IDs of bundled ones that staff retired
	Due     int
}

type curatedLine struct {
	ID, Ask, Answer, Owner, Review, Until string
	More                                  int // further questions
	State                                 string
	Draft                                 bool   // a newer version waits to be approved
	Due                                   string // what is due, in words; empty: nothing
}

// curatedPage is GET /staff/curated.
func (c *Console) curatedPage(v *visit) error {
	list, err := c.store.CuratedEntries(v.r.Context())
	if err != nil {
		return err
	}
	today := c.now().In(chinaDay)
	var m curatedView
	own := map[string]bool{}
	for _, e := range list {
		own[e.ID] = true
		l := curatedLineOf(e.Newest.Body, today)
		l.Draft = e.Live != e.Newest.Version && !e.Retired
		switch {
		case e.Retired:
			l.State, l.Due = "已停用", ""
		case e.Live == 0:
			l.State, l.Due = "待审定", ""
		default:
			l.State = "使用中"
		}
		m.add(&m.Own, l)
	}
	_, retired, err := c.store.LiveCurated(v.r.Context())
	if err != nil {
		return err
	}
	for _, b := range c.bundledCurated() {
		if own[b.ID] {
			continue
		}
		l := curatedLineOf(b, today)
		l.State = "使用中"
		m.add(&m.Bundled, l)
	}
	for _, id := range retired {
		if !own[id] {
			m.Hidden = append(m.Hidden, id)
		}
	}
	return v.page("curated", "审定回答", m)
}

func (m *curatedView) add(to *[]curatedLine, l curatedLine) {
	if l.Due != "" {
		m.Due++
	}
	*to = append(*to, l)
}

func curatedLineOf(b prompts.Curated, today time.Time) curatedLine {
	l := curatedLine{ID: b.ID, Ask: b.Asks[0], More: len(b.Asks) - 1, Answer: b.Answer, Owner: b.Owner, Review: b.Review, Until: b.Until}
	day := today.Format(time.DateOnly)
	switch {
	case !b.Valid(day) && b.Until != "" && b.Until < day:
		l.Due = "已过有效期，不再用于回答"
	case b.Review <= day:
		l.Due = "到了复核日"
	case b.Review <= today.AddDate(0, 0, reviewSoon).Format(time.DateOnly):
		l.Due = "快到复核日"
	}
	return l
}

// bundledCurated are the entries of curated.yaml: those of the live set that staff did not make.
func (c *Console) bundledCurated() []prompts.Curated {
	if c.deps.Prompts == nil {
		return nil
	}
	return c.deps.Prompts().Curated()
}

// A citeChoice is a sentence that the answer may rest on.
type citeChoice struct {
	Value string // prompts.Cite as JSON
	Text  string
	Where string
	On    bool
}

// newCurated is GET /staff/curated/new: empty, or begun from a record of the log (from) or from questions (ask).
func (c *Console) newCurated(v *visit) error {
	q := v.r.URL.Query()
	f := curatedForm{ID: store.NewCuratedID(), Owner: v.account().Name, Review: c.now().In(chinaDay).AddDate(defaultYears, 0, 0).Format(time.DateOnly),
		Asks: strings.Join(q["ask"], "\n"), Gap: q.Get("gap")}
	var cited []rag.Citation
	if id := q.Get("from"); id != "" {
		e, err := c.store.LogEntry(v.r.Context(), id)
		if err != nil {
			return err
		}
		a, err := c.store.Answer(v.r.Context(), id)
		if err != nil {
			return err
		}
		f.Asks, cited = e.Question, a.Citations
		if a.Status == rag.Answered {
			f.Answer = withoutMarks(a.Text)
		}
	}
	var err error
	if c.canCheck() {
		if f.Now, err = c.answersNow(v.r.Context(), f.asks()); err != nil {
			return err
		}
	}
	if f.Cites, err = c.citeChoices(v.r.Context(), f.asks(), f.Answer, nil, cited); err != nil {
		return err
	}
	if f.Sets, err = c.setChoices(v.r.Context()); err != nil {
		return err
	}
	return v.page("curated_entry", "写审定回答", f)
}

// withoutMarks takes [1] and the like out of an answer.
func withoutMarks(text string) string {
	for n := 1; n < 20; n++ {
		text = strings.ReplaceAll(text, fmt.Sprintf("[%d]", n), "")
	}
	return text
}

// curatedEntryPage is GET /staff/curated/{id}.
func (c *Console) curatedEntryPage(v *visit) error {
	f, err := c.curatedForm(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	return v.page("curated_entry", "审定回答："+f.title(), f)
}

func (c *Console) curatedForm(ctx context.Context, id string) (curatedForm, error) {
	var f curatedForm
	e, err := c.store.CuratedEntry(ctx, id)
	switch {
	case err == nil:
		f.fill(e.Newest.Body)
		f.Base, f.Live, f.Retired = e.Newest.Version, e.Live, e.Retired
		if f.Versions, err = c.store.CuratedVersions(ctx, id); err != nil {
			return f, err
		}
	case errors.Is(err, store.ErrNotFound):
		i := slices.IndexFunc(c.bundledCurated(), func(b prompts.Curated) bool { return b.ID == id })
		if i < 0 {
			return f, err
		}
		f.fill(c.bundledCurated()[i])
		f.Bundled = true
	default:
		return f, err
	}
	f.ID = id
	f.Cites, err = c.citeChoices(ctx, f.asks(), f.Answer, f.cites(), nil)
	return f, err
}

// saveCurated is POST /staff/curated/{id}: do is check, save, or publish (save and approve at once).
func (c *Console) saveCurated(v *visit) error {
	ctx, f := v.r.Context(), v.readCurated()
	do := v.form("do")
	if do == "publish" && !v.may(store.Publish) {
		return forbidden
	}
	if !validCuratedID(f.ID) {
		return invalid
	}
	f.Wrong = f.wrong()
	if len(f.Wrong) == 0 && (do == "check" || do == "publish" || c.canCheck()) {
		var err error
		if f.Checked, err = c.checkCurated(ctx, f.body()); err != nil {
			return err
		}
		if do != "save" { // a draft need not work yet
			f.Wrong = f.Checked.blocking()
		}
	}
	unseen := f.Checked != nil && len(f.Checked.Near)+len(f.Checked.Same) > 0 && v.form("seen") != f.asksSeen() // nobody keeps a duplicate without having been told
	if len(f.Wrong) > 0 || do == "check" || unseen {
		f.Again = unseen && do != "check"
		return v.curatedAgain(http.StatusOK, f)
	}
	said, to, err := c.keepCurated(v, f, do == "publish")
	if errors.Is(err, store.ErrConflict) {
		if f, err = c.besideCurated(ctx, f); err != nil {
			return err
		}
		return v.curatedAgain(http.StatusConflict, f)
	}
	if err != nil {
		return err
	}
	return v.to(to, said)
}

// keepCurated saves an entry, approves it where that is asked for and allowed, and closes the gap that it came from: all of it or nothing. It
// says what happened, and where to look at it.
func (c *Console) keepCurated(v *visit, f curatedForm, approve bool) (said, to string, err error) {
	ctx := v.r.Context()
	var g cluster
	days, second := 0, approve && c.secondPerson(ctx)
	if f.Gap != "" {
		var gone *problem // somebody else closed it
		if g, days, err = c.gapOf(ctx, f.Gap); err != nil && !(errors.As(err, &gone) && gone.status == noPage.status) {
			return "", "", err
		}
	}
	err = c.store.Together(ctx, "keep curated answer", func(ctx context.Context) error {
		said, to = "草稿已保存，等待审定。", "/staff/curated/"+url.PathEscape(f.ID)
		version, err := c.store.SaveCurated(ctx, v.by(), f.body(), f.Base)
		if err != nil {
			return err
		}
		if approve {
			said = "已审定，一秒内生效。"
			if err := c.store.ApproveCurated(ctx, v.by(), f.ID, version, second); errors.Is(err, store.ErrSelf) {
				said = "草稿已保存。按规定要由另一个人审定。"
			} else if err != nil {
				return err
			}
		}
		if f.Gap == "" {
			return nil
		}
		said, to = said+"缺口已关闭。", "/staff/gaps"
		if days == 0 {
			return nil
		}
		return c.closeGap(ctx, v, g, days, store.GapCurated, "", "")
	})
	return said, to, err
}

// secondPerson reports whether who wrote an answer may not approve it: the setting that holds for publishing prompts.
func (c *Console) secondPerson(ctx context.Context) bool {
	var p struct {
		SecondPerson bool `json:"second_person"`
	}
	if _, err := c.store.Setting(ctx, "publishing", &p); err != nil {
		c.log.Error("setting of publishing", "error", err)
		return true // a guard that cannot decide blocks
	}
	return p.SecondPerson
}

// approveCurated is POST /staff/curated/{id}/approve.
func (c *Console) approveCurated(v *visit) error {
	ctx, id := v.r.Context(), v.r.PathValue("id")
	version, err := strconv.Atoi(v.form("version"))
	if err != nil {
		return invalid
	}
	e, err := c.store.CuratedEntry(ctx, id)
	if err != nil {
		return err
	}
	checked, err := c.checkCurated(ctx, e.Newest.Body)
	if err != nil {
		return err
	}
	if wrong := checked.blocking(); len(wrong) > 0 {
		return invalid.saying(strings.Join(wrong, ""))
	}
	err = c.store.ApproveCurated(ctx, v.by(), id, version, c.secondPerson(ctx))
	if errors.Is(err, store.ErrSelf) {
		return forbidden.saying("按规定要由另一个人审定，写的人自己不能审定。")
	}
	if err != nil {
		return err
	}
	return v.to("/staff/curated/"+url.PathEscape(id), "已审定，一秒内生效。")
}

// retireCurated is POST /staff/curated/{id}/retire.
func (c *Console) retireCurated(v *visit) error {
	id := v.r.PathValue("id")
	if _, err := c.curatedForm(v.r.Context(), id); err != nil { // neither staff's nor bundled
		return err
	}
	if err := c.store.RetireCurated(v.r.Context(), v.by(), id, v.form("reason")); err != nil {
		return err
	}
	return v.to("/staff/curated", "已停用，以后由文件回答。")
}

// restoreCurated is POST /staff/curated/{id}/restore, of one that comes with the program.
func (c *Console) restoreCurated(v *visit) error {
	if err := c.store.RestoreCurated(v.r.Context(), v.by(), v.r.PathValue("id")); err != nil {
		return err
	}
	return v.to("/staff/curated", "已恢复使用。")
}
