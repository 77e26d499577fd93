package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wenda/rag"
)

// readiness is the body of /readyz.
type readiness struct {
	Ready     bool   `json:"ready"`
	Reason    string `json:"reason"`
	Version   string `json:"index_version"`
	Documents int    `json:"documents"`
	Chunks    int    `json:"chunks"`
	Variants  int    `json:"variants"`
	Negatives int    `json:"negative_variants"`
	Embedder  string `json:"embedder"`
	Missing   int    `json:"missing_vectors"`
}

func readinessOf(t *testing.T, r reply) readiness {
	t.Helper()
	var out readiness
	d := json.NewDecoder(strings.NewReader(r.body))
	d.DisallowUnknownFields()
	if err := d.Decode(&out); err != nil {
		t.Fatalf("readyz %s: %v", r.body, err)
	}
	return out
}

// A firstDay is what was seen of a server that started on an empty folder.
type firstDay struct {
	early, late             reply // of /readyz: as soon as it listened; as soon as it said 200
	earlyAnswer, lateAnswer rag.Answer
	log                     string
}

// firstStart starts a server on an empty folder and watches it until all vectors are in place.
func firstStart(data, models string) (day firstDay, err error) {
	s, err := serveIn(data, models)
	if err != nil {
		return day, err
	}
	defer func() {
		err = errors.Join(err, s.stop())
		day.log = s.log.String()
	}()
	if day.early, err = s.get("/readyz"); err != nil {
		return day, err
	}
	if day.earlyAnswer, err = s.ask("今年新增多少学位"); err != nil {
		return day, err
	}
	err = until("ready with vectors", func() (bool, error) {
		var err error
		day.late, err = s.get("/readyz")
		return day.late.status == 200, err
	})
	if err != nil {
		return day, err
	}
	day.lateAnswer, err = s.ask("今年新增多少学位")
	return day, err
}

// wantPlaces says whether the answer is the one of the 2,800 school places, with its citation.
func wantPlaces(t *testing.T, when string, a rag.Answer) {
	t.Helper()
	if a.Status != rag.Answered || !strings.Contains(a.Text, "2800") || len(a.Citations) == 0 || !strings.Contains(a.Citations[0].Quote, "2800") {
		t.Errorf("%s: status %s, answer %q, citations %+v", when, a.Status, a.Text, a.Citations)
	}
}

func TestFirstStart(t *testing.T) {
	preparedData(t)
	day := prepared.day
	early, late := readinessOf(t, day.early), readinessOf(t, day.late)
	if day.early.status != 503 || early.Ready || early.Reason == "" || early.Embedder == "" || early.Chunks == 0 {
		t.Errorf("while vectors are computed: %d %+v", day.early.status, early)
	}
	wantPlaces(t, "by words at once", day.earlyAnswer)
	if !late.Ready || late.Embedder != early.Embedder || late.Missing != 0 || late.Version == early.Version {
		t.Errorf("with vectors: %+v, before %+v", late, early)
	}
	wantPlaces(t, "with vectors", day.lateAnswer)
	if day.earlyAnswer.IndexVersion != early.Version || day.lateAnswer.IndexVersion != late.Version {
		t.Errorf("answers name %s and %s, readyz %s and %s", day.earlyAnswer.IndexVersion, day.lateAnswer.IndexVersion, early.Version, late.Version)
	}
	if !strings.Contains(day.log, "answering by words meanwhile") || !strings.Contains(day.log, "index swapped") {
		t.Errorf("log: %s", day.log)
	}
}

func TestStartWithoutModel(t *testing.T) {
	s := startServer(t, filepath.Join(t.TempDir(), "data"), t.TempDir())
	r := s.mustGet(t, "/readyz")
	if got := readinessOf(t, r); r.status != 200 || !got.Ready || got.Embedder != "" || got.Chunks == 0 {
		t.Errorf("readyz %d %+v", r.status, got)
	}
	for _, question := range []string{"今年新增多少学位", "2022年新增多少个学位？"} {
		wantPlaces(t, question, s.mustAsk(t, question))
	}
	hints := 0
	for _, line := range strings.Split(s.log.String(), "\n") {
		if strings.Contains(line, "make model") && strings.Contains(line, "先按词检索") {
			hints++
		}
	}
	if hints != 1 {
		t.Errorf("%d lines say how to get the model, want 1:\n%s", hints, s.log)
	}
}

// A model that is there and cannot be read is a fault, not a choice: nobody would notice that answers got worse.
func TestUnreadableModel(t *testing.T) {
	models := t.TempDir()
	for _, name := range []string{"bge-small-zh-v1.5-q-tokenizer.json", "libonnxruntime.so"} {
		if err := os.Symlink(filepath.Join(modelsFolder(t), name), filepath.Join(models, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(models, "bge-small-zh-v1.5-q.onnx"), []byte("cut off"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve", "--addr", "127.0.0.1:0"}, {"ask", "今年新增多少学位"}, {"doctor"}} {
		t.Run(args[0], func(t *testing.T) {
			got := runShort(t, append(args, "--data", filepath.Join(t.TempDir(), "data"), "--models", models)...)
			wantPlainFailure(t, got, "bge-small-zh-v1.5-q.onnx", "句子模型")
		})
	}
}
