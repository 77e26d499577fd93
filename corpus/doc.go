// Package corpus turns published texts into something that can be searched and quoted.
//
// The main path: Read recognises a file by its content and makes a Document of it (sections, chunks, sentences, all with
// offsets into the document's text); Library keeps it together with its variants and vectors; Build makes an immutable
// Index of everything that is live; Index.Search gives hits for one question.
//
// Terms. A Chunk is one paragraph, the unit that is retrieved and cited. A Sentence is the unit that is quoted. A Variant is
// another way residents ask for what a sentence says; a negative variant is what they ask there and the text does not
// say. An Anchor (heading path and facts) ties a variant to a sentence, so that it survives the replacement of a document.
//
// Limits: files of 20 MiB, vectors held in memory (chromem-go, exact scan: about .65 ms for a thousand vectors of 512
// dimensions, measured in shared/LIBRARIES.md), no languages but Chinese with embedded Latin.
package corpus
