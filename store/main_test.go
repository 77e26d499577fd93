package store

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"wenda/corpus"
	"wenda/rag"
)

// childEnv makes the test binary be another process on the folder that it names: see child.
const (
	childEnv  = "WENDA_STORE_TEST_CHILD"
	folderEnv = "WENDA_STORE_TEST_FOLDER"
)

func TestMain(m *testing.M) {
	if mode := os.Getenv(childEnv); mode != "" {
		if err := child(mode, os.Getenv(folderEnv)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// child is what the other process does.
func child(mode, dir string) error {
	ctx := context.Background()
	s, err := Open(ctx, dir, Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	switch mode {
	case "open":
		fmt.Println("opened")
	case "write": // until it is killed
		return writeForever(ctx, s)
	case "save": // until it is killed
		return saveForever(ctx, s)
	case "curate": // until it is killed
		return curateForever(ctx, s)
	case "lock": // until it is killed or its input ends
		if _, err := s.LockServer(); err != nil {
			return err
		}
		fmt.Println("locked")
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "put": // once, then what it saw
		if err := s.Put(ctx, kept("d_child", "v1", 3), "e", map[string][]float32{"x": {1, 2}}); err != nil {
			return err
		}
		fmt.Println("put")
	default:
		return fmt.Errorf("unknown mode %q", mode)
	}
	return s.Close()
}

// startChild runs mode in a process of its own; lines gives what it says. It is killed at the end of the test.
func startChild(t *testing.T, mode, dir string) (cmd *exec.Cmd, lines *bufio.Scanner) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(self)
	cmd.Env = append(os.Environ(), childEnv+"="+mode, folderEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd, bufio.NewScanner(out)
}

func opened(t testing.TB, dir string, opts Options) *Store {
	t.Helper()
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	s, err := Open(t.Context(), dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// kept is a small document of which every field says which version it belongs to.
func kept(id, version string, variants int) corpus.Kept {
	text := "标题\n" + version + "的正文。第二句。\n"
	at := strings.Index(text, version)
	body := text[at : len(text)-1]
	first := len(version + "的正文。")
	k := corpus.Kept{Origin: corpus.Staff, Imported: time.Date(2026, 11, 1, 8, 0, 0, 123456789, time.UTC), Document: corpus.Document{
		ID: id, Version: version, Text: text, Meta: corpus.Meta{Title: "标题 " + version, Year: 2022},
		Blocks: []corpus.Block{{Kind: corpus.Heading, Level: 1, Start: 0, End: at}, {Kind: corpus.Paragraph, Start: at, End: len(text)}},
		Chunks: []corpus.Chunk{{ID: "p" + version, DocumentID: id, Kind: corpus.Paragraph, Section: []string{"标题"}, Text: body,
			Start: at, End: at + len(body), Sentences: []corpus.Span{{Start: 0, End: first}, {Start: first, End: len(body)}}}},
	}}
	for i := range variants {
		anchor := corpus.Anchor{Section: []string{"标题"}, Facts: []string{version}, Say: "第二句。"}
		k.Variants = append(k.Variants, corpus.Variant{ID: fmt.Sprint("v", i), Text: fmt.Sprintf("%s的第%d问", version, i),
			Negative: i%2 == 1, Lacks: "date", Origin: corpus.Bundled, Anchor: anchor})
		k.Outlines = append(k.Outlines, corpus.Outline{ID: fmt.Sprint("o", i), Topic: version, Asks: []string{"有哪些"},
			Points: []corpus.Point{{Text: "一点", Anchor: anchor}}, Anchor: anchor, Origin: corpus.Staff})
	}
	return k
}

func answer(id string) rag.Answer {
	return rag.Answer{ID: id, ConversationID: "c_1", Status: rag.Answered, Answered: true, Mode: rag.Quoted, Text: "新增学位2800个。[1]",
		Citations:    []rag.Citation{{N: 1, DocumentID: "d", Title: "标题", Quote: "新增学位2800个"}},
		IndexVersion: "i1", Trace: rag.Trace{Asked: "多少学位", Strength: .75, Took: 3 * time.Millisecond}}
}

func mustPut(t testing.TB, s *Store, k corpus.Kept) {
	t.Helper()
	if err := s.Put(t.Context(), k, "", nil); err != nil {
		t.Fatal(err)
	}
}

func count(t testing.TB, s *Store, query string, args ...any) int {
	t.Helper()
	var n int
	if err := s.readers.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// fill sets every field of a value to something that is not zero, so that a field added later is kept as well or a test fails.
func fill(v reflect.Value, seed *int) {
	*seed++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("s", *seed))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*seed))
	case reflect.Float64:
		v.SetFloat(float64(*seed) / 8)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), seed)
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[[]rag.Trace]() {
			return // a trace has traces as its parts: once is enough
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), seed)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(int64(*seed), 5).UTC()))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), seed)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, seed)
		fill(value, seed)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	default:
		panic("fill: " + v.Type().String())
	}
}
