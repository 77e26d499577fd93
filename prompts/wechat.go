package prompts

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A WeChat is what users of a mini-program's customer service read besides answers. Its zero value is not usable; Load makes it.
type WeChat struct {
	texts    map[string]template
	channels map[string]map[string]template // what a channel says otherwise
	resets   map[string]bool
}

// Of is what users of this channel read: its own texts where it has some.
func (w WeChat) Of(channel string) WeChat {
	own := w.channels[channel]
	if len(own) == 0 {
		return w
	}
	texts := maps.Clone(w.texts)
	maps.Copy(texts, own)
	return WeChat{texts: texts, resets: w.resets}
}

// Text fills the text of that name. Names and placeholders are fixed in code and checked when the file is loaded: a wrong one panics.
func (w WeChat) Text(name string, params Params) string {
	t, ok := w.texts[name]
	if !ok {
		panic("prompts: wechat: no text " + name)
	}
	text, err := t.fill(params)
	if err != nil {
		panic("prompts: wechat: " + name + ": " + err.Error())
	}
	return text
}

// Resets reports that a message, simplified and without blanks and marks around it, asks for a new conversation.
func (w WeChat) Resets(message string) bool { return w.resets[message] }

// maxWeChatRunes bounds a text: the longest, with three questions below it, must fit into a message of 2048 bytes.
const maxWeChatRunes = 200

// weChatTexts names the texts with what they must and may hold.
func weChatTexts() map[string]holes {
	none, helper := holes{}, holes{may: []string{"name", "phone", "hours"}}
	return map[string]holes{
		"label": none, "related": none, "choose": none, "media": none, "too_long": none, "busy": none, "interim": none, "reset": none, "transfer": none,
		"welcome": helper, "over": helper, "apology": helper, "stopped": helper, "misses": helper, "handoff": helper, "handed": helper,
		"citation":       {must: []string{"n", "title", "published", "link"}},
		"citation_plain": {must: []string{"n", "title", "link"}},
		"choice":         {must: []string{"n", "question"}},
		"whole":          {must: []string{"link"}},
		"portal":         {must: []string{"link"}},
	}
}

type weChatYAML struct {
	Resets   []string                     `yaml:"resets"`
	Channels map[string]map[string]string `yaml:"channels"`
	Texts    map[string]string            `yaml:",inline"`
}

func (s *Set) checkWeChat(y weChatYAML, ps *problems) {
	w := WeChat{texts: map[string]template{}, channels: map[string]map[string]template{}, resets: map[string]bool{}}
	need := weChatTexts()
	for _, name := range sortedKeys(need) {
		if _, ok := y.Texts[name]; !ok {
			ps.add(weChatFile, name, "missing", "write "+name+": ...")
		}
	}
	for _, name := range sortedKeys(y.Texts) {
		w.texts[name] = weChatText(name, name, y.Texts[name], ps)
	}
	for _, channel := range sortedKeys(y.Channels) {
		w.channels[channel] = map[string]template{}
		for _, name := range sortedKeys(y.Channels[channel]) {
			w.channels[channel][name] = weChatText("channels "+channel+" "+name, name, y.Channels[channel][name], ps)
		}
	}
	if len(y.Resets) == 0 {
		ps.add(weChatFile, "resets", "empty", "write at least 新对话")
	}
	for _, r := range y.Resets {
		w.resets[r] = true
	}
	s.WeChat = w
}

// weChatText checks one text; entry is where it stands.
func weChatText(entry, name, text string, ps *problems) template {
	h, ok := weChatTexts()[name]
	if !ok {
		ps.add(weChatFile, entry, "nobody uses this text", "correct its name")
		return template{}
	}
	t, ok := parseTemplate(text)
	if !ok {
		ps.add(weChatFile, entry, "broken {{ or }}", "write placeholders as {{name}}, with both pairs of braces")
	}
	if n := utf8.RuneCountInString(text); n > maxWeChatRunes {
		ps.add(weChatFile, entry, strconv.Itoa(n)+" characters", "shorten it to "+strconv.Itoa(maxWeChatRunes)+" or less")
	}
	if text == "" || text != strings.TrimSpace(text) || !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\r\t") {
		ps.add(weChatFile, entry, "empty, blanks around it, or invalid characters", "write what users shall read")
	}
	for _, hole := range t.names() {
		if !slices.Contains(h.must, hole) && !slices.Contains(h.may, hole) {
			ps.add(weChatFile, entry, "unknown placeholder {{"+hole+"}}", "it allows "+strings.Join(append(slices.Clone(h.must), h.may...), ", "))
		}
	}
	for _, hole := range h.must {
		if !slices.Contains(t.names(), hole) {
			ps.add(weChatFile, entry, "placeholder {{"+hole+"}} is missing", "put it where its value shall stand")
		}
	}
	if name == "label" && (!strings.Contains(text, "人工智能") || !strings.Contains(text, "生成")) {
		ps.add(weChatFile, entry, "does not name 人工智能 and 生成", "the rules of 2025 ask for both (GB 45438-2025)")
	}
	if slices.Contains([]string{"welcome", "misses", "apology", "handoff", "handed"}, name) && !strings.Contains(text, "{{phone}}") {
		ps.add(weChatFile, entry, "does not tell {{phone}}", "say where people help")
	}
	return t
}
