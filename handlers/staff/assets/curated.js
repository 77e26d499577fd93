// Checks an entry while somebody writes it: what it would shadow, what is nearly the same. The button does it without this module.
const entry = document.querySelector("#entry");
const place = document.querySelector("#checked");
let timer = 0;
let asked = 0;

async function check() {
  const mine = ++asked;
  const body = new URLSearchParams(new FormData(entry));
  body.set("do", "check");
  if (!entry.elements.asks.value.trim() || !entry.elements.answer.value.trim()) return;
  try {
    const reply = await fetch(entry.action, { method: "POST", body });
    if (!reply.ok || mine !== asked) return;
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const found = page.querySelector("#checked > section");
    const wrong = page.querySelector("#wrong");
    for (const e of [found, wrong]) e?.removeAttribute("autofocus"); // who writes keeps the focus
    if (wrong) {
      wrong.id = "";
      wrong.removeAttribute("role");
      wrong.querySelector("p").textContent = "现在还不能保存：";
    }
    const seen = page.querySelector("input[name=seen]");
    if (seen) {
      entry.querySelector("input[name=seen]")?.remove();
      entry.append(seen); // what is shown here was seen
    }
    place.replaceChildren(...[wrong, found].filter(Boolean));
  } catch {
    // saving checks it again
  }
}

if (entry?.querySelector("button[value=check]")) {
  entry.addEventListener("input", (event) => {
    if (event.target.name !== "asks" && event.target.name !== "answer" && event.target.name !== "cite") return;
    clearTimeout(timer);
    timer = setTimeout(check, 900);
  });
}
