// Sends 有用 and 没用 without leaving the page. 没用 counts at once; why may follow and replaces it.
import { send } from "./stream.js";

export function listenForFeedback() {
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form.feedback");
    if (!form) return;
    event.preventDefault();
    const verdict = event.submitter.value;
    const explained = event.submitter.dataset.do === "explain";
    const useless = verdict === "useless";
    const thanks = form.querySelector('[data-slot="thanks"]');
    try {
      await send(`/api/v1/answers/${encodeURIComponent(form.dataset.answer)}/feedback`, {
        verdict,
        reason: useless ? form.elements.reason.value : "",
        comment: useless ? form.elements.comment.value : "",
      }, "application/json");
    } catch (err) {
      thanks.textContent = err.message;
      return;
    }
    for (const b of form.querySelectorAll(".verdicts button")) b.setAttribute("aria-pressed", String(b.value === verdict));
    form.querySelector("details").open = useless && !explained;
    thanks.textContent = useless && !explained ? "已记下，谢谢。愿意的话，请再说说哪里不好。" : "已记下，谢谢您的反馈。";
  });
}
