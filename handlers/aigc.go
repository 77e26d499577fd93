package handlers

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/labstack/echo/v4"

	"wenda/rag"
)

// headerAIGC carries the implicit label of generated text, as GB 45438-2025 names the field of a file's metadata. Streams, whose headers
// go out before anybody knows who composes, carry it in the event label, before the first generated sentence, and in done.
const headerAIGC = "AIGC"

// labelled sets the header of an answer that a model composed.
func labelled(c echo.Context, a rag.Answer) {
	if a.AIGC == nil {
		return
	}
	raw, err := json.Marshal(a.AIGC)
	if err != nil { // three strings: cannot fail
		return
	}
	c.Response().Header().Set(headerAIGC, inASCII(string(raw)))
}

// inASCII writes JSON without other characters, as headers want it.
func inASCII(raw string) string {
	var b strings.Builder
	for _, r := range raw {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
