package store

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	"wenda/corpus"
)

func TestCalibrationsOfTheNewestFour(t *testing.T) {
	ctx := t.Context()
	s := opened(t, t.TempDir(), Options{})
	fitted := func(n int) corpus.Fitted {
		return corpus.Fitted{For: fmt.Sprint("i", n), Floor: .62, Cut: -1e9,
			Head: corpus.Head{Vector: []float64{float64(n), 1. / 3}, Near: []float64{-2}, Bias: 1e-300}}
	}
	for _, n := range []int{1, 2, 3, 4, 1, 5} { // 1 again is newer than 2
		if err := s.PutCalibration(ctx, fitted(n)); err != nil {
			t.Fatal(err)
		}
	}
	for n, want := range map[int]bool{1: true, 2: false, 3: true, 4: true, 5: true, 6: false} {
		f, err := s.Calibration(ctx, fitted(n).For)
		if err != nil || (f != nil) != want {
			t.Errorf("i%d: got %+v, %v, want kept %v", n, f, err, want)
			continue
		}
		if full := fitted(n); want && !reflect.DeepEqual(*f, full) {
			t.Errorf("i%d: got %+v, want %+v", n, *f, full)
		}
	}
	if _, err := s.writer.ExecContext(ctx, "UPDATE calibrations SET fitted = '{'"); err != nil {
		t.Fatal(err)
	}
	if f, err := s.Calibration(ctx, "i5"); !errors.Is(err, ErrDamaged) {
		t.Errorf("damaged: got %+v, %v", f, err)
	}
}
