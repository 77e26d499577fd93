package backend

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tmc/langchaingo/llms"
)

// Report is what a trial of a backend showed, for `wenda doctor --llm`.
type Report struct {
	Backend    string        // Name
	Host       string        // where it was asked
	Reachable  bool          // it answered, even if only to refuse
	Streaming  bool          // its text came in more than one piece
	FirstToken time.Duration // 0 where no text came
	Err        error         // why there is no Completion: an *Error. The rest says nothing then

	TokensPerSecond float64    // after the first; 0 where the text came at once
	Cites           bool       // it follows the citation format: every sentence ends with the number of the right passage
	Chinese         bool       // it answers in Chinese
	Completion      Completion // what it said, and what it cost
}

// The trial: two passages, a question that needs both, the format that answers have.
const (
	trialSystem = "你是政务问答助手。只根据下面编号的材料回答，不要补充。每句话末尾用方括号标出材料编号，例如：服务窗口在二楼。[1]\n\n" +
		"[1] 本区图书馆周一闭馆，周二至周日开放。\n[2] 办理借书证需要带身份证。"
	trialQuestion = "图书馆星期几闭馆？办借书证要带什么？用两句话回答。"
	trialTokens   = 120
)

var (
	trialMark     = regexp.MustCompile(`[\[【]\s*([12１２])\s*[\]】]`)
	trialSentence = regexp.MustCompile(`[^。！？!?\n]*\p{Han}[^。！？!?\n]*[。！？!?]?`)
)

// Check tries the backend once, beside breaker and budget.
func (b *Backend) Check(ctx context.Context) Report {
	report := Report{Backend: b.Name(), Host: b.s.base.Host}
	pieces, start := 0, b.s.now()
	done, err := b.Compose(ctx, Request{
		Messages: []llms.MessageContent{
			llms.TextParts(llms.ChatMessageTypeSystem, trialSystem), llms.TextParts(llms.ChatMessageTypeHuman, trialQuestion),
		},
		MaxTokens: trialTokens,
	}, func(context.Context, string) error {
		if pieces++; pieces == 1 {
			report.FirstToken = b.s.now().Sub(start)
		}
		return nil
	})
	report.Reachable, report.Streaming, report.Err = reached(err) || pieces > 0, pieces > 1, err
	if err != nil {
		return report
	}
	report.Completion = done
	if rest := done.Duration - done.FirstToken; report.Streaming && rest > 0 {
		report.TokensPerSecond = float64(done.Tokens.Completion) / rest.Seconds()
	}
	report.Cites, report.Chinese = cites(done.Text), chinese(done.Text)
	return report
}

// reached says that somebody answered.
func reached(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return err == nil
	}
	switch e.Code {
	case ReasonUnreachable, ReasonTLS, ReasonTimeoutHeaders, ReasonDeadline, ReasonCancelled:
		return false
	}
	return true
}

// cites says that the sentence about Monday carries [1] and the one about the identity card [2], the mark before or after its full
// stop, and that nothing else is cited.
func cites(text string) bool {
	marks := trialMark.FindAllStringIndex(text, -1)
	if len(marks) < 2 {
		return false
	}
	from, one, two := 0, false, false
	for _, at := range marks {
		said, mark := text[from:at[0]], text[at[0]:at[1]]
		first := strings.ContainsAny(mark, "1１")
		one = one || first && strings.Contains(said, "一")
		two = two || !first && strings.Contains(said, "身份证")
		from = at[1]
	}
	return one && two && !trialSentence.MatchString(strings.Trim(text[from:], " 。\n"))
}

// chinese says that most letters are Chinese characters.
func chinese(text string) bool {
	han, letters := 0, 0
	for _, r := range text {
		if unicode.Is(unicode.Han, r) {
			han++
		}
		if unicode.IsLetter(r) {
			letters++
		}
	}
	return utf8.RuneCountInString(text) > 0 && 2*han > letters
}
