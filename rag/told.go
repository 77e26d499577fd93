package rag

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// whatIsTold are the parts of a message that the resident is to read: what was found for one of them may make another one superfluous.
func whatIsTold(text string, parts []partial) []partial {
	return withoutRepeats(withoutCovered(withoutEchoes(withoutRests(withoutComplaints(text, parts)))))
}

// withoutComplaints leaves out of a story what nothing was found for, when something else in it was answered: it was a sigh, not a question.
func withoutComplaints(text string, parts []partial) []partial {
	told := false // a sentence that asks nothing: without one all the questions are meant
	for _, s := range sentenceEnd.FindAllString(text, -1) {
		told = told || !asksSomething(s)
	}
	if len(parts) < 2 || utf8.RuneCountInString(text) <= longStory || !told {
		return parts
	}
	marked := slices.ContainsFunc(parts, func(p partial) bool { return p.status == Answered && markAtEnd(p.trace.Asked) })
	var found []partial
	for _, p := range parts {
		sigh := marked && p.status == NotStated && !markAtEnd(p.trace.Asked) // 他跟我说妈你去管别人家的孩子吧
		if p.status != NoSource && p.trace.Route == "" && !sigh {
			found = append(found, p)
		}
	}
	if len(found) == 0 {
		return parts[:1]
	}
	return found
}

// withoutRests leaves out what was not found of a message whose parts lean on each other: a part for which there is nothing before one that
// leans on it and was answered (有没有人考他们？多久考一回), and one that by its words asks on about what was answered (有微信号吗？叫什么名).
// What a short question finds in another paragraph than the refused one that it leans on is not told (期末还考吗？一学期几次), nor that one which
// follows an answer sounds like what is not answered (学校的钱会不会缩水？政府有没有说一定要保住).
func withoutRests(parts []partial) []partial {
	var out []partial
	for i, p := range parts {
		if p.status == NoSource && i+1 < len(parts) && parts[i+1].leans && parts[i+1].status == Answered {
			continue
		}
		if i > 0 && p.status == Refused && parts[i-1].status == Answered {
			continue
		}
		if i > 0 && p.leans && (p.status == NoSource && p.goesOn && parts[i-1].status == Answered ||
			p.status == Answered && parts[i-1].status == NotStated && !inOneParagraph(p.remember.Cited, parts[i-1].remember.Cited)) {
			continue
		}
		out = append(out, p)
	}
	return out
}

// withoutRepeats leaves out what a short question that leans on one before it only says again: its best sentence, or most of the lines of its
// outline, were told in the same words (去办事会不会方便点？有哪些改进). What a question of its own has behind its best sentence is not told again
// either (老师能不能上门来教？康复和上课能不能结合起来). A short one keeps it: what was told is often its answer (校长上不上讲台？多久一回).
func withoutRepeats(parts []partial) []partial {
	var told []string
	again := func(s Statement) bool {
		return slices.ContainsFunc(told, func(t string) bool { return strings.Contains(t, s.Text) })
	}
	var out []partial
	for _, p := range parts {
		if list := p.draft.Statements; p.status == Answered && len(list) > 0 {
			news := slices.DeleteFunc(slices.Clone(list), again)
			switch {
			case p.leans && (2*len(news) < len(list) || !p.lists() && again(list[0])):
				continue
			case !p.lists() && again(list[0]):
				p.draft.Statements = append(list[:1:1], news...)
			case !p.leans && !p.lists():
				p.draft.Statements = news
			}
			for _, s := range list {
				told = append(told, s.Text)
			}
		}
		out = append(out, p)
	}
	return out
}

// withoutCovered leaves out an answer all of whose sentences are lines of the outline for the next question, which leans on it.
func withoutCovered(parts []partial) []partial {
	var out []partial
	for i, p := range parts {
		covered := p.status == Answered && !p.lists() && len(p.remember.Cited) > 0 && i+1 < len(parts) && parts[i+1].leans && parts[i+1].trace.Rule == "outline" &&
			!slices.ContainsFunc(p.remember.Cited, func(c place) bool { return !slices.Contains(parts[i+1].remember.Cited, c) })
		if !covered {
			out = append(out, p)
		}
	}
	return out
}

// lists reports an answer in lines.
func (p partial) lists() bool { return p.trace.Rule == "outline" || p.trace.Rule == "list" }

// inOneParagraph reports that some of a and of b stand in the same paragraph.
func inOneParagraph(a, b []place) bool {
	return slices.ContainsFunc(a, func(p place) bool {
		return slices.ContainsFunc(b, func(q place) bool { return p.documentID == q.documentID && p.chunkID == q.chunkID })
	})
}

// withoutEchoes leaves out refusals of questions that only the head doubted, where another one of the message was answered from the very
// sentence that the refusal tells (可以进校园吗？由谁把关？); and what was found for a short question that leans on one which was refused beside
// the same sentence (试点学校是哪些？我女儿那所是不是？).
func withoutEchoes(parts []partial) []partial {
	var told []place // with refusals
	parts = slices.DeleteFunc(parts, func(p partial) bool {
		again := p.leans && (p.status == Answered || p.status == NotStated) && len(p.remember.Cited) > 0 &&
			!slices.ContainsFunc(p.remember.Cited, func(c place) bool { return !slices.Contains(told, c) })
		if p.status == NotStated {
			told = append(told, p.remember.Cited...)
		}
		return again
	})
	var said []place
	for _, p := range parts {
		if p.status == Answered {
			said = append(said, p.remember.Cited...)
		}
	}
	return slices.DeleteFunc(parts, func(p partial) bool {
		return p.status == NotStated && p.trace.Rule == "head" && len(p.remember.Cited) > 0 &&
			!slices.ContainsFunc(p.remember.Cited, func(c place) bool { return !slices.Contains(said, c) })
	})
}
