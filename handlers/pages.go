package handlers

import (
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"wenda/handlers/web"
	"wenda/rag"
)

// aboutView is what about.html and privacy.html read.
type aboutView struct {
	frame
	Documents                                   []documentLine
	Composes                                    bool // a language model may have composed
	Figures                                     web.Figures
	Right, NearRefused, WronglyRefused, Attacks string // in per cent
}

type documentLine struct{ ID, Title, Issuer, Published string }

// about is GET /about: what the assistant knows, how it answers, how well.
func (s *Server) about(c echo.Context) error { return s.plainPage(c, "about", "关于本助手") }

func (s *Server) privacy(c echo.Context) error { return s.plainPage(c, "privacy", "隐私说明") }

func (s *Server) accessibility(c echo.Context) error {
	return s.plainPage(c, "accessibility", "无障碍说明")
}

func (s *Server) plainPage(c echo.Context, name, title string) error {
	f, err := web.LastFigures()
	if err != nil {
		return err
	}
	v := aboutView{frame: s.frame(c, title), Figures: f, Composes: s.deps.Composes, Right: web.Percent(f.Right),
		NearRefused: web.Percent(f.NearRefused), WronglyRefused: web.Percent(f.WronglyRefused), Attacks: web.Percent(f.Attacks)}
	if x := s.deps.Documents.Current(); x != nil {
		for _, d := range x.Documents() {
			v.Documents = append(v.Documents, documentLine{d.ID, d.Meta.Title, d.Meta.Issuer, d.Meta.Published})
		}
	}
	return s.page(c, http.StatusOK, name, v)
}

// styleView is what style.html reads.
type styleView struct {
	frame
	Answers []specimen
}

type specimen struct {
	Head string
	View answerView
}

// style is GET /style, in development: answers in every status and mode, with made-up words.
func (s *Server) style(c echo.Context) error {
	v := styleView{frame: s.frame(c, "样式")}
	v.Hidden = true
	cited := []rag.Citation{{N: 1, Title: "某区2024年工作方案", Issuer: "某局", Section: "一、目标 > （一）书屋", Quote: "全年力争新建书屋9个。", Published: "2024-03-05", URL: "/doc/none?v=none&s=0#none"}}
	for i, a := range []rag.Answer{
		{Status: rag.Answered, Mode: rag.Quoted, Text: "全年力争新建书屋9个。[1]", Citations: cited, AsOf: "2024-03-05", Notice: "这是2024年的计划。", Related: []string{"书屋几点关门"}},
		{Status: rag.Answered, Mode: rag.Generated, Text: "今年打算新建9个书屋。[1]", Citations: cited, AsOf: "2024-03-05", Label: "AI生成，请以文件原文为准"},
		{Status: rag.Answered, Mode: rag.Quoted, Degraded: true, Text: "全年力争新建书屋9个。[1]", Citations: cited, AsOf: "2024-03-05"},
		{Status: rag.Answered, Mode: rag.Curated, Text: "全年力争新建书屋9个。[1]", Citations: cited, AsOf: "2024-03-05"},
		{Status: rag.NotStated, Mode: rag.Fixed, Text: "文件没有说明具体名单。", Handoff: &rag.Handoff{Name: "12345政务服务便民热线", Phone: "12345", Hours: "24小时", Say: "我想咨询书屋的名单。"}},
		{Status: rag.NoSource, Mode: rag.Fixed, Text: "现有文件里没有找到这方面的内容。"},
		{Status: rag.OutOfScope, Mode: rag.Fixed, Text: "这是别的地方的事，不在文件范围内。"},
		{Status: rag.Refused, Mode: rag.Fixed, Text: "这个问题不能回答。"},
		{Status: rag.HandedOver, Mode: rag.Fixed, Text: "请马上拨打110。", Handoff: &rag.Handoff{Name: "报警电话", Phone: "110", Hours: "24小时"}},
		{Status: rag.SmallTalk, Mode: rag.Fixed, Text: "您好！想问什么，直接说就行。"},
	} {
		a.ID = "a_style" + string(rune('0'+i))
		head := string(a.Status) + " / " + string(a.Mode)
		if a.Degraded {
			head += " / degraded"
		}
		v.Answers = append(v.Answers, specimen{head, viewAnswer(a, "今年新建几个书屋", "")})
	}
	return s.page(c, http.StatusOK, "style", v)
}

// robots is GET /robots.txt: pages of answers are between us and those who asked.
func (s *Server) robots(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "public, max-age=3600")
	return c.String(http.StatusOK, "User-agent: *\nDisallow: /a/\nDisallow: /api/\nDisallow: /staff/\nDisallow: /settings\nDisallow: /widget\nDisallow: /webhook/\nDisallow: /*?q=\nAllow: /\n")
}

type manifestIcon struct {
	Src   string `json:"src"`
	Sizes string `json:"sizes"`
	Type  string `json:"type"`
}

// manifest is GET /manifest.webmanifest, for home screens.
func (s *Server) manifest(c echo.Context) error {
	name := s.cfg.Portal + "智能问答"
	body, err := json.Marshal(struct {
		Name       string         `json:"name"`
		ShortName  string         `json:"short_name"`
		Lang       string         `json:"lang"`
		StartURL   string         `json:"start_url"`
		Display    string         `json:"display"`
		ThemeColor string         `json:"theme_color"`
		Background string         `json:"background_color"`
		Icons      []manifestIcon `json:"icons"`
	}{name, "问答", "zh-CN", "/", "browser", "#0b4a8f", "#f4f7fa",
		[]manifestIcon{{"/icon-192.png", "192x192", "image/png"}, {"/icon-512.png", "512x512", "image/png"}}})
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=3600")
	return c.Blob(http.StatusOK, "application/manifest+json", body)
}
