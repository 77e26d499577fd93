// The page of a document: marks the cited sentence where the server could not know it (the chunk stands in the fragment), brings it
// into view, and leads back to the conversation.
import { has } from "./memory.js";

function cited() {
  const marked = document.getElementById("cited");
  if (marked) return marked;
  const n = new URLSearchParams(location.search).get("s");
  const chunk = document.getElementById(decodeURIComponent(location.hash.slice(1)));
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
  mark.scrollIntoView({ block: "center" });
}

const mark = cited();
if (mark) {
  const folded = mark.closest("details");
  if (folded) folded.open = true;
  show(mark);
  // the browser goes to the fragment when the page is loaded, and takes the focus along
  addEventListener("load", () => requestAnimationFrame(() => show(mark)));
}

const back = document.getElementById("back");
if (back.dataset.answer && has(back.dataset.answer)) back.href = "/#" + back.dataset.answer;
