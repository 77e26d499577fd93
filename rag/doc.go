// Package rag makes one Answer of one Question.
//
// Engine.Ask reads like the list of steps in DESIGN.md: clean, route, stand alone, curated, retrieve, compose, verify, answer. Each
// step has its file. A refusal is an Answer with a Status; an error means that the machine failed.
//
// Everything that a resident reads was either quoted from a document, or stands in prompts as a fixed reply, and passed Verify:
// every figure and quoted name of a statement occurs in the passage that it cites.
package rag
