package main

import (
	"fmt"
	"net/url"
	"time"
)

// unmeasured are the routes without a page to measure, and why.
var unmeasured = map[string]string{
	"/staff":                "leads to /staff/",
	"/staff/assets/{name}":  "a file from memory",
	"/staff/oidc":           "leads to a provider, which is not here",
	"/staff/oidc/callback":  "waits for a provider",
	"/staff/welcome":        "needs a link that is used once",
	"/staff/log/export":     "a stream: measured apart",
	"/staff/log/progress":   "a few bytes about an export under way",
	"/staff/backups/{name}": "a file of the size of the database, as fast as the disk",
}

// addresses are those that are measured, by route: of each with filters the worst.
func (m *staffMade) addresses() map[string][]string {
	log := func(pairs ...string) string {
		q := url.Values{}
		for i := 0; i+1 < len(pairs); i += 2 {
			q.Set(pairs[i], pairs[i+1])
		}
		return "/staff/log?" + q.Encode()
	}
	day := func(back int) string { return m.now.AddDate(0, 0, -back).Format(time.DateOnly) }
	document := "/staff/knowledge/" + url.PathEscape(m.large)
	return map[string][]string{
		"/staff/{$}":     {"/staff/"},
		"/staff/sign-in": {"/staff/sign-in"},
		"/staff/me":      {"/staff/me"},
		"/staff/me/totp": {"/staff/me/totp"},
		"/staff/log": {"/staff/log", log("below", fmt.Sprint(m.last)), log("text", m.rare), log("text", m.common), log("text", m.common, "below", fmt.Sprint(m.last)),
			log("text", "没有人问过的鹈鹕"), log("status", "answered"), log("status", "not_stated", "text", m.common), log("feedback", "useless"), log("feedback", "none"),
			log("channel", "wechat", "feedback", "useless"), log("from", day(365), "to", day(0)), log("from", day(365), "to", day(300), "text", m.common),
			log("document", m.large), log("document", m.large, "chunk", m.chunk), log("weak", "1"), log("mode", "fixed"), log("channel", "nobody")},
		"/staff/log/{id}":                    {"/staff/log/" + m.answer},
		"/staff/dashboard":                   {"/staff/dashboard", "/staff/dashboard?from=" + day(365) + "&to=" + day(0)},
		"/staff/gaps":                        {"/staff/gaps", "/staff/gaps?days=90", "/staff/gaps?days=7"},
		"/staff/gaps/{key}":                  {"/staff/gaps/" + m.gap},
		"/staff/knowledge":                   {"/staff/knowledge"},
		"/staff/knowledge/{id}":              {document},
		"/staff/staged/{n}":                  {"/staff/staged/" + m.staged},
		"/staff/curated":                     {"/staff/curated"},
		"/staff/curated/new":                 {"/staff/curated/new", "/staff/curated/new?from=" + m.answer},
		"/staff/curated/{id}":                {"/staff/curated/" + m.curated},
		"/staff/prompts":                     {"/staff/prompts"},
		"/staff/prompts/export":              {"/staff/prompts/export"},
		"/staff/prompts/publish":             {"/staff/prompts/publish"},
		"/staff/prompts/{name}":              {"/staff/prompts/stopphrases.yaml", "/staff/prompts/examples.yaml"},
		"/staff/trial":                       {"/staff/trial"},
		"/staff/tests":                       {"/staff/tests"},
		"/staff/tests/{id}":                  {"/staff/tests/" + m.set},
		"/staff/tests/{id}/export":           {"/staff/tests/" + m.set + "/export"},
		"/staff/publishing":                  {"/staff/publishing"},
		"/staff/runs/{id}":                   {"/staff/runs/" + m.run},
		"/staff/channels":                    {"/staff/channels"},
		"/staff/accounts":                    {"/staff/accounts"},
		"/staff/audit":                       {"/staff/audit", "/staff/audit?text=" + url.QueryEscape("没有的话"), "/staff/audit?what=curated.&who=" + benchAdmin + "1", "/staff/audit?below=60", "/staff/audit?from=" + day(400) + "&to=" + day(390)},
		"/staff/audit.csv":                   {"/staff/audit.csv?what=switch."},
		"/staff/knowledge/{id}/chunk":        {document + "/chunk?p=" + url.QueryEscape(m.chunk)},
		"/staff/prompts/{name}/versions/{n}": {fmt.Sprintf("/staff/prompts/stopphrases.yaml/versions/%d", benchDrafts/2)},
	}
}
