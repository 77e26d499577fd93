package corpus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
	"unicode"
)

// A PDF is read by poppler's pdftotext in a process of its own (LIBRARIES.md: the Go readers tried returned garbage with a nil error): whatever
// a hostile file does to it, it ends there, within these bounds.
const (
	pdfTime   = 10 * time.Second // of each program; the console waits for both
	pdfMemory = 1 << 30          // bytes of address space; 300 pages of text take 40 MiB
)

var errNoPoppler = errors.New("读PDF要用poppler的pdftotext，这台机器上没有。请运维人员运行 apt-get install poppler-utils，或把文件另存为Word、网页再导入。")

// CanReadPDF says in Chinese what is missing to read PDF; nil when nothing is.
func CanReadPDF() error {
	for _, program := range []string{"pdftotext", "pdftohtml"} {
		if _, err := exec.LookPath(program); err != nil {
			return errNoPoppler
		}
	}
	return nil
}

// readPDF reads the text of a PDF in reading order, its lines put together to paragraphs. A scanned one has no text and is refused.
func readPDF(meta *Meta, data []byte) (reading, error) {
	meta.Format = "pdf"
	dir, err := os.MkdirTemp("", "wenda-pdf-*")
	if err != nil {
		return reading{}, errors.New("临时目录写不了，读不了PDF。请联系运维人员。")
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "in.pdf")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return reading{}, errors.New("临时目录写不了，读不了PDF。请联系运维人员。")
	}
	text, err := poppler("pdftotext", "-enc", "UTF-8", file, "-")
	if err != nil {
		return reading{}, err
	}
	pages := splitPages(text)
	empty := 0
	for _, p := range pages {
		if lettersOf(p) < letterPage {
			empty++
		}
	}
	if lettersOf(string(text)) == 0 {
		return reading{}, errors.New("PDF里没有文字，大概是扫描件（图片）。请先做文字识别（OCR），或找到Word原文、网页再导入。")
	}
	out := reading{lines: pdfLines(pages)}
	if empty > 0 && len(pages) > 1 || lettersOf(string(text)) < letterPage {
		out.notes = append(out.notes, Warning{Code: "scanned", Text: fmt.Sprintf("PDF共%d页，其中%d页几乎没有文字，可能是扫描的图片，没有读入。", len(pages), empty)})
	}
	if out.hidden, err = hiddenInPDF(file); err != nil {
		out.notes = append(out.notes, Warning{Code: "unchecked", Text: "没能检查PDF里有没有看不见的文字，请对照原文看过再发布。", Quarantine: true})
	}
	if portalIndex.MatchString(textOf(out.lines)) {
		out.lines = readPortal(meta, out.lines)
		return out, nil
	}
	takeTitle(meta, out.lines)
	return out, nil
}

// splitPages divides what pdftotext writes at its page ends.
func splitPages(text []byte) []string {
	return strings.Split(strings.TrimSuffix(plainRadicals(string(bytes.ToValidUTF8(text, nil))), "\f"), "\f")
}

// letterPage is how many letters a page of text has at least; a scanned one may have a number or a stamp.
const letterPage = 10

func lettersOf(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

// poppler runs one of poppler's programs within the bounds and returns what it writes. Errors are in Chinese.
func poppler(program string, args ...string) ([]byte, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return nil, errNoPoppler
	}
	ctx, cancel := context.WithTimeout(context.Background(), pdfTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = []string{"LC_ALL=C.UTF-8"}
	complaint := &head{most: 4 << 10}
	cmd.Stderr = complaint
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, errDamaged
	}
	if err := cmd.Start(); err != nil {
		return nil, errNoPoppler
	}
	confine(cmd.Process.Pid)
	text, readErr := io.ReadAll(io.LimitReader(pipe, MaxFileBytes+1))
	long := len(text) > MaxFileBytes
	if long || readErr != nil {
		cancel()
	}
	err = cmd.Wait()
	switch {
	case long:
		return nil, errTooMuchText
	case ctx.Err() != nil:
		return nil, fmt.Errorf("读PDF超过%d秒，文件可能太复杂或已损坏。请另存为Word、网页再导入。", int(pdfTime.Seconds()))
	case err != nil && bytes.Contains(complaint.kept, []byte("password")):
		return nil, errors.New("PDF有密码，不能导入。请去掉密码，另存后再导入。")
	case err != nil || readErr != nil:
		return nil, errors.New("PDF打不开，文件可能已损坏或不完整。请重新下载，或另存为Word、网页再导入。")
	}
	return text, nil
}

// A head keeps the beginning of what is written to it.
type head struct {
	kept []byte
	most int
}

// Write implements io.Writer; it never fails.
func (h *head) Write(p []byte) (int, error) {
	h.kept = append(h.kept, p[:min(len(p), h.most-len(h.kept))]...)
	return len(p), nil
}
