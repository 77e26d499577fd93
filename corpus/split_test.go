package corpus

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestChunkIDsAreStable(t *testing.T) {
	const text = "通知\n\n一、甲\n\n请按时参加。\n\n请带证件。\n\n二、乙\n\n请按时参加。\n\n请按时参加。\n"
	first, second := mustRead(t, "a.txt", []byte(text)), mustRead(t, "a.txt", []byte(text))
	sameDocument(t, second, first)
	if len(first.Chunks) != 4 {
		t.Fatalf("got %d chunks, want 4", len(first.Chunks))
	}
	ids := map[string]bool{}
	for _, c := range first.Chunks {
		ids[c.ID] = true
	}
	if len(ids) != 4 {
		t.Errorf("got IDs %s, want four different ones: three paragraphs are equal", chunkIDs(first))
	}
	// what stands around a paragraph does not change its ID
	longer := mustRead(t, "a.txt", []byte(strings.Replace(text, "请带证件。", "新的一段。\n\n请带证件。\n\n又一段。", 1)))
	if longer.Version == first.Version || longer.ID != first.ID {
		t.Errorf("got document %s %s, want the same ID as %s and another version than %s", longer.ID, longer.Version, first.ID, first.Version)
	}
	for _, c := range longer.Chunks {
		fresh := strings.Contains(c.Text, "又一") || strings.Contains(c.Text, "新的")
		if ids[c.ID] == fresh {
			t.Errorf("%q: got a known ID %v", c.Text, !fresh)
		}
	}
	// another document's same text is another chunk
	if other := mustRead(t, "b.txt", []byte(text)); other.ID == first.ID || ids[other.Chunks[0].ID] {
		t.Errorf("document %s shares IDs with %s", other.ID, first.ID)
	}
}

func TestDocumentID(t *testing.T) {
	index := Meta{IndexNumber: "1/2022-1", URL: "http://a", Source: "a"}
	url := Meta{URL: "http://a", Source: "a"}
	file := Meta{Source: "a"}
	tests := []struct {
		name string
		a, b Meta
		same bool
	}{
		{"the index number counts first", index, Meta{IndexNumber: "1/2022-1", URL: "http://b", Source: "b"}, true},
		{"another index number", index, Meta{IndexNumber: "1/2022-2", URL: "http://a", Source: "a"}, false},
		{"then the URL", url, Meta{URL: "http://a", Source: "b"}, true},
		{"then the file name", file, Meta{Source: "a"}, true},
		{"kinds do not mix", Meta{URL: "a"}, file, false},
	}
	for _, tt := range tests {
		if got := DocumentID(tt.a) == DocumentID(tt.b); got != tt.same {
			t.Errorf("%s: got same %v, want %v", tt.name, got, tt.same)
		}
	}
}

func TestLeadSentences(t *testing.T) {
	tests := []struct {
		name, body string
		want       []string // innermost heading of each paragraph
		leads      int
	}{
		{"two of two", "增强美育熏陶。办好书法节。\n推进体育改革。开足体育课。\n", []string{"增强美育熏陶", "推进体育改革"}, 2},
		{"one alone proves nothing", "增强美育熏陶。办好书法节。\n", []string{"一、任务"}, 0},
		{"fewer with than without", "增强美育熏陶。办好书法节。\n推进体育改革。开足体育课。\n没有。\n也没有。\n还没有，真的。\n", []string{"一、任务", "一、任务", "一、任务", "一、任务", "一、任务"}, 0},
		{"figures are statements", "新增学位2800个。都在城区。\n新建学校13所。都在城区。\n", []string{"一、任务", "一、任务"}, 0},
		{"commas are statements", "增强美育，加强劳动。办好书法节。\n推进体育，重视健康。开足体育课。\n", []string{"一、任务", "一、任务"}, 0},
		{"a paragraph of one sentence has no lead", "增强美育熏陶。办好书法节。\n推进体育改革。开足体育课。\n就这一句。\n", []string{"增强美育熏陶", "推进体育改革", "一、任务"}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := mustRead(t, "a", []byte("标题\n\n一、任务\n"+tt.body))
			checkDocument(t, d)
			var got []string
			leads := 0
			for _, c := range d.Chunks {
				got = append(got, c.Section[len(c.Section)-1])
				if c.Lead {
					leads++
					if want := c.Section[len(c.Section)-1] + "。"; c.Sentence(0) != want {
						t.Errorf("got lead sentence %q, want %q", c.Sentence(0), want)
					}
				}
			}
			if strings.Join(got, "|") != strings.Join(tt.want, "|") || leads != tt.leads {
				t.Errorf("got %q with %d leads, want %q with %d", got, leads, tt.want, tt.leads)
			}
		})
	}
}

func TestLongParagraphs(t *testing.T) {
	sentence := strings.Repeat("字", 99) + "。"
	tests := []struct {
		name, text string
		want       []int // runes of each chunk
	}{
		{"at the limit", strings.Repeat(sentence, 8), []int{800}},
		{"above it", strings.Repeat(sentence, 9), []int{800, 100}},
		{"cut at sentence ends, not before the limit", strings.Repeat(strings.Repeat("字", 299)+"。", 4), []int{600, 600}},
		{"one endless sentence", strings.Repeat("字", 2000), []int{800, 800, 400}},
		{"a blank after an endless sentence is no chunk", strings.Repeat("字", 799) + "。 " + strings.Repeat("字", 799) + "。", []int{800, 801}},
		{"an endless sentence between short ones", sentence + strings.Repeat("字", 899) + "。" + sentence, []int{100, 800, 200}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := mustRead(t, "a", []byte("标题\n\n"+tt.text+"\n"))
			checkDocument(t, d)
			var got []int
			joined := ""
			for _, c := range d.Chunks {
				got = append(got, utf8.RuneCountInString(c.Text))
				joined += c.Text
			}
			if joined != tt.text {
				t.Errorf("joined chunks are not the paragraph")
			}
			if len(got) != len(tt.want) {
				t.Fatalf("got chunks of %v characters, want %v", got, tt.want)
			}
			for i := range got {
				if got[i] != tt.want[i] {
					t.Fatalf("got chunks of %v characters, want %v", got, tt.want)
				}
			}
		})
	}
}

func TestSentences(t *testing.T) {
	tests := []struct{ name, text, want string }{ // sentences parted by |
		{"all marks", "一。二！三？四；五!六?七;八", "一。|二！|三？|四；|五!|六?|七;|八"},
		{"line ends", "一\n二。\n三", "一\n|二。\n|三"},
		{"a closing quote stays", "他说：“好。”走了。", "他说：“好。”走了。"},
		{"a quote around a whole sentence", "“来吧。”", "“来吧。”"},
		{"a remark in brackets", "评选（每年一次。不含民办）优秀教师。明年再评。", "评选（每年一次。不含民办）优秀教师。|明年再评。"},
		{"half width brackets", "评选(一次;两次)教师。再评。", "评选(一次;两次)教师。|再评。"},
		{"a title", "见《通知。附件》一文。完。", "见《通知。附件》一文。|完。"},
		{"a bracket that never closes", "（一。二。三。", "（一。|二。|三。"},
		{"a bracket that closes far away", "（" + "一。" + strings.Repeat("字", 60) + "）。二。", "（一。|" + strings.Repeat("字", 60) + "）。|二。"},
		{"a quote that closes far away", "“一。" + strings.Repeat("字", 60) + "。”二。", "“一。|" + strings.Repeat("字", 60) + "。”|二。"},
		{"a bracket that closes on the next line", "（一。\n二）三。", "（一。\n|二）三。"},
		{"a stray closing bracket", "一）。二。", "一）。|二。"},
		{"marks in a row", "什么？！真的……好。", "什么？！|真的……好。"},
		{"a decimal point ends nothing", "占3.5%。完", "占3.5%。|完"},
		{"trailing blanks stay with the last", "一。二。  ", "一。|二。  "},
		{"nothing", "", ""},
		{"blanks", "  ", "  "},
	}
	for _, tt := range tests {
		spans := sentences(tt.text)
		checkCover(t, tt.text, spans)
		var got []string
		for _, s := range spans {
			got = append(got, tt.text[s.Start:s.End])
		}
		if g := strings.Join(got, "|"); g != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, g, tt.want)
		}
	}
}

func TestFields(t *testing.T) {
	tests := []struct{ text, want string }{
		{"文件编号: 发布机构:教育局", "文件编号: |发布机构:教育局"},
		{"信息名称:甲\n索 引 号:1/2022-1\n", "信息名称:甲\n|索 引 号:1/2022-1\n"},
		{"联系电话:0519\n\n备案号", "联系电话:0519\n|\n备案号"},
		{"没有名称", "没有名称"},
	}
	for _, tt := range tests {
		spans := fields(tt.text)
		checkCover(t, tt.text, spans)
		var got []string
		for _, s := range spans {
			got = append(got, tt.text[s.Start:s.End])
		}
		if g := strings.Join(got, "|"); g != tt.want {
			t.Errorf("%q: got %q, want %q", tt.text, g, tt.want)
		}
	}
}
