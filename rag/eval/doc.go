// Package eval asks sets of questions and scores the answers.
//
// A Case is a line of a set (JSON Lines): a question, what came before, and what a right answer holds. Run asks them, Score judges one
// answer, Table sums up by kind with 95 % Wilson intervals. Verdicts reads an earlier run and Compare tells two runs apart question by
// question; Worsened decides whether the loss is more than noise.
//
// What the engine's traces tell beyond right and wrong: Retrieval ranks the right paragraph whatever was answered, Refusals sweeps the
// threshold between answering and refusing, Calibration holds the head's chance against what was so, Times and Lengths count. WriteDetail
// prints them, WriteReport draws them on one page. A Server tells no traces.
//
// Policies makes foreign documents to stand beside the right one. Where a case names its document, citing another one is a failure.
//
// sets/tune.jsonl and tune2 to tune17 are for tuning. sets/holdout.jsonl was written by somebody who saw the official page only and was
// committed before any variant or rule existed; sets/holdout2.jsonl likewise, by another author, before the second round of tuning
// (2026-11-25), and sets/holdout3.jsonl to sets/holdout11.jsonl by others, each before the tuning of its round (2026-11-26 and 27). They are
// only ever reported: nobody who tunes reads their failures. docs/evaluation.md tells operators how to use this.
package eval
