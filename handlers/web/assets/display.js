// The display settings of the header: size, colours and elder mode change at once and are kept by the server's cookie. Other characters need a
// page of their own, so that button sends its form as it does without scripts.

const names = { theme: ["auto", "light", "dark", "contrast"], size: ["normal", "large", "huge"], elder: ["off", "on"] };
const form = document.querySelector("form[data-display]");
const menu = form?.querySelector("details");

form?.addEventListener("submit", (event) => {
  const button = event.submitter, value = button.value;
  const name = Object.keys(names).find((n) => names[n].includes(value));
  if (!name) return;
  event.preventDefault();
  for (const root of [document.documentElement, ...[...document.querySelectorAll("iframe")].map((f) => f.contentDocument?.documentElement)]) {
    if (root) root.dataset[name] = value;
  }
  if (name === "elder") {
    button.setAttribute("aria-pressed", String(value === "on"));
    button.value = value === "on" ? "off" : "on";
  } else {
    for (const b of button.parentElement.querySelectorAll("button")) b.setAttribute("aria-pressed", String(b === button));
  }
  fetch("/settings", { method: "POST", body: new URLSearchParams({ set: value, return: "/robots.txt" }) }).catch(() => {}); // holds for this page only then
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu?.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
document.addEventListener("click", (event) => {
  if (menu?.open && !menu.contains(event.target)) menu.open = false;
});
