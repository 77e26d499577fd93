package staff

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"wenda/corpus"
	"wenda/store"
)

type chunkPageView struct {
	ID, Title, Chunk, Path string
	Sentences              []sentenceVariants
	Use                    store.ChunkUse
	Lacks                  []named
	Untied                 int
	NoModel                string // why no model can be asked for questions; empty: one can
}

// sentenceVariants are a sentence and what residents ask beside it.
type sentenceVariants struct {
	N                   int
	Text                string
	Variants, Negatives []corpus.Variant
	Drafts              []store.VariantDraft // accepted proposals that nobody has published
	Typed               string               // what stood in the form when the model was asked
	Asked               *askedModel          // what came of that; nil: it was not asked
}

// chunkPage is GET /staff/knowledge/{id}/chunk: a paragraph with its variants and how it was used.
func (c *Console) chunkPage(v *visit) error {
	m, _, err := c.chunkView(v)
	if err != nil {
		return err
	}
	return v.page("chunk", m.heading(), m)
}

// heading is the page's title.
func (m chunkPageView) heading() string {
	return "问法：" + clipped(m.Title+" "+m.Sentences[0].Text)
}

// chunkView reads the paragraph p of the document.
func (c *Console) chunkView(v *visit) (chunkPageView, store.Held, error) {
	ctx, id, p := v.r.Context(), v.r.PathValue("id"), v.form("p")
	h, err := c.store.Document(ctx, id)
	if err != nil {
		return chunkPageView{}, h, err
	}
	at := chunkIndex(&h.Document, p)
	if at < 0 {
		return chunkPageView{}, h, noPage.saying("现行版本里没有这一段了。")
	}
	ch := &h.Document.Chunks[at]
	m := chunkPageView{ID: id, Title: h.Document.Meta.Title, Chunk: p, Path: ch.SectionPath(), Lacks: lackNames}
	for i := range ch.Sentences {
		m.Sentences = append(m.Sentences, sentenceVariants{N: i, Text: ch.Sentence(i)})
	}
	tied := tiedVariants(h)
	m.Untied = len(tied[-1])
	for _, t := range tied[at] {
		s := &m.Sentences[t.Sentence]
		if t.Negative {
			s.Negatives = append(s.Negatives, t.Variant)
		} else {
			s.Variants = append(s.Variants, t.Variant)
		}
	}
	if m.NoModel, err = c.noModel(ctx); err != nil {
		return m, h, err
	}
	if err := c.draftsInto(ctx, &m, h, at); err != nil {
		return m, h, err
	}
	m.Use, err = c.store.ChunkUse(ctx, id, p)
	return m, h, err
}

func chunkIndex(d *corpus.Document, id string) int {
	return slices.IndexFunc(d.Chunks, func(c corpus.Chunk) bool { return c.ID == id })
}

// originNames say who made a variant.
var originNames = []named{{string(corpus.Bundled), "随程序"}, {string(corpus.Staff), "本单位"}, {string(corpus.Accepted), "采纳模型拟的"}}

// changeVariants is POST /staff/knowledge/{id}/variants: add lines, or remove one.
func (c *Console) changeVariants(v *visit) error {
	id, p := v.r.PathValue("id"), v.form("p")
	back := chunkPath(id, p)
	if gone := v.form("remove"); gone != "" {
		told := ""
		err := c.store.ChangeVariants(v.r.Context(), v.by(), "variants.remove", id, gone, func(list []corpus.Variant) ([]corpus.Variant, error) {
			at := slices.IndexFunc(list, func(x corpus.Variant) bool { return x.ID == gone })
			if at < 0 {
				return nil, noPage.saying("这个问法已经不在了。")
			}
			told = list[at].Text
			return slices.Delete(list, at, at+1), nil
		})
		if err != nil {
			return err
		}
		return v.to(back, "已去掉“"+told+"”，几秒内生效。")
	}
	at := v.form("sentence")
	if chunk, n, chosen := strings.Cut(v.form("place"), "|"); chosen { // of placesFor
		p, at = chunk, n
		back = "/staff/knowledge/" + url.PathEscape(id) + "/chunk?p=" + url.QueryEscape(p)
	}
	sentence, err := strconv.Atoi(at)
	if err != nil {
		return invalid
	}
	var texts []string
	for _, l := range strings.Split(v.form("texts"), "\n") {
		if l = strings.TrimSpace(l); l != "" {
			texts = append(texts, l)
		}
	}
	switch err := c.addVariants(v.r.Context(), v, id, p, sentence, texts, v.form("negative") == "yes", v.form("lacks")); {
	case err == conflict: //nolint:errorlint // said by addVariants of a sentence that is not there any more
		return c.placesFor(v, id, texts)
	case err != nil:
		return err
	}
	return v.to(back, fmt.Sprintf("已加%d个问法，几秒内生效。", len(texts)))
}

const (
	maxVariantsAtOnce = 50
	minVariantRunes   = 2
)

// addVariants ties texts to a sentence of a document's live version. One that is there already with the same sign is replaced.
// A sentence that the live version does not have is conflict.
func (c *Console) addVariants(ctx context.Context, v *visit, id, chunk string, sentence int, texts []string, negative bool, lacks string) error {
	if len(texts) == 0 || len(texts) > maxVariantsAtOnce {
		return invalid.saying(fmt.Sprintf("写1到%d个问法，每行一个。", maxVariantsAtOnce))
	}
	for _, t := range texts {
		if n := utf8.RuneCountInString(t); n < minVariantRunes || n > maxAskRunes {
			return invalid.saying(fmt.Sprintf("问法“%s”要有%d到%d个字。", t, minVariantRunes, maxAskRunes))
		}
	}
	if negative && nameOf(lackNames, lacks) == lacks {
		return invalid.saying("请选文件没有说明的是什么。")
	}
	if !negative {
		lacks = ""
	}
	h, err := c.store.Document(ctx, id)
	if err != nil {
		return err
	}
	anchor, err := anchorOf(&h.Document, chunk, sentence)
	if err != nil {
		return err
	}
	what := "variants.add"
	if negative {
		what = "variants.negative"
	}
	return c.store.ChangeVariants(ctx, v.by(), what, id, strings.Join(texts, "\n"), func(list []corpus.Variant) ([]corpus.Variant, error) {
		for _, t := range texts {
			x := corpus.Variant{ID: corpus.VariantID(id, t, negative), Text: t, Negative: negative, Lacks: lacks, Origin: corpus.Staff, Anchor: anchor}
			list = slices.DeleteFunc(list, func(o corpus.Variant) bool { return o.ID == x.ID })
			list = append(list, x)
		}
		return list, nil
	})
}

// A placesView is what was written for a sentence that is not there any more, and the sentences of the new version that it may belong to.
type placesView struct {
	ID, Title string
	Texts     string
	Negative  bool
	Lacks     string // code of what is missing
	LacksName string
	Places    []gapHit
}

// placesFor lets people choose another sentence for the questions that they wrote while the document got another version.
func (c *Console) placesFor(v *visit, id string, texts []string) error {
	h, err := c.store.Document(v.r.Context(), id)
	if err != nil {
		return err
	}
	m := placesView{ID: id, Title: h.Document.Meta.Title, Texts: strings.Join(texts, "\n"), Negative: v.form("negative") == "yes", Lacks: v.form("lacks"),
		LacksName: nameOf(lackNames, v.form("lacks"))}
	asked := pairsOf(m.Texts)
	var all []gapHit
	near := map[string]float64{}
	for i := range h.Document.Chunks {
		ch := &h.Document.Chunks[i]
		for s := range ch.Sentences {
			hit := gapHit{id, ch.ID, s, ch.Sentence(s), ch.SectionPath()}
			all, near[hit.Text] = append(all, hit), jaccard(asked, pairsOf(hit.Text))
		}
	}
	slices.SortStableFunc(all, func(a, b gapHit) int { return cmp.Compare(near[b.Text], near[a.Text]) })
	m.Places = all[:min(len(all), maxPlaces)]
	return v.pageAs(http.StatusConflict, "places", "另选一句", m)
}

// maxPlaces is how many sentences are offered, the nearest by words first.
const maxPlaces = 12

// anchorOf is how variants of a sentence find it again. A sentence that is not there is conflict.
func anchorOf(d *corpus.Document, chunk string, sentence int) (corpus.Anchor, error) {
	at := chunkIndex(d, chunk)
	if at < 0 || sentence < 0 || sentence >= len(d.Chunks[at].Sentences) {
		return corpus.Anchor{}, conflict
	}
	ch := &d.Chunks[at]
	anchor := corpus.Anchor{Section: ch.Section, Facts: clausesOf(ch.Sentence(sentence)), Say: ch.Sentence(sentence)}
	if p, ok := d.Tie(anchor); !ok || p.Chunk != at || p.Sentence != sentence {
		return anchor, invalid.saying("这一句太短或在别处重复出现，问法会连到别的句子上。请换一句。")
	}
	return anchor, nil
}

// clausesOf are the parts of a sentence by which it is found again in a newer version, where some of them may have changed.
func clausesOf(sentence string) []string {
	var out []string
	for _, p := range strings.FieldsFunc(sentence, func(r rune) bool { return strings.ContainsRune("，。；：！？,;:!?", r) }) {
		if p = strings.TrimSpace(p); utf8.RuneCountInString(p) >= 3 && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		out = []string{strings.TrimSpace(sentence)}
	}
	return out
}

// chunkOf is the chunk that a citation's address leads to.
func chunkOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Query().Get("p")
}

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}
