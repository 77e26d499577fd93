// Puts an Answer into the markup of templates/answer.html. Everything enters as text.

const slot = (node, name) => node.querySelector(`[data-slot="${name}"]`);

// Twins of statusText and modeText in view.go.
const statuses = {
  not_stated: ["文件没有说明", "absent"],
  no_source: ["没有找到相关文件", "absent"],
  out_of_scope: ["不在文件范围内", "absent"],
  refused: ["无法回答", "refused"],
  handed_over: ["请联系有关部门", "refused"],
};

function modeText(a) {
  if (!a.citations.length) return "";
  if (a.degraded) return "智能组织语言暂时不可用，以下摘自所引文件";
  return { quoted: "摘自所引文件", curated: "经工作人员审核" }[a.mode] || "";
}

// newTurn makes the article of a question whose answer is on its way.
export function newTurn(question) {
  const node = document.getElementById("turn-template").content.firstElementChild.cloneNode(true);
  slot(node, "question").textContent = question;
  for (const name of ["status", "notice", "sources", "handoff", "label", "related", "actions", "feedback"]) slot(node, name).hidden = true;
  return node;
}

// setStage says what is being done; empty takes the line away.
export function setStage(node, text) {
  const line = slot(node, "stage");
  line.textContent = text;
  line.hidden = !text;
}

// setTrouble says what went wrong in the place of an answer; empty takes it away.
export function setTrouble(node, text) {
  setStage(node, "");
  setText(node, "", []);
  slot(node, "sources").hidden = true;
  slot(node, "trouble-text").textContent = text;
  slot(node, "trouble").hidden = !text;
}

// setText shows text with the numbers of known citations as links to their cards.
export function setText(node, text, citations) {
  const known = new Set(citations.map((c) => c.n));
  slot(node, "text").replaceChildren(
    ...text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
      const p = document.createElement("p");
      let at = 0;
      for (const m of line.matchAll(/\[(\d{1,2})\]/g)) {
        const n = Number(m[1]);
        if (!known.has(n)) continue;
        p.append(line.slice(at, m.index), mark(n, cardID(node, n)));
        at = m.index + m[0].length;
      }
      p.append(line.slice(at));
      return p;
    }),
  );
}

function mark(n, id) {
  const a = document.createElement("a");
  a.className = "ref";
  a.href = "#" + id;
  a.setAttribute("aria-label", "出处" + n);
  a.textContent = `[${n}]`;
  return a;
}

const cardID = (node, n) => `c-${node.id || "next"}-${n}`;

// fill shows the whole Answer, whatever was shown before.
export function fill(node, a) {
  node.id = a.id;
  setStage(node, "");
  const [status, tone] = statuses[a.status] || ["", "plain"];
  slot(node, "answer").className = "answer " + tone;
  show(node, "status", status);
  setText(node, a.answer, a.citations);
  show(node, "notice", a.notice);
  setCards(node, a);
  setHandoff(node, a.handoff);
  show(node, "label", a.label);
  const question = slot(node, "question").textContent;
  slot(node, "rephrase").hidden = !["not_stated", "no_source", "out_of_scope"].includes(a.status) || !question;
  slot(node, "rephrase").href = "/?" + new URLSearchParams({ edit: question });
  slot(node, "share").href = "/a/" + a.id;
  slot(node, "actions").hidden = false;
  slot(node, "related-list").replaceChildren(...a.related.map((q) => related(q, a.conversation_id)));
  slot(node, "related").hidden = !a.related.length;
  const form = slot(node, "feedback");
  form.action = `/a/${a.id}/feedback`;
  form.dataset.answer = a.id;
  form.elements.conversation_id.value = a.conversation_id;
  form.hidden = false;
}

function show(node, name, text) {
  const at = slot(node, name);
  at.textContent = text;
  at.hidden = !text;
}

function setCards(node, a) {
  slot(node, "cards").replaceChildren(...a.citations.map((c) => card(node, c, a.id)));
  slot(node, "sources").hidden = !a.citations.length;
  show(node, "mode", modeText(a));
  slot(node, "as-of-date").textContent = a.as_of;
  slot(node, "as-of").hidden = !a.as_of;
}

function card(node, c, answerID) {
  const li = document.getElementById("card-template").content.firstElementChild.cloneNode(true);
  li.id = cardID(node, c.n);
  for (const [name, text] of Object.entries({ n: c.n, title: c.title, section: c.section, quote: c.quote, issuer: c.issuer, published: c.published })) {
    slot(li, "card-" + name).textContent = text;
  }
  const href = citationHref(c, answerID);
  if (href) slot(li, "card-link").href = href;
  return li;
}

// citationHref is the twin of citationHref in view.go: the server does not see the fragment, and p tells it the chunk.
function citationHref(c, answerID) {
  const u = new URL(c.url, location.origin);
  if (u.origin !== location.origin || !u.pathname.startsWith("/doc/")) return "";
  if (u.hash) u.searchParams.set("p", u.hash.slice(1));
  u.searchParams.set("cite", answerID);
  return u.pathname + u.search + u.hash;
}

function setHandoff(node, h) {
  slot(node, "handoff").hidden = !h;
  if (!h) return;
  for (const name of ["name", "phone", "hours", "say"]) slot(node, "handoff-" + name).textContent = h[name];
  slot(node, "handoff-phone").href = "tel:" + encodeURIComponent(h.phone);
  slot(node, "handoff-say-line").hidden = !h.say;
}

function related(question, conversation) {
  const a = document.createElement("a");
  a.dataset.do = "ask";
  a.href = "/?" + new URLSearchParams({ q: question, c: conversation });
  a.textContent = question;
  const li = document.createElement("li");
  li.append(a);
  return li;
}
