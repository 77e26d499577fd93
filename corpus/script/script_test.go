package script

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"unicode/utf8"
)

func TestToTraditional(t *testing.T) {
	c := New()
	for simple, want := range map[string]string{
		"发展": "發展", "头发": "頭髮", "理发": "理髮", "干部": "幹部", "干净": "乾淨", "公里": "公里", "里面": "裡面", "启动": "啟動", "因为群众": "因為群眾", "应教尽教": "應教盡教", "尽管": "儘管",
		"皇后": "皇后", "后来": "後來", "面条": "麵條", "面对": "面對", "台湾": "臺灣", "一只猫": "一隻貓", "只有": "只有",
		"老师发了头发": "老師發了頭髮", "甲胄": "甲冑", "学位有几多": "學位有幾多", "钟楼区": "鐘樓區", "PPD筛查 100%": "PPD篩查 100%",
		"茶几": "茶几", "几个": "幾個", "大小": "大小", "": "",
	} {
		if got := c.ToTraditional(simple); got != want {
			t.Errorf("%s: got %s, want %s", simple, got, want)
		}
	}
}

func TestToSimplified(t *testing.T) {
	c := New()
	for traditional, want := range map[string]string{
		"發展": "发展", "頭髮": "头发", "幹部": "干部", "公里": "公里", "皇后": "皇后", "後來": "后来", "麪條": "面条", "麵條": "面条",
		"面對": "面对", "乾隆": "乾隆", "乾淨": "干净", "瞭解": "了解", "瞭望": "瞭望", "裡面": "里面", "裏面": "里面", "為什麼": "为什么", "爲什麼": "为什么",
		"臺灣": "台湾", "台灣": "台湾", "學位有幾多": "学位有几多", "雙減政策": "双减政策", "学位够吗": "学位够吗", "校車安全😊": "校车安全😊", "": "",
	} {
		if got := c.ToSimplified(traditional); got != want {
			t.Errorf("%s: got %s, want %s", traditional, got, want)
		}
	}
}

func TestIsTraditional(t *testing.T) {
	c := New()
	for text, want := range map[string]bool{
		"學位有幾多": true, "學位": true, "請問書法節是第幾屆": true, "老師": true, "体育課": true, "點解": true, "為什麼": true, "裡面有啥": true,
		"學位有多少 shuangjian": true,
		"学位":               false, "学位有几多": false, "大小": false, "有冇": false, "": false, "abc 123": false, "群众床铺": false, "乾隆皇帝": false,
		"老师推荐的好书《論語》怎么学": false, "这个“書”字怎么写": false, "只有一后": false, "茶几": false,
	} {
		if got := c.IsTraditional(text); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

// The digest of the plan comes back from traditional characters, but for words that traditional script writes in two ways.
func TestRoundTrip(t *testing.T) {
	c := New()
	files, err := filepath.Glob("../plan/data/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no texts of the plan", err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text := []rune(c.ToSimplified(string(b))) // one variant is asked in traditional characters
		back := []rune(c.ToSimplified(c.ToTraditional(string(text))))
		if len(back) != len(text) {
			t.Errorf("%s: %d runes became %d", f, len(text), len(back))
			continue
		}
		for i, r := range text {
			if back[i] != r && !(r == '熏' && back[i] == '薰') { // 熏陶 is 薰陶, which stays
				t.Errorf("%s: %s came back as %s", f, string(text[max(0, i-5):i+3]), string(back[max(0, i-5):i+3]))
			}
		}
		if c.IsTraditional(string(b)) || !c.IsTraditional(c.ToTraditional(string(b))) {
			t.Errorf("%s: script not recognised", f)
		}
	}
}

func TestTables(t *testing.T) {
	c := New()
	for name, table := range map[string]table{"simple": c.simple, "traditional": c.traditional} {
		n := 0
		for key, list := range table.phrases {
			for i, p := range list {
				n++
				if len(p.from) != len(p.to) || p.from[0] != key[0] || p.from[1] != key[1] {
					t.Errorf("%s: %s becomes %s", name, string(p.from), string(p.to))
				}
				if i > 0 && len(list[i-1].from) < len(p.from) {
					t.Errorf("%s: %s stands behind a shorter phrase", name, string(p.from))
				}
				if got := table.convert(string(p.from)); got != string(p.to) {
					t.Errorf("%s: %s becomes %s, want %s", name, string(p.from), got, string(p.to))
				}
			}
		}
		if n < 400 {
			t.Errorf("%s: %d phrases", name, n)
		}
	}
	for r := range c.onlyTraditional {
		if c.onlySimple[r] || c.simple.char(r) == r {
			t.Errorf("%c is not of one script", r)
		}
	}
}

func TestBrokenTables(t *testing.T) {
	for name, packed := range map[string][]byte{"nothing": nil, "no gzip": []byte("abc"), "cut": tables[:len(tables)/2]} {
		if _, err := read(packed); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestManyGoroutines(t *testing.T) {
	c := New()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got := c.ToSimplified(c.ToTraditional("头发和干部")); got != "头发和干部" {
				t.Error(got)
			}
		})
	}
	wg.Wait()
}

func FuzzConvert(f *testing.F) {
	c := New()
	f.Add("學位有幾多")
	f.Add("头发\xff\x00干部")
	f.Add("甲胄𪢮")
	f.Fuzz(func(t *testing.T, text string) {
		for _, got := range []string{c.ToSimplified(text), c.ToTraditional(text)} {
			if utf8.RuneCountInString(got) != utf8.RuneCountInString(text) {
				t.Errorf("%q became %q, of another length", text, got)
			}
		}
		c.IsTraditional(text)
	})
}

func Example() {
	c := New()
	question := "學位有幾多"
	if c.IsTraditional(question) {
		question = c.ToSimplified(question)
	}
	fmt.Println(question)
	// Output: 学位有几多
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		New()
	}
}

func BenchmarkConvert(b *testing.B) {
	c := New()
	simple := "我家孩子明年上小学，听说今年有新学校要建，放学以后学校能不能看到五点半？"
	traditional := c.ToTraditional(simple)
	b.Run("to simplified", func(b *testing.B) {
		for b.Loop() {
			c.ToSimplified(traditional)
		}
	})
	b.Run("nothing to do", func(b *testing.B) {
		for b.Loop() {
			c.ToSimplified(simple)
		}
	})
	b.Run("to traditional", func(b *testing.B) {
		for b.Loop() {
			c.ToTraditional(simple)
		}
	})
	b.Run("is traditional", func(b *testing.B) {
		for b.Loop() {
			c.IsTraditional(traditional)
		}
	})
}
