package corpus

import (
	"bytes"
	"errors"
)

// isArchive and isPDF know a file by its first bytes. PDF readers look for the mark in the first kilobyte.
func isArchive(data []byte) bool {
	return bytes.HasPrefix(data, []byte("PK\x03\x04")) || bytes.HasPrefix(data, []byte("PK\x05\x06"))
}

func isPDF(data []byte) bool {
	return bytes.HasPrefix(data, []byte("%PDF-")) || bytes.Contains(data[:min(1024, len(data))], []byte("\n%PDF-"))
}

// oldOffice is how files of Word 97, Excel 97 and those with a password begin (MS-CFB 2.2).
var oldOffice = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")

// readOffice tells a document of Word from a workbook of Excel by the parts that they must have.
func readOffice(meta *Meta, data []byte) (reading, error) {
	a, err := openArchive(data)
	if err != nil {
		return reading{}, err
	}
	switch {
	case a.has("word/document.xml"):
		return readDOCX(meta, a)
	case a.has(workbookPart) || a.has(firstSheetPart):
		return readXLSX(meta, a)
	case a.has("ppt/presentation.xml"):
		return reading{}, errors.New("这是演示文稿，不能导入。请把内容另存为Word文件（.docx）、PDF或文本再导入。")
	}
	return reading{}, errors.New("这是压缩文件，不是Word、Excel文件。请解开后把里面的文件逐个导入。")
}
