package mp

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"wenda/handlers/contract"
	"wenda/rag"
)

type openapiDoc struct {
	Paths map[string]map[string]struct {
		Responses   map[string]json.RawMessage
		RequestBody struct {
			Content map[string]struct{ Example json.RawMessage }
		}
	}
	Components struct {
		Schemas map[string]struct {
			Properties map[string]json.RawMessage
		}
	}
}

func TestOpenAPIIsComplete(t *testing.T) {
	w := newWorld(t, nil)
	var doc openapiDoc
	if err := json.Unmarshal([]byte(w.do("GET", "/openapi.json", "", "").body), &doc); err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	for path, methods := range doc.Paths {
		for method := range methods {
			left[strings.ToUpper(method)+" "+path] = true
		}
	}
	if len(left) < 9 {
		t.Fatalf("only %d operations", len(left))
	}
	for _, r := range routes() {
		op, ok := doc.Paths[r.path][strings.ToLower(r.method)]
		if !ok {
			t.Errorf("openapi.json lacks %s %s", r.method, r.path)
		}
		if _, has := op.Responses["401"]; has == r.public {
			t.Errorf("%s %s: public is %v, 401 described: %v", r.method, r.path, r.public, has)
		}
		delete(left, r.method+" "+r.path)
	}
	for r := range left {
		t.Errorf("openapi.json has %s, which is no route", r)
	}
	for name, v := range map[string]any{"Answer": rag.Answer{}, "Composing": rag.Composing{}, "Token": loginReply{}, "Done": done{}, "HistoryItem": historyItem{},
		"History": historyReply{}, "Deleted": forgetReply{}, "FeedbackKept": feedbackReply{}, "Suggestions": suggestionsReply{}, "Error": contract.ErrorBody{}} {
		var want, got []string
		for i := range reflect.TypeOf(v).NumField() {
			if tag, _, _ := strings.Cut(reflect.TypeOf(v).Field(i).Tag.Get("json"), ","); tag != "-" {
				want = append(want, tag)
			}
		}
		for p := range doc.Components.Schemas[name].Properties {
			got = append(got, p)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: openapi.json has %v, the type %v", name, got, want)
		}
	}
	token := w.login("main", "o-1")
	if res := w.do("POST", "/ask", token, string(doc.Paths["/ask"]["post"].RequestBody.Content["application/json"].Example)); res.status != 200 {
		t.Errorf("the example of ask: %d %s", res.status, res.body)
	}
}
