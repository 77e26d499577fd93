package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"wenda/rag/eval"
)

func evalCommand() *cobra.Command {
	var sets []string
	var server string
	var failures bool
	c := &cobra.Command{
		Use:   "eval",
		Short: "用测试题评分，按类别给出表格",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cases, err := loadSets(sets)
			if err != nil {
				return misuseError{err}
			}
			if server != "" {
				cfg, err := loadConfig(c)
				if err != nil {
					return err
				}
				return evaluate(c, cfg, eval.Server{BaseURL: server, Client: &http.Client{Timeout: 30 * time.Second}}, cases, failures)
			}
			return withApp(c, func(a *App) error {
				if err := a.ready(c.Context()); err != nil {
					return err
				}
				return evaluate(c, a.Config, a.Engine, cases, failures)
			})
		},
	}
	c.Flags().StringSliceVar(&sets, "set", []string{"tune", "tune2", "holdout"}, "测试题：tune、tune2、holdout，或 JSON Lines 文件")
	c.Flags().StringVar(&server, "server", "", "向运行中的服务提问，例如 http://127.0.0.1:8080")
	c.Flags().BoolVar(&failures, "failures", false, "列出答错的题和检索过程")
	return c
}

func loadSets(names []string) ([]eval.Case, error) {
	var all []eval.Case
	for _, name := range names {
		cases, err := eval.Bundled(name)
		if errors.Is(err, fs.ErrNotExist) {
			var data []byte
			if data, err = os.ReadFile(name); err == nil {
				cases, err = eval.Parse(name, data)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("测试题 %s：%w", name, err)
		}
		all = append(all, cases...)
	}
	return all, nil
}

func evaluate(c *cobra.Command, cfg Config, asker eval.Asker, cases []eval.Case, failures bool) error {
	verdicts, err := eval.Run(c.Context(), asker, cases, nil)
	if err != nil {
		return err
	}
	out := c.OutOrStdout()
	if cfg.JSON {
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		for _, v := range verdicts {
			if err := e.Encode(v); err != nil {
				return err
			}
		}
		return nil
	}
	if failures {
		for _, v := range verdicts {
			if !v.OK || !v.Cited {
				writeFailure(out, v)
			}
		}
	}
	return eval.WriteTable(out, eval.Table(verdicts))
}

func writeFailure(w io.Writer, v eval.Verdict) {
	t := v.Trace
	fmt.Fprintf(w, "%s %s\n  问 %s\n", v.Case.ID, v.Case.Kind, v.Case.Question)
	if t.Standalone != "" {
		fmt.Fprintf(w, "  作 %s\n", t.Standalone)
	}
	fmt.Fprintf(w, "  %s（应为 %v %s）\n  答 %s [%s %s]\n", v.Why, v.Case.Expect.Facts, v.Case.Expect.Section, v.Answer.Text, v.Answer.Status, v.Answer.Reason)
	fmt.Fprintf(w, "  strength %.3f/%.3f answerable %.2f/%.2f coverage %.2f positive %.3f rule %s kind %s route %s\n  negative %s\n", t.Strength, t.Floor, t.Answerable, t.Cut, t.Coverage, t.Positive, t.Rule, t.Kind, t.Route, t.Negative)
	for _, d := range t.Dropped {
		fmt.Fprintf(w, "  dropped %s: %s\n", d.Reason, d.Text)
	}
	for i, cand := range t.Candidates {
		if i < 4 {
			fmt.Fprintf(w, "    %.3f s%.3f v%.3f w%.1f %s | %s (%s)\n", cand.Score, cand.Cosine, cand.Variant, cand.Words, cand.Section, cand.Text, cand.Asked)
		}
	}
	fmt.Fprintln(w)
}
