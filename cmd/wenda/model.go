package main

import (
	"fmt"

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
