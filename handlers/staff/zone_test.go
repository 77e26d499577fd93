package staff

import (
	"encoding/csv"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"wenda/rag"
	"wenda/store"
)

// What staff read is China's time, wherever the server stands: pages, days of filters, days of figures, files. The zone of a process is read
// once when it starts, so every zone is a process of its own.
func TestTimesAreChinas(t *testing.T) {
	if os.Getenv("WENDA_TEST_ZONE") != "" {
		timesAreChinas(t)
		return
	}
	for _, zone := range []string{"UTC", "America/New_York", "Asia/Tokyo"} {
		t.Run(zone, func(t *testing.T) {
			c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTimesAreChinas$", "-test.v")
			c.Env = append(os.Environ(), "TZ="+zone, "WENDA_TEST_ZONE="+zone)
			out, err := c.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "times of "+zone) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func timesAreChinas(t *testing.T) {
	zone, err := time.LoadLocation(os.Getenv("WENDA_TEST_ZONE"))
	if err != nil {
		t.Fatal(err)
	}
	// late in the evening of 30 November in London, past midnight in China
	at := time.Date(2026, 11, 30, 16, 30, 0, 0, time.UTC)
	if _, want := at.In(zone).Zone(); offset(at.Local()) != want {
		t.Fatalf("this process is not in %s", zone)
	}
	t.Logf("times of %s", zone)
	s := newSite(t)
	s.now = at
	b := s.as("b", store.Admin)
	for i, asked := range []time.Time{at.Add(-31 * time.Minute), at.Add(-30 * time.Minute), at} { // a minute before midnight in China, at midnight, now
		a := rag.Answer{ID: "a_zone" + string(rune('0'+i)), Status: rag.Answered, Mode: rag.Quoted, Text: "回答", Citations: []rag.Citation{}}
		if err := s.store.PutAnswer(a, store.Logged{Question: "第" + string(rune('0'+i)) + "问", Channel: "portal", Asked: asked, Took: time.Millisecond}); err != nil {
			t.Fatal(err)
		}
		if err := s.store.WriteAudit(t.Context(), store.Change{At: asked, By: store.By{Name: "b"}, What: "set.add", Object: "第" + string(rune('0'+i)) + "件"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.store.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][2][]string{ // what the page holds, and what it does not
		"/staff/log": {{"2026-11-30 23:59:00", "2026-12-01 00:00:00", "2026-12-01 00:30:00", "from=2026-12-01&amp;to=2026-12-01", "from=2026-11-01&amp;to=2026-11-30"}, nil},
		"/staff/log?from=2026-12-01&to=2026-12-01":       {{"第1问", "第2问", "共2条"}, {"第0问"}},
		"/staff/log?from=2026-11-30&to=2026-11-30":       {{"第0问", "共1条"}, {"第1问", "第2问"}},
		"/staff/log/a_zone2":                             {{"2026-12-01 00:30:00"}, nil},
		"/staff/audit":                                   {{"2026-11-30 23:59:00", "2026-12-01 00:30:00"}, nil},
		"/staff/audit?from=2026-12-01&to=2026-12-01":     {{"第1件", "第2件"}, {"第0件"}},
		"/staff/audit?from=2026-11-30&to=2026-11-30":     {{"第0件"}, {"第1件", "第2件"}},
		"/staff/audit.csv?from=2026-12-01&to=2026-12-01": {{"2026-12-01 00:00:00", "2026-12-01 00:30:00"}, {"第0件"}},
		"/staff/dashboard":                               {{`value="2026-12-01"`, `<th scope="row">2026-12-01</th><td class="num">2</td>`, `<th scope="row">2026-11-30</th><td class="num">1</td>`}, nil},
		"/staff/dashboard?from=2026-11-30&to=2026-11-30": {{`<dd class="big">1</dd>`}, {`<th scope="row">2026-12-01`}},
		"/staff/log/export?format=csv&from=2026-12-01":   {{"2026-12-01 00:00:00", "2026-12-01 00:30:00"}, {"第0问"}},
		"/staff/log/export?format=jsonl&to=2026-11-30":   {{"2026-11-30T23:59:00+08:00"}, {"第1问"}},
		"/staff/me":          {{"2026-12-01 00:30:00"}, nil},
		"/staff/curated/new": {{`value="2027-12-01"`}, nil},
		"/staff/gaps":        {{"缺口"}, nil},
		"/staff/log?from=2026-12-01&to=2026-12-01&status=bad": {{"共0条"}, nil},
	} {
		page := b.mustGet(path)
		for _, text := range want[0] {
			if !strings.Contains(page, text) {
				t.Errorf("%s does not hold %q:\n%.3000s", path, text, page)
			}
		}
		for _, text := range want[1] {
			if strings.Contains(mainOf(page)+afterMain(page), text) {
				t.Errorf("%s holds %q", path, text)
			}
		}
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.mustGet("/staff/log/export?format=csv"), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 4 || rows[1][2] != "2026-12-01 00:30:00" && rows[3][2] != "2026-12-01 00:30:00" {
		t.Errorf("export: %v, %v", rows, err)
	}
}

// afterMain is a file that is no page.
func afterMain(body string) string {
	if strings.Contains(body, "<main") {
		return ""
	}
	return body
}

func offset(t time.Time) int {
	_, o := t.Zone()
	return o
}
