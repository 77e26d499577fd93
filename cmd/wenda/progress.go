package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// A progress shows how many texts have been embedded, on a terminal only.
type progress struct {
	w     io.Writer
	shown bool
}

func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	if !ok {
		return &progress{}
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &progress{}
	}
	return &progress{w: w}
}

func (p *progress) set(done, all int) {
	if p.w == nil || all == 0 {
		return
	}
	const width = 30
	n := width * done / all
	fmt.Fprintf(p.w, "\r计算向量 [%s%s] %d/%d", strings.Repeat("=", n), strings.Repeat(" ", width-n), done, all)
	p.shown = true
}

func (p *progress) end() {
	if p.shown {
		fmt.Fprintln(p.w)
	}
}
