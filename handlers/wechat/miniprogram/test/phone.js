// A phone for tests: wx, Page and App as far as the sample uses them, over real HTTP. Chunks are cut at odd places on purpose.
const http = require("node:http");
const path = require("node:path");

const home = path.join(__dirname, "..");
const config = require("../config.js");
config.server = process.env.WENDA_URL;
config.channel = "main";

const codes = process.env.WENDA_CODES.split(",");
const phone = { storage: {}, toasts: [], clipboard: "", called: "", opened: "", requests: [], tasks: [], held: null, streams: true, online: true, chunk: 7, confirm: true };

function request(options) {
  const url = new URL(options.url);
  const body = options.data === undefined ? "" : JSON.stringify(options.data);
  phone.requests.push(options.method + " " + url.pathname);
  const held = phone.held; // answers to requests of now wait for it
  let chunked = null, ended = false;
  const once = (f, value) => {
    if (ended) return;
    ended = true;
    if (f) f(value);
  };
  if (!phone.online) {
    setImmediate(() => once(options.fail, { errMsg: "request:fail" }));
    return { abort() {}, onChunkReceived() {} };
  }
  const r = http.request({ hostname: url.hostname, port: url.port, path: url.pathname + url.search, method: options.method, agent: false,
    headers: { ...options.header, "Content-Length": Buffer.byteLength(body) } }, (res) => {
    const all = [];
    res.on("data", (data) => {
      if (ended) return;
      all.push(data);
      for (let at = 0; options.enableChunked && at < data.length; at += phone.chunk) {
        const part = data.subarray(at, at + phone.chunk);
        chunked({ data: part.buffer.slice(part.byteOffset, part.byteOffset + part.length) });
      }
    });
    res.on("end", async () => {
      await held;
      let data = Buffer.concat(all).toString("utf8");
      try {
        data = JSON.parse(data);
      } catch (err) {
        // stays text, as wx.request leaves it
      }
      once(options.success, { statusCode: res.statusCode, data: options.enableChunked ? "" : data, header: res.headers });
    });
    res.on("error", () => once(options.fail, { errMsg: "request:fail" }));
  });
  r.on("error", () => once(options.fail, { errMsg: "request:fail" }));
  r.end(body);
  const task = { abort: () => { once(options.fail, { errMsg: "request:fail abort" }); r.destroy(); }, onChunkReceived: (f) => (chunked = f) };
  phone.tasks.push(task);
  return task;
}

global.wx = {
  request,
  login: ({ success }) => setImmediate(() => success({ code: codes.shift() || "none-left" })),
  canIUse: (what) => what === "request.object.enableChunked" && phone.streams,
  getStorageSync: (key) => (key in phone.storage ? phone.storage[key] : ""),
  setStorageSync: (key, value) => (phone.storage[key] = value),
  removeStorageSync: (key) => delete phone.storage[key],
  showToast: ({ title }) => phone.toasts.push(title),
  showModal: ({ success }) => (phone.modal = success({ confirm: phone.confirm })),
  setClipboardData: ({ data }) => (phone.clipboard = data),
  makePhoneCall: ({ phoneNumber }) => (phone.called = phoneNumber),
  navigateTo: ({ url }) => (phone.opened = url),
  pageScrollTo() {},
  stopPullDownRefresh() {},
};

// Waiting goes faster here: nothing asserts how long it takes.
const realTimeout = setTimeout;
global.setTimeout = (f, ms, ...args) => realTimeout(f, Math.min(ms, 20), ...args);

let app = null;
global.App = (definition) => {
  app = definition;
  app.onLaunch();
};
global.getApp = () => app;

// open makes a page as the framework does; data is set by paths like turns[0].view.
phone.open = (name, query) => {
  let definition = null;
  global.Page = (d) => (definition = d);
  const file = path.join(home, "pages", name, name + ".js");
  delete require.cache[file];
  require(file);
  const page = Object.create(definition);
  page.data = structuredClone(definition.data);
  page.setData = (changes) => {
    for (const [key, value] of Object.entries(changes)) {
      const steps = key.replace(/\[(\d+)\]/g, ".$1").split(".");
      let at = page.data;
      for (const step of steps.slice(0, -1)) at = at[step];
      at[steps.at(-1)] = structuredClone(value); // the view has a copy of its own
    }
  };
  phone.loading = page.onLoad ? page.onLoad(query || {}) : null;
  if (page.onShow) phone.showing = page.onShow();
  return page;
};

phone.until = async (what, condition) => {
  for (let i = 0; i < 2000; i++) {
    if (condition()) return;
    await new Promise((resolve) => realTimeout(resolve, 5));
  }
  throw new Error("never: " + what);
};

// tell asks the test's own server for something: slow answers, or to let them go on.
phone.tell = (what) => new Promise((resolve) => http.get(process.env.WENDA_CONTROL + "/" + what, { agent: false }, (res) => res.resume().on("end", resolve)));

require("../app.js");
module.exports = phone;
