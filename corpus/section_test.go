package corpus

import (
	"math"
	"testing"
)

// What stands under a heading is a section when it has two sentences; the title alone is none.
func TestSectionsOf(t *testing.T) {
	d, err := Read("guide.txt", []byte("备案指南（2024年版）\n\n总的说明。\n\n再说一句。\n\n一、条件\n\n（一）场所\n\n面积八十平方米。\n\n有两个出口。\n\n（二）人员\n\n年满二十一周岁。\n\n二、时间\n\n全年受理。\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, s := range sectionsOf(&d, d.Meta.Title) {
		got[s.text()] = len(s.chunks)
	}
	if len(got) != 2 || got["备案指南：条件"] != 3 || got["备案指南：条件：场所"] != 2 {
		t.Errorf("got %v", got)
	}
	if d.Meta.Title = "備案指南（2024年版）"; len(sectionsOf(&d, "备案指南（2024年版）")) != 2 {
		t.Error("the title in simplified characters is taken for a heading")
	}
	m := Material{Documents: []Document{d}, Titles: map[string]string{d.ID: "备案指南（2024年版）"}}
	texts := map[string]bool{}
	for _, s := range m.Texts() {
		texts[s] = true
	}
	if !texts["备案指南:条件:场所"] && !texts["备案指南：条件：场所"] {
		t.Errorf("no vector is asked for: %v", texts)
	}
}

func TestSectionVector(t *testing.T) {
	got := sectionVector([]float32{1, 0}, [][]float32{{0, 1}, {0, 1}})
	if want := math.Atan2(sectionBody, 1-sectionBody); math.Abs(math.Atan2(float64(got[1]), float64(got[0]))-want) > 1e-6 || math.Abs(Dot(got, got)-1) > 1e-6 {
		t.Errorf("got %v", got)
	}
	if sectionVector(nil, nil) != nil || sectionVector([]float32{1, 0}, [][]float32{nil}) != nil {
		t.Error("a missing vector was made up")
	}
	if sectionVector([]float32{1, 0}, [][]float32{{1, 0, 0}}) != nil || sectionVector([]float32{1, 0, 0}, [][]float32{{1, 0}}) != nil {
		t.Error("vectors of two lengths were mixed")
	}
}
