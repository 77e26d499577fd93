package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wenda/rag/eval"
)

// An evaluation is what the options of wenda eval ask for.
type evaluation struct {
	sets             []string
	server           string
	baseline, report string
	beside           int
	failures, detail bool
	without          []string
}

func evalCommand() *cobra.Command {
	var e evaluation
	c := &cobra.Command{
		Use:   "eval",
		Short: "用测试题评分，按类别给出表格；可与以前比较、写成网页报告",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return e.run(c) },
	}
	c.Flags().StringSliceVar(&e.sets, "set", eval.Sets(), "测试题："+strings.Join(eval.Sets(), "、")+"，或 JSON Lines 文件")
	c.Flags().StringVar(&e.server, "server", "", "向运行中的服务提问，例如 http://127.0.0.1:8080")
	c.Flags().BoolVar(&e.failures, "failures", false, "列出答错的题和检索过程")
	c.Flags().BoolVar(&e.detail, "detail", false, "检索、拒答曲线、校准、各步骤用时")
	c.Flags().StringVar(&e.baseline, "baseline", "", "以前用 --json 存下的结果；逐题比较，明显变差时退出码为 4")
	c.Flags().StringVar(&e.report, "report", "", "写成一个网页文件，例如 report.html")
	c.Flags().IntVar(&e.beside, "beside", 0, "在临时目录里旁边放多少段别处的政策，看会不会答到别处去；比单独时明显变差退出码为 4")
	c.Flags().StringSliceVar(&e.without, "without", nil, "去掉哪几部分再评，例如 negatives；看每一部分值多少")
	return c
}

// An outcome is what a run gave.
type outcome struct {
	cfg         Config
	verdicts    []eval.Verdict
	documentOf  eval.DocumentOf
	about       []string
	comparisons []eval.Comparison
	alone       []eval.Verdict // of --beside: the same cases without the foreign policies
	aloneOf     eval.DocumentOf
}

// run reads what is needed before anything is asked, asks, writes, and decides.
func (e evaluation) run(c *cobra.Command) error {
	if err := e.check(); err != nil {
		return misuseError{err}
	}
	cases, err := loadSets(e.sets)
	if err != nil {
		return misuseError{err}
	}
	earlier, err := e.earlier(cases)
	if err != nil {
		return misuseError{err}
	}
	o, err := e.ask(c, cases)
	if err != nil {
		return err
	}
	if earlier != nil {
		o.comparisons = append(o.comparisons, eval.Compare("基准 "+filepath.Base(e.baseline)+" → 这次", earlier, o.verdicts))
	}
	if err := e.write(c, o); err != nil {
		return err
	}
	for _, comparison := range o.comparisons {
		if comparison.Worsened() {
			return codedError{exitWorse, fmt.Errorf("明显变差（%s）", comparison.Title)}
		}
	}
	return nil
}

// check tells at once what would else be found after minutes of asking.
func (e evaluation) check() error {
	var problems []error
	if e.beside < 0 || e.beside > eval.MaxPolicies {
		problems = append(problems, fmt.Errorf("beside 应为 0 到 %d，不是 %d", eval.MaxPolicies, e.beside))
	}
	if e.beside > 0 && e.server != "" {
		problems = append(problems, errors.New("beside 在临时目录里评，不能与 server 同用"))
	}
	if err := checkParts(e.without); err != nil {
		problems = append(problems, err)
	}
	if len(e.without) > 0 && (e.server != "" || e.beside > 0) {
		problems = append(problems, errors.New("without 不能与 server、beside 同用"))
	}
	if e.report != "" {
		folder := filepath.Dir(e.report)
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			problems = append(problems, fmt.Errorf("report 所在的目录 %s 不存在", folder))
		}
		if info, err := os.Stat(e.report); err == nil && info.IsDir() {
			problems = append(problems, fmt.Errorf("report %s 是目录，应为文件，例如 report.html", e.report))
		}
	}
	return errors.Join(problems...)
}

func loadSets(names []string) ([]eval.Case, error) {
	var all []eval.Case
	in := map[string]string{}
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
		for _, c := range cases {
			if other, taken := in[c.ID]; taken {
				return nil, fmt.Errorf("测试题 %s：题号 %s 在 %s 里已经有了", name, c.ID, other)
			}
			in[c.ID] = name
		}
		all = append(all, cases...)
	}
	return all, nil
}

// earlier reads the baseline, nil without one. One that none of the cases can be compared with would pass every run.
func (e evaluation) earlier(cases []eval.Case) ([]eval.Verdict, error) {
	if e.baseline == "" {
		return nil, nil
	}
	data, err := os.ReadFile(e.baseline)
	if err != nil {
		return nil, fmt.Errorf("基准 %s 读不了：%w", e.baseline, err)
	}
	verdicts, err := eval.Verdicts(e.baseline, data)
	if err != nil {
		return nil, fmt.Errorf("基准 %s 不是 wenda eval --json 的结果：%w", e.baseline, err)
	}
	if eval.Shared(verdicts, cases) == 0 {
		return nil, fmt.Errorf("基准 %s 里没有一道相同的题，请用同样的 --set 重新存一份", e.baseline)
	}
	return verdicts, nil
}

func (e evaluation) ask(c *cobra.Command, cases []eval.Case) (outcome, error) {
	sets := fmt.Sprintf("测试题：%s，%d 题", strings.Join(e.sets, "、"), len(cases))
	switch {
	case e.server != "":
		cfg, err := loadConfig(c)
		if err != nil {
			return outcome{}, err
		}
		verdicts, err := eval.Run(c.Context(), eval.Server{BaseURL: e.server, Client: &http.Client{Timeout: 30 * time.Second}}, cases, nil)
		return outcome{cfg: cfg, verdicts: verdicts, about: []string{sets, "服务：" + e.server}}, err
	case e.beside > 0:
		o, err := askBeside(c, e.beside, cases)
		o.about = append([]string{sets}, o.about...)
		return o, err
	}
	var o outcome
	err := withApp(c, func(a *App) (err error) {
		a.leaveOut(e.without)
		if err := a.ready(c.Context()); err != nil {
			return err
		}
		o, err = a.ask(c, cases)
		return err
	})
	if len(e.without) > 0 {
		sets += "；去掉：" + strings.Join(e.without, "、")
	}
	o.about = append([]string{sets}, o.about...)
	return o, err
}

// ask asks an app, and tells what it searched.
func (a *App) ask(c *cobra.Command, cases []eval.Case) (outcome, error) {
	o := outcome{cfg: a.Config}
	live, err := a.Store.Live(c.Context())
	if err != nil {
		return o, err
	}
	o.documentOf = placesOf(live)
	m := a.Library.Current().Manifest
	embedder := m.Embedder
	if embedder == "" {
		embedder = "没有句子模型，只按词检索"
	}
	o.about = []string{fmt.Sprintf("文件 %d 份，%d 段，%d 条问法，%d 条反例；索引 %s；%s", m.Documents, m.Chunks, m.Variants, m.Negatives, m.Version, embedder)}
	o.verdicts, err = eval.Run(c.Context(), a.Engine, cases, nil)
	return o, err
}

// write tells the outcome on the terminal, or as JSON lines with all else on stderr, so that the lines can be a baseline; then the page.
func (e evaluation) write(c *cobra.Command, o outcome) error {
	told := c.OutOrStdout()
	if o.cfg.JSON {
		if err := writeVerdicts(c.OutOrStdout(), o.verdicts); err != nil {
			return err
		}
		told = c.ErrOrStderr()
	}
	if e.failures && !o.cfg.JSON {
		for _, v := range o.verdicts {
			if eval.Wrong(v) {
				if err := eval.WriteFailure(told, v); err != nil {
					return err
				}
			}
		}
	}
	if o.alone != nil {
		if err := writeAlone(told, o); err != nil {
			return err
		}
	}
	if !o.cfg.JSON {
		if err := eval.WriteTable(told, eval.Table(o.verdicts)); err != nil {
			return err
		}
	}
	if e.detail {
		if err := eval.WriteDetail(told, o.verdicts, o.documentOf); err != nil {
			return err
		}
	}
	for _, comparison := range o.comparisons {
		if err := eval.WriteComparison(told, comparison); err != nil {
			return err
		}
	}
	if e.report == "" {
		return nil
	}
	r := eval.Report{Made: time.Now(), About: o.about, Verdicts: o.verdicts, DocumentOf: o.documentOf, Comparisons: o.comparisons, Alone: o.alone, AloneOf: o.aloneOf}
	if err := writeWhole(e.report, func(w io.Writer) error { return eval.WriteReport(w, r) }); err != nil {
		return fmt.Errorf("报告 %s 没有写成：%w", e.report, err)
	}
	fmt.Fprintf(c.ErrOrStderr(), "报告已写到 %s\n", e.report)
	return nil
}

func writeVerdicts(w io.Writer, verdicts []eval.Verdict) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for _, v := range verdicts {
		if err := e.Encode(v); err != nil {
			return err
		}
	}
	return nil
}

// writeWhole writes a file so that nobody ever sees half of it: beside its place, then renamed.
func writeWhole(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails after the rename
	err = errors.Join(write(f), f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
