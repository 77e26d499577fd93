package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"wenda/corpus"
)

func importCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE|FOLDER...",
		Short: "导入文件（门户网页、HTML、Markdown、纯文本）；同一索引号的文件会被新版本替换",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withApp(c, func(a *App) error {
				if a.NoModel != nil {
					fmt.Fprintf(c.ErrOrStderr(), "提示：没有句子模型，先按词检索；装好后会自动补上（%v）\n", a.NoModel)
				}
				failed := 0
				files, problems := filesOf(args)
				for _, p := range problems {
					failed++
					fmt.Fprintln(c.ErrOrStderr(), p)
				}
				for _, path := range files {
					if err := importFile(c, a, path); err != nil {
						if c.Context().Err() != nil {
							return c.Context().Err()
						}
						failed++
						fmt.Fprintln(c.ErrOrStderr(), err)
					}
				}
				if failed > 0 {
					return codedError{exitFailure, fmt.Errorf("%d 个文件没有导入，其余已导入", failed)}
				}
				return nil
			})
		},
	}
}

// filesOf lists the files of arguments; folders are walked, hidden files left out.
func filesOf(args []string) (files []string, problems []error) {
	for _, arg := range args {
		err := filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case path != arg && strings.HasPrefix(d.Name(), "."):
				if d.IsDir() {
					return filepath.SkipDir
				}
			case d.Type().IsRegular():
				files = append(files, path)
			case path == arg && !d.IsDir(): // a link named on the command line is meant
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			problems = append(problems, fmt.Errorf("%s：读不了，请检查路径和权限（%w）", arg, err))
		}
	}
	return files, problems
}

func importFile(c *cobra.Command, a *App, path string) error {
	data, err := readLimited(path)
	if err != nil {
		return err
	}
	bar := newProgress(c.ErrOrStderr())
	report, err := a.Library.Import(c.Context(), filepath.Base(path), data, bar.set)
	bar.end()
	var bad *corpus.ReadError
	switch {
	case errors.As(err, &bad):
		return fmt.Errorf("%s：%s", path, bad.Advice)
	case err != nil:
		return fmt.Errorf("%s：%w", path, err)
	}
	if a.Config.JSON {
		return printJSON(c.OutOrStdout(), importLine(path, report))
	}
	d := report.Document
	switch {
	case report.Unchanged:
		fmt.Fprintf(c.OutOrStdout(), "%s：《%s》没有变化\n", path, d.Meta.Title)
	case report.Replaced:
		fmt.Fprintf(c.OutOrStdout(), "%s：《%s》已替换旧版，%d 段（新增 %d，去掉 %d），沿用问法 %d 条中的 %d 条\n", path, d.Meta.Title, len(d.Chunks), report.Added, report.Removed, report.Carried, report.Tied)
	default:
		fmt.Fprintf(c.OutOrStdout(), "%s：《%s》已导入，%d 段\n", path, d.Meta.Title, len(d.Chunks))
	}
	return nil
}

type importedLine struct {
	File       string `json:"file"`
	DocumentID string `json:"document_id"`
	Version    string `json:"version"`
	Title      string `json:"title"`
	Chunks     int    `json:"chunks"`
	Unchanged  bool   `json:"unchanged"`
	Replaced   bool   `json:"replaced"`
	Carried    int    `json:"variants_carried"`
	Tied       int    `json:"variants_tied"`
}

func importLine(path string, r corpus.ImportReport) importedLine {
	return importedLine{path, r.Document.ID, r.Document.Version, r.Document.Meta.Title, len(r.Document.Chunks), r.Unchanged, r.Replaced, r.Carried, r.Tied}
}

// readLimited reads at most one byte more than a file may have, so that an endless one does not fill the memory.
func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s：打不开，请检查路径和权限（%w）", path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, corpus.MaxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%s：读取中断（%w）", path, err)
	}
	return data, nil
}
