// Shows a document beside the answer where the window is wide; elsewhere its link opens the page, as it does without scripts.

const panel = document.getElementById("beside");
const wide = matchMedia("(min-width: 68rem)");
let from = null; // the link that opened it, which gets the focus back

function close() {
  if (panel.hidden) return;
  panel.hidden = true;
  panel.querySelector("iframe")?.remove();
  document.body.classList.remove("with-beside");
  document.querySelector(".card.open-now")?.classList.remove("open-now");
  from?.focus();
}

function open(link) {
  close();
  from = link;
  const url = new URL(link.href);
  url.searchParams.set("bare", "1");
  const frame = document.createElement("iframe");
  const title = link.querySelector('[data-slot="card-title"]').textContent;
  frame.title = "文件原文：" + title;
  frame.src = url.href;
  frame.addEventListener("load", () => frame.focus(), { once: true });
  panel.querySelector("h2").textContent = title;
  panel.append(frame);
  panel.hidden = false;
  document.body.classList.add("with-beside");
  link.closest(".card").classList.add("open-now");
}

// listenForDocuments opens cards of citations; say speaks to screen readers.
export function listenForDocuments(say) {
  if (!panel) return;
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[data-do="open"]');
    if (!link?.href || !wide.matches || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link);
    say(`已在旁边打开《${panel.querySelector("h2").textContent}》，引用的句子已标出。按Esc键关闭。`);
  });
  document.getElementById("close-beside").addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  wide.addEventListener("change", close);
  addEventListener("message", (event) => {
    if (event.origin === location.origin && event.source === panel.querySelector("iframe")?.contentWindow && event.data === "wenda:close") close();
  });
}
