package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"wenda/rag/backend"
	"wenda/store"
)

// booksEvery is how often what the models took is written: a process that is killed forgets at most so much, beside the calls under way.
const booksEvery = 3 * time.Second

// closingBooks is how long the last writing may take.
const closingBooks = 2 * time.Second

// chinaTime is whose days budgets and figures have.
var chinaTime = time.FixedZone("CST", 8*60*60)

func chinaNow() time.Time { return time.Now().In(chinaTime) }

// books are backend.Books in the store.
type books struct{ store *store.Store }

var _ backend.Books = books{}

// Book implements backend.Books.
func (b books) Book(ctx context.Context, day string, added []backend.Spent) ([]backend.Spent, error) {
	list := make([]store.Spent, len(added))
	for i, a := range added {
		list[i] = store.Spent(a)
	}
	sums, err := b.store.BookSpent(ctx, day, list)
	out := make([]backend.Spent, len(sums))
	for i, s := range sums {
		out[i] = backend.Spent(s)
	}
	return out, err
}

// openBooks reads what the day has taken already. An error ends the start: a budget that nobody knows the rest of is not given out anew.
func (m *languageModels) openBooks(ctx context.Context) error {
	if m == nil {
		return nil
	}
	if err := m.Compose.Book(ctx); err != nil {
		return fmt.Errorf("read today's tokens: %w", err)
	}
	return nil
}

// keepBooks writes what the models took until ctx is done.
func (m *languageModels) keepBooks(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(booksEvery)
	defer tick.Stop()
	failed := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := m.Compose.Book(ctx)
		if err != nil && !failed && ctx.Err() == nil {
			log.Error("tokens not written; budgets are kept in memory meanwhile", "error", err)
		}
		failed = err != nil
	}
}

// closeBooks writes what is left. Nil has nothing.
func (m *languageModels) closeBooks() error {
	if m == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closingBooks)
	defer cancel()
	if err := m.Compose.Book(ctx); err != nil {
		return fmt.Errorf("write today's tokens: %w", err)
	}
	return nil
}
