package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"wenda/corpus"
	"wenda/rag/sentence"
	"wenda/store"
)

// configuredModels is what doctor --llm says when no model is named.
const configuredModels = "configured"

func doctorCommand() *cobra.Command {
	var models string
	c := &cobra.Command{
		Use:   "doctor",
		Short: "检查数据目录、句子模型和索引，用一句话试一试；--llm 逐个试大语言模型",
		Args: func(c *cobra.Command, args []string) error {
			if models == configuredModels && len(args) == 1 { // --llm deepseek, as the setting is written elsewhere
				return nil
			}
			return cobra.NoArgs(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("llm") {
				return doctorModels(c, append(args, models)[0])
			}
			return withApp(c, func(a *App) error {
				out := c.OutOrStdout()
				serving := a.serving.Load()
				if serving.written == bundledEmbedder {
					status := sentence.Inspect(a.Config.Models)
					fmt.Fprintf(out, "句子模型目录  %s\n", a.Config.Models)
					for _, f := range status.Files {
						fmt.Fprintf(out, "  %v\n", f)
					}
				}
				if err := corpus.CanReadPDF(); err != nil {
					fmt.Fprintf(out, "PDF           %v\n", err)
				} else {
					fmt.Fprintln(out, "PDF           可以读")
				}
				started := time.Now()
				if err := a.ready(c.Context()); err != nil {
					return err
				}
				m := a.Library.Current().Manifest
				fmt.Fprintf(out, "索引          %s，%d 个文件，%d 段，%d 句，问法 %d 条，反例 %d 条（用时 %v）\n", m.Version, m.Documents, m.Chunks, m.Sentences, m.Variants, m.Negatives, time.Since(started).Round(time.Millisecond))
				if err := a.tellEmbedderChange(c.Context(), out); err != nil {
					return err
				}
				e := a.Library.Embeds()
				switch {
				case serving.written == wordsEmbedder:
					fmt.Fprintln(out, "向量          按设置只按词检索")
					return nil
				case e == nil:
					fmt.Fprintf(out, "句子模型      没有：按词检索。%v\n", a.NoModel)
					return codedError{code: exitFailure}
				}
				const sentenceToTry = "补课班怎么管"
				started = time.Now()
				v, err := e.EmbedQuery(c.Context(), sentenceToTry)
				if err != nil {
					return fmt.Errorf("embed a test sentence: %w", err)
				}
				fmt.Fprintf(out, "%s      %s，“%s” -> %d 维 [%.4f %.4f %.4f ...]，用时 %v\n", a.embedderKind(), e.Name(), sentenceToTry, len(v), v[0], v[1], v[2], time.Since(started).Round(10*time.Microsecond))
				return nil
			})
		},
	}
	c.Flags().StringVar(&models, "llm", "", "不检查别的，只逐个试大语言模型：设置里的，或写在后面的")
	c.Flags().Lookup("llm").NoOptDefVal = configuredModels
	return c
}

// embedderKind is four characters wide in the doctor's list.
func (a *App) embedderKind() string {
	if a.byVendor() {
		return "向量厂商"
	}
	return "句子模型"
}

// tellEmbedderChange says what was chosen in the console, where that was.
func (a *App) tellEmbedderChange(ctx context.Context, out io.Writer) error {
	s, err := a.Store.Embedder(ctx)
	if err != nil || s == (store.EmbedderState{}) {
		return err
	}
	set := a.choices[0].written
	if s.Serves != "" && s.Under != set {
		fmt.Fprintf(out, "向量          后台选过 %s，设置改成 %s 以后不再算数\n", s.Serves, set)
	} else if s.Serves != "" && s.Serves != set {
		fmt.Fprintf(out, "向量          后台从 %s 换成了 %s\n", set, s.Serves)
	}
	switch {
	case s.Target != "":
		fmt.Fprintf(out, "向量          正在换成 %s，由运行中的服务接着算\n", s.Target)
	case s.Failed != "" && s.Failed != store.Cancelled:
		fmt.Fprintf(out, "向量          上次更换没有成功，仍用原来的：%s（%s）\n", cmp.Or(reasonText(s.Failed), "原因不明，请看日志"), s.Failed)
	}
	return nil
}
