package export

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A Format is a kind of file.
type Format string

// Formats.
const (
	CSV       Format = "csv"
	XLSX      Format = "xlsx"
	JSONLines Format = "jsonl"
)

// ContentType is the media type of a format; ok is false for what is none.
func (f Format) ContentType() (mediaType string, ok bool) {
	switch f {
	case CSV:
		return "text/csv; charset=utf-8", true
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", true
	case JSONLines:
		return "application/x-ndjson; charset=utf-8", true
	}
	return "", false
}

// A Column has a title for people and a key for programs.
type Column struct{ Key, Title string }

// A Writer writes one table. Row takes a value for each column: string, int, int64, float64, bool, time.Time or nil. Close ends the file;
// without it the file is not whole. Neither closes what is written to. Not for several goroutines.
type Writer interface {
	Row(values ...any) error
	Close() error
}

// New begins a table.
func New(w io.Writer, f Format, columns []Column) (Writer, error) {
	switch f {
	case CSV:
		return newCSV(w, columns)
	case XLSX:
		return newXLSX(w, columns)
	case JSONLines:
		return &jsonWriter{out: bufio.NewWriter(w), columns: columns}, nil
	}
	return nil, fmt.Errorf("export: no format %q", f)
}

// Defused is a text that no spreadsheet takes for a formula.
func Defused(s string) string {
	// Blanks in front are skipped by some programs; full-width signs are taken as signs by others.
	if t := strings.TrimLeft(s, " \u3000\u00a0\ufeff\n"); t != "" {
		if first, _ := utf8.DecodeRuneInString(t); strings.ContainsRune("=+-@\t\r＝＋－＠", first) {
			return "'" + s
		}
	}
	return s
}

type csvWriter struct {
	out     *csv.Writer
	columns int
}

// newCSV begins with a byte order mark: Excel takes a file without one for GBK.
func newCSV(w io.Writer, columns []Column) (*csvWriter, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, err
	}
	c := &csvWriter{csv.NewWriter(w), len(columns)}
	c.out.UseCRLF = true
	titles := make([]string, len(columns))
	for i, col := range columns {
		titles[i] = Defused(col.Title)
	}
	return c, c.out.Write(titles)
}

// Row implements Writer.
func (c *csvWriter) Row(values ...any) error {
	if len(values) != c.columns {
		return fmt.Errorf("export: %d values for %d columns", len(values), c.columns)
	}
	cells := make([]string, len(values))
	for i, v := range values {
		text, number, err := cell(v)
		if err != nil {
			return err
		}
		if !number {
			text = Defused(text)
		}
		cells[i] = text
	}
	return c.out.Write(cells)
}

// Close implements Writer.
func (c *csvWriter) Close() error {
	c.out.Flush()
	return c.out.Error()
}

// cell is a value as text, and whether it is a number.
func cell(v any) (text string, number bool, err error) {
	switch v := v.(type) {
	case nil:
		return "", false, nil
	case string:
		return v, false, nil
	case int:
		return strconv.Itoa(v), true, nil
	case int64:
		return strconv.FormatInt(v, 10), true, nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true, nil
	case bool:
		if v {
			return "是", false, nil
		}
		return "", false, nil
	case time.Time:
		return v.Format(time.DateTime), false, nil
	}
	return "", false, fmt.Errorf("export: a %T in a table", v)
}

type jsonWriter struct {
	out     *bufio.Writer
	columns []Column
}

// Row implements Writer. Keys stand in the order of the columns.
func (j *jsonWriter) Row(values ...any) error {
	if len(values) != len(j.columns) {
		return fmt.Errorf("export: %d values for %d columns", len(values), len(j.columns))
	}
	var b strings.Builder
	b.WriteByte('{')
	for i, v := range values {
		if t, ok := v.(time.Time); ok {
			v = t.Format(time.RFC3339)
		}
		text, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Quote(j.columns[i].Key) + ":" + string(text))
	}
	b.WriteString("}\n")
	_, err := j.out.WriteString(b.String())
	return err
}

// Close implements Writer.
func (j *jsonWriter) Close() error { return j.out.Flush() }
