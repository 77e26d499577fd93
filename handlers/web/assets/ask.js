// The page of questions: streams answers, keeps the conversation. Without this module the form does the same by whole pages.
import { ask, AskError, get, passing, traditional } from "./stream.js";
import { fill, newTurn, setStage, setText, setTrouble } from "./answer.js";
import { listenForActions } from "./actions.js";
import { listenForDocuments } from "./beside.js";
import { listenForFeedback } from "./feedback.js";
import { begin, current, remember, save } from "./memory.js";
import { showHistory } from "./history.js";
import { stopReading } from "./read.js";
import { suggest } from "./suggest.js";
import { listenTo } from "./voice.js";

const byID = (id) => document.getElementById(id);
const page = byID("page"), talk = byID("talk"), live = byID("live"), form = byID("ask"), field = byID("q");
const stop = byID("stop"), count = byID("count"), trouble = byID("trouble"), fresh = byID("fresh");
const submit = form.querySelector("[type=submit]");
const max = Number(count.dataset.max);
const script = traditional ? "zh-Hant" : "zh-Hans";
const slow = 8000; // milliseconds until the page says that it takes longer
const waits = [1, 2, 4, 8, 8, 8, 8, 8, 8]; // seconds before each new try while the server is away: nearly a minute in all
const backTurns = 6; // of an expired conversation, how many the server is told

let turns = [];
let running = null; // AbortController of the question being answered
let waiting = 0; // timer of a limit that passes

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
  for (const id of ["start", "recent"]) byID(id)?.remove();
  page.classList.add("talking");
  fresh.hidden = false;
  form.querySelector("label").textContent = "继续提问";
  field.placeholder = "";
}

// put asks and shows.
async function put(question) {
  complain("");
  stopReading();
  started();
  remember(question);
  const node = newTurn(question);
  talk.append(node);
  node.scrollIntoView({ block: "start" });
  await answer(node, question);
}

// answer tries until there is an answer, the resident stops it, or the trouble is not one that passes.
async function answer(node, question) {
  clearInterval(waiting);
  running = new AbortController();
  busy(true);
  setTrouble(node, "");
  const talking = form.elements.conversation_id;
  const body = { question };
  if (talking.value) body.conversation_id = talking.value;
  try {
    for (let tries = 0; ; ) {
      try {
        await follow(node, body);
        return;
      } catch (err) {
        setText(node, "", []);
        if (err.code === "conversation_unknown" && body.conversation_id) {
          say("之前的对话已经过期，接着前面的内容重新提问。");
          body.conversation_id = undefined;
          body.history = before();
        } else if (passing.has(err.code) && tries < waits.length) {
          const seconds = Math.max(waits[tries++], err.wait);
          const text = err.code === "offline" ? "网络断开了，连上以后会自动再问，您不用重新输入。" : `${err.message}正在自动重试（第${tries}次），您不用重新输入。`;
          setStage(node, text);
          if (tries === 1) say(text);
          await pause(seconds, err.code === "offline", running.signal);
        } else throw err;
      }
    }
  } catch (err) {
    failed(node, question, err);
  } finally {
    running = null;
    busy(false);
  }
}

// before is what was said so far, for a server that has forgotten it.
const before = () => turns.slice(-backTurns).flatMap((t) => [{ role: "user", content: t.question }, { role: "assistant", content: t.answer.answer }]);

// pause waits so many seconds, or without a network until there is one. It throws what signal was aborted with.
function pause(seconds, offline, signal) {
  return new Promise((resolve, reject) => {
    const timer = offline ? 0 : setTimeout(done, seconds * 1000);
    function done() {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    }
    if (offline) addEventListener("online", done);
    signal.addEventListener("abort", done);
  });
}

// failed says what went wrong and when it may be tried again.
function failed(node, question, err) {
  const again = node.querySelector('[data-do="again"]');
  let text = "页面出了点问题，请再试一次。";
  if (err.name === "AbortError") text = "已停止，没有保留不完整的回答。";
  else if (err instanceof AskError) text = err.message + (passing.has(err.code) ? "自动重试了几次都没有成功，请稍后再试。急事请拨打12345。" : "");
  if (err.code === "internal" && err.requestID) text += `（请求编号：${err.requestID}）`;
  setTrouble(node, text);
  say(text);
  again.disabled = false;
  again.onclick = () => {
    if (!running) answer(node, question);
  };
  if (err.code === "rate_limited" || err.code === "too_many_streams") countDown(node, again, err.wait || 5);
}

// countDown says when a limit ends, and lets the question be sent again then.
function countDown(node, again, seconds) {
  const until = Date.now() + seconds * 1000;
  const at = new Date(until).toLocaleTimeString("zh-CN", { hour12: false });
  again.disabled = true;
  const tell = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    setTrouble(node, left > 0 ? `提问太频繁了，${at}以后可以再问（还有${left}秒）。您的问题还在，到时按“再试一次”。` : "现在可以再问了，请按“再试一次”。");
    if (left > 0) return;
    clearInterval(waiting);
    again.disabled = false;
    say("现在可以再问了。");
  };
  tell();
  waiting = setInterval(tell, 1000);
}

// follow shows one stream from its first event to done.
async function follow(node, body) {
  let text = "", citations = [], stage = "正在提问";
  const late = setTimeout(() => {
    setStage(node, stage + "，比平时慢一些。可以继续等，也可以点“停止”，或拨打12345。");
    say("比平时慢一些，请稍候。");
  }, slow);
  setStage(node, stage);
  try {
    for await (const { event, data } of ask(body, running.signal)) {
      if (event === "stage") {
        setStage(node, (stage = data.text));
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
        turns.push({ question: body.question, answer: data });
        save(turns, script);
      }
    }
  } finally {
    clearTimeout(late);
  }
}

function tooLong() {
  const n = [...field.value.trim()].length;
  count.textContent = n > max ? `超出${n - max}字，请缩短` : n >= max - 100 ? `还可以写${max - n}字` : "";
  count.classList.toggle("over", n > max);
  return n > max;
}

// restore shows the conversation that this tab had. What it was written in may not be what the page is in now: then the server is asked.
async function restore() {
  const kept = current();
  turns = kept.turns;
  if (turns.length) started();
  for (const t of turns) {
    const node = newTurn(t.question);
    talk.append(node);
    fill(node, t.answer);
  }
  if (turns.length) form.elements.conversation_id.value = turns.at(-1).answer.conversation_id;
  document.documentElement.classList.remove("resuming");
  byID(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView({ block: "start" });
  if (!turns.length || !kept.script || kept.script === script) return;
  for (const t of turns) {
    try {
      t.answer = await get(`/api/v1/answers/${encodeURIComponent(t.answer.id)}`, undefined, script);
      fill(byID(t.answer.id), t.answer);
    } catch {
      // expired or limited: it stays as it was written
    }
  }
  save(turns, script);
}

// adopt makes an answer that the server put here the beginning of this tab's conversation, so that reloading does not ask again.
async function adopt(node) {
  begin();
  started();
  const answer = await get(`/api/v1/answers/${encodeURIComponent(node.id)}`);
  answer.conversation_id = form.elements.conversation_id.value || answer.conversation_id;
  turns = [{ question: node.querySelector('[data-slot="question"]').textContent, answer }];
  save(turns, script);
  history.replaceState(null, "", "/");
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const question = field.value.trim();
  if (running) return;
  if (!question) return complain("还没有写问题。请输入您想了解的事情。");
  if (tooLong()) return complain(`问题超过${max}字。请缩短，或者分成几个问题来问。`);
  closeGuesses();
  field.value = "";
  tooLong();
  if (matchMedia("(pointer: coarse)").matches) field.blur(); // the keyboard would cover the answer
  put(question);
});

const closeGuesses = suggest(field, byID("guesses"), say, (question) => {
  field.value = "";
  if (!running) put(question);
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
  const link = event.target.closest("a[data-do]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  if (link.dataset.do === "ask") {
    event.preventDefault();
    if (!running) put(link.textContent);
  } else if (link.dataset.do === "rephrase") {
    event.preventDefault();
    field.value = link.closest(".turn").querySelector('[data-slot="question"]').textContent;
    field.focus();
    field.select();
    field.dispatchEvent(new Event("input"));
    say("问题已放回输入框，可以修改后再问。");
  }
});

fresh.addEventListener("click", begin);
addEventListener("offline", () => complain("网络断开了。已有的回答还可以看，提出的问题会在连上后自动再问。"));
addEventListener("online", () => complain(""));

form.noValidate = true;
listenForActions();
listenForDocuments(say);
listenForFeedback();
listenTo(byID("voice"), field, complain, say);
const first = talk.querySelector(".turn");
if (first?.id) document.documentElement.classList.remove("resuming");
if (first?.id) adopt(first).catch(() => {}); // it stays as the server wrote it, and reloading asks again
else restore();
showHistory();
tooLong();
