package main

import (
	"context"

	"wenda/handlers/staff"
	"wenda/prompts"
	"wenda/rag"
)

// proposer asks the models that compose for questions; nil without any.
func (a *App) proposer() staff.Proposer {
	if a.LLM == nil {
		return nil
	}
	return a.Engine.Propose
}

// tried answers a question outside of the log, with another set of prompts where one is given.
func (a *App) tried(ctx context.Context, q rag.Question, with *prompts.Set) (rag.Answer, error) {
	if with == nil {
		return a.Engine.Ask(ctx, q, nil)
	}
	parts := rag.Parts{Script: a.script, Index: a.Library.Current, EmbedderOf: a.embedderOf, Prompts: func() *prompts.Set { return with }}
	return rag.New(parts).Ask(ctx, q, nil)
}
