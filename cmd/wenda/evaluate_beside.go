package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"wenda/corpus"
	"wenda/rag/eval"
)

// besideSeed makes the foreign policies; runs of the same number are comparable.
const besideSeed = 2022

// askBeside asks the cases of the bundled plan alone, then again with n paragraphs of foreign policies beside it, in a data folder of
// its own that is gone afterwards.
func askBeside(c *cobra.Command, n int, cases []eval.Case) (o outcome, err error) {
	policies, err := eval.Policies(n, besideSeed)
	if err != nil {
		return o, err
	}
	cfg, err := loadConfig(c)
	if err != nil {
		return o, err
	}
	dir, err := os.MkdirTemp("", "wenda-eval-*")
	if err != nil {
		return o, fmt.Errorf("make a temporary data folder: %w", err)
	}
	defer os.RemoveAll(dir)
	cfg.Data = filepath.Join(dir, "data")
	a, err := open(c.Context(), cfg, newLog(os.Stderr, cfg.Log))
	if err != nil {
		return o, err
	}
	defer func() {
		if closeErr := a.close(); err == nil {
			err = closeErr
		}
	}()
	t := teller{c.ErrOrStderr(), time.Now()}
	t.say("临时目录：内置的工作思路，算向量、建索引")
	if err := a.ready(c.Context()); err != nil {
		return o, err
	}
	t.say("单独评 %d 题", len(cases))
	alone, err := a.ask(c, cases)
	if err != nil {
		return o, err
	}
	if err := t.bring(c.Context(), a, policies); err != nil {
		return o, err
	}
	t.say("建索引")
	if err := a.ready(c.Context()); err != nil {
		return o, err
	}
	t.say("旁边有 %d 段别处的政策，再评 %d 题", n, len(cases))
	if o, err = a.ask(c, cases); err != nil {
		return o, err
	}
	t.say("评完")
	o.alone, o.aloneOf = alone.verdicts, alone.documentOf
	o.about = append(o.about, fmt.Sprintf("旁边放了别处的政策 %d 段（%d 份），都是编的；单独时：%s", n, len(policies), alone.about[0]))
	o.comparisons = []eval.Comparison{eval.Compare("单独时 → 旁边有别处的政策时", alone.verdicts, o.verdicts)}
	return o, nil
}

func placesOf(live []corpus.Kept) eval.DocumentOf {
	documents := make([]corpus.Document, len(live))
	for i, k := range live {
		documents[i] = k.Document
	}
	return eval.Places(documents)
}

// A teller says on stderr what is being done; with thousands of paragraphs it takes minutes.
type teller struct {
	w       io.Writer
	started time.Time
}

func (t teller) say(format string, args ...any) {
	fmt.Fprintf(t.w, "[%6.1f 秒] %s\n", time.Since(t.started).Seconds(), fmt.Sprintf(format, args...))
}

// bring imports the policies and tells every tenth of them.
func (t teller) bring(ctx context.Context, a *App, policies []eval.Policy) error {
	for i, p := range policies {
		if _, err := a.Library.Import(ctx, p.Source, []byte(p.Text), nil); err != nil {
			return fmt.Errorf("import %s: %w", p.Source, err)
		}
		if done := i + 1; done == len(policies) || done*10/len(policies) > i*10/len(policies) {
			t.say("别处的政策：已导入 %d/%d 份", done, len(policies))
		}
	}
	return nil
}

// writeAlone writes what the plan alone gave, and where the search put the right paragraph without and with the foreign policies. The
// table of the run beside them follows.
func writeAlone(w io.Writer, o outcome) error {
	fmt.Fprintln(w, "单独时：")
	if err := eval.WriteTable(w, eval.Table(o.alone)); err != nil {
		return err
	}
	if err := eval.WriteRanks(w, eval.Retrieval(o.alone, o.aloneOf), eval.Retrieval(o.verdicts, o.documentOf)); err != nil {
		return err
	}
	answerable, near := eval.Strayed(o.verdicts)
	_, err := fmt.Fprintf(w, "\n用别处文件作答：该答的 %d 题，该拒的 %d 题\n\n旁边有别处的政策时：\n", answerable, near)
	return err
}
