// The package is whole: every page has its files, every event of the markup its handler, and what can be tapped its name.
const test = require("node:test");
const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");

const home = path.join(__dirname, "..");
const read = (name) => fs.readFileSync(path.join(home, name), "utf8");
const pages = JSON.parse(read("app.json")).pages;

test("pages have their files and handlers", () => {
  assert.strictEqual(pages.length, 4);
  const template = read("templates/answer.wxml");
  for (const page of pages) {
    for (const kind of [".js", ".wxml", ".wxss", ".json"]) assert.ok(fs.existsSync(path.join(home, page + kind)), page + kind);
    let markup = read(page + ".wxml");
    if (markup.includes('is="answer"')) markup += template;
    let definition = null;
    global.Page = (d) => (definition = d);
    require(path.join(home, page + ".js"));
    const handlers = [...markup.matchAll(/\b(?:bind|catch)\w+="(\w+)"/g)].map((m) => m[1]);
    assert.ok(handlers.length > 0 || page.includes("answer"));
    for (const name of handlers) assert.strictEqual(typeof definition[name], "function", page + " lacks " + name);
    for (const bound of markup.matchAll(/\{\{(\w+)/g)) {
      const local = ["item", "turn", "p", "piece", "c", "question", "view", "whole", "marked"];
      assert.ok(bound[1] in definition.data || local.includes(bound[1]), page + " shows " + bound[1]);
    }
  }
});

test("markup is closed and everything to tap has a name", () => {
  let tappable = 0;
  for (const file of [...pages.map((p) => p + ".wxml"), "templates/answer.wxml"]) {
    const markup = read(file);
    const open = [];
    for (const [tag, close, name, rest] of markup.matchAll(/<(\/?)([a-z-]+)((?:"[^"]*"|[^">])*)>/g)) {
      if (close) assert.strictEqual(open.pop(), name, file + ": " + tag);
      else if (!rest.endsWith("/")) open.push(name);
      if (!close && (/bindtap|open-type/.test(rest) || name === "textarea" || name === "switch")) {
        tappable++;
        assert.match(rest, /aria-label="[^"]+"/, file + ": " + tag);
      }
    }
    assert.deepStrictEqual(open, [], file);
  }
  assert.ok(tappable > 12);
});

test("contact, no appid of ours, no key, one setting", () => {
  assert.ok(read("pages/ask/ask.wxml").includes('open-type="contact"') && read("templates/answer.wxml").includes('open-type="contact"'));
  assert.strictEqual(JSON.parse(read("project.config.json")).appid, "touristappid");
  const all = fs.readdirSync(home, { recursive: true }).filter((f) => /\.(js|wxml)$/.test(f) && !f.startsWith("test"));
  assert.ok(all.length > 12);
  for (const file of all) {
    const text = read(file);
    assert.ok(!/appsecret|session_key|Wenda-Key|wx[0-9a-f]{16}/i.test(text), file);
    if (file !== "config.js") assert.ok(!/https?:\/\//.test(text), file + " has an address of its own");
  }
});
