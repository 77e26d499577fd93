// Voice input, where the browser has it. What was heard is put into the field and not sent: people look at it first.

const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;
const troubles = {
  "not-allowed": "浏览器没有使用麦克风的权限。请在浏览器的设置里允许，或者用键盘输入。",
  "no-speech": "没有听到声音，请再试一次。",
  "audio-capture": "没有找到麦克风。",
  network: "语音识别需要网络，现在连不上。请用键盘输入。",
};

// listenTo shows the button and puts what is heard into field.
export function listenTo(button, field, complain, say) {
  if (!Recognition) return;
  let running = null;
  button.hidden = false;
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    if (running) return running.stop();
    const before = field.value;
    running = new Recognition();
    running.lang = "zh-CN";
    running.interimResults = true;
    running.onresult = (event) => {
      field.value = before + [...event.results].map((r) => r[0].transcript).join("");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    };
    running.onerror = (event) => {
      if (event.error !== "aborted") complain(troubles[event.error] || "语音输入出了问题，请用键盘输入。");
    };
    running.onend = () => {
      running = null;
      button.setAttribute("aria-pressed", "false");
      button.textContent = "语音";
      field.focus();
    };
    complain("");
    button.setAttribute("aria-pressed", "true");
    button.textContent = "说完了";
    say("请说话。");
    try {
      running.start();
    } catch {
      running.onend();
    }
  });
}
