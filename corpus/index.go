package corpus

import (
	"cmp"
	"context"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Manifest says what an index was built with.
type Manifest struct {
	Version   string `json:"index_version"` // hash of everything below and of the texts
	Documents int    `json:"documents"`
	Chunks    int    `json:"chunks"`
	Sentences int    `json:"sentences"`
	Variants  int    `json:"variants"`
	Negatives int    `json:"negative_variants"`
	Outlines  int    `json:"outlines"`
	Untied    int    `json:"untied_variants"` // their heading or facts do not occur any more
	Embedder  string `json:"embedder"`        // empty: lexical
	Missing   int    `json:"missing_vectors"`
}

// An Index is immutable: built once, searched by many goroutines, replaced as a whole.
type Index struct {
	Manifest     Manifest
	Fitted       Fitted
	Built        Built
	fittedBefore bool
	documents    []Document
	byID         map[string]*Document
	chunks       []chunkRef
	targets      []target
	positives    []indexedVariant
	negatives    []indexedVariant
	outlines     []boundOutline
	asks         []outlineAsk
	analyser     *analyser
	signals      func(question string) func(sentence string) []float64
	wordings     *wordings
	chunkLex     *lexical  // paragraph and its headings
	askLex       *lexical  // the same with the variants
	rows         rows      // of tables of bare documents
	sentLex      *lexical  // sentence with its variants
	sections     []section // of bare documents
	// nil in a lexical index
	sentVec, bareVec                           *stored  // of sentences: of documents with variants, and of bare ones
	sentOf, bareOf                             []int    // target, by number in these
	posVec, negVec, askVec, exampleVec, secVec *vectors // secVec: of sections
	examples                                   []namedExample
	probe                                      *probe // nil too where few variants were written
	gramWeights                                gramWeights
	termSets                                   *Memo[map[term]bool] // of texts that are often among the best
	posRaw, negRaw, askRaw, exampleRaw         [][]float32          // for fitting only
}

// Built is how long the steps of Build took.
type Built struct{ Tie, Words, Vectors, Fit time.Duration }

type chunkRef struct {
	doc          *Document
	chunk        *Chunk
	title        string // of the document, as words are looked for in it
	first, count int    // its targets
}

// A target is a sentence that can be quoted.
type target struct {
	chunk    int // index into chunks
	sentence int
	text     string
	variants []int  // indexes into positives
	bare     bool   // of a bare document
	ask      string // the variant that is shown as a question to go on with; empty without variants
}

type indexedVariant struct {
	Variant
	target int
}

// Build makes an Index. It never embeds: texts without a vector are counted in Manifest.Missing and found lexically.
func Build(ctx context.Context, m Material) (*Index, error) {
	x := &Index{documents: m.Documents, byID: map[string]*Document{}, analyser: newAnalyser(m.Lexicon), signals: m.Signals, termSets: NewMemo(termSet)}
	lap := laps()
	x.collect(m.Titles)
	x.tie(m)
	x.examples = namedExamples(m.Examples, m.Kinds)
	x.Built.Tie = lap()
	x.indexWords()
	x.wordings = newWordings(x.positives, x.negatives, x.targets)
	x.Built.Words = lap()
	if m.Vectors != nil {
		if err := x.indexVectors(ctx, m); err != nil {
			return nil, err
		}
	}
	x.Built.Vectors = lap()
	x.manifest(m)
	if m.Calibration != nil {
		if f := m.Calibration(x.Manifest.Version); f != nil && f.For == x.Manifest.Version && x.fits(f.Head) {
			x.Fitted, x.fittedBefore = *f, true
		}
	}
	if x.fittedBefore {
		// kept from an earlier build
	} else if err := x.fit(ctx); err != nil {
		return nil, fmt.Errorf("calibrate index: %w", err)
	}
	x.posRaw, x.negRaw, x.askRaw, x.exampleRaw = nil, nil, nil, nil
	x.probe.forget()
	x.gramWeights = newGramWeights(&x.Fitted)
	x.Built.Fit = lap()
	return x, nil
}

// laps returns a function that tells how long ago it was called last.
func laps() func() time.Duration {
	last := time.Now()
	return func() time.Duration {
		now := time.Now()
		took := now.Sub(last)
		last = now
		return took
	}
}

// collect numbers chunks and sentences. A lead sentence is a heading and no target; neither is the abridged summary nor the caption of a table.
func (x *Index) collect(titles map[string]string) {
	for di := range x.documents {
		d := &x.documents[di]
		x.byID[d.ID] = d
		for ci := range d.Chunks {
			c := &d.Chunks[ci]
			if c.Kind == Summary || d.isCaption(ci) {
				continue
			}
			ref := chunkRef{doc: d, chunk: c, title: cmp.Or(titles[d.ID], d.Meta.Title), first: len(x.targets)}
			for si := range c.Sentences {
				if c.Lead && si == 0 && len(c.Sentences) > 1 {
					continue
				}
				if text := c.Told(si); text != "" {
					x.targets = append(x.targets, target{chunk: len(x.chunks), sentence: si, text: text})
				}
			}
			ref.count = len(x.targets) - ref.first
			x.chunks = append(x.chunks, ref)
		}
	}
}

// tie binds variants and outlines to the sentences of the live documents.
func (x *Index) tie(m Material) {
	at := map[string]int{} // document, chunk, sentence -> target
	for i, t := range x.targets {
		ref := x.chunks[t.chunk]
		at[placeKey(ref.doc.ID, ref.chunk.ID, t.sentence)] = i
	}
	tiers := map[string]*tier{}
	find := func(documentID string, a Anchor) (int, bool) {
		d := x.byID[documentID]
		if d == nil {
			return 0, false
		}
		if tiers[documentID] == nil {
			tiers[documentID] = newTier(d)
		}
		p, ok := tiers[documentID].tie(a)
		if !ok {
			return 0, false
		}
		i, ok := at[placeKey(d.ID, d.Chunks[p.Chunk].ID, p.Sentence)]
		return i, ok
	}
	for _, v := range m.Variants {
		i, ok := find(m.DocumentOf[v.ID], v.Anchor)
		switch {
		case !ok:
			x.Manifest.Untied++
		case v.Negative:
			x.negatives = append(x.negatives, indexedVariant{v, i})
		default:
			x.targets[i].variants = append(x.targets[i].variants, len(x.positives))
			x.positives = append(x.positives, indexedVariant{v, i})
		}
	}
	for i := range x.targets {
		x.targets[i].ask = x.display(x.targets[i])
	}
	x.markBare(m)
	for _, o := range m.Outlines {
		x.bindOutline(o, m.DocumentOf[o.ID], find)
	}
}

func placeKey(documentID, chunkID string, sentence int) string {
	return documentID + "\x00" + chunkID + "\x00" + strconv.Itoa(sentence)
}

// titleWeight is what heading words count against words of the text (RETRIEVAL.md: .3 to .5).
const titleWeight = .4

func (x *Index) indexWords() {
	x.chunkLex, x.askLex, x.sentLex = newLexical(), newLexical(), newLexical()
	steps := []func(){x.addParagraphs, x.addSentences, x.addAsks}
	parallel(context.Background(), len(steps), func(i int) { steps[i]() })
}

func (x *Index) addParagraphs() {
	for _, ref := range x.chunks {
		x.chunkLex.add(ref.fields()...)
	}
	x.chunkLex.finish()
}

func (x *Index) addAsks() {
	for _, ref := range x.chunks {
		fields := ref.fields()
		for _, t := range x.targets[ref.first : ref.first+ref.count] {
			fields = x.withVariants(fields, t)
		}
		x.askLex.add(fields...)
	}
	x.askLex.finish()
}

func (x *Index) addSentences() {
	for _, t := range x.targets {
		fields := []field{{t.text, 1}}
		if s := x.chunks[t.chunk].chunk.Section; len(s) > 0 {
			fields = append(fields, field{s[len(s)-1], titleWeight})
		}
		if c := x.chunks[t.chunk].chunk; c.Row != nil {
			fields = append(fields, field{c.rowName(t.sentence), 1})
		}
		x.sentLex.add(x.withVariants(fields, t)...)
	}
	x.sentLex.finish()
}

// fields are a paragraph's text and headings.
func (ref chunkRef) fields() []field {
	about := ref.title + " " + strings.Join(ref.chunk.Section, " ")
	if ref.chunk.Row != nil {
		about += " " + ref.chunk.Row.Table
	}
	return []field{{ref.chunk.Text, 1}, {about, titleWeight}}
}

func (x *Index) withVariants(fields []field, t target) []field {
	for _, v := range t.variants {
		fields = append(fields, field{x.positives[v].Text, variantWordWeight})
	}
	return fields
}

// variantWordWeight: ten variants together are longer than their sentence and would drown it at weight 1.
const variantWordWeight = .5

func (x *Index) indexVectors(ctx context.Context, m Material) error {
	missing := 0
	lookup := func(text string) []float32 {
		v := m.Vectors[TextDigest(Plain(text))]
		if v == nil {
			missing++
		}
		return v
	}
	var sentences, bare [][]float32
	for i, t := range x.targets {
		if ref := x.chunks[t.chunk]; t.bare {
			bare, x.bareOf = append(bare, lookup(ref.doc.inContext(ref.chunk, t.sentence))), append(x.bareOf, i)
		} else {
			sentences, x.sentOf = append(sentences, lookup(t.text)), append(x.sentOf, i)
		}
	}
	var sections [][]float32
	for _, sec := range x.sections {
		var body [][]float32
		for _, c := range sec.chunks {
			for i := range c.Sentences {
				if text := sec.doc.inContext(c, i); text != "" && len(body) < sectionFirst {
					body = append(body, lookup(text))
				}
			}
		}
		sections = append(sections, sectionVector(lookup(sec.text()), body))
	}
	for _, v := range x.positives {
		x.posRaw = append(x.posRaw, lookup(v.Text))
	}
	for _, v := range x.negatives {
		x.negRaw = append(x.negRaw, lookup(v.Text))
	}
	for _, a := range x.asks {
		x.askRaw = append(x.askRaw, lookup(a.text))
	}
	for _, e := range x.examples {
		x.exampleRaw = append(x.exampleRaw, lookup(e.text))
	}
	x.Manifest.Missing = missing
	if missing > 0 { // not ready for vectors: keyword search serves meanwhile
		x.posRaw, x.negRaw, x.askRaw, x.exampleRaw = nil, nil, nil, nil
		return nil
	}
	var err error
	if x.sentVec, err = newStored(ctx, sentences); err != nil {
		return err
	}
	if x.bareVec, err = newStored(ctx, bare); err != nil {
		return err
	}
	for _, c := range []struct {
		into **vectors
		from [][]float32
	}{{&x.posVec, x.posRaw}, {&x.negVec, x.negRaw}, {&x.askVec, x.askRaw}, {&x.exampleVec, x.exampleRaw}, {&x.secVec, sections}} {
		if *c.into, err = newVectors(ctx, c.from); err != nil {
			return err
		}
	}
	x.probe = newProbe(ctx, x.posRaw, func(i int) int { return x.positives[i].target }, len(x.targets))
	x.Manifest.Embedder = m.Embedder
	return ctx.Err()
}

func (x *Index) manifest(m Material) {
	x.Manifest.Documents, x.Manifest.Chunks, x.Manifest.Sentences = len(x.documents), len(x.chunks), len(x.targets)
	x.Manifest.Variants, x.Manifest.Negatives, x.Manifest.Outlines = len(x.positives), len(x.negatives), len(x.outlines)
	parts := []string{fitRevision, x.Manifest.Embedder, m.Lexicon.Version}
	for _, d := range x.documents {
		parts = append(parts, d.ID, d.Version)
	}
	for _, v := range x.positives {
		parts = append(parts, "+"+v.Text+"\x00"+strconv.Itoa(v.target))
	}
	for _, v := range x.negatives {
		parts = append(parts, "-"+v.Text+"\x00"+v.Lacks+"\x00"+strconv.Itoa(v.target))
	}
	for _, o := range x.outlines {
		parts = append(parts, o.Topic)
		for _, p := range o.points {
			parts = append(parts, p.Text+"\x00"+strconv.Itoa(p.target))
		}
	}
	for _, a := range x.asks {
		parts = append(parts, a.text)
	}
	for _, e := range x.examples {
		parts = append(parts, e.name+"\x00"+e.text+"\x00"+e.kind)
	}
	sort.Strings(parts[3:])
	x.Manifest.Version = "i" + digest(strings.Join(parts, "\x00"))[:12]
}

// Documents returns the live documents in the order of their making; not to be changed.
func (x *Index) Documents() []Document { return x.documents }

// Document returns the live document with this ID, nil when there is none.
func (x *Index) Document(id string) *Document { return x.byID[id] }

// Lexical reports that the index has no vectors and answers by words alone.
func (x *Index) Lexical() bool { return x.sentVec == nil }
