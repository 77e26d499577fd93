package testdoc

import (
	"archive/zip"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Zip makes an archive of parts, in the order of their names.
func Zip(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var names []string
	for name := range parts {
		names = append(names, name)
	}
	slices.Sort(names)
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range names {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const wordNames = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"`

// WordStyles are those of a Chinese Word: IDs are numbers, names are English.
const WordStyles = `<?xml version="1.0"?><w:styles ` + wordNames + `>
<w:style w:type="paragraph" w:styleId="a"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/><w:basedOn w:val="a"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="2"><w:name w:val="heading 2"/><w:basedOn w:val="1"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="own"><w:name w:val="我的标题"/><w:basedOn w:val="2"/></w:style>
<w:style w:type="paragraph" w:styleId="t"><w:name w:val="Title"/></w:style>
<w:style w:type="character" w:styleId="gone"><w:name w:val="隐"/><w:rPr><w:vanish/></w:rPr></w:style>
</w:styles>`

// WordNumbers are two lists: 一、with 1. below, and bullets.
const WordNumbers = `<?xml version="1.0"?><w:numbering ` + wordNames + `>
<w:abstractNum w:abstractNumId="7"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%2."/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="8"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="x"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num></w:numbering>`

// Word makes a document of Word of this body: paragraphs (Para) in XML.
func Word(t testing.TB, body string) []byte {
	t.Helper()
	return Zip(t, map[string]string{
		"[Content_Types].xml": `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"word/document.xml":   `<?xml version="1.0" encoding="UTF-8"?><w:document ` + wordNames + `><w:body>` + body + `<w:sectPr/></w:body></w:document>`,
		"word/styles.xml":     WordStyles, "word/numbering.xml": WordNumbers,
	})
}

// Para is a paragraph with properties (pStyle and so on) and a run.
func Para(properties, text string) string {
	return `<w:p><w:pPr>` + properties + `</w:pPr>` + Run("", text) + `</w:p>`
}

// Run is a run of text with properties in XML. Its text is not escaped.
func Run(properties, text string) string {
	return `<w:r><w:rPr>` + properties + `</w:rPr><w:t xml:space="preserve">` + text + `</w:t></w:r>`
}

// A Sheet of a workbook. State is hidden, veryHidden or empty; Before and After are XML around its rows, and its Rows are XML (Row).
type Sheet struct {
	Name, State, Before, After string
	Rows                       []string
}

// Workbook makes one of sheets, with shared strings (the inside of <si>).
func Workbook(t testing.TB, shared []string, sheets ...Sheet) []byte {
	t.Helper()
	const ns = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	parts := map[string]string{"xl/styles.xml": `<styleSheet ` + ns + `><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/></numFmts>` +
		`<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="9"/></cellXfs></styleSheet>`}
	var list, rels, texts strings.Builder
	for _, s := range shared {
		texts.WriteString("<si>" + s + "</si>")
	}
	for i, s := range sheets {
		fmt.Fprintf(&list, `<sheet name="%s" sheetId="%d" state="%s" r:id="rId%d"/>`, s.Name, i+1, s.State, i+1)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Target="worksheets/blatt%d.xml"/>`, i+1, i+1)
		parts[fmt.Sprintf("xl/worksheets/blatt%d.xml", i+1)] = `<worksheet ` + ns + `>` + s.Before + `<sheetData>` + strings.Join(s.Rows, "") + `</sheetData>` + s.After + `</worksheet>`
	}
	parts["xl/workbook.xml"] = `<workbook ` + ns + `><sheets>` + list.String() + `</sheets></workbook>`
	parts["xl/_rels/workbook.xml.rels"] = `<Relationships>` + rels.String() + `</Relationships>`
	parts["xl/sharedStrings.xml"] = `<sst ` + ns + `>` + texts.String() + `</sst>`
	return Zip(t, parts)
}

// Row is a row of inline texts.
func Row(cells ...string) string {
	var b strings.Builder
	b.WriteString("<row>")
	for i, c := range cells {
		if c != "" {
			fmt.Fprintf(&b, `<c r="%c1" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+i, c)
		}
	}
	return b.String() + "</row>"
}

// PDF makes a PDF of pages of lines; a line that begins with white: is white on white. Its font has no shapes, only a table of what the
// characters mean: readers of text need no more.
func PDF(pages ...[]string) []byte {
	var out bytes.Buffer
	var at []int
	object := func(format string, args ...any) {
		at = append(at, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n"+format+"\nendobj\n", append([]any{len(at)}, args...)...)
	}
	stream := func(text string) { object("<</Length %d>>\nstream\n%s\nendstream", len(text), text) }
	out.WriteString("%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 6+2*i)
	}
	object("<</Type/Catalog/Pages 2 0 R>>")
	object("<</Type/Pages/Kids[%s]/Count %d>>", kids.String(), len(pages))
	object("<</Type/Font/Subtype/Type0/BaseFont/Song/Encoding/Identity-H/DescendantFonts[4 0 R]/ToUnicode 5 0 R>>")
	object("<</Type/Font/Subtype/CIDFontType2/BaseFont/Song/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 1000" +
		"/FontDescriptor<</Type/FontDescriptor/FontName/Song/Flags 4/FontBBox[0 -200 1000 800]/ItalicAngle 0/Ascent 800/Descent -200/CapHeight 700/StemV 80>>>>")
	var cmap strings.Builder
	cmap.WriteString("/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n1 begincodespacerange <0000> <FFFF> endcodespacerange\n")
	for high := 0; high < 256; high += 64 {
		cmap.WriteString("64 beginbfrange\n")
		for h := high; h < high+64; h++ {
			fmt.Fprintf(&cmap, "<%02X00> <%02XFF> <%02X00>\n", h, h, h)
		}
		cmap.WriteString("endbfrange\n")
	}
	stream(cmap.String() + "endcmap end end")
	for i, lines := range pages {
		object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>", 7+2*i)
		var b strings.Builder
		b.WriteString("BT /F1 16 Tf 72 770 Td 22 TL\n")
		for _, l := range lines {
			color := "0 0 0"
			if text, white := strings.CutPrefix(l, "white:"); white {
				color, l = "1 1 1", text
			}
			fmt.Fprintf(&b, "%s rg <", color)
			for _, r := range l {
				fmt.Fprintf(&b, "%04X", r)
			}
			b.WriteString("> Tj T*\n")
		}
		stream(b.String() + "ET")
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, a := range at {
		fmt.Fprintf(&out, "%010d 00000 n \n", a)
	}
	fmt.Fprintf(&out, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return out.Bytes()
}
