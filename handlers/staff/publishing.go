package staff

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"wenda/store"
)

type publishingView struct {
	Sets       []setRow
	Publishing Publishing
	Margin     string // as it was written
	Reason     string
	Was        string // the setting that the form began with, as it is kept
	Wrong      string
	Merge      *formMerge
}

// publishingPage is GET /staff/publishing.
func (c *Console) publishingPage(v *visit) error {
	p, err := PublishingOf(v.r.Context(), c.store)
	if err != nil {
		return err
	}
	was, err := c.store.SettingText(v.r.Context(), "publishing")
	if err != nil {
		return err
	}
	return v.publishingForm(http.StatusOK, publishingView{Publishing: p, Margin: marginText(p.Margin), Was: was})
}

func (v *visit) publishingForm(status int, m publishingView) error {
	var err error
	if m.Sets, err = v.setRows(m.Publishing.Sets); err != nil {
		return err
	}
	return v.pageAs(status, "publishing", "发布设置", m)
}

func marginText(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// savePublishing is POST /staff/publishing.
func (c *Console) savePublishing(v *visit) error {
	ctx := v.r.Context()
	m := publishingView{Publishing: Publishing{Sets: v.r.PostForm["set"], SecondPerson: v.form("second") == "yes"}, Margin: v.form("margin"), Reason: v.form("reason"),
		Was: v.form("was")}
	margin, err := strconv.ParseFloat(m.Margin, 64)
	if err != nil || !(margin >= 0 && margin <= 100) {
		m.Wrong = "允许变差的比例要写0到100之间的数。"
		return v.publishingForm(http.StatusUnprocessableEntity, m)
	}
	m.Publishing.Margin = margin
	if len(m.Publishing.Sets) > 0 {
		if _, err := CasesOf(ctx, c.store, m.Publishing.Sets); err != nil {
			return invalid.saying(err.Error() + "。")
		}
	}
	if _, sent := v.r.PostForm["was"]; !sent {
		err = c.store.ChangeSetting(ctx, v.by(), "publishing", m.Publishing, m.Reason)
	} else {
		err = c.store.ReplaceSetting(ctx, v.by(), "publishing", m.Was, m.Publishing, m.Reason)
	}
	switch {
	case errors.Is(err, store.ErrConflict):
		return v.publishingBeside(m)
	case err != nil:
		return err
	}
	return v.to("/staff/publishing", "发布设置已保存，下一次发布起生效。")
}

// publishingBeside shows the settings that somebody else saved meanwhile put together with what was chosen.
func (v *visit) publishingBeside(mine publishingView) error {
	c, ctx := v.console, v.r.Context()
	now, err := PublishingOf(ctx, c.store)
	if err != nil {
		return err
	}
	was := Publishing{Sets: []string{bundledPrefix + bundledSets[0]}}
	if mine.Was != "" && json.Unmarshal([]byte(mine.Was), &was) != nil {
		return badForm
	}
	list := func(p Publishing) []string {
		second := "不要求"
		if p.SecondPerson {
			second = "要求"
		}
		return []string{strings.Join(c.setNames(ctx, p.Sets), "、"), marginText(p.Margin), second}
	}
	merged, m := mergeFields([]string{"测试集", "允许净变差（%）", "要两个人"}, list(was), list(now), list(mine.Publishing))
	out := publishingView{Reason: mine.Reason, Margin: merged[1], Merge: m}
	out.Publishing = Publishing{Sets: mergeLists(was.Sets, now.Sets, mine.Publishing.Sets), SecondPerson: merged[2] == "要求"}
	if out.Was, err = c.store.SettingText(ctx, "publishing"); err != nil {
		return fmt.Errorf("settings of publishing: %w", err)
	}
	return v.publishingForm(http.StatusConflict, out)
}
