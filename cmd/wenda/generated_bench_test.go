package main

import (
	"bufio"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wenda/rag/backend/scripted"
)

// tokenEvery is how fast a vendor of 30 tokens a second speaks.
const tokenEvery = time.Second / 30

// paced echoes the passages in tokens of two runes, one every pause.
func paced(pause time.Duration) func(scripted.Request) scripted.Reply {
	return func(r scripted.Request) scripted.Reply {
		var text []rune
		for _, m := range passageIn.FindAllStringSubmatch(r.Messages[1].Content, -1) {
			text = append(text, []rune(m[2]+"["+m[1]+"]")...)
		}
		var steps []scripted.Step
		for c := range slices.Chunk(text, 2) {
			if pause > 0 {
				steps = append(steps, scripted.Wait(pause))
			}
			steps = append(steps, scripted.Write(scripted.Delta(string(c))))
		}
		return scripted.Stream(append(steps, scripted.Write(scripted.Finish("stop")), scripted.Write(scripted.End))...)
	}
}

// wordings are n ways of asking that are composed anew each.
func wordings(n int) []string {
	var out []string
	for _, open := range []string{"今年", "2022年", "全年", "区里", "钟楼区", "钟楼区今年", "区里今年", "钟楼区2022年"} { // no greetings: they are taken off
		for _, end := range []string{"", "？", "呢", "呢？", "啊", "呀", "！"} {
			for _, ask := range []string{"新增多少学位", "新增学位多少个", "新建、改扩建学校多少所", "新建、改扩建几所学校"} {
				out = append(out, open+ask+end)
			}
		}
	}
	return out[:n]
}

// A timing is of one stream: when its first line, its first text and its end came.
type timing struct{ first, text, end time.Duration }

// timed posts and reads a stream; text is what marks a line with text.
func timed(tb testing.TB, url, body, text string) (at timing) {
	started := time.Now()
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		tb.Error(err)
		return at
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	res, err := streamClient.Do(r)
	if err != nil {
		tb.Error(err)
		return at
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if at.first == 0 {
			at.first = time.Since(started)
		}
		if at.text == 0 && strings.Contains(lines.Text(), text) {
			at.text = time.Since(started)
		}
		if strings.Contains(lines.Text(), `"mode":"quoted"`) {
			tb.Errorf("quoted: %s", lines.Text())
		}
	}
	at.end = time.Since(started)
	if at.text == 0 {
		tb.Errorf("no text for %s", body)
	}
	return at
}

var streamClient = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 300}, Timeout: 2 * time.Minute}

// BenchmarkComposingOverhead compares a stream of ours with the vendor's own, in turn: the first sentence and the end. Run it with
// -bench ComposingOverhead -benchtime 40x.
func BenchmarkComposingOverhead(b *testing.B) {
	for _, speed := range []struct {
		name  string
		pause time.Duration
	}{{"30 tokens a second", tokenEvery}, {"at once", 0}} {
		b.Run(speed.name, func(b *testing.B) {
			s, vendor, _ := composingServer(b)
			vendor.Answer(paced(speed.pause))
			asks := wordings(min(b.N+1, 224))
			timed(b, s.url+"/api/v1/ask", askBody(asks[0]), "event: delta")
			var ours, theirs []timing
			for i := range b.N {
				ours = append(ours, timed(b, s.url+"/api/v1/ask", askBody(asks[1+i%(len(asks)-1)]), "event: delta"))
				all := vendor.Requests()
				theirs = append(theirs, timed(b, vendor.URL+"/v1/chat/completions", string(all[len(all)-1].Body), "。")) // the very same prompt
			}
			of := func(list []timing, f func(timing) time.Duration) time.Duration {
				var out []time.Duration
				for _, t := range list {
					out = append(out, f(t))
				}
				return percentile(out, .5)
			}
			text, end := func(t timing) time.Duration { return t.text }, func(t timing) time.Duration { return t.end }
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(milliseconds(of(ours, text)), "sentence-ms")
			b.ReportMetric(milliseconds(of(theirs, text)), "direct-sentence-ms")
			b.ReportMetric(float64(of(ours, text))/float64(of(theirs, text)), "sentence-ratio")
			b.ReportMetric(milliseconds(of(ours, end)), "end-ms")
			b.ReportMetric(milliseconds(of(theirs, end)), "direct-end-ms")
			b.ReportMetric(float64(of(ours, end))/float64(of(theirs, end)), "end-ratio")
		})
	}
}

// BenchmarkStreamsAtOnce opens 200 streams at once, each composed on its own by a vendor of 30 tokens a second. Run it with -benchtime 1x.
func BenchmarkStreamsAtOnce(b *testing.B) {
	const streams = 200
	s, vendor, _ := composingServer(b)
	vendor.Answer(paced(tokenEvery))
	for range b.N {
		asks := wordings(streams)
		before, most := heap(), uint64(0)
		var mu sync.Mutex
		var first, text, end []time.Duration
		var wg sync.WaitGroup
		for _, q := range asks {
			wg.Go(func() {
				at := timed(b, s.url+"/api/v1/ask", askBody(q), "event: delta")
				mu.Lock()
				defer mu.Unlock()
				first, text, end = append(first, at.first), append(text, at.text), append(end, at.end)
			})
		}
		done := make(chan struct{})
		go func() { wg.Wait(); close(done) }()
		for open := true; open; {
			select {
			case <-done:
				open = false
			case <-time.After(100 * time.Millisecond):
				most = max(most, heap())
			}
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(len(vendor.Requests())), "composed")
		for name, list := range map[string][]time.Duration{"stage": first, "sentence": text, "end": end} {
			b.ReportMetric(milliseconds(percentile(list, .5)), name+"-p50-ms")
			b.ReportMetric(milliseconds(percentile(list, .99)), name+"-p99-ms")
		}
		b.ReportMetric(float64(most-min(most, before))/(1<<20), "heap-MiB")
		b.Logf("resident %s", resident())
	}
}

// heap is what the process has in use, vendor and clients included.
func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
