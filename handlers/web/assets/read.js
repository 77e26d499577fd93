// Reads an answer aloud by the browser's speech, sentence by sentence, and marks the one that is read.

const speech = window.speechSynthesis;
let now = null; // {button, ranges} of what is being read

export const canRead = Boolean(speech && window.SpeechSynthesisUtterance);

// sentences are ranges of the answer's text without citation numbers.
function sentences(text) {
  const out = [];
  for (const p of text.querySelectorAll("p")) {
    let range = null;
    const walker = document.createTreeWalker(p, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());) {
      if (node.parentElement.closest(".ref")) continue;
      for (const m of node.data.matchAll(/[^。！？；]+[。！？；”]*|[。！？；”]+/g)) {
        if (!range) {
          range = document.createRange();
          range.setStart(node, m.index);
        }
        range.setEnd(node, m.index + m[0].length);
        if (/[。！？；]”?$/.test(m[0])) {
          out.push({ p, range });
          range = null;
        }
      }
    }
    if (range) out.push({ p, range });
  }
  return out;
}

function mark(sentence) {
  for (const p of document.querySelectorAll(".reading")) p.classList.remove("reading");
  if (window.CSS?.highlights && window.Highlight) {
    CSS.highlights.delete("reading");
    if (sentence) CSS.highlights.set("reading", new Highlight(sentence.range));
  } else if (sentence) sentence.p.classList.add("reading"); // browsers without highlights of ranges mark the paragraph
  sentence?.p.scrollIntoView({ block: "nearest" });
}

export function stopReading() {
  if (!now) return;
  const { button } = now;
  now = null;
  speech.cancel();
  mark(null);
  button.textContent = "朗读";
  button.setAttribute("aria-pressed", "false");
}

// read starts, or stops when button was reading. speed is a function, since it may be changed on the way; failed says what is wrong.
export function read(button, text, speed, failed) {
  const again = now?.button === button;
  stopReading();
  if (again) return;
  const list = sentences(text);
  if (!list.length) return;
  now = { button };
  button.textContent = "停止朗读";
  button.setAttribute("aria-pressed", "true");
  const mine = now;
  const next = (i) => {
    if (now !== mine) return;
    if (i >= list.length) return stopReading();
    mark(list[i]);
    const u = new SpeechSynthesisUtterance(list[i].range.toString().replace(/\[\d{1,2}\]/g, ""));
    u.lang = document.documentElement.lang === "zh-Hant" ? "zh-TW" : "zh-CN";
    u.rate = speed();
    u.onend = () => next(i + 1);
    u.onerror = () => {
      if (now !== mine) return;
      stopReading();
      failed("这个浏览器没有可用的中文语音。");
    };
    speech.speak(u);
  };
  next(0);
}

addEventListener("pagehide", stopReading);
