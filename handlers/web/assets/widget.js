// The widget for portals: <script src="ADDRESS/widget.js" defer data-position="right" data-color="#0b4a8f" data-label="问一问"
// data-greeting="..." data-script="hant" data-open></script>. A button and, once pressed, a panel with our page in a frame. Everything is in a
// shadow root and styled through properties, so that neither the portal's styles nor a strict Content-Security-Policy get in the way.
(() => {
  const script = document.currentScript;
  const set = script.dataset;
  const home = new URL(script.src).origin;
  const key = "wenda-widget";
  const colour = /^#[0-9a-f]{6}$/i.test(set.color || "") ? set.color : "#0b4a8f";
  const side = set.position === "left" ? "left" : "right";
  const label = (set.label || "问一问").slice(0, 12);

  // onColour is black or white, whichever is easier to read on colour (WCAG relative luminance).
  const light = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const onColour = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] > 0.179 ? "#000" : "#fff";

  function make(tag, style, attributes) {
    const e = document.createElement(tag);
    for (const [k, v] of Object.entries(style)) e.style.setProperty(k, v);
    for (const [k, v] of Object.entries(attributes || {})) e.setAttribute(k, v);
    return e;
  }

  const font = '16px/1.5 "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
  const host = make("div", { all: "initial", position: "fixed", "z-index": "2147483000", bottom: "16px", [side]: "16px" });
  const root = host.attachShadow({ mode: "open" });
  const button = make("button", { font, "min-height": "52px", padding: "8px 22px", border: "2px solid " + onColour, "border-radius": "26px", background: colour, color: onColour, cursor: "pointer", "box-shadow": "0 2px 10px rgb(0 0 0 / .3)" },
    { type: "button", "aria-expanded": "false", "aria-controls": "panel" });
  button.textContent = label;
  const panel = make("div", { position: "fixed", display: "none", "flex-direction": "column", background: "#fff", border: "1px solid #71849a", overflow: "hidden", "box-shadow": "0 6px 30px rgb(0 0 0 / .3)" },
    { id: "panel", role: "dialog", "aria-label": label });
  const head = make("div", { font, display: "flex", "align-items": "center", "justify-content": "space-between", padding: "2px 4px 2px 16px", background: colour, color: onColour });
  const title = make("span", { "font-weight": "700" });
  title.textContent = label;
  const close = make("button", { font, "min-height": "44px", padding: "4px 16px", border: "0", background: "transparent", color: onColour, cursor: "pointer" }, { type: "button" });
  close.textContent = "收起";
  head.append(title, close);
  panel.append(head);
  root.append(button, panel);

  let frame = null;

  function place() {
    const narrow = innerWidth < 520 || innerHeight < 480;
    const box = narrow ? { inset: "0", width: "auto", height: "auto", "border-radius": "0" }
      : { inset: "auto", bottom: "84px", [side]: "16px", width: "400px", height: `${Math.min(640, innerHeight - 110)}px`, "border-radius": "10px" };
    for (const [k, v] of Object.entries(box)) panel.style.setProperty(k, v);
  }

  const hello = (focus) => frame.contentWindow.postMessage({ type: "wenda:hello", greeting: set.greeting || "", focus }, home);

  function remember(open) {
    try {
      sessionStorage.setItem(key, open ? "open" : "closed");
    } catch {
      // storage switched off: it starts closed on every page
    }
  }

  function open(focus) {
    place();
    panel.style.setProperty("display", "flex");
    button.setAttribute("aria-expanded", "true");
    if (frame) {
      hello(focus);
    } else {
      frame = make("iframe", { flex: "1", width: "100%", border: "0" }, { title: label, allow: "microphone; clipboard-write" });
      frame.src = home + "/widget" + (set.script === "hant" ? "?script=hant" : "");
      frame.addEventListener("load", () => hello(focus), { once: true });
      panel.append(frame);
    }
    if (focus) frame.focus();
    remember(true);
  }

  function shut() {
    panel.style.setProperty("display", "none");
    button.setAttribute("aria-expanded", "false");
    button.focus();
    remember(false);
  }

  const isOpen = () => button.getAttribute("aria-expanded") === "true";
  button.addEventListener("click", () => (isOpen() ? shut() : open(true)));
  close.addEventListener("click", shut);
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen()) shut();
  });
  addEventListener("resize", () => isOpen() && place());
  addEventListener("message", (event) => {
    if (event.origin === home && event.source === frame?.contentWindow && event.data?.type === "wenda:close") shut();
  });

  function start() {
    document.body.append(host);
    let kept = null;
    try {
      kept = sessionStorage.getItem(key);
    } catch {
      // as above
    }
    if (kept === "open" || (kept === null && "open" in set)) open(false);
  }
  if (document.body) start();
  else addEventListener("DOMContentLoaded", start);
})();
