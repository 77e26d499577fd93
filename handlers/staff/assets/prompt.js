// Checks a text while somebody types: the server says what prompts.Load would. The form works without.
const editor = document.querySelector("#editor");
const text = document.querySelector("#text");
const problems = document.querySelector("#problems");
const fine = document.querySelector("#fine");
let timer = 0;
let asked = 0;

async function check() {
  const mine = ++asked;
  const body = new URLSearchParams({ text: text.value, csrf: editor.elements.csrf.value });
  let reply;
  try {
    const response = await fetch(editor.dataset.check, { method: "POST", body });
    if (!response.ok) return;
    reply = await response.json();
  } catch {
    return; // saving checks it again
  }
  if (mine !== asked) return;
  show(reply.problems);
}

function show(list) {
  problems.hidden = list.length === 0;
  fine.hidden = list.length > 0;
  problems.querySelector("p").textContent = `有${list.length}处要改，改好才能发布：`;
  problems.querySelector("ul").replaceChildren(...list.map((p) => {
    const item = document.createElement("li");
    const place = `${p.file}${p.line ? ` 第${p.line}行` : ""}${p.at ? `（${p.at}）` : ""}`;
    item.textContent = `${place}：${p.what}。${p.do ? `${p.do}。` : ""}`;
    return item;
  }));
}

if (editor && !text.readOnly) {
  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(check, 400);
  });
}
