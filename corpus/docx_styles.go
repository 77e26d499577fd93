package corpus

import (
	"encoding/xml"
	"regexp"
	"strconv"
	"strings"
)

// A wordStyle is what a style says of a paragraph: its level as a heading (0: none), its list, whether its text can be seen.
type wordStyle struct {
	name   string
	based  string
	level  int
	listed listed
	look   look
}

// headingName knows headings by name: Word keeps the English names in files of every language, other programs write theirs.
var headingName = regexp.MustCompile(`(?i)^(heading|标题|標題) ?([1-9])$`)

// maxStyles bounds a chain of styles based on each other, which may be a ring.
const maxStyles = 20

func readWordStyles(a *archive) (map[string]wordStyle, error) {
	own := map[string]wordStyle{}
	var id string
	var s wordStyle
	err := a.walk("word/styles.xml", func(t xml.Token) error {
		switch e := t.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "style":
				id, s = value(e, "styleId"), wordStyle{}
			case "name":
				s.name = value(e, "val")
			case "basedOn":
				s.based = value(e, "val")
			case "outlineLvl":
				if n, err := strconv.Atoi(value(e, "val")); err == nil && n >= 0 && n < 9 {
					s.level = n + 1
				}
			case "numId":
				s.listed.id = value(e, "val")
			case "ilvl":
				s.listed.level, _ = strconv.Atoi(value(e, "val")) // nought where it is no number
			case "shd":
				s.look.shaded = s.look.shaded || shade(e)
			default:
				s.look.set(e)
			}
		case xml.EndElement:
			if e.Name.Local == "style" && id != "" {
				if len(own) == maxDefined {
					return errBomb
				}
				own[id] = s
				id = ""
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make(map[string]wordStyle, len(own))
	for id := range own {
		out[id] = inherited(own, id)
	}
	return out, nil
}

// inherited is a style with what it takes from those that it is based on.
func inherited(own map[string]wordStyle, id string) wordStyle {
	s := own[id]
	for base, n := s.based, 0; base != "" && n < maxStyles; n++ {
		b, ok := own[base]
		if !ok {
			break
		}
		if s.listed.id == "" {
			s.listed = b.listed
		}
		s.look = b.look.with(s.look)
		if s.level == 0 {
			s.level = levelOf(b)
		}
		base = b.based
	}
	s.level = levelOf(s)
	return s
}

func levelOf(s wordStyle) int {
	if s.level != 0 {
		return s.level
	}
	if m := headingName.FindStringSubmatch(s.name); m != nil {
		return int(m[2][0] - '0')
	}
	if n := strings.ToLower(s.name); n == "title" || n == "标题" {
		return titleLevel
	}
	return 0
}

// with adds what another look hides.
func (l look) with(o look) look {
	return look{l.vanish || o.vanish, l.white || o.white, l.tiny || o.tiny, l.shaded || o.shaded}
}

// tinyHalfPoints is the largest size of text that nobody can read, in half points.
const tinyHalfPoints = 4

// set takes a property of a run: vanish, colour, size, highlight.
func (l *look) set(e xml.StartElement) {
	v := strings.ToLower(value(e, "val"))
	switch e.Name.Local {
	case "vanish", "specVanish":
		l.vanish = v != "0" && v != "false" && v != "off"
	case "color":
		l.white = v == "ffffff"
	case "sz":
		n, err := strconv.Atoi(v)
		l.tiny = err == nil && n <= tinyHalfPoints
	case "highlight":
		l.shaded = l.shaded || v != "none" && v != "white"
	}
}

// shade reports a background on which white text can be read.
func shade(e xml.StartElement) bool {
	fill := strings.ToLower(value(e, "fill"))
	return fill != "" && fill != "auto" && fill != "ffffff"
}
