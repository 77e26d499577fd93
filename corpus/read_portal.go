package corpus

import (
	"regexp"
	"strings"
)

// portalIndex recognises a page of the portal: its metadata table has an 索引号 like 014119491/2022-00011.
var portalIndex = regexp.MustCompile(`索\s*引\s*号\s*[:：]\s*([0-9A-Za-z]{6,}/\d{4}-\d+)`)

var (
	isoDate    = regexp.MustCompile(`\d{4}-\d{2}-\d{2}`)
	footerMark = regexp.MustCompile(`^(【打印本页】|主办单位[:：]|联系我们\s*\|)`)
)

// readPortal reads a page of the portal as lines: navigation above, metadata table, title, body, footer.
func readPortal(meta *Meta, found []line) []line {
	meta.Format = "portal"
	lines, raw := make([]line, len(found)), make([]string, len(found))
	for i, l := range found {
		raw[i] = l.text
		if lines[i] = (line{text: l.text}); l.cells != nil {
			lines[i] = l
		}
	}
	first, last := metadataLines(raw)
	for i := range lines {
		switch {
		case i < first:
			lines[i].kind = Navigation
		case i <= last:
			lines[i].kind = Metadata
			if strings.HasPrefix(Fold(raw[i]), "内容概述") {
				lines[i].kind = Summary
			}
		}
		readFields(meta, raw[i], i >= first && i <= last)
	}
	titleAt := titleLine(meta.Title, raw, last+1)
	foot := false
	for i := last + 1; i < len(lines); i++ {
		foot = foot || footerMark.MatchString(raw[i])
		switch {
		case i < titleAt:
			lines[i].kind = Metadata
		case foot:
			lines[i].kind = Footer
		case meta.Title != "" && Fold(raw[i]) == Fold(meta.Title):
			lines[i].kind, lines[i].level = Heading, 1
		}
	}
	return lines
}

// titleLine is the line of the title above the body, 0 when the page does not repeat its title there.
func titleLine(title string, raw []string, from int) int {
	for i := from; i < len(raw) && title != ""; i++ {
		if Fold(raw[i]) == Fold(title) {
			return i
		}
	}
	return 0
}

// metadataLines returns the first and the last line of the metadata table.
func metadataLines(raw []string) (first, last int) {
	first = -1
	for i, t := range raw {
		if first >= 0 && i > last+2 {
			break
		}
		if at := metadataKey.FindStringIndex(t); at == nil || at[0] > 0 {
			continue
		}
		if first < 0 {
			first = i
		}
		last = i
	}
	return max(first, 0), last
}

func readFields(meta *Meta, text string, table bool) {
	if !table {
		return
	}
	for _, s := range fields(text) {
		key, value, _ := strings.Cut(strings.Replace(text[s.Start:s.End], "：", ":", 1), ":")
		value = strings.TrimSpace(value)
		switch Fold(key) {
		case "信息名称":
			meta.Title = value
		case "索引号":
			meta.IndexNumber = value
		case "组配分类":
			meta.Category = value
		case "公开方式":
			meta.Openness = value
		case "文件编号":
			meta.FileNumber = value
		case "发布机构":
			meta.Issuer = value
		case "产生日期":
			meta.Produced = isoDate.FindString(value)
		case "发布日期":
			meta.Published = isoDate.FindString(value)
		case "废止日期":
			meta.Validity = value
		}
	}
}
