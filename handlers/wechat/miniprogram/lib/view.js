// What the answer template shows, made of an answer of the API, or of a part of one.

const statusText = {
  not_stated: "文件没有说明",
  no_source: "没有找到相关文件",
  out_of_scope: "不在文件范围内",
  refused: "无法回答",
  handed_over: "请联系有关部门",
};

function modeText(a) {
  if (!a.citations.length) return "";
  if (a.degraded) return "智能组织语言暂时不可用，以下摘自所引文件";
  if (a.mode === "quoted") return "摘自所引文件";
  return a.mode === "curated" ? "经工作人员审核" : "";
}

// paragraphs cuts the text into lines, and those at the marks of known citations; an unknown mark stays text.
function paragraphs(text, citations) {
  const known = citations.map((c) => c.n);
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line)
    .map((line, i) => ({
      key: i,
      pieces: line
        .split(/(\[\d{1,2}\])/)
        .filter((piece) => piece)
        .map((piece, j) => {
          const mark = /^\[(\d{1,2})\]$/.exec(piece);
          return mark && known.includes(Number(mark[1])) ? { key: j, n: Number(mark[1]) } : { key: j, text: piece };
        }),
    }));
}

// viewOf lays an answer out. Missing fields are those of an answer on its way.
function viewOf(answer) {
  const a = Object.assign({ answer: "", citations: [], related: [], label: "", notice: "", handoff: null, status: "", mode: "" }, answer);
  return {
    id: a.id || "",
    paragraphs: paragraphs(a.answer, a.citations),
    citations: a.citations,
    label: a.label,
    notice: a.notice,
    asOf: a.as_of || "",
    status: statusText[a.status] || "",
    mode: modeText(a),
    related: a.related,
    handoff: a.handoff,
  };
}

module.exports = { viewOf };
