package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"wenda/rag/sentence"
)

func modelCommand() *cobra.Command {
	c := &cobra.Command{Use: "model", Short: "句子模型", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(&cobra.Command{
		Use:   "install FILE|FOLDER...",
		Short: "从 Maven 的 jar 包或解开的文件安装句子模型，核对摘要",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := loadConfig(c)
			if err != nil {
				return err
			}
			report, err := sentence.Install(cfg.Models, args, func(line string) { fmt.Fprintln(c.ErrOrStderr(), line) })
			if err != nil {
				return err
			}
			for _, p := range report.Placed {
				fmt.Fprintln(c.OutOrStdout(), p)
			}
			return nil
		},
	})
	return c
}

func doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "检查数据目录、句子模型和索引，用一句话试一试",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withApp(c, func(a *App) error {
				out := c.OutOrStdout()
				status := sentence.Inspect(a.Config.Models)
				fmt.Fprintf(out, "句子模型目录  %s\n", a.Config.Models)
				for _, f := range status.Files {
					fmt.Fprintf(out, "  %v\n", f)
				}
				started := time.Now()
				if err := a.ready(c.Context()); err != nil {
					return err
				}
				m := a.Library.Current().Manifest
				fmt.Fprintf(out, "索引          %s，%d 个文件，%d 段，%d 句，问法 %d 条，反例 %d 条（用时 %v）\n", m.Version, m.Documents, m.Chunks, m.Sentences, m.Variants, m.Negatives, time.Since(started).Round(time.Millisecond))
				if a.Model == nil {
					fmt.Fprintf(out, "句子模型      没有：按词检索。%v\n", a.NoModel)
					return codedError{code: exitFailure}
				}
				const sentenceToTry = "补课班怎么管"
				started = time.Now()
				v, err := a.Model.EmbedQuery(c.Context(), sentenceToTry)
				if err != nil {
					return fmt.Errorf("embed a test sentence: %w", err)
				}
				fmt.Fprintf(out, "句子模型      %s，“%s” -> %d 维 [%.4f %.4f %.4f ...]，用时 %v\n", a.Model.Name(), sentenceToTry, len(v), v[0], v[1], v[2], time.Since(started).Round(10*time.Microsecond))
				return nil
			})
		},
	}
}
