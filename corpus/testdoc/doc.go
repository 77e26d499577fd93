// Package testdoc makes files of office programs for tests: archives, documents of Word, workbooks and PDFs, by hand and therefore also as
// broken as a test wants them. The program itself does not use it. It stands beside corpus, whose readers it is for, because the tests of the
// console bring the same files.
package testdoc
