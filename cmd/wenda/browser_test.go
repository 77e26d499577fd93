package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wenda/handlers/browsertest"
)

const (
	send         = "#ask .primary"
	conversation = `document.querySelector("#ask").elements.conversation_id.value`
	lastAnswered = `.turn:last-child .feedback:not([hidden])`
)

// beside is the width in pixels from which on documents open beside the answer.
const beside = 1088

// sizes are a phone and a desk.
func sizes() map[string][2]int64 { return map[string][2]int64{"375": {375, 720}, "1280": {1280, 800}} }

func TestBrowserJourney(t *testing.T) {
	s := sharedServer(t)
	for name, size := range sizes() {
		t.Run(name, func(t *testing.T) {
			j := newJourney(t, "real-"+name, size[0], size[1], true)
			j.Open(s.url + "/")
			j.See("#start")
			j.Shot("1-home")
			j.Write("#q", "今年新增多少学位")
			j.Enter()
			j.See(lastAnswered)
			j.says(".turn .text", "2800")
			j.says(".turn .notice", "计划")
			quote := j.Text(".turn .card blockquote")
			j.Shot("2-answer")

			j.Click(".turn .card a")
			if size[0] < beside {
				j.MarkInView(quote)
				j.says("mark", "2800")
				j.says("table", "014119491/2022-00011")
				j.Shot("3-document")
				j.Click("#back")
				j.See(lastAnswered)
			} else {
				const panel = `document.querySelector("#beside iframe")?.contentDocument`
				j.Until("the document beside, the sentence marked", panel+`?.activeElement?.id === "cited" && `+panel+`.activeElement.innerText.trim() === `+quoted(quote))
				if got := browsertest.Eval[string](j, panel+`.querySelector("table").innerText`); !strings.Contains(got, "014119491/2022-00011") {
					t.Errorf("the table says %q", got)
				}
				j.Shot("3-document")
				j.Click("#close-beside")
			}
			j.says(".turn .question", "今年新增多少学位")

			talk := browsertest.Eval[string](j, conversation)
			j.Write("#q", "那书法节呢")
			j.Click(send)
			j.See(".turn:nth-child(2) .feedback:not([hidden])")
			if got := browsertest.Eval[string](j, conversation); got != talk || talk == "" {
				t.Errorf("conversation %q, after the follow-up %q", talk, got)
			}
			j.says(".turn:nth-child(2) .text", "第三届")
			j.Shot("4-follow-up")

			related := j.Text(".turn:nth-child(2) .related a")
			j.Click(".turn:nth-child(2) .related a")
			j.See(".turn:nth-child(3) .feedback:not([hidden])")
			j.says(".turn:nth-child(3) .question", related)
			j.See(".turn:nth-child(3) .answer.plain .card")

			id := browsertest.Eval[string](j, `document.querySelector(".turn:nth-child(3) .feedback").dataset.answer`)
			j.Click(".turn:nth-child(3) .verdicts button[value=useful]")
			j.Until("thanks", `document.querySelector('.turn:nth-child(3) [data-slot=thanks]').textContent.includes("谢谢")`)
			if got := feedbackOn(t, s.data, id); got != "useful//" {
				t.Errorf("feedback on %s: %q", id, got)
			}
			j.Shot("5-feedback")

			j.Write("#q", "2023年新增多少学位")
			j.Enter()
			j.See(".turn:nth-child(4) .feedback:not([hidden])")
			j.says(".turn:nth-child(4) .text", "没有说明2023年")
			j.Shot("6-not-stated")
		})
	}
}

func TestBrowserJourneyWithoutScripts(t *testing.T) {
	s := sharedServer(t)
	for name, size := range sizes() {
		t.Run(name, func(t *testing.T) {
			j := newJourney(t, "real-plain-"+name, size[0], size[1], false)
			j.Open(s.url + "/")
			j.Write("#q", "今年新增多少学位")
			j.Click(send)
			j.See(".turn .feedback")
			j.says(".turn .text", "2800")
			quote := j.Text(".turn .card blockquote")
			j.Shot("1-answer")
			j.Click(".turn .card a")
			j.MarkInView(quote)
			j.says("mark", "2800")
			j.Shot("2-document")
			j.Click("#back")
			j.See(".turn .feedback")
			j.says(".turn .text", "2800")

			j.Open(s.url + "/")
			j.Write("#q", "今年新增多少学位")
			j.Click(send)
			j.See(".turn .feedback")
			talk := browsertest.Eval[string](j, conversation)
			j.Write("#q", "那书法节呢")
			j.Click(send)
			j.Until("follow-up", `document.querySelector(".question")?.textContent === "那书法节呢"`)
			if got := browsertest.Eval[string](j, conversation); got != talk || talk == "" {
				t.Errorf("conversation %q, after the follow-up %q", talk, got)
			}
			j.says(".turn .text", "第三届")
			related := j.Text(".turn .related a")
			j.Click(".turn .related a")
			j.Until("related question", `document.querySelector(".question")?.textContent === `+quoted(related))
			j.See(".turn .answer.plain .card")
			id := browsertest.Eval[string](j, `document.querySelector(".feedback").dataset.answer`)
			j.Click(".verdicts button[value=useful]")
			j.Until("thanks", `document.querySelector(".thanks")?.textContent.includes("谢谢") === true`)
			if got := feedbackOn(t, s.data, id); got != "useful//" {
				t.Errorf("feedback on %s: %q", id, got)
			}
			j.Shot("3-thanks")
		})
	}
}

// TestReadmePictures takes what README shows. With WENDA_README_SHOT=docs (an absolute path) it writes the files.
func TestReadmePictures(t *testing.T) {
	s := sharedServer(t)
	for name, take := range map[string]func() []byte{
		"ask.png": func() []byte {
			j := newJourney(t, "readme-ask", 1120, 760, true)
			j.Open(s.url + "/")
			j.Write("#q", "今年新增多少学位")
			j.Enter()
			j.See(lastAnswered)
			j.says(".turn .text", "2800")
			j.Click(".turn .card a")
			j.Until("the document beside", `document.querySelector("#beside iframe")?.contentDocument?.activeElement?.id === "cited"`)
			browsertest.Eval[bool](j, `(scrollTo(0, 0), true)`)
			return j.picture(.62)
		},
		"phone.png": func() []byte {
			j := newJourney(t, "readme-phone", 375, 720, true)
			j.Open(s.url + "/")
			j.Click(".tools button[value=hant]")
			j.Until("traditional", `document.documentElement.lang === "zh-Hant"`)
			j.Write("#q", "2023年新增多少学位")
			j.Enter()
			j.See(lastAnswered)
			browsertest.Eval[bool](j, `(document.activeElement.blur(), scrollTo(0, 0), true)`)
			return j.picture(1)
		},
		"elder.png": func() []byte {
			j := newJourney(t, "readme-elder", 375, 720, true)
			j.Open(s.url + "/")
			j.Click(".tools button[value=on]")
			browsertest.Eval[bool](j, `(document.activeElement.blur(), true)`)
			return j.picture(1)
		},
	} {
		png := take()
		const most = 150 << 10
		if len(png) == 0 || len(png) > most || !strings.HasPrefix(string(png), "\x89PNG") {
			t.Errorf("%s has %d bytes, want a PNG of at most %d", name, len(png), most)
		}
		if dir := os.Getenv("WENDA_README_SHOT"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name), png, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
