// The page of questions inside the widget's frame: talks with widget.js on the portal's page. Only messages from the page that framed us are
// heard, and only when its origin is one of those that the operator allows; what it says enters as text.

const page = document.querySelector("[data-widget]");
const allowed = new Set([location.origin, ...page.dataset.allowed.split(" ").filter(Boolean)]);
let portal = ""; // origin of the page around us, once it said hello

addEventListener("message", (event) => {
  if (event.source !== window.parent || !allowed.has(event.origin) || event.data?.type !== "wenda:hello") return;
  portal = event.origin;
  const greeting = event.data.greeting;
  if (typeof greeting === "string" && greeting.trim()) document.getElementById("greeting").textContent = greeting.slice(0, 200);
  if (event.data.focus === true) document.getElementById("q").focus();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && portal) window.parent.postMessage({ type: "wenda:close" }, portal);
});

// Documents and shared answers are whole pages: they open beside the portal's.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || link.dataset.do === "ask" || link.getAttribute("href").startsWith("#") || link.closest("#fresh")) return;
  link.target = "_blank";
  link.rel = "noopener";
});
