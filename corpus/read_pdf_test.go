package corpus

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestReadPDF(t *testing.T) {
	long := []string{"　　全区新建改扩建学校十三所，新增学位两千八百个，其中小学", "一千六百个，初中一千二百个，由区教育局会同各街道在年底以前", "完成。"}
	d, warnings, err := Inspect("x.bin", pdf(
		append([]string{"关于助学的通知", "", "一、对象"}, append(long, "　　第二段说的是另一件事。", "二、标准", "　　资助标准由市里统一规定，每学年发放一次，今年的标准与去年", "— 1 —")...),
		[]string{"相同，不作调整。", "1.⼩学每⼈每年⼀千元。", "2.初中每人每年一千二百元。", "— 2 —"}), "2026-11-01")
	if err != nil {
		t.Fatal(err)
	}
	checkDocument(t, d)
	want := "1 关于助学的通知\n2 一、对象\n2 二、标准\n一、对象 | 全区新建改扩建学校十三所，新增学位两千八百个，其中小学一千六百个，初中一千二百个，由区教育局会同各街道在年底以前完成。\n" +
		"一、对象 | 第二段说的是另一件事。\n二、标准 | 资助标准由市里统一规定，每学年发放一次，今年的标准与去年相同，不作调整。\n二、标准 | 1.小学每人每年一千元。\n二、标准 | 2.初中每人每年一千二百元。\n"
	if got := outline(d); got != want || d.Meta.Format != "pdf" {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := codes(warnings); strings.Contains(got, "!") || strings.Contains(got, "scanned") {
		t.Errorf("warnings: %s", got)
	}
}

func TestHiddenInPDF(t *testing.T) {
	_, warnings, err := Inspect("x.pdf", pdf([]string{"关于助学的通知", "资助每人每年一千元。", "white:这一行字是白色的，打印出来谁也看不见"}), "2026-11-01")
	if got := codes(warnings); err != nil || !strings.Contains(got, "hidden!") {
		t.Errorf("white text: %s, %v", got, err)
	}
}

func TestScannedPDF(t *testing.T) {
	var bad *ReadError
	if _, err := Read("x.pdf", pdf([]string{}, []string{"— 2 —"})); !errors.As(err, &bad) || !strings.Contains(bad.Advice, "扫描件") {
		t.Errorf("no text at all: %v", err)
	}
	_, warnings, err := Inspect("x.pdf", pdf([]string{"关于助学的通知", "资助每人每年一千元，由学校发放。"}, nil, nil), "2026-11-01")
	if got := codes(warnings); err != nil || !strings.Contains(got, "scanned") || strings.Contains(got, "scanned!") {
		t.Errorf("two pages without text: %s, %v", got, err)
	}
}

func TestBadPDF(t *testing.T) {
	good := pdf([]string{"关于助学的通知", "资助每人每年一千元。"})
	var bad *ReadError
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"only the mark": {[]byte("%PDF-1.7\n1 0 obj"), "PDF打不开"},
		"with a password": {bytes.Replace(good, []byte("/Root 1 0 R"), []byte("/Root 1 0 R/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<"+strings.Repeat("41", 32)+
			">/U<"+strings.Repeat("42", 32)+">>>"), 1), "密码"},
	} {
		if d, err := Read("x.pdf", tt.data); !errors.As(err, &bad) || !strings.Contains(bad.Advice, tt.want) {
			t.Errorf("%s: got %q, %v, want %s", name, d.Text, err, tt.want)
		}
	}
	if err := CanReadPDF(); err != nil {
		t.Errorf("with poppler: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if CanReadPDF() == nil {
		t.Error("can read PDF without poppler")
	}
	if _, err := Read("x.pdf", good); !errors.As(err, &bad) || !strings.Contains(bad.Advice, "apt-get install poppler-utils") {
		t.Errorf("without poppler: %v", err)
	}
}
