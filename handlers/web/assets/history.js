// Recent questions and earlier conversations of this device, on the first view; both can be cleared, and keeping them switched off.
import { current, forget, forgetRecent, keep, keeping, recent, resume, talks } from "./memory.js";

const byID = (id) => document.getElementById(id);

// showHistory fills the two lists. Their questions are links that ask.js listens to.
export function showHistory() {
  showRecent();
  const box = byID("history");
  if (!box) return; // the widget has none
  const list = box.querySelector("ul"), tick = byID("keep");
  const fill = () => {
    const all = talks().filter((t) => t.id !== current().id);
    list.replaceChildren(...all.map(entry));
    box.hidden = !all.length && keeping() && !recent().length;
  };
  tick.checked = keeping();
  tick.addEventListener("change", () => {
    keep(tick.checked);
    fill();
    showRecent();
  });
  byID("forget-all").addEventListener("click", () => {
    forget();
    list.replaceChildren();
    showRecent();
    box.querySelector("summary").focus();
    box.querySelector(".meta").textContent = "已清除。";
  });
  fill();
}

function showRecent() {
  const box = byID("recent");
  if (!box) return;
  const questions = recent();
  box.querySelector("ul").replaceChildren(...questions.map((q) => {
    const a = document.createElement("a");
    a.dataset.do = "ask";
    a.href = "/?" + new URLSearchParams({ q });
    a.textContent = q;
    const li = document.createElement("li");
    li.append(a);
    return li;
  }));
  box.hidden = !questions.length;
  byID("forget-recent").onclick = () => {
    forgetRecent();
    box.hidden = true;
    byID("q").focus();
  };
}

function entry(talk) {
  const li = document.createElement("li"), go = document.createElement("button"), when = document.createElement("span");
  go.type = "button";
  go.className = "go";
  go.textContent = talk.turns[0].question + (talk.turns.length > 1 ? `（${talk.turns.length}问）` : "");
  go.addEventListener("click", () => {
    if (resume(talk.id)) location.replace("/");
  });
  when.className = "when";
  when.textContent = new Date(talk.at).toLocaleDateString("zh-CN");
  li.append(go, when);
  return li;
}
