// Suggestions while typing: a list below the field that the arrow keys walk through. It never holds anything up: what was typed can be sent at
// any time, and when the list cannot be had there is none.
import { get } from "./stream.js";

const pause = 180; // milliseconds without a key until the server is asked

// suggest offers questions below field; say speaks to screen readers, pick is called with the chosen one.
export function suggest(field, list, say, pick) {
  let timer = 0, running = null, at = -1;

  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);

  function close() {
    clearTimeout(timer);
    running?.abort();
    list.hidden = true;
    list.replaceChildren();
    field.removeAttribute("aria-activedescendant");
    at = -1;
  }

  function show(questions) {
    list.replaceChildren(...questions.map((q, i) => {
      const li = document.createElement("li");
      li.id = "guess-" + i;
      li.setAttribute("role", "option");
      li.setAttribute("aria-selected", "false");
      li.textContent = q;
      return li;
    }));
    at = -1;
    list.hidden = !questions.length;
    if (questions.length) say(`有${questions.length}条建议，按向下键选择。`);
  }

  function move(step) {
    const all = [...list.children];
    at = (at + step + all.length + 1) % (all.length + 1); // one place more: back in the text
    all.forEach((li, i) => li.setAttribute("aria-selected", String(i === at)));
    if (at === all.length) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
  }

  async function look() {
    const typed = field.value.trim();
    if (typed.length < 2 || typed.length > 60) return close();
    running?.abort();
    running = new AbortController();
    try {
      const { suggestions } = await get("/api/v1/suggestions?" + new URLSearchParams({ q: typed }), running.signal);
      if (field.value.trim() === typed && document.activeElement === field) show(suggestions.map((s) => s.question).filter((q) => q !== typed));
    } catch {
      // offline, limited, or overtaken by the next key: nothing to offer
    }
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    list.hidden = true;
    at = -1;
    field.removeAttribute("aria-activedescendant");
    timer = setTimeout(look, pause);
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (at === -1) at = list.childElementCount; // from the text, both ways
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Enter" && !event.shiftKey && list.children[at]) {
      event.preventDefault();
      event.stopImmediatePropagation();
      const chosen = list.children[at].textContent;
      close();
      pick(chosen);
    }
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const li = event.target.closest("li");
    if (!li) return;
    close();
    pick(li.textContent);
  });
  field.addEventListener("blur", close);
  return close;
}
