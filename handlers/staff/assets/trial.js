// Saves a judgement without leaving the answers. The form works without.
for (const form of document.querySelectorAll("form.case")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = form.querySelector(".saved");
    const body = new URLSearchParams(new FormData(form, event.submitter));
    try {
      const response = await fetch(form.action, { method: "POST", body });
      said.textContent = response.ok ? `已存为测试题（${event.submitter.textContent}）。` : "没有存成，请刷新页面再试。";
    } catch {
      said.textContent = "没有存成，请检查网络后再试。";
    }
  });
}
