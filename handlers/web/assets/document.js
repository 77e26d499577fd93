// The page of a document: marks the cited sentence where the server could not know it (the chunk stands in the fragment), brings it into view,
// searches in the text, and leads back to the conversation.
import { has } from "./memory.js";

const byID = (id) => document.getElementById(id);
const said = byID("said");

function cited() {
  const marked = byID("cited");
  if (marked) return marked;
  const n = new URLSearchParams(location.search).get("s");
  const chunk = byID(decodeURIComponent(location.hash.slice(1)));
  if (!chunk || n === null) return null;
  const sentence = [...chunk.querySelectorAll("[data-s]")].find((s) => s.dataset.s === n);
  if (!sentence) return null;
  const mark = document.createElement("mark");
  mark.id = "cited";
  mark.tabIndex = -1;
  mark.dataset.s = n;
  mark.textContent = sentence.textContent;
  sentence.replaceWith(mark);
  return mark;
}

function show(mark) {
  mark.focus({ preventScroll: true }); // screen readers read on from here
  mark.scrollIntoView({ block: "center", behavior: "instant" });
}

const mark = cited();
if (mark) {
  const folded = mark.closest("details");
  if (folded) folded.open = true;
  show(mark);
  // the browser goes to the fragment when the page is loaded, and takes the focus along
  addEventListener("load", () => requestAnimationFrame(() => {
    show(mark);
    said.textContent = "引用的句子已标出。" + (document.querySelector(".steps .at")?.textContent || "");
  }));
}

// A search here needs no new page: it goes from place to place and marks all of them.
const form = byID("search"), field = byID("find"), found = byID("found");
let last = "", places = [], at = -1;

function search(words) {
  const out = [];
  const walker = document.createTreeWalker(document.querySelector(".body"), NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const text = node.data.toLowerCase();
    for (let i = text.indexOf(words); i >= 0; i = text.indexOf(words, i + words.length)) {
      const range = document.createRange();
      range.setStart(node, i);
      range.setEnd(node, i + words.length);
      out.push(range);
    }
  }
  return out;
}

form.addEventListener("submit", (event) => {
  const words = field.value.trim().toLowerCase();
  if (!words) {
    event.preventDefault();
    return;
  }
  if (words !== last) {
    last = words;
    places = search(words);
    at = -1;
  }
  if (!places.length) return; // the server looks too: across sentences, and in other characters
  event.preventDefault();
  document.querySelector(".results")?.remove();
  at = (at + 1) % places.length;
  const place = places[at].startContainer.parentElement;
  const folded = place.closest("details");
  if (folded) folded.open = true;
  if (window.CSS?.highlights && window.Highlight) CSS.highlights.set("reading", new Highlight(places[at]));
  place.scrollIntoView({ block: "center", behavior: "instant" });
  found.textContent = `第${at + 1}处，共${places.length}处。再按“查找”到下一处。`;
});

byID("print").addEventListener("click", () => window.print());
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && window.parent !== window) window.parent.postMessage("wenda:close", location.origin);
});

const back = byID("back");
if (back?.dataset.answer && has(back.dataset.answer)) back.href = "/#" + back.dataset.answer;
