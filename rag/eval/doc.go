// Package eval asks sets of questions and scores the answers.
//
// A Case is a line of a set (JSON Lines): a question, what came before, and what a right answer holds. Run asks them, Score
// judges one answer, Table sums up by kind with 95 % Wilson intervals, Compare tells two runs apart question by question.
//
// sets/tune.jsonl is for tuning. sets/holdout.jsonl was written by somebody who saw the official page only and was committed
// before any variant or rule existed; it is only ever reported.
package eval
