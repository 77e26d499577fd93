package corpus

import (
	"math"
	"slices"
	"testing"
)

// A question names a row by what few rows hold: not by the heads, not by what all rows hold, and more by their names than by other cells.
func TestNamed(t *testing.T) {
	d := mustRead(t, "x.md", []byte("# 公告\n\n表1 招生计划表\n\n| 学校 | 街道 | 电话 |\n|---|---|---|\n| 柳营小学 | 望澜街道 | 85523370 |\n| 青枫小学 | 青枫街道 | 85611033 |\n| 南浦小学 | 望澜街道 | 电话待公告 |\n\n请打电话咨询柳营一带的学校。\n"))
	x := &Index{documents: []Document{d}, byID: map[string]*Document{}}
	x.collect(nil)
	for i := range x.targets {
		x.targets[i].bare = true
	}
	x.markRows()
	x.indexWords()
	at := map[string]int{}
	for c, ref := range x.chunks {
		if ref.chunk.Row != nil {
			_, name := ref.chunk.Cell(0)
			at[name] = c
		}
	}
	named := x.named("柳营小学的电话")
	if named[at["柳营小学"]] < 1 || named[at["青枫小学"]] > .1 || named[at["南浦小学"]] > .1 {
		t.Errorf("by its name: got %v of %v", named, at)
	}
	both := x.named("望澜街道和青枫街道")
	if a, b := both[at["青枫小学"]], both[at["柳营小学"]]; a <= b || b <= 0 || math.Abs(b-both[at["南浦小学"]]) > 1e-9 {
		t.Errorf("rarer in the table is more: got %v of %v", both, at)
	}
	if name, cell := x.named("柳营")[at["柳营小学"]], x.named("85523370")[at["柳营小学"]]; name < .3 || cell < .3 {
		t.Errorf("got %v, %v", name, cell)
	}
	if whole, most := x.named("青枫小学")[at["青枫小学"]], x.named("青枫小")[at["青枫小学"]]; whole-most < wholeName || whole-most > wholeName+.2 {
		t.Errorf("the whole name: got %v, %v", whole, most)
	}
	if a, b := x.named("青枫")[at["青枫小学"]], x.named("望澜")[at["柳营小学"]]*math.Log(4)/math.Log(2); math.Abs(a/b-inName*x.chunkLex.idf(terms("青枫")[2])/x.chunkLex.idf(terms("望澜")[2])) > 1e-6 {
		t.Errorf("in a name, and in two other cells: got %v, %v", a, b)
	}
	if got := x.named("电话，公告"); len(got) != 0 {
		t.Errorf("a head or the title named %v", got)
	}
	if got := x.named("招生计划"); len(got) != 0 {
		t.Errorf("a caption named %v", got)
	}
	if got := lookedUp(map[int]float64{1: .4, 2: .6, 3: 2, 4: .6}); !slices.Equal(got, []int{3, 2, 4}) {
		t.Errorf("looked up: got %v", got)
	}
}
