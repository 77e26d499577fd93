// The pages drive the real API rightly. WXML is not rendered here.
const test = require("node:test");
const assert = require("node:assert");
const phone = require("./phone.js");

const question = "为多少名学生发放助学金";
const tapped = (dataset) => ({ currentTarget: { dataset } });
const whole = (turn) => turn.view.paragraphs.map((p) => p.pieces.map((piece) => piece.text || "[" + piece.n + "]").join("")).join("\n");

async function asked(page, text) {
  page.typed({ detail: { value: text } });
  await page.submit();
  return page.data.turns.at(-1);
}

test("asks, streams, and goes on with the conversation", async () => {
  const page = phone.open("ask");
  await phone.until("suggestions", () => page.data.suggestions.length > 0);
  assert.ok(phone.storage["wenda.token"].startsWith("mp_"));
  const turn = await asked(page, question);
  assert.match(whole(turn), /300名.*\[1\]/);
  assert.strictEqual(turn.stage, "");
  assert.strictEqual(turn.view.citations.length, 1);
  assert.strictEqual(turn.view.mode, "摘自所引文件");
  assert.ok(!("wenda.pending" in phone.storage));
  const conversation = page.conversation;
  await page.pick(tapped({ question }));
  assert.strictEqual(page.conversation, conversation);
  assert.strictEqual(page.data.turns.length, 2);
  page.conversation = "c_00000000000000000000000000000000"; // one that has expired
  const again = await asked(page, question);
  assert.match(whole(again), /300名/);
  assert.strictEqual(page.data.turns.length, 3, "the turn that failed is gone");
  page.showCitation(tapped({ n: 1 }));
  assert.strictEqual(page.data.marked, 1);
  page.copyLink(tapped({ url: again.view.citations[0].url }));
  assert.ok(phone.clipboard.startsWith(process.env.WENDA_URL + "/doc/"));
  await page.giveFeedback(tapped({ id: again.view.id, verdict: "useful" }));
  assert.strictEqual(phone.toasts.at(-1), "谢谢您的评价");
  page.fresh();
  assert.strictEqual(page.data.turns.length, 0);
});

test("an old phone gets the answer in one piece", async () => {
  phone.streams = false;
  const turn = await asked(phone.open("ask"), question);
  phone.streams = true;
  assert.match(whole(turn), /300名/);
});

test("errors are said in the server's words", async () => {
  const page = phone.open("ask");
  const turn = await asked(page, "坏");
  assert.match(turn.trouble, /系统出了点问题.*请求编号：r_/);
  assert.strictEqual(page.data.busy, false);
  await page.submit();
  assert.match(page.data.trouble, /还没有写问题/);
  const refused = await asked(page, "学\u0007");
  assert.match(refused.trouble, /控制字符/);
  phone.online = false;
  const off = await asked(page, question);
  phone.online = true;
  assert.match(off.trouble, /中断|断开/);
  assert.strictEqual(page.data.busy, false);
});

test("a token that is no longer taken is renewed without a word", async () => {
  const old = (phone.storage["wenda.token"] = "mp_" + "A".repeat(43));
  const turn = await asked(phone.open("ask"), question);
  assert.match(whole(turn), /300名/);
  assert.notStrictEqual(phone.storage["wenda.token"], old);
});

test("two who find no token sign in once", async () => {
  delete phone.storage["wenda.token"];
  phone.requests.length = 0;
  const api = require("../lib/api.js");
  await Promise.all([api.suggestions(), api.history(""), api.suggestions()]);
  assert.strictEqual(phone.requests.filter((r) => r.endsWith("/login")).length, 1);
});

test("a token that another call has renewed is used and kept", async () => {
  phone.storage["wenda.token"] = "mp_" + "B".repeat(43);
  phone.requests.length = 0;
  const api = require("../lib/api.js");
  let go;
  phone.held = new Promise((resolve) => (go = resolve));
  const late = api.history("");
  phone.held = null;
  await api.suggestions();
  const renewed = phone.storage["wenda.token"];
  go();
  await late;
  assert.strictEqual(phone.storage["wenda.token"], renewed);
  assert.strictEqual(phone.requests.filter((r) => r.endsWith("/login")).length, 1);
});

test("an answer is fetched after the background", async () => {
  await phone.tell("slow");
  const page = phone.open("ask");
  const asking = asked(page, question);
  await phone.until("the first sentence", () => page.data.turns.length && /300名/.test(whole(page.data.turns[0])));
  page.onHide();
  phone.tasks.at(-1).abort(); // what WeChat does 5 s after
  await asking;
  assert.strictEqual(page.data.busy, false);
  assert.ok(phone.storage["wenda.pending"].id.startsWith("a_"));
  page.onShow();
  await phone.until("a look at what is there", () => phone.requests.at(-1).startsWith("GET /api/v1/mp/answers/") && page.data.turns[0].view.paragraphs.length > 0);
  assert.strictEqual(page.data.turns[0].stage, "正在取回回答");
  await phone.tell("go");
  await phone.until("the whole answer", () => page.data.turns[0].stage === "");
  assert.strictEqual(page.data.turns.length, 1);
  assert.match(whole(page.data.turns[0]), /300名.*\[1\]/);
  assert.ok(page.conversation && !("wenda.pending" in phone.storage));
});

test("an answer is fetched after the mini-program was ended", async () => {
  await phone.tell("slow");
  const page = phone.open("ask");
  const asking = asked(page, question);
  await phone.until("its ID", () => "wenda.pending" in phone.storage);
  page.onHide();
  phone.tasks.at(-1).abort();
  await asking;
  await phone.tell("go");
  const fresh = phone.open("ask");
  await phone.until("the answer", () => fresh.data.turns.length === 1 && fresh.data.turns[0].stage === "");
  assert.match(whole(fresh.data.turns[0]), /300名/);
  assert.strictEqual(fresh.data.turns[0].question, question);
});

test("history is read in pages, opened and deleted", async () => {
  const page = phone.open("history");
  await phone.showing;
  assert.ok(page.data.items.length >= 5);
  assert.match(page.data.items[0].day, /月.*日/);
  page.open(tapped({ id: page.data.items[0].answer_id, question: page.data.items[0].question }));
  const query = Object.fromEntries(new URL("http://x" + phone.opened).searchParams);
  const answer = phone.open("answer", { id: query.id, question: encodeURIComponent(query.question) });
  await phone.loading;
  assert.strictEqual(answer.data.waiting, false);
  assert.match(whole(answer.data), /300名/);
  const missing = phone.open("answer", { id: "a_none" });
  await phone.loading;
  assert.match(missing.data.trouble, /没有找到/);
  phone.confirm = false;
  page.remove();
  await phone.modal;
  assert.ok(page.data.items.length > 0);
  phone.confirm = true;
  page.remove();
  await phone.modal;
  assert.strictEqual(page.data.items.length, 0);
  const again = phone.open("history");
  await phone.showing;
  assert.strictEqual(again.data.items.length, 0);
});

test("large text and signing out", async () => {
  const page = phone.open("about");
  page.setLarge({ detail: { value: true } });
  assert.strictEqual(phone.open("ask").data.large, true);
  assert.strictEqual(phone.storage["wenda.large"], true);
  const token = phone.storage["wenda.token"];
  await page.signOut();
  assert.ok(token && !("wenda.token" in phone.storage));
});
