// Keeps the conversation of this tab, so that reloading and coming back from a document lose nothing. It stays in the browser and ends with the tab.

const key = "wenda.talk";
const most = 20; // turns, as the server remembers

// load returns the turns [{question, answer}] kept for a page that begins with this answer of the server ("" for none).
export function load(first) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key));
    if (kept && kept.first === first && Array.isArray(kept.turns)) return kept.turns;
  } catch {
    // storage switched off or damaged: start afresh
  }
  return [];
}

export function save(first, turns) {
  try {
    sessionStorage.setItem(key, JSON.stringify({ first, turns: turns.slice(-most) }));
  } catch {
    // full or switched off: the conversation still works on this page
  }
}

export function forget() {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // nothing was kept
  }
}

// has tells whether the page of questions will show this answer.
export function has(answerID) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key));
    return kept.first === "" && kept.turns.some((t) => t.answer.id === answerID);
  } catch {
    return false;
  }
}
