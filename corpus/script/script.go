package script

// A Converter holds the tables. It never changes after New and may be used from several goroutines.
type Converter struct {
	simple      table
	traditional table
	// characters that are written in one script only
	onlyTraditional map[rune]bool
	onlySimple      map[rune]bool
}

// ToSimplified gives text in simplified characters, as long in runes as text. Text without traditional characters comes back
// as it is.
func (c *Converter) ToSimplified(text string) string { return c.simple.convert(text) }

// ToTraditional gives text in traditional characters (OpenCC's standard), as long in runes as text.
func (c *Converter) ToTraditional(text string) string { return c.traditional.convert(text) }

// IsTraditional reports whether text is written in traditional characters: it holds characters that exist in that script
// only, and not fewer than characters that exist in simplified script only. One character is enough for a short question
// (學位), and one quoted name does not turn a simplified one. Text that both scripts write alike (大小) is not traditional.
func (c *Converter) IsTraditional(text string) bool {
	traditional, simple := 0, 0
	for _, r := range text {
		switch {
		case c.onlyTraditional[r]:
			traditional++
		case c.onlySimple[r]:
			simple++
		}
	}
	return traditional > 0 && traditional >= simple
}
