//go:build cgo

package sentence

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// process is the onnxruntime of this process. The library and its environment are process-wide in C, so this is the one package
// variable that changes here; it goes from "not started" to "started" once, and is never taken down, because other sessions and the
// runtime's own threads may still use it.
var process environment

// environment starts onnxruntime once. A failed start may be tried again (the files may have been installed since); later ones with
// another path use the library already loaded, whose digest was the same.
type environment struct {
	mu sync.Mutex
}

// start loads the shared library unless that is done.
func (e *environment) start(library string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if ort.IsInitialized() {
		return nil
	}
	ort.SetSharedLibraryPath(library)
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		return fmt.Errorf("load onnxruntime: %w", err)
	}
	// Only Windows builds collect anything, but nothing may leave the site.
	if err := ort.DisableTelemetry(); err != nil {
		return fmt.Errorf("disable onnxruntime's telemetry: %w", err)
	}
	return nil
}

// session is the loaded model. One session serves all goroutines: each run has its own tensors.
type session struct {
	ones, zeros []int64 // attention mask and token types of the longest text; shared and only read

	mu    sync.RWMutex // held for reading by runs, for writing by close
	inner *ort.DynamicAdvancedSession
}

// openSession loads the model. Every run computes on its caller's thread alone: questions are short, and several run side by side.
func openSession(path string) (*session, error) {
	opts, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("session options: %w", err)
	}
	defer opts.Destroy()
	if err := errors.Join(opts.SetIntraOpNumThreads(1), opts.SetInterOpNumThreads(1)); err != nil {
		return nil, fmt.Errorf("session options: %w", err)
	}
	inner, err := ort.NewDynamicAdvancedSession(path, []string{"input_ids", "attention_mask", "token_type_ids"},
		[]string{"last_hidden_state"}, opts)
	if err != nil {
		return nil, fmt.Errorf("load model: %w", err)
	}
	s := &session{inner: inner, ones: make([]int64, maxTokens), zeros: make([]int64, maxTokens)}
	for i := range s.ones {
		s.ones[i] = 1
	}
	return s, nil
}

// close waits for runs under way.
func (s *session) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inner == nil {
		return nil
	}
	err := s.inner.Destroy()
	s.inner = nil
	return err
}

// run computes the vector of one text of at most maxTokens ids.
func (s *session) run(ids []int64) (vector []float32, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.inner == nil {
		return nil, ErrClosed
	}
	// The tensors keep pointers to this memory across calls into C, which cgo allows for pinned memory only.
	var pinned runtime.Pinner
	defer pinned.Unpin()
	var inputs []ort.Value
	defer func() {
		for _, t := range inputs {
			err = errors.Join(err, t.Destroy())
		}
	}()
	for _, data := range [][]int64{ids, s.ones[:len(ids)], s.zeros[:len(ids)]} {
		pinned.Pin(&data[0])
		t, err := ort.NewTensor(ort.NewShape(1, int64(len(ids))), data)
		if err != nil {
			return nil, fmt.Errorf("make input tensor: %w", err)
		}
		inputs = append(inputs, t)
	}
	outputs := []ort.Value{nil} // allocated by the runtime
	if err := s.inner.Run(inputs, outputs); err != nil {
		return nil, fmt.Errorf("run model on %d tokens: %w", len(ids), err)
	}
	defer func() { err = errors.Join(err, outputs[0].Destroy()) }()
	hidden, ok := outputs[0].(*ort.Tensor[float32])
	if want := ort.NewShape(1, int64(len(ids)), dimension); !ok || !hidden.GetShape().Equals(want) {
		return nil, fmt.Errorf("the model answered with %v, want float32 %v", outputs[0].GetShape(), want)
	}
	return normalised(hidden.GetData()[:dimension]) // position 0 is [CLS]: this model was trained to put the sentence there
}

// normalised returns a copy of v of length 1, or an error when v has none.
func normalised(v []float32) ([]float32, error) {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if length := math.Sqrt(sum); length > 1e-6 && !math.IsInf(length, 0) { // false for NaN too
		unit := make([]float32, len(v))
		for i, x := range v {
			unit[i] = float32(float64(x) / length)
		}
		return unit, nil
	}
	return nil, errors.New("the model gave a vector without a direction")
}
