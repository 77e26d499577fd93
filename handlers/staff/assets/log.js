// Shows how far an export is. Without this module the file is downloaded all the same.
const form = document.querySelector("form.export");
const bar = document.querySelector("#export-progress");
const text = document.querySelector("#export-text");
let timer = 0;

async function ask(ticket) {
  const reply = await fetch("/staff/log/progress?ticket=" + encodeURIComponent(ticket), { headers: { Accept: "application/json" } });
  if (!reply.ok) return;
  const state = await reply.json();
  bar.max = Math.max(1, state.all);
  bar.value = state.done;
  text.textContent = state.ended ? `已导出 ${state.done} 条。` : `正在导出：${state.done} / ${state.all} 条`;
  if (state.ended) clearInterval(timer);
}

form?.addEventListener("submit", () => {
  bar.hidden = false;
  text.textContent = "正在准备……";
  clearInterval(timer);
  timer = setInterval(() => ask(form.elements.ticket.value), 500);
});
