package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wenda/corpus"
	"wenda/handlers/fetch"
	"wenda/store"
)

func importCommand() *cobra.Command {
	var release string
	c := &cobra.Command{
		Use:   "import FILE|FOLDER|URL...",
		Short: "导入文件（门户网页、HTML、Word、PDF、Excel、Markdown、纯文本）；同一索引号的文件会被新版本替换",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("release") && strings.TrimSpace(release) == "" {
				return misuseError{errors.New("--release 后面要写明为什么可以放行，会记入操作记录")}
			}
			return withApp(c, func(a *App) error {
				if a.NoModel != nil {
					fmt.Fprintf(c.ErrOrStderr(), "提示：没有句子模型，先按词检索；装好后会自动补上（%v）\n", a.NoModel)
				}
				im := importer{App: a, c: c, release: release, fetch: fetch.New(nil).Fetch}
				return im.all(args)
			})
		},
	}
	c.Flags().StringVar(&release, "release", "", "查看过警告、确认可以导入的理由；没有它，像是指令或含隐藏文字的文件会被隔离")
	return c
}

// An importer puts files into the library, one after the other: what is wrong with one is said and does not stop the others.
type importer struct {
	*App
	c       *cobra.Command
	release string // why files that look like an attack may go in; empty: they may not
	fetch   func(ctx context.Context, address string) (name string, data []byte, err error)
}

// errQuarantined means that a file waits for staff.
var errQuarantined = errors.New("file is quarantined")

func (im importer) all(args []string) error {
	failed, quarantined := 0, 0
	count := func(err error) error {
		switch {
		case err == nil:
		case im.c.Context().Err() != nil:
			return im.c.Context().Err()
		case errors.Is(err, errQuarantined):
			quarantined++
		default:
			failed++
			fmt.Fprintln(im.c.ErrOrStderr(), err)
		}
		return nil
	}
	for _, arg := range args {
		if strings.Contains(arg, "://") {
			if err := count(im.address(arg)); err != nil {
				return err
			}
			continue
		}
		files, problem := filesOf(arg)
		if problem != nil {
			failed++
			fmt.Fprintln(im.c.ErrOrStderr(), problem)
		}
		for _, path := range files {
			if err := count(im.file(path)); err != nil {
				return err
			}
		}
	}
	switch {
	case failed > 0 && quarantined > 0:
		return codedError{exitFailure, fmt.Errorf("%d 个文件没有导入，%d 个隔离待放行，其余已导入", failed, quarantined)}
	case failed > 0:
		return codedError{exitFailure, fmt.Errorf("%d 个文件没有导入，其余已导入", failed)}
	case quarantined > 0:
		return codedError{exitQuarantined, fmt.Errorf("%d 个文件隔离待放行，其余已导入", quarantined)}
	}
	return nil
}

// filesOf lists the files of an argument; a folder is walked, hidden files left out.
func filesOf(arg string) (files []string, problem error) {
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
		problem = fmt.Errorf("%s：读不了，请检查路径和权限（%w）", arg, err)
	}
	return files, problem
}

func (im importer) file(path string) error {
	data, err := readLimited(path)
	if err != nil {
		return err
	}
	return im.put(path, filepath.Base(path), "", data)
}

func (im importer) address(address string) error {
	name, data, err := im.fetch(im.c.Context(), address)
	var refused *fetch.Error
	switch {
	case errors.As(err, &refused):
		return fmt.Errorf("%s：%s", address, refused.Say)
	case err != nil:
		return fmt.Errorf("%s：%w", address, err)
	}
	return im.put(address, name, address, data)
}

// put reads a file and makes it the live version of its document, or quarantines it.
func (im importer) put(shown, name, address string, data []byte) error {
	d, warnings, err := corpus.InspectAt(name, address, data, corpus.Today(time.Now()))
	var bad *corpus.ReadError
	switch {
	case errors.As(err, &bad):
		return fmt.Errorf("%s：%s", shown, bad.Advice)
	case err != nil:
		return fmt.Errorf("%s：%w", shown, err)
	}
	for _, w := range warnings {
		fmt.Fprintf(im.c.ErrOrStderr(), "%s：提示：%s\n", shown, w.Text)
	}
	if slices.ContainsFunc(warnings, func(w corpus.Warning) bool { return w.Quarantine }) {
		if err := im.guard(shown, d, warnings); err != nil {
			return err
		}
	}
	bar := newProgress(im.c.ErrOrStderr())
	report, err := im.Library.Put(im.c.Context(), d, bar.set)
	bar.end()
	if err != nil {
		return fmt.Errorf("%s：%w", shown, err)
	}
	return im.tell(shown, report)
}

// guard stops a file that looks like an attack: it waits in the console, unless whoever runs the command says why it may go in. A version
// that answers already was released before.
func (im importer) guard(shown string, d corpus.Document, warnings []corpus.Warning) error {
	ctx := im.c.Context()
	if held, err := im.Store.Document(ctx, d.ID); err == nil && held.Document.Version == d.Version && !held.Withdrawn {
		return nil
	} else if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	waiting, err := im.Store.StagedFiles(ctx)
	if err != nil {
		return err
	}
	n := int64(0)
	for _, s := range waiting {
		if s.Document.ID == d.ID && s.Document.Version == d.Version {
			n = s.N
		}
	}
	if im.release != "" { // into the audit first: what is in the library was answered for
		err := im.Store.WriteAudit(ctx, store.Change{By: commandBy(), What: "document.release", Object: d.Meta.Source, After: d.Version, Reason: im.release})
		if err == nil && n != 0 {
			err = im.Store.DropStaged(ctx, commandBy(), n)
		}
		return err
	}
	if n == 0 {
		if n, err = im.Store.Stage(ctx, commandBy(), d, warnings); errors.Is(err, store.ErrTooMany) {
			return fmt.Errorf("%s：没有导入，等着发布的文件太多了，请先在后台发布或丢弃一些", shown)
		} else if err != nil {
			return fmt.Errorf("%s：%w", shown, err)
		}
	}
	if im.Config.JSON {
		line := importedLine{File: shown, DocumentID: d.ID, Version: d.Version, Title: d.Meta.Title, Chunks: len(d.Chunks), Quarantined: n}
		if err := printJSON(im.c.OutOrStdout(), line); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(im.c.OutOrStdout(), "%s：《%s》已隔离，没有导入。请有发布权限的人在后台“文件”里看过第 %d 号的警告再放行；或者看过后加 --release 理由 重新导入\n", shown, d.Meta.Title, n)
	}
	return errQuarantined
}

func (im importer) tell(path string, report corpus.ImportReport) error {
	w := im.c.OutOrStdout()
	if im.Config.JSON {
		return printJSON(w, importLine(path, report))
	}
	d := report.Document
	switch {
	case report.Unchanged:
		fmt.Fprintf(w, "%s：《%s》没有变化\n", path, d.Meta.Title)
	case report.Replaced:
		fmt.Fprintf(w, "%s：《%s》已替换旧版，%d 段（新增 %d，去掉 %d），沿用问法 %d 条中的 %d 条\n", path, d.Meta.Title, len(d.Chunks), report.Added, report.Removed, report.Carried, report.Tied)
	default:
		fmt.Fprintf(w, "%s：《%s》已导入，%d 段", path, d.Meta.Title, len(d.Chunks))
		if found := strings.Trim(d.Meta.Issuer+"，"+d.Meta.Published, "，"); found != "" {
			fmt.Fprintf(w, "（%s）", found)
		}
		fmt.Fprintln(w)
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

	Quarantined int64 `json:"quarantined,omitempty"` // number that it waits under in the console
}

func importLine(path string, r corpus.ImportReport) importedLine {
	return importedLine{File: path, DocumentID: r.Document.ID, Version: r.Document.Version, Title: r.Document.Meta.Title, Chunks: len(r.Document.Chunks),
		Unchanged: r.Unchanged, Replaced: r.Replaced, Carried: r.Carried, Tied: r.Tied}
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
