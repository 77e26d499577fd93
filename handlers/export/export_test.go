package export

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var columns = []Column{{"q", "问题"}, {"n", "次数"}, {"at", "时间"}, {"ok", "有用"}, {"m", "差"}}

// hostile are cells that a spreadsheet would run, and what must stand there instead.
var hostile = map[string]string{
	"=HYPERLINK(\"http://x\")":  "'=HYPERLINK(\"http://x\")",
	"+1+1":                      "'+1+1",
	"-2+3":                      "'-2+3",
	"@SUM(A1)":                  "'@SUM(A1)",
	"\t=1":                      "'\t=1",
	"\r=1":                      "'\r=1",
	" =1":                       "' =1",
	"\n=1":                      "'\n=1",
	"＝1+1":                      "'＝1+1",
	"＋1":                        "'＋1",
	"\u3000@x":                  "'\u3000@x",
	"=cmd|' /C calc'!A0":        "'=cmd|' /C calc'!A0",
	"a=1":                       "a=1",
	"学位够吗":                      "学位够吗",
	"<script>alert(1)</script>": "<script>alert(1)</script>",
	"":                          "",
	"  ":                        "  ",
	"a\"b,c\nd":                 "a\"b,c\nd",
}

func rowsOf(t *testing.T) [][]any {
	t.Helper()
	var out [][]any
	for _, text := range slices.Sorted(func(yield func(string) bool) {
		for k := range hostile {
			if !yield(k) {
				return
			}
		}
	}) {
		out = append(out, []any{text, 7, time.Date(2026, 11, 3, 8, 0, 0, 0, time.UTC), true, -1.5})
	}
	return append(out, []any{"nil", int64(-3), nil, false, nil})
}

func written(t *testing.T, f Format, rows [][]any) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := New(&b, f, columns)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := w.Row(r...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCSVIsDefusedAndReadsBack(t *testing.T) {
	rows := rowsOf(t)
	data := written(t, CSV, rows)
	text, marked := strings.CutPrefix(string(data), "\ufeff")
	if !marked {
		t.Error("no byte order mark: Excel reads it as GBK")
	}
	got, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(got) != len(rows)+1 {
		t.Fatal(len(got), err)
	}
	for i, r := range rows[:len(rows)-1] {
		want := []string{strings.ReplaceAll(hostile[r[0].(string)], "\r\n", "\n"), "7", "2026-11-03 08:00:00", "是", "-1.5"}
		if got[i+1][0] != want[0] && strings.ReplaceAll(got[i+1][0], "\n", "") != strings.NewReplacer("\n", "", "\r", "").Replace(want[0]) || !reflect.DeepEqual(got[i+1][1:], want[1:]) {
			t.Errorf("%q: got %q, want %q", r[0], got[i+1], want)
		}
	}
	if last := got[len(got)-1]; !reflect.DeepEqual(last, []string{"nil", "-3", "", "", ""}) {
		t.Errorf("got %q", last)
	}
}

// sheet reads a workbook as what it is: a ZIP of XML.
func sheet(t *testing.T, data []byte) [][]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var cells [][]string
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Rows []struct {
				Cells []struct {
					At     string `xml:"r,attr"`
					Type   string `xml:"t,attr"`
					Value  string `xml:"v"`
					Inline string `xml:"is>t"`
					F      string `xml:"f"`
				} `xml:"c"`
			} `xml:"sheetData>row"`
		}
		if err := xml.NewDecoder(r).Decode(&doc); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		for n, row := range doc.Rows {
			line := make([]string, len(columns))
			for _, c := range row.Cells {
				if c.F != "" {
					t.Errorf("%s holds a formula", c.At)
				}
				if want := fmt.Sprint(n + 1); !strings.HasSuffix(c.At, want) {
					t.Errorf("cell %s in row %d", c.At, n+1)
				}
				line[c.At[0]-'A'] = c.Value + c.Inline
			}
			cells = append(cells, line)
		}
	}
	return cells
}

func TestXLSXIsDefusedAndReadsBack(t *testing.T) {
	rows := rowsOf(t)
	got := sheet(t, written(t, XLSX, rows))
	if len(got) != len(rows)+1 || got[0][0] != "问题" {
		t.Fatalf("%d rows, first %q", len(got), got[0])
	}
	for i, r := range rows[:len(rows)-1] {
		want := hostile[r[0].(string)]
		if got[i+1][0] != want || got[i+1][1] != "7" || got[i+1][4] != "-1.5" {
			t.Errorf("%q: got %q, want %q", r[0], got[i+1], want)
		}
	}
}

func TestXLSXTakesAnyText(t *testing.T) {
	long := strings.Repeat("长", maxCellUnits+9)
	got := sheet(t, written(t, XLSX, [][]any{{"\x00\x01\x1b\ufffe\xff]]>&<", 0, nil, nil, 0}, {long, 0, nil, nil, 0}, {strings.Repeat("😀", maxCellUnits), 0, nil, nil, 0}}))
	for i, r := range got[1:] {
		if !utf8.ValidString(r[0]) || r[0] == "" {
			t.Errorf("row %d: %.20q", i, r[0])
		}
	}
	if n := utf8.RuneCountInString(got[2][0]); n != maxCellUnits {
		t.Errorf("cut to %d, want %d", n, maxCellUnits)
	}
	if n := utf8.RuneCountInString(got[3][0]); n != maxCellUnits/2 {
		t.Errorf("cut to %d pairs, want %d", n, maxCellUnits/2)
	}
}

func TestJSONLinesKeepTexts(t *testing.T) {
	rows := rowsOf(t)
	d := json.NewDecoder(bytes.NewReader(written(t, JSONLines, rows)))
	for _, r := range rows {
		var got map[string]any
		if err := d.Decode(&got); err != nil || got["q"] != r[0] || len(got) != len(columns) {
			t.Errorf("got %v, %v, want %q", got, err, r[0])
		}
	}
	if err := d.Decode(new(any)); err != io.EOF {
		t.Errorf("more than the rows: %v", err)
	}
}

func TestColumnNames(t *testing.T) {
	for i, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA"} {
		if got := columnName(i); got != want {
			t.Errorf("%d: got %s, want %s", i, got, want)
		}
	}
}

func TestRowsMustFit(t *testing.T) {
	for _, f := range []Format{CSV, XLSX, JSONLines} {
		w, err := New(io.Discard, f, columns)
		if err != nil {
			t.Fatal(err)
		}
		if w.Row("one") == nil {
			t.Errorf("%s: a row with a missing column", f)
		}
		if f != JSONLines && w.Row(struct{}{}, 1, 2, 3, 4) == nil {
			t.Errorf("%s: a struct in a cell", f)
		}
		if kind, ok := f.ContentType(); !ok || kind == "" {
			t.Errorf("%s has no media type", f)
		}
	}
	if _, err := New(io.Discard, "pdf", columns); err == nil {
		t.Error("pdf is a format")
	}
}

func FuzzDefused(f *testing.F) {
	for s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Defused(s)
		if !strings.HasSuffix(got, s) || len(got) > len(s)+1 || Defused(got) != got {
			t.Fatalf("%q: got %q", s, got)
		}
		if got != "" && strings.ContainsRune("=+-@\t\r", rune(got[0])) {
			t.Fatalf("%q stays a formula", got)
		}
	})
}
