// Package prompts holds what staff may reword, as data: fixed replies, routes of small talk and of what is refused, the
// thesaurus, stop phrases, word lists for the rules on near misses, and starting questions.
//
// The main path: Load reads the embedded defaults, or for a name the text that override gives instead (the store's rows
// later), checks everything and reports all problems at once; the Set it returns is immutable and may be used from several
// goroutines, provided nobody writes to its slices. Set.Route decides on a cleaned, simplified question; Set.Reply fills a
// fixed reply; Set.Thesaurus, StopPhrases and Terms reach corpus and rag as values.
//
// Terms. A Reply is the fixed wording of an outcome; its placeholders {{name}} are substituted once, without logic, and a
// value that holds {{...}} itself stays as it is. A Route is one entry of the ordered list in routes.yaml: first match wins. A
// Synonym maps how residents speak (Say) to how the documents write (Means).
//
// Limits: questions must come cleaned (NFKC, no invisible characters) and in simplified characters; the data is Chinese with a
// little English. The plan's own words decide what is no false alarm: 习近平新时代中国特色社会主义思想, 党建 and 思政课 pass,
// a leader's name alone does not.
package prompts
