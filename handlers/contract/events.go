package contract

import "wenda/rag"

// Data of the events whose type is not one of rag.
type (
	// Stage is what is being done.
	Stage struct {
		ID    string `json:"id,omitempty"` // of the answer, in the first one
		Stage string `json:"stage"`
		Text  string `json:"text"`
	}
	// Delta is a piece of the answer's text.
	Delta struct {
		Text string `json:"text"`
	}
	// Reset voids all deltas and citations so far.
	Reset struct{}
	// Line is an event of NDJSON.
	Line struct {
		Event string `json:"event"`
		Data  any    `json:"data"`
	}
)

// Event names what the engine tells and gives its data; an empty name is not told. Done is left to the handler, which sends it when the
// answer has come without an error.
func Event(e rag.Event) (name string, data any) {
	switch {
	case e.Reset:
		return "reset", Reset{}
	case e.Mark != nil:
		return "label", e.Mark
	case e.Citation != nil:
		return "citation", e.Citation
	case e.Delta != "":
		return "delta", Delta{e.Delta}
	case stageText(e.Stage) != "":
		return "stage", Stage{e.ID, e.Stage, stageText(e.Stage)}
	}
	return "", nil
}

// stageText says a stage in words for the page; a stage without words is not told.
func stageText(stage string) string {
	switch stage {
	case "understand":
		return "正在理解问题"
	case "retrieve":
		return "正在查找文件"
	case "compose":
		return "正在组织回答"
	case "verify":
		return "正在核对原文"
	}
	return ""
}

// Complete makes lists that are nil empty: the contract has no null there.
func Complete(a rag.Answer) rag.Answer {
	if a.Citations == nil {
		a.Citations = []rag.Citation{}
	}
	if a.Related == nil {
		a.Related = []string{}
	}
	return a
}
