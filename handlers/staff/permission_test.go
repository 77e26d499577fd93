package staff

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"wenda/store"
)

// permissions is who may what, written down apart from the routes: a route that is not here, or that is and does not exist, fails.
var permissions = map[string]store.Role{
	"GET /staff":                                store.View,
	"GET /staff/{$}":                            store.View,
	"GET /staff/assets/{name}":                  Anyone,
	"GET /staff/sign-in":                        Anyone,
	"POST /staff/sign-in":                       Anyone,
	"GET /staff/oidc":                           Anyone,
	"GET /staff/oidc/callback":                  Anyone,
	"POST /staff/accounts/{id}/subject":         store.Admin,
	"POST /staff/sign-out":                      store.View,
	"GET /staff/welcome":                        Anyone,
	"POST /staff/welcome":                       Anyone,
	"GET /staff/me":                             store.View,
	"POST /staff/me/password":                   store.View,
	"POST /staff/me/sign-out-everywhere":        store.View,
	"GET /staff/me/totp":                        store.View,
	"POST /staff/me/totp":                       store.View,
	"POST /staff/me/totp/off":                   store.View,
	"GET /staff/accounts":                       store.Admin,
	"POST /staff/accounts":                      store.Admin,
	"POST /staff/accounts/{id}/role":            store.Admin,
	"POST /staff/accounts/{id}/disabled":        store.Admin,
	"POST /staff/accounts/{id}/reset":           store.Admin,
	"GET /staff/audit":                          store.View,
	"GET /staff/audit.csv":                      store.View,
	"GET /staff/prompts":                        store.View,
	"GET /staff/prompts/export":                 store.View,
	"POST /staff/prompts/import":                store.Edit,
	"GET /staff/prompts/publish":                store.Publish,
	"POST /staff/prompts/publish":               store.Publish,
	"POST /staff/prompts/rollback":              store.Publish,
	"GET /staff/prompts/{name}":                 store.View,
	"POST /staff/prompts/{name}":                store.Edit,
	"POST /staff/prompts/{name}/check":          store.Edit,
	"POST /staff/prompts/{name}/drop":           store.Edit,
	"GET /staff/prompts/{name}/versions/{n}":    store.View,
	"GET /staff/trial":                          store.View,
	"POST /staff/trial":                         store.View,
	"POST /staff/trial/case":                    store.Edit,
	"GET /staff/tests":                          store.View,
	"POST /staff/tests":                         store.Edit,
	"GET /staff/tests/{id}":                     store.View,
	"POST /staff/tests/{id}":                    store.Edit,
	"POST /staff/tests/{id}/cases":              store.Edit,
	"POST /staff/tests/{id}/drop":               store.Edit,
	"GET /staff/tests/{id}/export":              store.View,
	"GET /staff/publishing":                     store.Admin,
	"POST /staff/publishing":                    store.Admin,
	"POST /staff/runs":                          store.Edit,
	"GET /staff/runs/{id}":                      store.View,
	"POST /staff/runs/{id}/cancel":              store.Edit,
	"POST /staff/runs/{id}/override":            store.Admin,
	"GET /staff/log":                            store.View,
	"GET /staff/log/export":                     store.View,
	"GET /staff/log/progress":                   store.View,
	"GET /staff/log/{id}":                       store.View,
	"POST /staff/log/filters":                   store.View,
	"POST /staff/log/filters/delete":            store.View,
	"GET /staff/curated":                        store.View,
	"GET /staff/curated/new":                    store.Edit,
	"GET /staff/curated/{id}":                   store.View,
	"POST /staff/curated/{id}":                  store.Edit,
	"POST /staff/curated/{id}/approve":          store.Publish,
	"POST /staff/curated/{id}/retire":           store.Publish,
	"POST /staff/curated/{id}/restore":          store.Publish,
	"GET /staff/gaps":                           store.View,
	"GET /staff/gaps/{key}":                     store.View,
	"POST /staff/gaps/{key}/close":              store.Edit,
	"POST /staff/gaps/{key}/variants":           store.Publish,
	"GET /staff/knowledge":                      store.View,
	"POST /staff/knowledge/upload":              store.Edit,
	"POST /staff/knowledge/fetch":               store.Edit,
	"GET /staff/staged/{n}":                     store.View,
	"POST /staff/staged/{n}/meta":               store.Edit,
	"POST /staff/staged/{n}/drop":               store.Edit,
	"POST /staff/staged/{n}/release":            store.Publish,
	"POST /staff/staged/{n}/publish":            store.Publish,
	"GET /staff/knowledge/{id}":                 store.View,
	"POST /staff/knowledge/{id}/meta":           store.Publish,
	"POST /staff/knowledge/{id}/withdraw":       store.Publish,
	"POST /staff/knowledge/{id}/restore":        store.Publish,
	"POST /staff/knowledge/{id}/supersede":      store.Publish,
	"GET /staff/knowledge/{id}/chunk":           store.View,
	"POST /staff/knowledge/{id}/variants":       store.Publish,
	"POST /staff/knowledge/{id}/propose":        store.Edit,
	"POST /staff/knowledge/{id}/drafts":         store.Edit,
	"POST /staff/knowledge/{id}/drafts/publish": store.Publish,
	"POST /staff/knowledge/{id}/drafts/drop":    store.Edit,
	"GET /staff/dashboard":                      store.View,
	"GET /staff/channels":                       store.View,
	"POST /staff/channels/switch":               store.Admin,
	"GET /staff/channels/embedder":              store.View,
	"POST /staff/channels/embedder":             store.Admin,
	"POST /staff/channels/embedder/cancel":      store.Admin,
	"POST /staff/backups":                       store.Admin,
	"GET /staff/backups/{name}":                 store.Admin,
	"POST /staff/backups/{name}/delete":         store.Admin,
}

// Every route, every role and nobody, with the right token: who may gets past the door, whatever the route then says of an empty form;
// who may not gets 403, and nobody 401.
func TestPermissionMatrix(t *testing.T) {
	s := newSite(t)
	routes := s.console.Routes()
	if len(routes) < 20 {
		t.Fatalf("only %d routes", len(routes))
	}
	seen := map[string]bool{}
	for _, rt := range routes {
		name := rt.Method + " " + rt.Path
		if seen[name] {
			t.Errorf("%s is routed twice", name)
		}
		seen[name] = true
		needs, known := permissions[name]
		if !known {
			t.Errorf("%s has no entry in the permission table", name)
			continue
		}
		for _, role := range append([]store.Role{Anyone}, store.Roles()...) {
			b := s.browser()
			if role != Anyone {
				b = s.as("p-"+string(role), role)
			}
			b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			path := strings.NewReplacer("{$}", "").Replace(rt.Path)
			for strings.Contains(path, "{") {
				from, to := strings.Index(path, "{"), strings.Index(path, "}")
				path = path[:from] + "none" + path[to+1:]
			}
			var status int
			if rt.Method == http.MethodGet {
				status, _ = b.get(path)
			} else {
				status, _ = b.post(path, url.Values{})
			}
			want := "in"
			switch {
			case needs == Anyone:
			case role == Anyone:
				want = "401"
			case !role.May(needs):
				want = "403"
			}
			got := "in"
			switch status {
			case http.StatusUnauthorized:
				got = "401"
			case http.StatusForbidden:
				got = "403"
			case http.StatusInternalServerError:
				got = "500"
			}
			if rt.Path == "/staff/sign-in" && rt.Method == http.MethodPost || strings.HasPrefix(rt.Path, "/staff/me/") && rt.Method == http.MethodPost {
				if want == "in" && got == "403" { // a wrong password is 403 as well
					got = "in"
				}
			}
			if got != want {
				t.Errorf("%s as %q: got %s (%d), want %s", name, role, got, status, want)
			}
		}
	}
	for name := range permissions {
		if !seen[name] {
			t.Errorf("%s is in the permission table and not routed", name)
		}
	}
}
