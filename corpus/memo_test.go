package corpus

import (
	"strconv"
	"sync"
	"testing"
)

func TestMemo(t *testing.T) {
	made := map[string]int{}
	m := NewMemo(func(s string) string { made[s]++; return s + "!" })
	for _, s := range []string{"a", "b", "a"} {
		if got := m.Of(s); got != s+"!" {
			t.Errorf("%s: got %s", s, got)
		}
	}
	if made["a"] != 1 || made["b"] != 1 {
		t.Errorf("made %v, want each once", made)
	}
	for i := range 3 * mostKept {
		m.Of(strconv.Itoa(i))
	}
	if len(m.made) > mostKept {
		t.Errorf("keeps %d, want at most %d", len(m.made), mostKept)
	}
	shared := NewMemo(strconv.Quote)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 1000 {
				if s := strconv.Itoa((i * w) % 50); shared.Of(s) != strconv.Quote(s) {
					t.Errorf("%s: got %s", s, shared.Of(s))
				}
			}
		})
	}
	wg.Wait()
}
