package handlers

import (
	"encoding/json"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"wenda/handlers/contract"
	"wenda/rag"
)

// openapiDoc is what the tests read of openapi.json.
type openapiDoc struct {
	Paths      map[string]map[string]operation
	Components struct {
		Schemas map[string]schema
	}
}

type operation struct {
	RequestBody struct {
		Content map[string]struct {
			Schema  schema
			Example json.RawMessage
		}
	}
	Responses map[string]struct {
		Content map[string]struct{ Example json.RawMessage }
	}
}

type schema struct {
	Ref        string `json:"$ref"`
	Properties map[string]schema
	Required   []string
	Enum       []any
}

func TestOpenAPIHasEveryRoute(t *testing.T) {
	w := newWorld(t, nil)
	var doc openapiDoc
	if err := json.Unmarshal(w.get("/api/openapi.json").Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	routes := map[string]bool{}
	for _, r := range w.echo.Routes() {
		if r.Method != http.MethodHead {
			routes[strings.ToLower(r.Method)+" "+regexp.MustCompile(`:(\w+)`).ReplaceAllString(r.Path, "{$1}")] = true
		}
	}
	if len(routes) < 10 {
		t.Fatalf("only %d routes", len(routes))
	}
	for path, methods := range doc.Paths {
		for method := range methods {
			if !routes[method+" "+path] {
				t.Errorf("openapi.json has %s %s, which is no route", method, path)
			}
			delete(routes, method+" "+path)
		}
	}
	for r := range routes {
		t.Errorf("openapi.json lacks %s", r)
	}
}

func TestOpenAPISchemasAreTheTypes(t *testing.T) {
	var doc openapiDoc
	if err := json.Unmarshal(openapiJSON, &doc); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{"Answer": rag.Answer{}, "Citation": rag.Citation{}, "Handoff": rag.Handoff{}, "AIGC": rag.AIGC{}, "Turn": rag.Turn{}, "Ask": askRequest{},
		"Feedback": feedbackRequest{}, "FeedbackKept": feedbackReply{}, "Readiness": readiness{}, "Error": contract.ErrorBody{}, "Composing": rag.Composing{}, "Suggestions": suggestionsReply{}} {
		var want []string
		for i := range reflect.TypeOf(v).NumField() {
			if tag := reflect.TypeOf(v).Field(i).Tag.Get("json"); tag != "-" {
				name, _, _ := strings.Cut(tag, ",")
				want = append(want, name)
			}
		}
		var got []string
		for p := range doc.Components.Schemas[name].Properties {
			got = append(got, p)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: openapi.json has %v, the type %v", name, got, want)
		}
	}
	var statuses []any
	for _, s := range rag.Statuses() {
		statuses = append(statuses, string(s))
	}
	if got := doc.Components.Schemas["Answer"].Properties["status"].Enum; !slices.Equal(got, statuses) {
		t.Errorf("statuses: got %v, want %v", got, statuses)
	}
	var codes []string
	for _, r := range reasons() {
		codes = append(codes, r.Code)
	}
	for _, c := range codes {
		if !slices.Contains(doc.Components.Schemas["Feedback"].Properties["reason"].Enum, any(c)) {
			t.Errorf("reason %s is not in openapi.json", c)
		}
	}
}

func TestOpenAPIExamplesWork(t *testing.T) {
	var doc openapiDoc
	if err := json.Unmarshal(openapiJSON, &doc); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, nil)
	ask := doc.Paths["/api/v1/ask"]["post"]
	if rec := w.post("/api/v1/ask", string(ask.RequestBody.Content[mediaJSON].Example)); rec.Code != 200 {
		t.Errorf("ask: %d %s", rec.Code, rec.Body)
	}
	a := decodeAnswer(t, strings.NewReader(string(ask.Responses["200"].Content[mediaJSON].Example)))
	round, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if json.Unmarshal(round, &got) != nil || json.Unmarshal(ask.Responses["200"].Content[mediaJSON].Example, &want) != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the example lacks fields of rag.Answer:\n%s", round)
	}
	f := doc.Paths["/api/v1/answers/{id}/feedback"]["post"].RequestBody.Content[mediaJSON].Example
	if rec := w.post("/api/v1/answers/a_1/feedback", string(f)); rec.Code != 200 {
		t.Errorf("feedback: %d %s", rec.Code, rec.Body)
	}
}
