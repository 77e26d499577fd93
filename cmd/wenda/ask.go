package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"wenda/rag"
)

func askCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "ask QUESTION",
		Short: "问一个问题，打印回答和出处（退出码：0 已回答，3 没有答案）",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withApp(c, func(a *App) error {
				if err := a.ready(c.Context()); err != nil {
					return err
				}
				question := strings.Join(args, " ")
				if err := rag.Check(question); err != nil {
					return misuseError{fmt.Errorf("问题要有文字，最多 %d 个字", rag.MaxRunes)}
				}
				answer, err := a.Engine.Ask(c.Context(), rag.Question{Text: question, Channel: "cli"}, nil)
				if err != nil {
					return err
				}
				if a.Config.JSON {
					err = printJSON(c.OutOrStdout(), answer)
				} else {
					err = printAnswer(c.OutOrStdout(), answer)
				}
				if err == nil && !answer.Answered {
					return codedError{code: exitNotAnswered}
				}
				return err
			})
		},
	}
}

func printAnswer(w io.Writer, a rag.Answer) error {
	var b strings.Builder
	b.WriteString(a.Text + "\n")
	if a.Notice != "" {
		b.WriteString(a.Notice + "\n")
	}
	if a.Label != "" {
		b.WriteString(a.Label + "\n")
	}
	for _, c := range a.Citations {
		fmt.Fprintf(&b, "\n[%d] %s（%s", c.N, c.Title, c.Issuer)
		if c.Published != "" {
			b.WriteString("，" + c.Published)
		}
		fmt.Fprintf(&b, "）\n    %s\n    “%s”\n", c.Section, c.Quote)
	}
	if a.Handoff != nil {
		fmt.Fprintf(&b, "\n需要人工帮助：%s %s（%s）\n", a.Handoff.Name, a.Handoff.Phone, a.Handoff.Hours)
	}
	if len(a.Related) > 0 {
		b.WriteString("\n还可以问：" + strings.Join(a.Related, " / ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// withApp loads the configuration, opens the app, runs f and closes the app.
func withApp(c *cobra.Command, f func(*App) error) error {
	cfg, err := loadConfig(c)
	if err != nil {
		return err
	}
	log := newLog(os.Stderr, cfg.Log)
	a, err := open(c.Context(), cfg, log)
	if err != nil {
		return err
	}
	err = f(a)
	if closeErr := a.close(); err == nil {
		err = closeErr
	}
	return err
}

func newLog(w io.Writer, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l}))
}
