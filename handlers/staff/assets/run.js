// Follows a run without loading the page again, so that nobody loses the place. Without this module the page asks for itself again.
const box = document.querySelector("#progress");

async function look() {
  try {
    const reply = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (reply.ok) {
      const now = new DOMParser().parseFromString(await reply.text(), "text/html").querySelector("#progress");
      if (!now) {
        location.reload(); // it ended
        return;
      }
      box.querySelector("p").textContent = now.querySelector("p").textContent;
      box.querySelector("progress").value = now.querySelector("progress").value;
    }
  } catch {
    // the server restarts, or the network is away: asked again
  }
  setTimeout(look, 1000);
}

if (box) setTimeout(look, 1000);
