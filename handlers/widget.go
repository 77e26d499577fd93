package handlers

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"wenda/rag"
)

// widgetScript is GET /widget.js, which portals name without a hash: kept for an hour.
func (s *Server) widgetScript(c echo.Context) error {
	a, ok := s.pages.Named("widget.js")
	if !ok {
		return problemNoPage
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=3600")
	c.Response().Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	return s.file(c, a)
}

// widgetView is what widget.html reads.
type widgetView struct {
	homeView
	Allowed string // origins whose messages are heard, apart by blanks; our own is always
	Again   string // this page afresh
}

// widget is GET /widget: the page of questions inside the frame that widget.js makes. Who may frame it says frame-ancestors.
func (s *Server) widget(c echo.Context) error {
	v := widgetView{Allowed: strings.Join(s.cfg.FrameAncestors, " "), Again: "/widget"}
	v.frame = s.frame(c, "智能问答")
	v.Hidden, v.Bare, v.Widget = true, true, true
	if v.Display.Hant() {
		v.Again += "?" + url.Values{"script": {"hant"}}.Encode()
	}
	if list := topics(s.deps.Suggestions.Suggestions()); len(list) > 0 {
		v.Topics = list[:min(len(list), widgetTopics)]
		for i := range v.Topics {
			v.Topics[i].Questions = v.Topics[i].Questions[:1]
		}
		v.Example = v.Topics[0].Questions[0]
	}
	v.Blank, v.MaxRunes = blankAnswer(), rag.MaxRunes
	return s.page(c, http.StatusOK, "widget", v)
}

// widgetTopics is how many questions the small frame offers.
const widgetTopics = 4

// demo is GET /widget/demo: a made-up article with the widget on it.
func (s *Server) demo(c echo.Context) error {
	v := settingsView{s.frame(c, "挂件演示")}
	v.Hidden = true
	return s.page(c, http.StatusOK, "demo", v)
}
