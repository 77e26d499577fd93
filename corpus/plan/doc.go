// Package plan holds the bundled document: a digest of the education plan 钟楼教育2022年工作思路 in our own words, as data.
//
// data/0-page.yaml is the page's frame (metadata table, navigation, footer), 1-*.yaml to 5-*.yaml the paragraphs under the official headings. A
// unit is one sentence (say) with the facts that the official page's sentence also holds, variants (ask: how residents
// ask for it) and negative variants (not: what they ask there and the plan does not say). 6-outlines.yaml answers broad
// questions by a list of points.
//
// Facts, figures, names of programmes and headings are the page's; sentences are not: no 26 characters in a row (a test). So headings that follow
// each other on the page stand a line each, with a word between.
// Text renders the digest as the portal writes its pages, so that it is read by the same reader as the official page.
package plan
