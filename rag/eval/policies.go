package eval

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed policies.yaml
var policyData []byte

// MaxPolicies is how many paragraphs Policies makes at most: the templates have far more, a laptop's memory has not.
const MaxPolicies = 100_000

// perPolicy is how many paragraphs a foreign document has; the last one has the rest.
const perPolicy = 25

// educationShare: every third foreign document is another district's plan for its schools, the hardest to keep apart from ours.
const educationShare = 3

// A Policy is a made-up document of another district as a portal would show it.
type Policy struct {
	Source string // file name
	Text   string
}

// Policies makes n paragraphs of foreign policies: education plans and other bureaus' plans of districts that do not exist, no two
// paragraphs equal. The same n and seed give the same documents. n is from 1 to MaxPolicies.
func Policies(n int, seed uint64) ([]Policy, error) {
	if n < 1 || n > MaxPolicies {
		return nil, fmt.Errorf("%d foreign paragraphs: 1 to %d can be made", n, MaxPolicies)
	}
	m, err := newPolicyMaker(seed)
	if err != nil {
		return nil, err
	}
	var out []Policy
	for left := n; left > 0; left -= perPolicy {
		p, err := m.document(len(out), min(left, perPolicy))
		if err != nil {
			return nil, fmt.Errorf("policies.yaml: document %d: %w", len(out)+1, err)
		}
		out = append(out, p)
	}
	return out, nil
}

// policyParts is policies.yaml.
type policyParts struct {
	Districts []string      `yaml:"districts"`
	Streets   []string      `yaml:"streets"`
	Years     []string      `yaml:"years"`
	Openings  []string      `yaml:"openings"`
	Also      []string      `yaml:"also"`
	Closings  []policyItem  `yaml:"closings"`
	Fields    []policyField `yaml:"fields"`
}

// A policyField is one bureau's business; the first one is education.
type policyField struct {
	Office   string       `yaml:"office"`
	Category string       `yaml:"category"`
	Titles   []string     `yaml:"titles"`
	Items    []policyItem `yaml:"items"`
}

// A policyItem is what one kind of paragraph may say.
type policyItem struct {
	Lead []string `yaml:"lead"`
	Say  []string `yaml:"say"`
}

type policyMaker struct {
	parts  policyParts
	random *rand.Rand
	seen   map[string]bool // paragraphs, and titles
	names  map[string]string
}

func newPolicyMaker(seed uint64) (*policyMaker, error) {
	m := &policyMaker{random: rand.New(rand.NewPCG(seed, seed)), seen: map[string]bool{}}
	d := yaml.NewDecoder(bytes.NewReader(policyData))
	d.KnownFields(true)
	if err := d.Decode(&m.parts); err != nil {
		return nil, fmt.Errorf("policies.yaml: %w", err)
	}
	return m, nil
}

// document makes the number-th document with n paragraphs.
func (m *policyMaker) document(number, n int) (Policy, error) {
	field := m.parts.Fields[0]
	if number%educationShare != 0 {
		field = m.parts.Fields[1+m.random.IntN(len(m.parts.Fields)-1)]
	}
	district, year := m.pick(m.parts.Districts), m.pick(m.parts.Years)
	m.names = map[string]string{"区": district, "年": year, "局": district + field.Office}
	title, err := m.title(field)
	if err != nil {
		return Policy{}, err
	}
	month, day := 1+m.random.IntN(6), 1+m.random.IntN(28)
	made, published := fmt.Sprintf("%s-%02d-%02d", year, month, day), fmt.Sprintf("%s-%02d-%02d", year, month, min(day+m.random.IntN(4), 28))
	var b strings.Builder
	fmt.Fprintf(&b, "信息名称:%s\n索引号:9%08d/%s-%05d\n组配分类:%s 公开方式:主动公开\n文件编号: 发布机构:%s\n产生日期:%s 发布日期:%s 废止日期:有效\n\n%s\n",
		title, 14000000+number, year, 10+number, field.Category, m.names["局"], made, published, title)
	if err := m.body(&b, field, n); err != nil {
		return Policy{}, err
	}
	b.WriteString("\n【打印本页】 【关闭窗口】\n")
	return Policy{fmt.Sprintf("foreign-%05d.txt", number+1), b.String()}, nil
}

// title is one that no other document has: citations name it.
func (m *policyMaker) title(f policyField) (string, error) {
	for try := 0; ; try++ { // ends: the number goes on
		title, err := m.fill(m.pick(f.Titles))
		if err != nil {
			return "", err
		}
		if try > 0 { // the same district issues several in a year
			title += fmt.Sprintf("（第%d号）", try+1)
		}
		if !m.seen[title] {
			m.seen[title] = true
			return title, nil
		}
	}
}

// body writes n paragraphs: an opening, the bureau's business, and how it is seen to.
func (m *policyMaker) body(b *strings.Builder, f policyField, n int) error {
	closing := min(2, n/4)
	items := m.order(f.Items, n-1-closing)
	section := ""
	for i := range n {
		var item policyItem
		heading := "一、总体要求"
		switch {
		case i == 0:
			item = policyItem{Say: []string{m.pick(m.parts.Openings)}}
		case i < n-closing:
			item, heading = items[i-1], "二、重点任务"
		default:
			item, heading = m.parts.Closings[(m.random.IntN(2)+2*(i-n+closing))%len(m.parts.Closings)], "三、保障措施"
		}
		if heading != section {
			fmt.Fprintf(b, "\n%s\n", heading)
			section = heading
		}
		paragraph, err := m.paragraph(item)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "\n%s\n", paragraph)
	}
	return nil
}

// order takes n items by chance, every one before any comes again.
func (m *policyMaker) order(items []policyItem, n int) []policyItem {
	var out []policyItem
	for len(out) < n {
		for _, i := range m.random.Perm(len(items)) {
			out = append(out, items[i])
		}
	}
	return out[:max(n, 0)]
}

// paragraph says two sentences or more of an item, under a lead where it has one, and nothing that was said before.
func (m *policyMaker) paragraph(item policyItem) (string, error) {
	for range manyTries {
		var b strings.Builder
		if len(item.Lead) > 0 {
			b.WriteString(m.pick(item.Lead) + "。")
		}
		skip := -1
		if len(item.Say) > 2 {
			skip = m.random.IntN(len(item.Say) + 1) // the last value leaves none out
		}
		say := item.Say
		if len(item.Lead) > 0 && m.random.IntN(2) == 0 {
			say = append(say[:len(say):len(say)], m.pick(m.parts.Also))
		}
		for i, s := range say {
			if i == skip {
				continue
			}
			text, err := m.fill(s)
			if err != nil {
				return "", err
			}
			b.WriteString(text)
		}
		if text := b.String(); !m.seen[text] {
			m.seen[text] = true
			return text, nil
		}
	}
	return "", fmt.Errorf("%v says the same in %d tries", item, manyTries)
}

// manyTries is when a template is taken for one without variety.
const manyTries = 1000

func (m *policyMaker) pick(list []string) string { return list[m.random.IntN(len(list))] }

var errTemplate = errors.New("a bracket without its end")

// fill writes a template: names and numbers in {}, choices in [].
func (m *policyMaker) fill(template string) (string, error) {
	var b strings.Builder
	for template != "" {
		i := strings.IndexAny(template, "{[")
		if i < 0 {
			b.WriteString(template)
			break
		}
		b.WriteString(template[:i])
		end := strings.IndexAny(template[i:], "}]")
		if end < 0 {
			return "", fmt.Errorf("%q: %w", template, errTemplate)
		}
		inside := template[i+1 : i+end]
		switch {
		case template[i] == '[':
			b.WriteString(m.pick(strings.Split(inside, "|")))
		default:
			text, err := m.slot(inside)
			if err != nil {
				return "", err
			}
			b.WriteString(text)
		}
		template = template[i+end+1:]
	}
	return b.String(), nil
}

// slot is a name, or a number: low-high, or low-high/step.
func (m *policyMaker) slot(name string) (string, error) {
	switch name {
	case "街道":
		return m.pick(m.parts.Streets), nil
	case "月":
		return strconv.Itoa(1+m.random.IntN(12)) + "月", nil
	}
	if text, ok := m.names[name]; ok {
		return text, nil
	}
	low, high, step := 0, 0, 1
	_, err := fmt.Sscanf(name, "%d-%d/%d", &low, &high, &step)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) || high < low || step < 1 {
		return "", fmt.Errorf("{%s} is neither a name nor a range of numbers", name)
	}
	return strconv.Itoa(low + step*m.random.IntN((high-low)/step+1)), nil
}
