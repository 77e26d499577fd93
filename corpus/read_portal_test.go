package corpus

import (
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

func TestReadPortalMetadata(t *testing.T) {
	got := official(t).Meta
	want := Meta{Title: "钟楼教育2022年工作思路", IndexNumber: "014119491/2022-00011", Issuer: "教育局", FileNumber: "", Category: "规划计划",
		Openness: "主动公开", Produced: "2022-02-11", Published: "2022-02-11", Validity: "有效", Year: 2022, Source: "plan.txt", Format: "portal"}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestReadPortalFrame(t *testing.T) {
	d := official(t)
	checkDocument(t, d)
	byKind := map[BlockKind][]Chunk{}
	for _, c := range d.Chunks {
		byKind[c.Kind] = append(byKind[c.Kind], c)
	}
	for _, tt := range []struct {
		kind      BlockKind
		section   string
		sentences int
		has       []string
	}{
		{Navigation, "网站导航", 13, []string{"繁体版", "智能问答", "数据发布"}},
		{Metadata, "信息公开栏", 9, []string{"014119491/2022-00011", "文件编号:", "废止日期: 有效"}},
		{Summary, "信息公开栏", 1, []string{"内容概述:"}},
		{Footer, "页脚", 10, []string{"213023", "0519-88890809", "网站标识码:3204040002"}},
	} {
		list := byKind[tt.kind]
		if len(list) != 1 {
			t.Errorf("%s: got %d chunks, want 1", tt.kind, len(list))
			continue
		}
		c := list[0]
		if got := c.SectionPath(); got != tt.section {
			t.Errorf("%s: got section %q, want %q", tt.kind, got, tt.section)
		}
		if got := len(c.Sentences); got != tt.sentences {
			t.Errorf("%s: got %d sentences, want %d", tt.kind, got, tt.sentences)
		}
		for _, h := range tt.has {
			if !strings.Contains(c.Text, h) {
				t.Errorf("%s: %q is not in %q", tt.kind, h, c.Text)
			}
		}
	}
	if first, last := d.Chunks[0].Kind, d.Chunks[len(d.Chunks)-1].Kind; first != Navigation || last != Footer {
		t.Errorf("got %s first and %s last, want navigation and footer", first, last)
	}
}

// The golden file holds headings alone, the innermost first: no sentence of the page.
func TestReadPortalSections(t *testing.T) {
	golden(t, "sections.txt", sections(official(t)))
}

func sections(d Document) string {
	var b strings.Builder
	for _, c := range d.Chunks {
		b.WriteString(string(c.Kind))
		if c.Lead {
			b.WriteString(" lead")
		}
		b.WriteString(" " + strconv.Itoa(len(c.Sentences)))
		for i := len(c.Section) - 1; i >= 0; i-- {
			b.WriteString(" < " + c.Section[i])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestReadEncodings(t *testing.T) {
	page := officialPage(t)
	want := mustRead(t, "plan.txt", page)
	encode := func(e encoding.Encoding) []byte {
		b, err := e.NewEncoder().Bytes(page)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, tt := range []struct {
		name string
		data []byte
	}{
		{"UTF-8 with byte order mark", append([]byte("\xef\xbb\xbf"), page...)},
		{"GB18030", encode(simplifiedchinese.GB18030)},
		{"UTF-16 little endian", encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM))},
		{"UTF-16 big endian", encode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM))},
		{"Windows line ends", []byte(strings.ReplaceAll(string(page), "\n", "\r\n"))},
		{"old Mac line ends", []byte(strings.ReplaceAll(string(page), "\n", "\r"))},
	} {
		t.Run(tt.name, func(t *testing.T) { sameDocument(t, mustRead(t, "plan.txt", tt.data), want) })
	}
}

func TestReadGBK(t *testing.T) {
	page, gbk := inGBK(t, string(officialPage(t)))
	sameDocument(t, mustRead(t, "plan.txt", gbk), mustRead(t, "plan.txt", []byte(page)))
	for i, c := range official(t).Chunks {
		if got := mustRead(t, "plan.txt", gbk).Chunks[i]; c.Kind == Paragraph && got.ID != c.ID {
			t.Errorf("paragraph %d: got ID %s, want %s", i, got.ID, c.ID)
		}
	}
}

// inGBK takes out the two characters that the page has and GBK has not: a hard blank and the bullet of the navigation.
func inGBK(tb testing.TB, page string) (string, []byte) {
	tb.Helper()
	page = strings.NewReplacer("\u00a0", " ", "•", "").Replace(page)
	b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(page))
	if err != nil {
		tb.Fatal(err)
	}
	return page, b
}

func sameDocument(t *testing.T, got, want Document) {
	t.Helper()
	checkDocument(t, got)
	if got.ID != want.ID || got.Version != want.Version || got.Meta != want.Meta || got.Text != want.Text {
		t.Errorf("got document %s version %s, want %s version %s", got.ID, got.Version, want.ID, want.Version)
	}
	if g, w := chunkIDs(got), chunkIDs(want); g != w {
		t.Errorf("got chunks %s, want %s", g, w)
	}
}

func chunkIDs(d Document) string {
	var ids []string
	for _, c := range d.Chunks {
		ids = append(ids, c.ID)
	}
	return strings.Join(ids, " ")
}

func TestReadPortalWording(t *testing.T) {
	longTitle := strings.Repeat("关于居民的", 11) + "通知。"
	const page = "首页\n信息名称：某区通知\n索　引　号：014119491/2023-00001\n发布机构：民政局\n发布日期：2023-05-06\n某区通知\n\n一、范围\n\n本区居民。\n\n主办单位：某区政府\n"
	tests := []struct {
		name, page string
		want       Meta
		chunks     int
	}{
		{"wide colons and blanks", page, Meta{Title: "某区通知", IndexNumber: "014119491/2023-00001", Issuer: "民政局", Published: "2023-05-06", Year: 0, Source: "a", Format: "portal"}, 4},
		{"a title too long for a heading", strings.ReplaceAll(page, "某区通知", longTitle), Meta{Title: longTitle, IndexNumber: "014119491/2023-00001", Issuer: "民政局", Published: "2023-05-06", Source: "a", Format: "portal"}, 4},
		{"title not repeated above the body", strings.Replace(page, "2023-05-06\n某区通知\n", "2023-05-06\n", 1), Meta{Title: "某区通知", IndexNumber: "014119491/2023-00001", Issuer: "民政局", Published: "2023-05-06", Source: "a", Format: "portal"}, 4},
		{"no title at all", strings.Replace(strings.Replace(page, "信息名称：某区通知\n", "", 1), "2023-05-06\n某区通知\n", "2023-05-06\n", 1), Meta{Title: "a", IndexNumber: "014119491/2023-00001", Issuer: "民政局", Published: "2023-05-06", Source: "a", Format: "portal"}, 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := mustRead(t, "a", []byte(tt.page))
			checkDocument(t, d)
			if d.Meta != tt.want {
				t.Errorf("got  %+v\nwant %+v", d.Meta, tt.want)
			}
			if len(d.Chunks) != tt.chunks {
				t.Errorf("got sections\n%swant %d chunks", sections(d), tt.chunks)
			}
			if c := d.Chunks[2]; c.SectionPath() != "一、范围" || c.Text != "本区居民。" {
				t.Errorf("got %q under %q, want the paragraph under 一、范围", c.Text, c.SectionPath())
			}
		})
	}
}
