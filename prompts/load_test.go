package prompts

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func load(t testing.TB) *Set {
	t.Helper()
	s, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// override replaces texts by name.
func override(texts map[string]string) func(string) ([]byte, bool, error) {
	return func(name string) ([]byte, bool, error) {
		text, ok := texts[name]
		return []byte(text), ok, nil
	}
}

func TestDefaults(t *testing.T) {
	s := load(t)
	if len(s.Version) != 12 {
		t.Errorf("version %q, want 12 hex digits", s.Version)
	}
	if n := len(s.Thesaurus); n < 380 {
		t.Errorf("thesaurus has %d lines, want 380 or more", n)
	}
	if n := len(s.StopPhrases); n < 200 {
		t.Errorf("%d stop phrases, want 200 or more", n)
	}
	if n := len(s.Suggestions); n != 12 {
		t.Errorf("%d suggestions, want 12", n)
	}
	if len(s.routes) == 0 {
		t.Fatal("no routes")
	}
	for _, st := range Statuses() {
		if !slices.ContainsFunc(s.routes, func(r route) bool { return r.Status == st }) {
			t.Errorf("no route gives the status %s", st)
		}
	}
	if s.Handoff.Phone != "12345" || !strings.Contains(s.Handoff.For("学位？").Say, "学位？") {
		t.Errorf("handoff %+v", s.Handoff)
	}
}

// Texts that staff edited before the program knew an entry go on working: the entry is the program's, and what was edited is theirs.
func TestOlderTexts(t *testing.T) {
	older := map[string]string{}
	for file, edits := range map[string][2]string{ // an entry that is not there yet, and one that was edited
		termsFile: {"(?m)^no_years: .*\n", "(?m)^here: .*$"}, repliesFile: {"(?m)^thanks: .*\n", ""}, weChatFile: {"(?m)^media: .*\n", ""},
		composeFile: {"(?m)^label: .*\n", ""}, proposeFile: {"(?m)^none: .*\n", ""},
	} {
		text, err := Default(file)
		if err != nil {
			t.Fatal(err)
		}
		older[file] = regexp.MustCompile(edits[0]).ReplaceAllString(string(text), "")
		if older[file] == string(text) {
			t.Fatalf("%s: the entry is still there", file)
		}
		if edits[1] != "" {
			older[file] = regexp.MustCompile(edits[1]).ReplaceAllString(older[file], "here: [我们这一带]")
		}
	}
	def := load(t)
	s, err := Load(override(older))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Terms.NoYears) == 0 || !slices.Equal(s.Terms.NoYears, def.Terms.NoYears) || !slices.Equal(s.Terms.Here, []string{"我们这一带"}) {
		t.Errorf("got no_years %v and here %v", s.Terms.NoYears, s.Terms.Here)
	}
	got, err := s.Reply("thanks", nil)
	want, errDef := def.Reply("thanks", nil)
	if err != nil || errDef != nil || got.Text != want.Text || got.Text == "" {
		t.Errorf("thanks: got %q, %v", got.Text, err)
	}
	if s.Version == def.Version || s.Search == def.Search {
		t.Error("other texts, the same versions")
	}
	if _, err := Load(override(map[string]string{termsFile: strings.Replace(older[termsFile], "here: [我们这一带]", "here: []", 1)})); err == nil {
		t.Error("a list that was emptied: no error")
	}
}

// What the program's own texts lack is a problem too.
func TestMissingReplies(t *testing.T) {
	var ps problems
	new(Set).checkReplies(repliesYAML{}, &ps)
	if !slices.ContainsFunc(ps, func(err error) bool { return strings.Contains(err.Error(), "thanks: missing") }) {
		t.Errorf("got %v", ps)
	}
	ps = nil
	new(Set).checkWeChat(weChatYAML{}, &ps)
	if !slices.ContainsFunc(ps, func(err error) bool { return strings.Contains(err.Error(), "media: missing") }) {
		t.Errorf("got %v", ps)
	}
}

func TestOverride(t *testing.T) {
	text, err := Default(stopFile)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Load(override(map[string]string{stopFile: string(text) + "- 敢问\n"}))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(s.StopPhrases, "敢问") {
		t.Error("the edited text is not in use")
	}
	def := load(t)
	if s.Version == def.Version {
		t.Error("another text, the same version")
	}
	if again := load(t); again.Version != def.Version {
		t.Errorf("the same texts, versions %s and %s", def.Version, again.Version)
	}
	if _, err := Default("system.yaml"); err == nil {
		t.Error("a file that does not exist was read")
	}
}

// broken gives an edited text for every file with several problems each, and what must be said about them.
func broken(t *testing.T) (map[string]string, map[string][]string) {
	t.Helper()
	edit := func(file, old, new string) string {
		b, err := Default(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), old) {
			t.Fatalf("%s holds no %q", file, old)
		}
		return strings.Replace(string(b), old, new, 1)
	}
	replies := edit(repliesFile, "thanks: {", "thx: {")
	replies = strings.Replace(replies, "按“{{text}}”理解", "按“{{txt}}”理解", 1)
	replies = strings.Replace(replies, "文件没有说明{{what}}。相关内容是：{{quote}}", "文件没有说明{{what。", 1)
	replies = strings.Replace(replies, "  date: 具体时间\n", "  dates: 具体时间\n", 1)
	replies = strings.Replace(replies, "答案没有变化", strings.Repeat("答案没有变化", 30), 1)
	return map[string]string{
			repliesFile: replies,
			routesFile: `
- {name: a, status: maybe, reply: nobody, exact: [你好]}
- {name: a, status: refused, reply: other_year, regexp: ['(', '学位']}
- {name: b, status: refused, reply: insult, max_runes: -1}
- {name: c, status: refused, reply: insult, contains: ["。", 骂]}
`,
			thesaurusFile:   "- {say: [好, 老人], means: [老年]}\n- {say: [老人], means: []}\n- {say: [一一, 二二, 三三, 四四, 五五, 六六, 七七], means: [数字]}\n",
			stopFile:        "- 请问\n- 请问\n- 学校\n- ' 呢'\n",
			termsFile:       edit(termsFile, "own_places: [钟楼,", "own_places: [武进钟楼,"),
			suggestionsFile: "- {topic: 学位, question: 学位有多少？}\n- {topic: \"\", question: 书法节}\n",
		}, map[string][]string{
			repliesFile:     {"thx: nobody uses", "unknown placeholder {{txt}}", "placeholder {{text}} is missing", "broken {{", "whats date", "whats dates: unknown kind", "shorten"},
			routesFile:      {`unknown status "maybe"`, `reply "nobody" does not exist`, "name is taken", "needs {{year}}", "missing closing )", "b: matches nothing", "max_runes is negative", "too short"},
			thesaurusFile:   {"shorter than two", "老人 stands in line 1 too", "0 expansions", "7 triggers"},
			stopFile:        {"stands there twice", "学校: holds 学校", "blanks around it"},
			termsFile:       {"would refuse our own 武进钟楼"},
			suggestionsFile: {"route a takes 学位有多少？ away", "topic or question is empty"},
		}
}

func TestAllProblemsAtOnce(t *testing.T) {
	texts, want := broken(t)
	s, err := Load(override(texts))
	if err == nil || s != nil {
		t.Fatalf("got a set %v and error %v, want an error and no set", s, err)
	}
	for file, phrases := range want {
		for _, phrase := range phrases {
			found := slices.ContainsFunc(strings.Split(err.Error(), "\n"), func(l string) bool {
				return strings.HasPrefix(l, file+": ") && strings.Contains(l, phrase)
			})
			if !found {
				t.Errorf("nothing said about %s: %s", file, phrase)
			}
		}
	}
	if t.Failed() {
		t.Log("said: ", err)
	}
	var p Problem
	if !errors.As(err, &p) || p.File == "" || p.What == "" || p.Do == "" {
		t.Errorf("first problem %+v, want file, what and do", p)
	}
}

func TestUnreadableTexts(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown field":   {"- {topic: a, question: b, colour: red}\n", "unknown field colour"},
		"wrong shape":     {"topic: a\n", "wrong shape"},
		"no YAML":         {"- {topic: [a\n", "mend the YAML"},
		"empty":           {"", "nothing in it"},
		"only a comment":  {"# soon\n", "nothing in it"},
		"null":            {"null\n", "no entries"},
		"second document": {"- {topic: a, question: 学位}\n---\n- {}\n", "second document"},
		"broken rest":     {"- {topic: a, question: 学位}\n...\n}{", "broken rest"},
		"repeated key":    {"- {topic: a, topic: b, question: 学位}\n", "already defined"},
		"invalid UTF-8":   {"- {topic: a, question: \"\xff\"}\n", "mend the YAML"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(override(map[string]string{suggestionsFile: c.text}))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), suggestionsFile) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "prompts.") {
				t.Errorf("names a Go type: %v", err)
			}
		})
	}
}

func TestOverrideFails(t *testing.T) {
	gone := errors.New("the store is gone")
	_, err := Load(func(name string) ([]byte, bool, error) { return nil, false, gone })
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range Names() {
		if !strings.Contains(err.Error(), name+": read the edited text: the store is gone") {
			t.Errorf("nothing said about %s in %v", name, err)
		}
	}
}

// An index stays while none of the files that it is built with changes.
func TestSearchChangesWithWhatIsSearched(t *testing.T) {
	base, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range Names() {
		text, err := Default(name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Load(func(n string) ([]byte, bool, error) { return append(text, "# another\n"...), n == name, nil })
		if err != nil {
			t.Fatal(err)
		}
		want := name == thesaurusFile || name == stopFile || name == termsFile || name == examplesFile
		if got := s.Search != base.Search; got != want || s.Version == base.Version {
			t.Errorf("%s: the search version changed: %v, want %v; version %s", name, got, want, s.Version)
		}
	}
}
