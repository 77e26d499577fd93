// Package eval asks sets of questions and scores the answers.
//
// A Case is a line of a set (JSON Lines): a question, what came before, and what a right answer holds. Run asks them, Score
// judges one answer, Table sums up by kind with 95 % Wilson intervals, Compare tells two runs apart question by question.
//
// sets/tune.jsonl, tune2 and tune3 are for tuning. sets/holdout.jsonl was written by somebody who saw the official page only and was
// committed before any variant or rule existed; sets/holdout2.jsonl likewise, by another author, before the second round of tuning
// (2026-11-25). Both are only ever reported: nobody who tunes reads their failures.
package eval
