package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wenda/handlers/export"
	"wenda/handlers/staff"
	"wenda/store"
)

func logCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "log",
		Short: "问答日志：核对校验链、导出、重新回答",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(logVerifyCommand(), logExportCommand(), logReplayCommand())
	return c
}

func logVerifyCommand() *cobra.Command {
	var known string
	c := &cobra.Command{
		Use:   "verify",
		Short: "核对日志的校验链：有没有被改动、删除或插入（退出码：0 完好，1 有问题）",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var head *store.Head
			if known != "" {
				h, err := store.ParseHead(known)
				if err != nil {
					return misuseError{fmt.Errorf("--head 应为以前核对时打印的“序号:校验值”：%w", err)}
				}
				head = &h
			}
			return withStore(c, func(s *store.Store, cfg Config) error {
				r, err := s.VerifyLog(c.Context(), head, nil)
				if err != nil {
					return err
				}
				if err := printVerified(c.OutOrStdout(), cfg, r); err != nil {
					return err
				}
				if len(r.Broken) > 0 {
					return codedError{code: exitFailure}
				}
				return nil
			})
		},
	}
	c.Flags().StringVar(&known, "head", "", "以前核对时记下的“序号:校验值”，核对它仍在链上")
	return c
}

type verifiedLine struct {
	Records     int      `json:"records"`
	First       int64    `json:"first"`
	Last        int64    `json:"last"`
	Deleted     int      `json:"deleted"`
	Erased      int      `json:"erased"`
	Checkpoints int      `json:"checkpoints"`
	Head        string   `json:"head"`
	Broken      []string `json:"broken"`
}

func printVerified(w io.Writer, cfg Config, r store.LogReport) error {
	if cfg.JSON {
		return printJSON(w, verifiedLine{r.Records, r.First, r.Last, r.Deleted, r.Erased, r.Checkpoints, r.Head.String(), append([]string{}, r.Broken...)})
	}
	fmt.Fprintf(w, "核对了 %d 条（第 %d 到 %d 条），到期删除过 %d 条（%d 次），本人删除 %d 条\n", r.Records, r.First, r.Last, r.Deleted, r.Checkpoints, r.Erased)
	for _, b := range r.Broken {
		fmt.Fprintln(w, "不符：", b)
	}
	if len(r.Broken) == 0 {
		fmt.Fprintf(w, "校验链完好。请把下面这行记在别处，以后用 --head 核对：\n%s\n", r.Head)
	}
	return nil
}

func logExportCommand() *cobra.Command {
	var f store.LogFilter
	var from, to, format string
	c := &cobra.Command{
		Use:   "export FILE",
		Short: "导出问答日志（CSV、XLSX、JSON Lines，按文件名后缀）；FILE 为 - 时写到标准输出",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			kind, err := exportFormat(args[0], format)
			if err != nil {
				return err
			}
			for _, d := range []struct {
				name, text string
				days       int
				into       *time.Time
			}{{"--from", from, 0, &f.From}, {"--to", to, 1, &f.To}} {
				if d.text == "" {
					continue
				}
				t, err := time.ParseInLocation(time.DateOnly, d.text, time.FixedZone("CST", 8*60*60))
				if err != nil {
					return misuseError{fmt.Errorf("%s 应为日期，如 2026-11-01，不是 %q", d.name, d.text)}
				}
				*d.into = t.AddDate(0, 0, d.days)
			}
			return withStore(c, func(s *store.Store, _ Config) error { return exportLog(c, s, f, kind, args[0]) })
		},
	}
	c.Flags().StringVar(&from, "from", "", "从这一天起（北京时间）")
	c.Flags().StringVar(&to, "to", "", "到这一天为止（含）")
	c.Flags().StringVar(&f.Status, "status", "", "只要这种结果：answered、not_stated、no_source 等")
	c.Flags().StringVar(&f.Channel, "channel", "", "只要这个渠道：portal、wechat、mp、api")
	c.Flags().StringVar(&f.Feedback, "feedback", "", "只要这种评价：useful、useless、any、none")
	c.Flags().StringVar(&f.Text, "text", "", "问题或回答里有这些字")
	c.Flags().StringVar(&format, "format", "", "格式：csv、xlsx、jsonl；空着时看文件名后缀")
	return c
}

func exportFormat(file, format string) (export.Format, error) {
	if format == "" && strings.Contains(file, ".") {
		format = file[strings.LastIndexByte(file, '.')+1:]
	}
	kind := export.Format(format)
	if _, ok := kind.ContentType(); !ok {
		return "", misuseError{fmt.Errorf("不知道用什么格式导出 %s：文件名以 .csv、.xlsx 或 .jsonl 结尾，或用 --format", file)}
	}
	return kind, nil
}

// exportLog writes beside the file and renames at the end, so that half an export is never taken for a whole one.
func exportLog(c *cobra.Command, s *store.Store, f store.LogFilter, kind export.Format, file string) (err error) {
	all, err := s.CountLog(c.Context(), f, 1<<30)
	if err != nil {
		return err
	}
	var w io.Writer = c.OutOrStdout()
	if file != "-" {
		if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
			return misuseError{fmt.Errorf("%s 已经存在，导出不覆盖旧文件，请换一个名字", file)}
		}
		part, err := os.OpenFile(file+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("write %s: %w", file, err)
		}
		defer os.Remove(file + ".part")
		defer part.Close()
		w = part
	}
	bar := newProgress(c.ErrOrStderr())
	defer bar.end()
	out, err := export.New(w, kind, staff.LogColumns())
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	done := 0
	err = s.EachLog(c.Context(), f, func(e store.LogEntry, answer string) error {
		if done++; done%500 == 0 {
			bar.set(done, max(done, all))
		}
		return out.Row(staff.LogRow(kind, e, answer)...)
	})
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	if file == "-" {
		return nil
	}
	if err := os.Rename(file+".part", file); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	_, err = fmt.Fprintf(c.ErrOrStderr(), "已导出 %d 条到 %s\n", done, file)
	return err
}
