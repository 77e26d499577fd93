package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"wenda/corpus"
)

// A documentLine is what wenda documents tells of one document.
type documentLine struct {
	ID          string    `json:"id"`
	Version     string    `json:"version"`
	Title       string    `json:"title"`
	IndexNumber string    `json:"index_number"`
	Issuer      string    `json:"issuer"`
	Published   string    `json:"published"`
	Validity    string    `json:"validity"`
	Chunks      int       `json:"chunks"`
	Sentences   int       `json:"sentences"`
	Variants    int       `json:"variants"`
	Negatives   int       `json:"negative_variants"`
	Source      string    `json:"source"`
	Format      string    `json:"format"`
	Imported    time.Time `json:"imported"`
}

func documentsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "documents",
		Short: "列出现有文件：日期、段数、来源",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withApp(c, func(a *App) error {
				kept, err := a.Store.Live(c.Context())
				if err != nil {
					return fmt.Errorf("list documents: %w", err)
				}
				lines := make([]documentLine, len(kept))
				for i, k := range kept {
					lines[i] = lineOf(k)
				}
				if a.Config.JSON {
					return printJSON(c.OutOrStdout(), lines)
				}
				t := tabwriter.NewWriter(c.OutOrStdout(), 2, 0, 2, ' ', 0)
				fmt.Fprintln(t, "标题\t索引号\t发布日期\t效力\t段\t句\t问法\t反例\t来源\t导入时间")
				for _, l := range lines {
					fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s\t%s\n", l.Title, dash(l.IndexNumber), dash(l.Published), dash(l.Validity),
						l.Chunks, l.Sentences, l.Variants, l.Negatives, l.Source, l.Imported.In(chinaTime).Format("2006-01-02 15:04"))
				}
				return t.Flush()
			})
		},
	}
}

func lineOf(k corpus.Kept) documentLine {
	d := k.Document
	l := documentLine{ID: d.ID, Version: d.Version, Title: d.Meta.Title, IndexNumber: d.Meta.IndexNumber, Issuer: d.Meta.Issuer, Published: d.Meta.Published,
		Validity: d.Meta.Validity, Chunks: len(d.Chunks), Source: d.Meta.Source, Format: d.Meta.Format, Imported: k.Imported}
	for i := range d.Chunks {
		l.Sentences += len(d.Chunks[i].Sentences)
	}
	for _, v := range k.Variants {
		if v.Negative {
			l.Negatives++
		} else {
			l.Variants++
		}
	}
	return l
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
