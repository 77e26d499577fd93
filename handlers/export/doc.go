// Package export writes tables as files that office programs and scripts read: CSV, XLSX and JSON Lines, row by row, so that a table of any
// length needs no memory.
//
// Texts come from residents. A spreadsheet takes a cell that begins with = + - @ or a tab as a formula, which may call out: in CSV such a
// cell gets an apostrophe in front (OWASP, CSV Injection), in XLSX every cell is an inline string, which no program evaluates, and gets the
// apostrophe too, since people save sheets as CSV. JSON Lines keeps texts as they are: programs read it.
//
// Decision (2026-11): XLSX is written here, in 150 lines, not by github.com/xuri/excelize/v2 v2.11.1 (LIBRARIES.md). Its stream writer gives
// the file only when the last row is in, so that a download of 100,000 rows would begin after half a minute of silence, and it makes the
// program 4.3 MB larger (stripped, measured beside one that has net/http and encoding/xml already) and brings six modules: for four small
// fixed parts and one sheet. The result was opened with excelize; the test reads it as the ZIP and XML that it is.
package export
