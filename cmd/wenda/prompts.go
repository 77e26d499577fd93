package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"wenda/handlers/staff"
	"wenda/prompts"
	"wenda/rag/eval"
	"wenda/store"
)

func promptsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "prompts",
		Short: "用语：列出、查看、对比、改草稿、发布、回退、导出、导入",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(promptsListCommand(), promptsShowCommand(), promptsDiffCommand(), promptsSetCommand(), promptsPublishCommand(), promptsRollbackCommand(),
		promptsExportCommand(), promptsImportCommand())
	return c
}

func promptsListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "列出用语：上线的版本、草稿",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withApp(c, func(a *App) error {
				live, drafts, err := a.promptStates(c)
				if err != nil {
					return err
				}
				t := tabwriter.NewWriter(c.OutOrStdout(), 2, 0, 2, ' ', 0)
				fmt.Fprintln(t, "用语\t上线\t草稿")
				for _, name := range prompts.Names() {
					draft := "-"
					if n, ok := drafts[name]; ok {
						draft = "v" + strconv.Itoa(n)
					}
					fmt.Fprintf(t, "%s\t%s\t%s\n", name, versionName(live.State[name]), draft)
				}
				return t.Flush()
			})
		},
	}
}

func versionName(n int) string {
	if n == 0 {
		return "内置"
	}
	return "v" + strconv.Itoa(n)
}

// promptStates reads what is live, and the drafts by name.
func (a *App) promptStates(c *cobra.Command) (live store.Release, drafts map[string]int, err error) {
	if live, err = a.Store.LivePrompts(c.Context()); err != nil {
		return live, nil, err
	}
	versions, err := a.Store.PromptVersions(c.Context(), "")
	drafts = map[string]int{}
	for _, v := range versions {
		if v.Label == store.LabelDraft {
			drafts[v.Name] = v.Version
		}
	}
	return live, drafts, err
}

// promptVersion understands live, draft, a number, or 0 for the text of the program.
func (a *App) promptVersion(c *cobra.Command, name, which string) ([]byte, error) {
	live, drafts, err := a.promptStates(c)
	if err != nil {
		return nil, err
	}
	n := live.State[name]
	switch which {
	case "live":
	case "draft":
		draft, ok := drafts[name]
		if !ok {
			return nil, fmt.Errorf("%s 没有草稿", name)
		}
		n = draft
	default:
		if n, err = strconv.Atoi(strings.TrimPrefix(which, "v")); err != nil {
			return nil, misuseError{fmt.Errorf("版本应为 live、draft 或数字，不是 %q", which)}
		}
	}
	if n == 0 {
		return prompts.Default(name)
	}
	v, err := a.Store.PromptVersion(c.Context(), name, n)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("%s 没有 v%d", name, n)
	}
	return v.Body, err
}

func checkPromptName(name string) error {
	if !slices.Contains(prompts.Names(), name) {
		return misuseError{fmt.Errorf("没有用语 %q；可用的有 %s", name, strings.Join(prompts.Names(), "、"))}
	}
	return nil
}

func promptsShowCommand() *cobra.Command {
	c := &cobra.Command{Use: "show NAME", Short: "打印一份用语的文字", Args: cobra.ExactArgs(1)}
	version := c.Flags().String("version", "live", "live、draft、版本号，或 0（内置）")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := checkPromptName(args[0]); err != nil {
			return err
		}
		return withApp(c, func(a *App) error {
			text, err := a.promptVersion(c, args[0], *version)
			if err == nil {
				_, err = c.OutOrStdout().Write(text)
			}
			return err
		})
	}
	return c
}

func promptsDiffCommand() *cobra.Command {
	c := &cobra.Command{Use: "diff NAME", Short: "对比两个版本，逐行", Args: cobra.ExactArgs(1)}
	from := c.Flags().String("from", "live", "从哪个版本")
	to := c.Flags().String("to", "draft", "到哪个版本")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := checkPromptName(args[0]); err != nil {
			return err
		}
		return withApp(c, func(a *App) error {
			before, err := a.promptVersion(c, args[0], *from)
			if err != nil {
				return err
			}
			after, err := a.promptVersion(c, args[0], *to)
			if err != nil {
				return err
			}
			return staff.WriteDiff(c.OutOrStdout(), string(before), string(after))
		})
	}
	return c
}

func promptsSetCommand() *cobra.Command {
	c := &cobra.Command{Use: "set NAME FILE", Short: "把文件（- 为标准输入）存为草稿", Args: cobra.ExactArgs(2)}
	comment := c.Flags().String("comment", "", "改了什么、为什么")
	c.RunE = func(c *cobra.Command, args []string) error {
		name := args[0]
		if err := checkPromptName(name); err != nil {
			return err
		}
		text, err := readAll(c, args[1])
		if err != nil {
			return err
		}
		return withApp(c, func(a *App) error {
			live, drafts, err := a.promptStates(c)
			if err != nil {
				return err
			}
			if err := a.checkDraft(c, live, drafts, name, text); err != nil {
				return err
			}
			versions, err := a.Store.PromptVersions(c.Context(), name)
			if err != nil {
				return err
			}
			base := 0
			if len(versions) > 0 {
				base = versions[0].Version
			}
			n, err := a.Store.SaveDraft(c.Context(), commandBy(), name, base, text, *comment)
			if err == nil {
				_, err = fmt.Fprintf(c.OutOrStdout(), "%s v%d 已存为草稿；用 wenda prompts publish 发布\n", name, n)
			}
			return err
		})
	}
	return c
}

// checkDraft checks a text beside what is live, else beside all drafts.
func (a *App) checkDraft(c *cobra.Command, live store.Release, drafts map[string]int, name string, text []byte) error {
	texts := map[string][]byte{name: text}
	err := staff.CheckPrompts(c.Context(), a.Store, live.State, texts)
	if err != nil && staff.CheckPrompts(c.Context(), a.Store, overlaid(live.State, drafts), texts) == nil {
		return nil
	}
	return err
}

func overlaid(state, over map[string]int) map[string]int {
	out := map[string]int{}
	for _, m := range []map[string]int{state, over} {
		for name, n := range m {
			out[name] = n
		}
	}
	return out
}

func readAll(c *cobra.Command, path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(c.InOrStdin())
	}
	return os.ReadFile(path)
}

func promptsPublishCommand() *cobra.Command {
	c := &cobra.Command{Use: "publish [NAME...]", Short: "发布草稿（不写名称：全部）；先考测试集，变差就不发布，退出码 4", Args: cobra.ArbitraryArgs}
	override := c.Flags().String("override", "", "检查没有通过也发布的理由，会留在操作记录里")
	comment := c.Flags().String("comment", "", "发布说明")
	c.RunE = func(c *cobra.Command, args []string) error {
		for _, name := range args {
			if err := checkPromptName(name); err != nil {
				return err
			}
		}
		return withApp(c, func(a *App) error { return a.publishPrompts(c, args, *comment, *override) })
	}
	return c
}

func (a *App) publishPrompts(c *cobra.Command, names []string, comment, override string) error {
	ctx := c.Context()
	live, drafts, err := a.promptStates(c)
	if err != nil {
		return err
	}
	chosen := drafts
	if len(names) > 0 {
		chosen = map[string]int{}
		for _, name := range names {
			n, ok := drafts[name]
			if !ok {
				return fmt.Errorf("%s 没有草稿", name)
			}
			chosen[name] = n
		}
	}
	if len(chosen) == 0 {
		return errors.New("没有草稿；先用 wenda prompts set")
	}
	state := overlaid(live.State, chosen)
	if err := staff.CheckPrompts(ctx, a.Store, state, nil); err != nil {
		return err
	}
	p, err := staff.PublishingOf(ctx, a.Store)
	if err != nil {
		return err
	}
	what, reason := "prompt.publish", comment
	if len(p.Sets) > 0 {
		blocked, err := a.gate(c, p, state)
		if err != nil {
			return err
		}
		if blocked != "" {
			if len([]rune(override)) < 5 {
				return codedError{exitWorse, fmt.Errorf("没有发布：%s；确有必要时用 --override 写明理由（至少5个字）", blocked)}
			}
			what, reason = "prompt.override", "强制发布："+override+"（拦下的原因："+blocked+"）"
		}
	}
	r, err := a.Store.ReleasePrompts(ctx, commandBy(), what, live.N, state, reason)
	if errors.Is(err, store.ErrConflict) {
		return errors.New("检查期间别人发布了另一个版本，这次没有发布；请重新运行")
	}
	if err == nil {
		_, err = fmt.Fprintf(c.OutOrStdout(), "已发布，现在是第%d次发布\n", r.N)
	}
	return err
}

// gate asks the sets of the publish gate, and says why a state is too much worse; empty when it is not.
func (a *App) gate(c *cobra.Command, p staff.Publishing, state map[string]int) (string, error) {
	cases, err := staff.CasesOf(c.Context(), a.Store, p.Sets)
	if err != nil {
		return "", err
	}
	if err := a.ready(c.Context()); err != nil {
		return "", err
	}
	verdicts, err := staff.Judge(c.Context(), &workbench{app: a}, cases, store.Variant{Prompts: state}, nil)
	if err != nil {
		return "", err
	}
	comparison := eval.Compare("上线的 → 草稿", verdicts.Live, verdicts.Variant)
	if err := eval.WriteComparison(c.ErrOrStderr(), comparison); err != nil {
		return "", err
	}
	return comparison.Blocked(p.Margin), nil
}

func promptsRollbackCommand() *cobra.Command {
	c := &cobra.Command{Use: "rollback", Short: "退回上一次发布的用语（--to 指定第几次，0 为内置）", Args: cobra.NoArgs}
	to := c.Flags().Int("to", -1, "第几次发布；0 为内置文字")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return withApp(c, func(a *App) error {
			list, err := a.Store.Releases(c.Context(), 2)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				return errors.New("还没有发布过，现在就是内置文字")
			}
			n := *to
			if n < 0 {
				n = 0
				if len(list) > 1 {
					n = list[1].N
				}
			}
			state, err := staff.ReleaseState(c.Context(), a.Store, n)
			if errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("没有第%d次发布", n)
			}
			if err != nil {
				return err
			}
			r, err := a.Store.ReleasePrompts(c.Context(), commandBy(), "prompt.rollback", list[0].N, state, fmt.Sprintf("退回第%d次发布", n))
			if err == nil {
				_, err = fmt.Fprintf(c.OutOrStdout(), "已退回第%d次发布的用语，现在是第%d次发布\n", n, r.N)
			}
			return err
		})
	}
	return c
}

func promptsExportCommand() *cobra.Command {
	c := &cobra.Command{Use: "export", Short: "把上线的用语导出为一个文件（标准输出）", Args: cobra.NoArgs}
	withDrafts := c.Flags().Bool("drafts", false, "有草稿的用草稿")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return withApp(c, func(a *App) error {
			live, drafts, err := a.promptStates(c)
			if err != nil {
				return err
			}
			state := live.State
			if *withDrafts {
				state = overlaid(state, drafts)
			}
			b, err := staff.ExportPrompts(c.Context(), a.Store, state)
			if err != nil {
				return err
			}
			return printJSON(c.OutOrStdout(), b)
		})
	}
	return c
}

func promptsImportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE",
		Short: "把导出的文件（- 为标准输入）导入为草稿",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			data, err := readAll(c, args[0])
			if err != nil {
				return err
			}
			texts, err := staff.ReadBundle(data)
			if err != nil {
				return err
			}
			return withApp(c, func(a *App) error {
				made, err := staff.ImportPrompts(c.Context(), a.Store, commandBy(), texts)
				if err == nil {
					_, err = fmt.Fprintf(c.OutOrStdout(), "导入了 %d 份草稿\n", len(made))
				}
				return err
			})
		},
	}
}
