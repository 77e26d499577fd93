package backend

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// docs/models.md has a row for every vendor, with the table's address, model and need of a key, and a word for every reason.
func TestTheManualIsTrue(t *testing.T) {
	raw, err := os.ReadFile("../../docs/models.md")
	if err != nil {
		t.Fatal(err)
	}
	manual := string(raw)
	for _, v := range vendors {
		base, model, key := "自己写（`llm-url`）", "自己写", "不要"
		if v.base != "" {
			base = "`" + v.base + "`"
		}
		if v.model != "" {
			model = "`" + v.model + "`"
		}
		if v.key {
			key = "要"
		}
		if want := fmt.Sprintf("\n| `%s` | %s | %s | %s |", v.name, base, model, key); !strings.Contains(manual, want) {
			t.Errorf("no row %s", want)
		}
	}
	for _, v := range vendors {
		if v.embedding != "" && v.embedding != "default" && !strings.Contains(manual, v.name+"（`"+v.embedding+"`）") {
			t.Errorf("no word on how %s embeds", v.name)
		}
	}
	filled, chain := Limits{}.filled(), ChainConfig{}.filled()
	for _, row := range []struct {
		name  string
		value any
	}{
		{"`dial`", filled.Dial}, {"`header`", filled.Header}, {"`first-token`", filled.FirstToken}, {"`gap`", filled.Gap}, {"`total`", "60s"},
		{"`max-tokens`", filled.MaxTokens}, {"`reply-bytes`", filled.ReplyBytes}, {"`retry-wait`", filled.RetryWait}, {"`retry-most`", filled.RetryMost},
		{"`calls`", chain.Calls}, {"`breaker-rest`", chain.BreakerRest},
	} {
		if want := fmt.Sprintf("\n| %s | `%v` |", row.name, row.value); !strings.Contains(manual, want) {
			t.Errorf("no row %s", want)
		}
	}
	for _, reason := range []string{ReasonUnauthorized, ReasonQuota, ReasonRateLimited, ReasonBadRequest, ReasonOverloaded, ReasonFailed, ReasonUnreachable, ReasonTLS,
		ReasonRedirected, ReasonTimeoutHeaders, ReasonTimeoutFirstToken, ReasonStalled, ReasonTimeoutTotal, ReasonTruncated, ReasonTooLarge, ReasonBadReply,
		ReasonRefused, ReasonBreakerOpen, ReasonBusy, ReasonBudget, ReasonDeadline, ReasonCancelled} {
		if !strings.Contains(manual, "`"+reason+"`") {
			t.Errorf("no word on %s", reason)
		}
	}
}
