// Runs before the page is shown: where a conversation is to be shown again, the first view stays hidden until it is (see .resuming).
try {
  if (JSON.parse(sessionStorage.getItem("wenda.talk")).turns.length) document.documentElement.classList.add("resuming");
} catch {
  // nothing is kept, or storage is switched off
}
