package rag

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"wenda/prompts"
)

// What an alarming clause needs: a near example, most voters agreeing, and that nothing the documents answer is as near.
const (
	alarmNear    = .66
	alarmMargin  = .04
	alarmSupport = .6  // share of the votes
	alarmAgreed  = .85 // nearly all votes for an attack: it may be a little farther than what the documents answer
	alarmBehind  = .08
	alarmClauses = 6
	surelyAsked  = 2 // logits of the head for talk above its cut
	noAttack     = 4 // likewise; attacks are put as questions too
)

// alarm looks at every clause of a message that holds an alarm word (prompts, terms): a cry for help or an attack may stand beside a
// harmless question, which would drown it.
func (r *run) alarm(asked cleaned) (partial, bool, error) {
	if !r.alarming(asked.Text) {
		return partial{}, false, nil
	}
	clauses := slices.DeleteFunc(clausesOf(asked.Text), func(c string) bool {
		return utf8.RuneCountInString(c) < besideRunes-1 || !r.alarming(c)
	})
	clauses = clauses[:min(alarmClauses, len(clauses))]
	long := utf8.RuneCountInString(asked.Text) > longStory
	if !long && !slices.Contains(clauses, asked.Text) {
		clauses = append(clauses, asked.Text)
	}
	for _, c := range clauses {
		found, err := r.search(c, nil)
		if err != nil {
			return partial{}, false, err
		}
		e, m, params, ok := r.elect(c, found.Examples)
		if !ok {
			continue
		}
		if m.UnlessAsked && r.asksBeside(asked.Text) {
			if e.cosine >= alarmNear {
				r.comfort(m, params)
			}
			continue
		}
		if m.Name == "emergency" && (containsAny(c, r.set.Terms.PastWords) || containsAny(c, r.set.Terms.Supposed)) {
			continue
		}
		if long && !likelyInStory(m, found) {
			continue // 最早的一张铅笔字都快看不清了
		}
		if kindOf(m) == kindHelp && c != asked.Text {
			school, err := r.asksOfSchools(asked.Text)
			if err != nil {
				return partial{}, false, err
			}
			if school {
				continue // 那间屋子里瓶瓶罐罐毒得很，有没有人定期来看
			}
		}
		if familyOf(m) == help && asksSomething(c) && found.Question >= r.index.Fitted.TalkCut+surelyAsked {
			continue // a question about schools (会不会翻书包查刀具)
		}
		if familyOf(m) == attack && (found.Question >= r.index.Fitted.TalkCut+noAttack || unlikelyAttack(m, found) || r.asksBare(m, c, found)) {
			continue // 网上骂声一片，双减之后质量靠什么提
		}
		near := e.cosine >= alarmNear && (e.cosine >= found.Positive+alarmMargin || found.Question < r.index.Fitted.TalkCut)
		agreed := familyOf(m) == attack && e.share >= alarmAgreed && e.cosine >= found.Positive-alarmBehind
		if !urgent(m) || !near && !agreed || e.share < alarmSupport {
			continue
		}
		if familyOf(m) == help && r.heldInStory(asked, m, params) {
			return partial{}, false, nil
		}
		p := partial{trace: Trace{Asked: asked.Text, Rule: "alarm", Example: e.String(), Kinds: found.Kinds}}
		return r.routed(p, m, params, asked.Text), true, nil
	}
	return partial{}, false, nil
}

// alarming reports an alarm word that does not stand in a harmless one (死 in 死记硬背).
func (r *run) alarming(text string) bool {
	return containsAny(without(text, r.set.Terms.NoAlarms), r.set.Terms.AlarmWords)
}

// urgentBySound looks for a cry for help or an attack in a message that was typed by its sound (wo xiang zisha): a repair comes too late for it.
func (r *run) urgentBySound(asked cleaned) (partial, bool, error) {
	if !latinWord.MatchString(asked.Text) {
		return partial{}, false, nil
	}
	text, put := r.repairs.of(r.index, r.set).read.read(asked.Text)
	if len(put) == 0 {
		return partial{}, false, nil
	}
	onlySounds := !strings.ContainsFunc(asked.Text, func(c rune) bool { return unicode.Is(unicode.Han, c) })
	if m, params, ok := r.set.Route(text); ok && (urgent(m) || onlySounds) && !r.asksBeside(text) {
		return r.routed(partial{trace: Trace{Asked: text}}, m, params, text), true, nil
	}
	asked.Text, asked.Shown = text, text
	return r.alarm(asked)
}

// asksOfSchools reports that a message as a whole asks something of the documents, as surely as the heads can tell, and is no cry for help.
func (r *run) asksOfSchools(text string) (bool, error) {
	if utf8.RuneCountInString(text) > longStory || !r.asksBeside(text) {
		return false, nil
	}
	found, err := r.search(text, nil)
	help, fitted := found.Kinds[kindHelp]
	return fitted && help < surelyKind && found.Question >= r.index.Fitted.TalkCut+surelyAsked && found.Strength > r.index.Fitted.Floor, err
}

// noNeed is how far below its cut the head for cries for help must be to overrule the words of one.
const noNeed = -2.5

// onlyWords reports that what has the words of a cry for help in a message that asks something is none: the head knows it from a notebook
// that fell into the water (掉水里了). Without a head words decide.
func (r *run) onlyWords(text string) bool {
	heard := false
	for _, c := range clausesOf(text) {
		if m, _, routed := r.set.Route(c); !routed || familyOf(m) != help {
			continue
		}
		found, err := r.search(c, nil)
		logit, fitted := found.Kinds[kindHelp]
		if err != nil || !fitted || logit >= noNeed {
			return false
		}
		heard = true
	}
	return heard
}

// heldInStory reports that a cry for help stands in a long story that asks something: where that is answered, help is told beside the answer
// (她妈天天抱着她掉眼泪，…，老师能不能到家里来教), else it is the answer.
func (r *run) heldInStory(asked cleaned, m prompts.Route, params prompts.Params) bool {
	if utf8.RuneCountInString(asked.Text) <= longStory || !r.asksBeside(asked.Text) {
		return false
	}
	r.hold(asked, m, params)
	r.heldFirmly = true
	return true
}

// hold keeps the reply of a route, which what is asked beside it makes superfluous, and says beside the answer where help is found.
func (r *run) hold(asked cleaned, m prompts.Route, params prompts.Params) {
	r.comfort(m, params)
	held := r.routed(partial{trace: Trace{Asked: asked.Text}}, m, params, asked.Text)
	r.held = &held
}

// comfort says beside the answer where somebody who is low finds help.
func (r *run) comfort(m prompts.Route, params prompts.Params) {
	if m.Status == prompts.HandedOver {
		r.beside = r.reply(m.Reply, params)
	}
}

// urgent are cries for help and attacks, but not chores that the assistant does not do.
func urgent(m prompts.Route) bool { return familyOf(m) == help || m.Status == prompts.Refused }
