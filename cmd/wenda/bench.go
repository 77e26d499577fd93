package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func benchCommand() *cobra.Command {
	var b bench
	var profile string
	var page, console bool
	c := &cobra.Command{
		Use:   "bench",
		Short: "测速度：每秒回答数、延迟、启动时间、内存（用临时数据目录，不碰现有数据）",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if b.cfg, err = loadConfig(c); err != nil {
				return err
			}
			for _, n := range b.sizes {
				if n < 0 {
					return misuseError{fmt.Errorf("--sizes: %d 不是段数", n)}
				}
			}
			if b.rows < 1 || b.chunks < 2 {
				return misuseError{errors.New("--rows 至少1条，--chunks 至少2段")}
			}
			dir, err := os.MkdirTemp("", "wenda-bench-*")
			if err != nil {
				return fmt.Errorf("make a temporary data folder: %w", err)
			}
			defer os.RemoveAll(dir)
			stop, err := profileTo(profile)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, stop()) }()
			b.out = c.OutOrStdout()
			b.cfg.Data, b.cfg.Addr, b.cfg.Limits = filepath.Join(dir, "plan"), "127.0.0.1:0", "off"
			if page {
				return b.page(c.Context(), dir)
			}
			if console {
				return b.staff(c.Context(), dir)
			}
			if err := b.start(c.Context()); err != nil {
				return err
			}
			if b.duration > 0 {
				if err := b.load(c.Context()); err != nil {
					return err
				}
			}
			b.sizes = slices.DeleteFunc(b.sizes, func(n int) bool { return n == 0 })
			return b.curves(c.Context(), dir)
		},
	}
	c.Flags().IntVar(&b.clients, "clients", 100, "同时提问的客户端数")
	c.Flags().DurationVar(&b.duration, "duration", 10*time.Second, "每一轮提问多久；0 不提问")
	c.Flags().IntSliceVar(&b.sizes, "sizes", []int{1000}, "在内置文件之外再加多少段（可多个，如 1000,10000,100000），测检索随规模的变化；0 不测")
	c.Flags().BoolVar(&page, "page", false, "只测网页：在 Chromium 里打开首页，量绘制、移位、脚本、输入延迟和大小，再按慢六倍的处理器和慢网络量一遍")
	c.Flags().BoolVar(&console, "staff", false, "只测后台：造一年的日志和文件，把每一页各开十次，再导出全部日志，量时间、大小和内存（可加 --json）")
	c.Flags().IntVar(&b.rows, "rows", 100_000, "测后台时日志的条数")
	c.Flags().IntVar(&b.chunks, "chunks", 10_000, "测后台时文件的段数")
	c.Flags().StringVar(&profile, "cpuprofile", "", "把处理器剖面写到这个文件（go tool pprof 可读）")
	return c
}

// A bench measures on this machine; figures compare within one run only.
type bench struct {
	out      io.Writer
	cfg      Config
	clients  int
	duration time.Duration
	sizes    []int // paragraphs made up beside the plan
	rows     int   // of the log, for the console
	chunks   int   // of documents, for the console
}

func (b bench) quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func (b bench) say(format string, args ...any) { fmt.Fprintf(b.out, format+"\n", args...) }

// profileTo starts a processor profile; without a file there is none.
func profileTo(file string) (stop func() error, err error) {
	if file == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, fmt.Errorf("write profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(fmt.Errorf("write profile: %w", err), f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}

// percentile is the time below which the share of times lies; it sorts them.
func percentile(took []time.Duration, share float64) time.Duration {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[min(int(share*float64(len(took))), len(took)-1)].Round(10 * time.Microsecond)
}

// span writes times as "p50/p95", in milliseconds.
func span(took []time.Duration) string {
	return fmt.Sprintf("%.2f/%.2f", milliseconds(percentile(took, .5)), milliseconds(percentile(took, .95)))
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

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

// processor is the time that all cores spent on this process, as Linux tells it in hundredths of a second; elsewhere 0.
func processor() time.Duration {
	data, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(data), ") ") // the name may hold blanks
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	var user, system int64 // fields 14 and 15 of proc(5), in ticks of 10 ms
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		return 0
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}
