package rag

import (
	"regexp"
	"strings"

	"wenda/prompts"
)

// lacksOf is what a question that the head refuses seems to lack: the kind of thing that a very near negative variant does. Only where the
// question has a word for it: 老师要轮岗，真的吗 asks for no number, however near it is to a variant that does.
func (r *run) lacksOf(f found) string {
	n := f.result.Negative
	if n == nil || n.Cosine < sameLack || !asksLike(&r.set.Terms, n.Lacks, f.question) {
		return "detail"
	}
	return n.Lacks
}

// asksLike reports that a question has a word that asks for a kind of thing; of kinds without such words it says so always.
func asksLike(t *prompts.Terms, lacks, q string) bool {
	switch lacks {
	case "number":
		return containsAny(q, t.AskNumber)
	case "result":
		return containsAny(q, t.ResultHints)
	case "date":
		return containsAny(q, t.AskDate) || containsAny(q, t.TimeHints)
	case "money":
		return containsAny(q, t.AskMoney) || strings.ContainsAny(q, "钱费元奖补")
	case "procedure":
		return containsAny(q, t.AskProcedure) || openQuestion.MatchString(q)
	case "condition":
		return containsAny(q, t.AskConditions) || openQuestion.MatchString(q)
	case "reason":
		return containsAny(q, t.AskReason)
	case "person":
		return containsAny(q, t.AskPerson) || containsAny(q, t.PersonWords) || strings.Contains(q, "谁")
	case "frequency":
		return containsAny(q, t.AskFrequency) || amount.MatchString(q) || containsAny(q, t.TimeHints)
	}
	return true
}

// openQuestion asks what or how, which may ask for conditions or how something is applied for.
var openQuestion = regexp.MustCompile(`什么|啥|怎么|怎样|如何|咋|哪`)
