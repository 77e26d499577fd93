package corpus

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// An ImportReport says what an import did.
type ImportReport struct {
	Document  Document
	Unchanged bool // the same version is live already
	Replaced  bool // an older version of this document was live
	Carried   int  // variants taken over from the older version
	Tied      int  // of them, those that found their sentence in the new one
	Added     int  // chunks that the older version did not have
	Removed   int  // chunks of the older version that are gone
}

// Import reads a file and makes it the live version of its document. Variants and outlines of an older version are carried over:
// they answer where their headings exist. Errors are *ReadError for a bad file; nothing is stored then.
func (l *Library) Import(ctx context.Context, source string, data []byte, progress func(done, all int)) (ImportReport, error) {
	d, err := Read(source, data)
	if err != nil {
		return ImportReport{}, err
	}
	return l.Put(ctx, d, progress)
}

// Put does what Import does, with a document that was read already.
func (l *Library) Put(ctx context.Context, d Document, progress func(done, all int)) (ImportReport, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept, err := l.Shelf.Live(ctx)
	if err != nil {
		return ImportReport{}, fmt.Errorf("load documents: %w", err)
	}
	k, report := Carried(nil, d, time.Now())
	for _, old := range kept {
		if old.Document.ID != d.ID {
			continue
		}
		if old.Document.Version == d.Version && old.Origin == Staff {
			return ImportReport{Document: d, Unchanged: true}, nil
		}
		k, report = Carried(&old, d, time.Now())
	}
	return report, l.keep(ctx, k, progress)
}

// Seed puts the bundled document into an empty library, or a newer binary's digest and variants over an older one's. A digest
// once replaced by an import never returns; then only bundled variants and outlines are brought up to date. One that staff withdrew stays
// withdrawn, on a Shelf that says so by Withdrawn.
func (l *Library) Seed(ctx context.Context, bundled Kept) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept, err := l.Shelf.Live(ctx)
	if err != nil {
		return fmt.Errorf("load documents: %w", err)
	}
	for _, old := range kept {
		if old.Document.ID != bundled.Document.ID {
			continue
		}
		next := bundled
		if old.Origin != Bundled {
			next.Document, next.Origin, next.Imported = old.Document, old.Origin, old.Imported
		}
		next.Variants = broughtUp(bundled.Variants, old.Variants, func(v Variant) (string, Origin) { return v.ID, v.Origin })
		next.Outlines = broughtUp(bundled.Outlines, old.Outlines, func(o Outline) (string, Origin) { return o.ID, o.Origin })
		if old.Document.Version == next.Document.Version && sameVariants(old.Variants, next.Variants) && sameOutlines(old.Outlines, next.Outlines) {
			return nil
		}
		return l.Shelf.Put(ctx, next, "", nil)
	}
	if s, ok := l.Shelf.(interface {
		Withdrawn(ctx context.Context, documentID string) (bool, error)
	}); ok { // Live leaves those out that staff withdrew: putting them would bring them back
		if gone, err := s.Withdrawn(ctx, bundled.Document.ID); gone || err != nil {
			return err
		}
	}
	return l.Shelf.Put(ctx, bundled, "", nil) // the vectors are computed by the first Reload, while the index answers by words
}

// keep embeds what is new and puts k on the shelf in one transaction. Without an embedder, or when it fails, the texts wait for a
// later Reload.
func (l *Library) keep(ctx context.Context, k Kept, progress func(done, all int)) error {
	e := l.Embeds()
	if e == nil {
		return l.Shelf.Put(ctx, k, "", nil)
	}
	v, err := l.vectors(ctx, e, l.material([]Kept{k}).Texts(), progress)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return errors.Join(l.Shelf.Put(ctx, k, "", nil), err)
	}
	return l.Shelf.Put(ctx, k, e.Name(), v)
}

func chunkDifference(old, d Document) (added, removed int) {
	had := map[string]bool{}
	for _, c := range old.Chunks {
		had[c.ID] = true
	}
	for _, c := range d.Chunks {
		if had[c.ID] {
			delete(had, c.ID)
		} else {
			added++
		}
	}
	return added, len(had)
}

// broughtUp is what a newer binary brings, but for what staff made of it, and then what staff have of their own.
func broughtUp[T any](bundled, old []T, key func(T) (id string, origin Origin)) []T {
	var own, out []T
	edited := map[string]bool{}
	for _, v := range old {
		if id, origin := key(v); origin != Bundled {
			edited[id] = true
			own = append(own, v)
		}
	}
	for _, v := range bundled {
		if id, _ := key(v); !edited[id] {
			out = append(out, v)
		}
	}
	return append(out, own...)
}

func sameVariants(a, b []Variant) bool {
	return same(a, b, func(v Variant) (string, string) {
		return v.ID, fmt.Sprintf("%s %q %q %+q", v.Origin, v.Text, v.Lacks, v.Anchor)
	})
}

func sameOutlines(a, b []Outline) bool {
	return same(a, b, func(o Outline) (string, string) {
		return o.ID, fmt.Sprintf("%s %q %q %+q %+q", o.Origin, o.Topic, o.Asks, o.Points, o.Anchor)
	})
}

// same compares lists without regard to order.
func same[T any](a, b []T, key func(T) (id, content string)) bool {
	had := map[string]string{}
	for _, v := range a {
		id, content := key(v)
		had[id] = content
	}
	for _, v := range b {
		id, content := key(v)
		if c, ok := had[id]; !ok || c != content {
			return false
		}
	}
	return len(a) == len(b)
}
