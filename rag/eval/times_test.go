package eval

import (
	"reflect"
	"testing"
	"time"

	"wenda/rag"
)

func TestTimes(t *testing.T) {
	var verdicts []Verdict
	for i := range 20 { // 1 to 20 ms to retrieve
		verdicts = append(verdicts, Verdict{Trace: rag.Trace{Took: time.Duration(i+2) * time.Millisecond,
			Steps: []rag.StepTime{{Step: "understand", Took: time.Millisecond}, {Step: "retrieve", Took: time.Duration(i+1) * time.Millisecond}}}})
	}
	// Two questions in a message: the step counts once, with the sum.
	verdicts = append(verdicts, Verdict{Trace: rag.Trace{Took: 90 * time.Millisecond,
		Steps: []rag.StepTime{{Step: "understand", Took: time.Millisecond}, {Step: "retrieve", Took: 30 * time.Millisecond}, {Step: "compose", Took: time.Millisecond}, {Step: "retrieve", Took: 50 * time.Millisecond}}}},
		Verdict{}) // a server's
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	want := []StepRow{{"understand", 21, ms(1), ms(1)}, {"retrieve", 21, ms(11), ms(20)}, {"compose", 1, ms(1), ms(1)}, {"all", 21, ms(12), ms(21)}}
	if got := Times(verdicts); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if got := Times(verdicts[20:]); len(got) != 4 || got[1] != (StepRow{"retrieve", 1, ms(80), ms(80)}) {
		t.Errorf("of two questions in a message: got %v", got)
	}
	if got := Times([]Verdict{{}}); len(got) != 0 {
		t.Errorf("without traces: got %v", got)
	}
	if !Traced(verdicts) || Traced([]Verdict{{}}) || Traced(nil) {
		t.Error("Traced is wrong about who has traces")
	}
}

func TestLengths(t *testing.T) {
	of := func(runes int, refused bool) Verdict { return Verdict{Runes: runes, Refused: refused} }
	got := Lengths([]Verdict{of(0, false), of(19, false), of(20, false), of(55, true), of(319, false), of(320, false), of(5000, false)})
	if len(got) != lengthBars || got[0] != (LengthBar{0, 20, 2}) || got[1] != (LengthBar{20, 40, 1}) || got[2].N != 0 || got[lengthBars-1] != (LengthBar{300, 0, 3}) {
		t.Errorf("got %v", got)
	}
}
