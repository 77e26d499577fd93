// The page of questions: streams answers, keeps the conversation. Without this module the form does the same by whole pages.
import { ask, AskError } from "./stream.js";
import { fill, newTurn, setStage, setText, setTrouble } from "./answer.js";
import { listenForFeedback } from "./feedback.js";
import { forget, load, save } from "./memory.js";

const byID = (id) => document.getElementById(id);
const talk = byID("talk"), live = byID("live"), form = byID("ask"), field = byID("q");
const stop = byID("stop"), count = byID("count"), trouble = byID("trouble"), fresh = byID("fresh");
const submit = form.querySelector("[type=submit]");
const max = Number(count.dataset.max);
const slow = 8000; // milliseconds until the page says that it takes longer

const first = talk.querySelector(".turn")?.id || ""; // an answer that the server put here
let turns = load(first);
let running = null; // AbortController of the question being answered

// say speaks a sentence to screen readers; citation numbers are for the eye.
function say(text) {
  const p = document.createElement("p");
  p.textContent = text.replace(/\[\d{1,2}\]/g, "");
  live.append(p);
  while (live.childElementCount > 30) live.firstElementChild.remove();
}

function complain(text) {
  trouble.textContent = text;
  trouble.hidden = !text;
}

function busy(on) {
  submit.disabled = on;
  stop.hidden = !on;
  talk.setAttribute("aria-busy", String(on));
}

// started turns the first view into a conversation.
function started() {
  byID("start")?.remove();
  fresh.hidden = false;
  form.querySelector("label").textContent = "继续提问";
  field.placeholder = "";
}

// put asks and shows; conversation may be empty.
async function put(question, conversation) {
  complain("");
  started();
  const node = newTurn(question);
  talk.append(node);
  node.scrollIntoView({ block: "start" });
  await answer(node, question, conversation);
}

async function answer(node, question, conversation) {
  running = new AbortController();
  busy(true);
  let stage = "正在提问";
  const late = setTimeout(() => setStage(node, (stage += "，比平时慢一些，请稍候")), slow);
  setStage(node, stage);
  try {
    await follow(node, question, conversation, (text) => (stage = text));
  } catch (err) {
    if (err.code === "conversation_unknown" && conversation) {
      say("之前的对话已经过期，作为新问题回答。");
      form.elements.conversation_id.value = "";
      clearTimeout(late);
      return await answer(node, question, "");
    }
    let text = "页面出了点问题，请再试一次。";
    if (err.name === "AbortError") text = "已停止，没有保留不完整的回答。";
    else if (err instanceof AskError) text = err.message;
    setTrouble(node, text + (err.code === "internal" && err.requestID ? `（请求编号：${err.requestID}）` : ""));
    say(text);
    node.querySelector('[data-do="again"]').onclick = () => {
      node.querySelector('[data-slot="trouble"]').hidden = true;
      if (!running) answer(node, question, form.elements.conversation_id.value);
    };
  } finally {
    clearTimeout(late);
    running = null;
    busy(false);
  }
}

// follow shows one stream from its first event to done.
async function follow(node, question, conversation, staged) {
  let text = "", citations = [];
  const body = { question };
  if (conversation) body.conversation_id = conversation;
  for await (const { event, data } of ask(body, running.signal)) {
    if (event === "stage") {
      staged(data.text);
      setStage(node, data.text);
    } else if (event === "citation") {
      citations.push(data);
    } else if (event === "delta") {
      text += data.text;
      setText(node, text, citations);
      say(data.text);
    } else if (event === "reset") {
      if (text) say("正在重新核对，请以后面的回答为准。");
      text = "";
      citations = [];
      setText(node, "", []);
    } else if (event === "done") {
      if (!text) say(data.answer);
      fill(node, data);
      say(data.citations.length ? `回答完毕，出处${data.citations.length}处。` : "回答完毕。");
      form.elements.conversation_id.value = data.conversation_id;
      turns.push({ question, answer: data });
      save(first, turns);
    }
  }
}

function tooLong() {
  const n = [...field.value.trim()].length;
  count.textContent = n > max ? `超出${n - max}字，请缩短` : n >= max - 100 ? `还可以写${max - n}字` : "";
  count.classList.toggle("over", n > max);
  return n > max;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const question = field.value.trim();
  if (running) return;
  if (!question) return complain("还没有写问题。请输入您想了解的事情。");
  if (tooLong()) return complain(`问题超过${max}字。请缩短，或者分成几个问题来问。`);
  field.value = "";
  tooLong();
  if (matchMedia("(pointer: coarse)").matches) field.blur(); // the keyboard would cover the answer
  put(question, form.elements.conversation_id.value);
});

field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return; // 229: an input method is composing
  event.preventDefault();
  if (!running) form.requestSubmit();
});

field.addEventListener("input", () => {
  complain("");
  tooLong();
});

stop.addEventListener("click", () => {
  running?.abort();
  field.focus();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest('a[data-do="ask"]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  if (!running) put(link.textContent, form.elements.conversation_id.value);
});

fresh.addEventListener("click", forget);
window.addEventListener("offline", () => complain("网络断开了。已有的回答还可以看，连上后再提问。"));
window.addEventListener("online", () => complain(""));

form.noValidate = true;
listenForFeedback();
for (const t of turns) {
  const node = newTurn(t.question);
  talk.append(node);
  fill(node, t.answer);
}
if (turns.length) {
  started();
  form.elements.conversation_id.value = turns.at(-1).answer.conversation_id;
  document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView({ block: "start" });
}
tooLong();
