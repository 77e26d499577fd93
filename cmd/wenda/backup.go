package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"wenda/store"
)

func backupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "备份全部数据到一个文件（服务不用停），并核对",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c, func(s *store.Store, cfg Config) error {
				r, err := s.Backup(c.Context(), args[0])
				if errors.Is(err, fs.ErrExist) {
					return misuseError{fmt.Errorf("%s 已经存在，备份不覆盖旧文件，请换一个名字", args[0])}
				}
				if err != nil {
					return err
				}
				if cfg.JSON {
					return printJSON(c.OutOrStdout(), backupLine{args[0], r.Bytes, r.Documents, r.Answers, ""})
				}
				_, err = fmt.Fprintf(c.OutOrStdout(), "已备份并核对：%s，%.1f MiB，%d 个文件，%d 条问答\n", args[0], mebibytes(r.Bytes), r.Documents, r.Answers)
				return err
			})
		},
	}
}

func restoreCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "restore FILE",
		Short: "用备份替换数据目录里的数据（先停服务）；旧数据改名保留",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := loadConfig(c)
			if err != nil {
				return err
			}
			if _, err := os.Stat(args[0]); err != nil {
				return misuseError{fmt.Errorf("备份文件 %s 打不开：%w", args[0], err)}
			}
			kept, r, err := store.Restore(c.Context(), cfg.Data, args[0], time.Now())
			if err != nil {
				return err
			}
			if cfg.JSON {
				return printJSON(c.OutOrStdout(), backupLine{args[0], r.Bytes, r.Documents, r.Answers, kept})
			}
			fmt.Fprintf(c.OutOrStdout(), "已恢复：%d 个文件，%d 条问答\n", r.Documents, r.Answers)
			if kept != "" {
				fmt.Fprintf(c.OutOrStdout(), "原来的数据保留在 %s，确认无误后可以删除\n", kept)
			}
			return nil
		},
	}
}

type backupLine struct {
	File      string `json:"file"`
	Bytes     int64  `json:"bytes"`
	Documents int    `json:"documents"`
	Answers   int    `json:"answers"`
	Kept      string `json:"kept,omitempty"` // what was there before a restore
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }

// withStore opens the store alone, without model and index.
func withStore(c *cobra.Command, f func(*store.Store, Config) error) error {
	cfg, err := loadConfig(c)
	if err != nil {
		return err
	}
	s, err := openStore(c.Context(), cfg)
	if err != nil {
		return err
	}
	return errors.Join(f(s, cfg), s.Close())
}

func openStore(ctx context.Context, cfg Config) (*store.Store, error) {
	s, err := store.Open(ctx, cfg.Data, store.Options{})
	if err != nil {
		return nil, fmt.Errorf("open data folder %s: %w", cfg.Data, err)
	}
	return s, nil
}
