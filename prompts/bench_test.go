package prompts

import "testing"

func BenchmarkRoute(b *testing.B) {
	s, err := Load(nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ name, question string }{
		{"smalltalk", "你好呀"},
		{"short", "今年新增多少学位"},
		{"long", "我家孩子明年上小学，听说今年有新学校要建，老人身体不好接送不方便，想问问放学以后学校能不能看到五点半，收不收钱？"},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				s.Route(c.question)
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(nil); err != nil {
			b.Fatal(err)
		}
	}
}
