//go:build cgo

package sentence

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
)

func BenchmarkOpen(b *testing.B) {
	dir := modelsDir(b)
	for b.Loop() {
		m, err := Open(dir, Options{})
		if err != nil {
			b.Fatal(err)
		}
		m.Close()
	}
}

func BenchmarkQuery(b *testing.B) {
	for _, c := range []struct {
		name, text string
		cache      int
	}{
		{"6", "补课班怎么管", -1}, {"22", "今年钟楼区小学一年级新生报名需要带什么材料？", -1}, {"300", strings.Repeat("加强校外培训机构的治理", 27), -1},
		{"512", strings.Repeat("教育", 300), -1}, {"remembered", "补课班怎么管", 0},
	} {
		m := openModel(b, Options{Cache: c.cache})
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.EmbedQuery(b.Context(), c.text); err != nil {
					b.Fatal(err)
				}
			}
		})
		var n atomic.Int64 // else equal questions would be computed once
		b.Run(c.name+"/parallel", func(b *testing.B) {
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					text := c.text
					if c.cache < 0 {
						text = fmt.Sprint(n.Add(1)) + text
					}
					if _, err := m.EmbedQuery(b.Context(), text); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

// Distinct variants of about 20 characters, as on import; ns/op is for 1,000 of them.
func BenchmarkDocuments1000(b *testing.B) {
	m := openModel(b, Options{})
	texts := make([]string, 1000)
	for i := range texts {
		texts[i] = fmt.Sprintf("第%d中学今年秋天的新生到哪里去报名", i)
	}
	for b.Loop() {
		if _, err := m.EmbedDocuments(b.Context(), texts); err != nil {
			b.Fatal(err)
		}
	}
}
