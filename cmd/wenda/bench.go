package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
)

func benchCommand() *cobra.Command {
	var clients, chunks int
	var duration time.Duration
	c := &cobra.Command{
		Use:   "bench",
		Short: "测速度：每秒回答数、延迟、启动时间、内存（用临时数据目录，不碰现有数据）",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := loadConfig(c)
			if err != nil {
				return err
			}
			dir, err := os.MkdirTemp("", "wenda-bench-*")
			if err != nil {
				return fmt.Errorf("make a temporary data folder: %w", err)
			}
			defer os.RemoveAll(dir)
			cfg.Data, cfg.Addr, cfg.Limits = filepath.Join(dir, "small"), "127.0.0.1:0", "off"
			b := bench{out: c.OutOrStdout(), cfg: cfg, clients: clients, duration: duration}
			if err := b.start("bundled plan", nil); err != nil {
				return err
			}
			if err := b.load(c.Context()); err != nil {
				return err
			}
			if chunks == 0 {
				return nil
			}
			b.cfg.Data = filepath.Join(dir, "large")
			return b.start(fmt.Sprintf("%d chunks", chunks), syntheticDocuments(chunks))
		},
	}
	c.Flags().IntVar(&clients, "clients", 100, "同时提问的客户端数")
	c.Flags().DurationVar(&duration, "duration", 10*time.Second, "提问多久")
	c.Flags().IntVar(&chunks, "chunks", 10000, "大库的段数；0 不测")
	return c
}

// A bench measures on this machine; figures compare within one run only.
type bench struct {
	out      io.Writer
	cfg      Config
	clients  int
	duration time.Duration
}

func (b bench) quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// start fills a data folder and measures the second start on it.
func (b bench) start(name string, documents map[string][]byte) error {
	ctx := context.Background()
	a, err := open(ctx, b.cfg, b.quiet())
	if err != nil {
		return err
	}
	for source, data := range documents {
		if _, err := a.Library.Import(ctx, source, data, nil); err != nil {
			return fmt.Errorf("import %s: %w", source, err)
		}
	}
	started := time.Now()
	if err := a.ready(ctx); err != nil {
		return err
	}
	first := time.Since(started)
	if err := a.close(); err != nil {
		return err
	}
	started = time.Now()
	if a, err = open(ctx, b.cfg, b.quiet()); err != nil {
		return err
	}
	if err := a.ready(ctx); err != nil {
		return err
	}
	again := time.Since(started)
	m := a.Library.Current().Manifest
	runtime.GC()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	fmt.Fprintf(b.out, "start, %-14s first index %.2f s, again (open to ready) %.2f s; %d chunks, %d sentences, %d variants; heap %d MB, resident %s\n",
		name, first.Seconds(), again.Seconds(), m.Chunks, m.Sentences, m.Variants+m.Negatives, mem.HeapAlloc>>20, resident())
	return a.close()
}

// load asks a server of this process different questions from many clients, and embeds questions alone for comparison.
func (b bench) load(ctx context.Context) error {
	a, err := open(ctx, b.cfg, b.quiet())
	if err != nil {
		return err
	}
	questions, err := benchQuestions()
	if err != nil {
		return err
	}
	if a.Model != nil {
		var took []time.Duration
		for _, q := range questions[:200] {
			started := time.Now()
			if _, err := a.Model.EmbedQuery(ctx, q+"。"); err != nil { // the mark keeps it out of the load's cache
				return err
			}
			took = append(took, time.Since(started))
		}
		fmt.Fprintf(b.out, "embed one question, one at a time: p50 %s\n", percentile(took, .5))
	}
	ctx, cancel := context.WithCancel(ctx)
	addr := make(chan net.Addr, 1)
	served := make(chan error, 1)
	go func() { served <- a.serve(ctx, func(at net.Addr) { addr <- at }) }()
	select {
	case err := <-served:
		cancel()
		return err
	case at := <-addr:
		url := "http://" + at.String() + "/api/v1/ask"
		b.ask(url, 1, questions[:200], b.duration)
		b.ask(url, b.clients, questions[200:], b.duration)
		b.ask(url, b.clients, questions[:100], b.duration/2)
	}
	cancel()
	return joinErrors(<-served, a.close())
}

func joinErrors(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// ask lets clients ask the questions in turn until the time is over or every question was asked once; repeated ones come from caches,
// so a list is gone through once unless it is short.
func (b bench) ask(url string, clients int, questions []string, limit time.Duration) {
	var mu sync.Mutex
	var took []time.Duration
	failed, next := 0, 0
	repeat := clients > 1 && len(questions) <= 100
	take := func() (string, bool) {
		mu.Lock()
		defer mu.Unlock()
		if next >= len(questions) && !repeat {
			return "", false
		}
		next++
		return questions[(next-1)%len(questions)], true
	}
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	started := time.Now()
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for time.Since(started) < limit {
				q, ok := take()
				if !ok {
					return
				}
				at := time.Now()
				err := post(client, url, q)
				mu.Lock()
				if err != nil {
					failed++
				}
				took = append(took, time.Since(at))
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	all := time.Since(started)
	kind := "different questions"
	if repeat {
		kind = "repeated questions"
	}
	fmt.Fprintf(b.out, "%3d clients, %s: %d answers, %.0f a second, p50 %s, p99 %s, failed %d\n", clients, kind, len(took),
		float64(len(took))/all.Seconds(), percentile(took, .5), percentile(took, .99), failed)
}

func post(client *http.Client, url, question string) error {
	body, err := json.Marshal(map[string]string{"question": question})
	if err != nil {
		return err
	}
	resp, err := client.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}

func percentile(took []time.Duration, share float64) time.Duration {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[min(int(share*float64(len(took))), len(took)-1)].Round(10 * time.Microsecond)
}

// benchQuestions are residents' questions, each a little changed so that no vector is remembered from the index's making.
func benchQuestions() ([]string, error) {
	k, err := bundledPlan()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, v := range k.Variants {
		out = append(out, "想问问"+v.Text)
	}
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out, nil
}

// syntheticDocuments makes texts of n paragraphs in all, of words put together by chance: for size, not for sense.
func syntheticDocuments(n int) map[string][]byte {
	subjects := strings.Fields("交通 住房 医疗 养老 就业 环保 水务 文化 旅游 农业 工业 商务 科技 人才 应急 消防 市场 税务 审计 民政")
	actions := strings.Fields("推进 完善 落实 建设 优化 规范 加强 提升 探索 实施")
	objects := strings.Fields("服务平台 管理机制 基础设施 监督检查 宣传培训 信息公开 绿色通道 示范项目 网格治理 协同联动")
	r := rand.New(rand.NewPCG(3, 4))
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	out := map[string][]byte{}
	const perDocument = 250
	for made := 0; made < n; made += perDocument {
		var b strings.Builder
		title := fmt.Sprintf("%s工作方案第%d号", pick(subjects), made/perDocument+1)
		b.WriteString(title + "\n\n")
		for p := made; p < min(made+perDocument, n); p++ {
			fmt.Fprintf(&b, "%s部门要%s%s，全年安排%d次。", pick(subjects), pick(actions), pick(objects), p)
			fmt.Fprintf(&b, "各单位%s%s，并由%s科室%s%s，覆盖%d个点位。\n", pick(actions), pick(objects), pick(subjects), pick(actions), pick(objects), p+7)
		}
		out[title+".txt"] = []byte(b.String())
	}
	return out
}

// resident is the process's resident memory as Linux tells it; elsewhere a dash.
func resident() string {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "-"
	}
	for _, l := range strings.Split(string(data), "\n") {
		if rest, ok := strings.CutPrefix(l, "VmRSS:"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "-"
}
