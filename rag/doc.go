// Package rag makes one Answer of one Question.
//
// Engine.Ask reads like the list of steps in DESIGN.md: clean, route, stand alone, curated, retrieve, compose, verify, answer. Each
// step has its file. A refusal is an Answer with a Status; an error means that the machine failed.
//
// Everything that a resident reads was either quoted from a document, or stands in prompts as a fixed reply, or was said by a language
// model and examined; and every figure and quoted name of a statement occurs in the passage that it cites.
//
// # With a language model
//
//	rewrite    a follow-up is put together with the questions before it, if the result brings no figure, name or subject of its own; else
//	           the rules of standalone.go do that (rewrite.go)
//	decide     the engine finds the answer and quotes it, as without a model; only then a model may compose it (generate.go)
//	passages   the quoted sentences and those near them, numbered (passages.go), in texts that staff may reword (prompts, compose.yaml)
//	desk       the same thing is composed once at a time and remembered (desk.go)
//	composing  sentences are cut from the stream (sentences.go) and examined (examine.go, counted.go, support.go, secrets.go); time runs
//	sheet      what passed is written and told at once (sheet.go)
//	           one failed sentence is left out; the first one, or two, or an error: all is void, and the quoted answer is written
//
// A Model cannot answer what the engine refused, and is not asked for fixed replies, approved answers and fields of a page. When it
// declines where the engine's own check had doubts, the document does not say; where the engine had none, the answer is quoted.
//
// # Terms
//
// A passage is a sentence as a model sees it. A commission is what it is asked, a composition what came of it. A saying is a sentence of
// a model with its citation marks. Support is the share of a clause's pairs of characters that the cited passages hold.
//
// # Limits
//
// The examiner compares words. It refuses much that is right and worded freely. Two things that change their sides around one of the pivots of
// order.go (甲向乙 for 乙向甲) are found; around another word they are not, and neither is an order that is wrong without one. Word lists of
// examine.go, support.go and order.go are Chinese and of plans of work. A stream's headers cannot carry the AI label, since they go out before anybody knows who composes: its done event does. An answer can be fetched
// by its ID when it is made, not while.
//
// # Measured (2026-11-26, 2 shared cores, the fixture of shared_test.go)
//
// 121 lies asked 242 times through the real backend.Chain: none leaves. 895 mechanical mutations of every sentence (figures, swaps, other
// sentences' figures, additions, denials): none passes. 74 right answers in other words: 1 loses a sentence (申请 where the passage has no
// such word). Thresholds of support.go were set with these tables; the mutations were written afterwards and found double denials only.
// Sides changed (order.go): none of 430 pairs of digest and official sentences alarms, each said of the other; of 84 clauses of the plan whose two
// sides around a pivot were swapped all are found.
package rag
