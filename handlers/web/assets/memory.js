// Keeps conversations in this browser and nowhere else. The one of this tab is in sessionStorage, so that reloading and coming back from a
// document lose nothing and two tabs do not mix; a copy is in localStorage as history, unless the resident does not want one.
// A turn is {question, answer}; script is the one that its texts are written in.

const tabKey = "wenda.talk", talksKey = "wenda.talks", recentKey = "wenda.recent", keepKey = "wenda.keep";
const mostTurns = 20, mostTalks = 20, mostRecent = 8;
const days = 30; // after which history forgets

function read(storage, key, otherwise) {
  try {
    return JSON.parse(window[storage].getItem(key)) ?? otherwise;
  } catch {
    return otherwise; // switched off or damaged: start afresh
  }
}

function write(storage, key, value) {
  try {
    if (value === undefined) window[storage].removeItem(key);
    else window[storage].setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false; // full or switched off: the page works on
  }
}

const newID = () => [...crypto.getRandomValues(new Uint8Array(8))].map((b) => b.toString(16).padStart(2, "0")).join("");

let talk = read("sessionStorage", tabKey, null);
if (!talk || !Array.isArray(talk.turns)) talk = { id: newID(), script: "", turns: [] };
let seen = talk.turns.length; // how many turns of it this page knows to be in the history

// current is the conversation of this tab.
export const current = () => talk;

// save keeps the turns of this tab. A tab that was duplicated finds that its twin went on, and goes its own way under a new ID.
export function save(turns, script) {
  talk = { ...talk, script, turns: turns.slice(-mostTurns) };
  const list = talks();
  const kept = list.find((t) => t.id === talk.id);
  if (kept && kept.turns.length !== seen) talk.id = newID();
  write("sessionStorage", tabKey, talk);
  seen = talk.turns.length;
  if (!keeping()) return;
  const all = [{ ...talk, at: Date.now() }, ...list.filter((t) => t.id !== talk.id)].slice(0, mostTalks);
  while (all.length && !write("localStorage", talksKey, all)) all.pop(); // full: the oldest goes
}

// begin forgets the conversation of this tab; the history keeps it.
export function begin() {
  talk = { id: newID(), script: "", turns: [] };
  seen = 0;
  write("sessionStorage", tabKey);
}

// talks is the history, newest first.
export function talks() {
  const list = read("localStorage", talksKey, []);
  return Array.isArray(list) ? list.filter((t) => Array.isArray(t?.turns) && t.turns.length && Date.now() - t.at < days * 864e5) : [];
}

// resume makes a conversation of the history this tab's; the page is to be loaded again.
export function resume(id) {
  const kept = talks().find((t) => t.id === id);
  if (kept) write("sessionStorage", tabKey, kept);
  return Boolean(kept);
}

// has tells whether the page of questions will show this answer.
export const has = (answerID) => talk.turns.some((t) => t.answer.id === answerID);

export const keeping = () => read("localStorage", keepKey, "yes") !== "no";

// keep switches history and recent questions on or off; off forgets what was kept.
export function keep(on) {
  write("localStorage", keepKey, on ? undefined : "no");
  if (!on) forget();
}

export const recent = () => read("localStorage", recentKey, []).filter((q) => typeof q === "string");

export function remember(question) {
  if (keeping()) write("localStorage", recentKey, [question, ...recent().filter((q) => q !== question)].slice(0, mostRecent));
}

export const forgetRecent = () => write("localStorage", recentKey);

// forget takes history and recent questions away.
export function forget() {
  write("localStorage", talksKey);
  forgetRecent();
}
