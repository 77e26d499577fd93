// What can be done with an answer: copy it with its source, share its link, print it, hear it. Works on answers of the server and of answer.js alike.
import { canRead, read } from "./read.js";

const slot = (node, name) => node.querySelector(`[data-slot="${name}"]`);
const words = (node, name) => slot(node, name)?.innerText.trim() || "";
const link = (turn) => new URL("/a/" + turn.id, location.href).href;

// textOf is an answer as people paste it: question, answer, sources, link.
function textOf(turn) {
  const lines = [words(turn, "question"), "", words(turn, "text")];
  for (const name of ["notice", "label"]) if (slot(turn, name) && !slot(turn, name).hidden) lines.push(words(turn, name));
  const cards = [...turn.querySelectorAll(".card")];
  if (cards.length) lines.push("", "出处：");
  for (const c of cards) {
    lines.push(`[${words(c, "card-n")}] 《${words(c, "card-title")}》${words(c, "card-section")}（${[words(c, "card-issuer"), words(c, "card-published")].filter(Boolean).join("，")}）`);
  }
  lines.push("", link(turn));
  return lines.join("\n").trim();
}

// copy works on plain http too, where there is no clipboard for scripts.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    const focused = document.activeElement;
    area.select();
    const ok = document.execCommand("copy");
    area.remove();
    focused?.focus();
    return ok;
  }
}

async function share(turn, said) {
  if (navigator.share && matchMedia("(pointer: coarse)").matches) {
    try {
      await navigator.share({ title: words(turn, "question"), url: link(turn) });
      return;
    } catch (err) {
      if (err.name === "AbortError") return;
    }
  }
  said((await copy(link(turn))) ? "链接已复制。" : link(turn));
}

function print(turn) {
  document.body.classList.add("print-one");
  turn.classList.add("print-me");
  window.print();
  document.body.classList.remove("print-one");
  turn.classList.remove("print-me");
}

export function listenForActions() {
  if (!canRead) document.documentElement.classList.add("mute");
  document.addEventListener("click", async (event) => {
    const at = event.target.closest("[data-do]");
    const turn = at?.closest(".turn");
    if (!turn || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const said = (text) => {
      slot(turn, "said").textContent = text;
    };
    const speed = slot(turn, "speed");
    const tasks = {
      copy: async () => said((await copy(textOf(turn))) ? "已复制，带出处。" : "浏览器不让复制，请选中文字再复制。"),
      "copy-say": async () => said((await copy(words(turn, "handoff-say"))) ? "已复制，可以粘贴或照着说。" : "浏览器不让复制，请选中文字再复制。"),
      share: () => share(turn, said),
      print: () => print(turn),
      read: () => {
        speed.hidden = false;
        read(at, slot(turn, "text"), () => Number(speed.querySelector("select").value), said);
      },
    };
    if (!tasks[at.dataset.do]) return;
    event.preventDefault();
    said("");
    await tasks[at.dataset.do]();
  });
}
