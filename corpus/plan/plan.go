package plan

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed data/*.yaml
var data embed.FS

// A Plan is the digest with everything written for it.
type Plan struct {
	Page       Page
	Paragraphs []Paragraph
	Outlines   []Outline
}

// Page is the frame of the portal's page.
type Page struct {
	Metadata   []Field `yaml:"metadata"`
	Navigation []Field `yaml:"navigation"`
	Footer     []Field `yaml:"footer"`
}

// A Field is one row of the metadata table, where Value may be empty, as on the page; or one entry of navigation and footer.
type Field struct {
	Name  string `yaml:"name"`
	Value string `yaml:"value"`
}

// A Paragraph stands under one heading path, outermost first; a lead sentence is the last element.
type Paragraph struct {
	Heading []string `yaml:"heading"`
	Ask     []string `yaml:"ask"` // broad questions about the paragraph as a whole
	Units   []Unit   `yaml:"units"`
	Near    []Beside `yaml:"near"` // more negative variants beside a sentence of the paragraph, by other authors
	Sure    []Beside `yaml:"sure"` // more variants, likewise
}

// A Beside is a question tied to the sentence that holds its facts.
type Beside struct {
	Facts    []string `yaml:"facts"`
	Lack     string   `yaml:"lack"`
	Question string   `yaml:"q"`
}

// A Unit is one sentence and the questions around it.
type Unit struct {
	Say   string   `yaml:"say"`
	Facts []string `yaml:"facts"` // strings that Say and the official sentence hold
	Ask   []string `yaml:"ask"`   // variants; the first is shown to residents as a question to go on with
	Not   []Near   `yaml:"not"`   // negative variants
}

// A Near is a near miss: a question asked here that the plan does not answer.
type Near struct {
	Lack     string `yaml:"lack"`
	Question string `yaml:"q"`
}

// An Outline answers broad questions by points, each tied to a paragraph.
type Outline struct {
	Topic  string   `yaml:"topic"`
	Ask    []string `yaml:"ask"`
	Points []Point  `yaml:"points"`
}

// A Point is one line of an outline.
type Point struct {
	Heading []string `yaml:"heading"`
	Facts   []string `yaml:"facts"`
	Text    string   `yaml:"text"`
}

// Load reads the embedded digest. All problems are reported at once.
func Load() (Plan, error) {
	var p Plan
	var problems []error
	names, err := fs.Glob(data, "data/*.yaml")
	if err != nil {
		return Plan{}, err
	}
	for _, name := range names {
		var err error
		switch {
		case strings.HasPrefix(name, "data/0-"):
			err = decode(name, &p.Page)
		case strings.Contains(name, "outlines"):
			var some []Outline
			err = decode(name, &some)
			p.Outlines = append(p.Outlines, some...)
		default:
			var some []Paragraph
			err = decode(name, &some)
			p.Paragraphs = append(p.Paragraphs, some...)
		}
		if err != nil {
			problems = append(problems, err)
		}
	}
	p.Paragraphs, p.Outlines = joinParagraphs(p.Paragraphs), joinOutlines(p.Outlines)
	for _, para := range p.Paragraphs {
		if len(para.Heading) == 0 || len(para.Units)+len(para.Near)+len(para.Sure) == 0 {
			problems = append(problems, fmt.Errorf("paragraph %v: heading or content missing", para.Heading))
		}
		for _, u := range para.Units {
			if u.Say == "" || len(u.Facts) == 0 {
				problems = append(problems, fmt.Errorf("unit %q under %v: say or facts missing", u.Say, para.Heading))
			}
		}
	}
	return p, errors.Join(problems...)
}

// joinParagraphs puts what several authors wrote under one heading into one paragraph, in the order of first appearance.
func joinParagraphs(list []Paragraph) []Paragraph {
	var out []Paragraph
	at := map[string]int{}
	for _, para := range list {
		key := strings.Join(para.Heading, "\x00")
		i, ok := at[key]
		if !ok {
			at[key] = len(out)
			out = append(out, para)
			continue
		}
		have := &out[i]
		have.Ask = append(have.Ask, para.Ask...)
		have.Units = append(have.Units, para.Units...)
		have.Near = append(have.Near, para.Near...)
		have.Sure = append(have.Sure, para.Sure...)
	}
	return out
}

// joinOutlines does the same for outlines of one topic.
func joinOutlines(list []Outline) []Outline {
	var out []Outline
	at := map[string]int{}
	for _, o := range list {
		i, ok := at[o.Topic]
		if !ok {
			at[o.Topic] = len(out)
			out = append(out, o)
			continue
		}
		out[i].Ask = append(out[i].Ask, o.Ask...)
		out[i].Points = append(out[i].Points, o.Points...)
	}
	return out
}

func decode(name string, into any) error {
	f, err := data.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	d := yaml.NewDecoder(f)
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// Text renders the digest as the portal writes its pages: navigation, metadata table, title, body, footer.
func (p Plan) Text() string {
	var b strings.Builder
	for _, n := range p.Page.Navigation {
		b.WriteString("• " + n.Name + "\n")
	}
	p.sayFrame(&b, "网站导航")
	title := ""
	for _, f := range p.Page.Metadata {
		if f.Name == "信息名称" {
			title = f.Value
		}
		b.WriteString(f.Name + ":" + f.Value + "\n")
	}
	p.sayFrame(&b, "信息公开栏")
	b.WriteString("\n" + title + "\n")
	var open []string
	for _, para := range p.Paragraphs {
		if frame(para.Heading[0]) || len(para.Units) == 0 {
			continue
		}
		body := para.body()
		lead := ""
		headings := para.Heading
		if n := len(headings); n == 3 { // the innermost is the paragraph's lead sentence
			lead, headings = headings[2]+"。", headings[:2]
		}
		for i, h := range headings {
			if h == title || (i < len(open) && open[i] == h) {
				continue
			}
			b.WriteString("\n" + h + "\n")
		}
		open = headings
		b.WriteString("\n" + lead + body + "\n")
	}
	b.WriteString("\n【打印本页】 【关闭窗口】\n")
	for _, f := range p.Page.Footer {
		b.WriteString(f.Name)
		if f.Value != "" {
			b.WriteString("：" + f.Value)
		}
		b.WriteString("\n")
	}
	p.sayFrame(&b, "页脚")
	return b.String()
}

func (para Paragraph) body() string {
	var b strings.Builder
	for _, u := range para.Units {
		b.WriteString(u.Say)
	}
	return b.String()
}

// sayFrame writes the units about one part of the frame, a line each.
func (p Plan) sayFrame(b *strings.Builder, heading string) {
	for _, para := range p.Paragraphs {
		if para.Heading[0] != heading {
			continue
		}
		for _, u := range para.Units {
			b.WriteString(u.Say + "\n")
		}
	}
}

func frame(heading string) bool {
	return heading == "网站导航" || heading == "信息公开栏" || heading == "页脚"
}
