const api = require("../../lib/api.js");
const actions = require("../../lib/actions.js");
const { viewOf } = require("../../lib/view.js");

// The answer that is being made, for when the mini-program comes back from the background or from the dead.
const pendingKey = "wenda.pending";

Page({
  ...actions,

  data: { large: false, suggestions: [], turns: [], question: "", trouble: "", busy: false, marked: 0 },

  conversation: "",
  shown: false,

  onLoad() {
    this.load();
  },

  onShow() {
    this.shown = true;
    this.setData({ large: getApp().globalData.large });
    const pending = wx.getStorageSync(pendingKey);
    if (pending && !this.data.busy) this.resume(pending);
  },

  onHide() {
    this.shown = false;
  },

  async load() {
    try {
      this.setData({ suggestions: await api.suggestions() });
    } catch (err) {
      this.setData({ trouble: err.message });
    }
  },

  typed(event) {
    this.setData({ question: event.detail.value, trouble: "" });
  },

  pick(event) {
    return this.put(event.currentTarget.dataset.question);
  },

  submit() {
    const question = this.data.question.trim();
    if (!question) return this.setData({ trouble: "还没有写问题。请输入您想了解的事情。" });
    return this.put(question);
  },

  fresh() {
    this.conversation = "";
    this.setData({ turns: [], question: "", trouble: "" });
  },

  // put asks and shows; a second question waits for the first one's answer.
  async put(question) {
    if (this.data.busy || !question) return;
    const at = this.begin(question, "正在提问");
    const body = { question };
    if (this.conversation) body.conversation_id = this.conversation;
    try {
      this.finish(at, await this.follow(at, body));
    } catch (err) {
      if (err.code === "conversation_unknown" && this.conversation) {
        this.conversation = "";
        this.drop(at);
        return this.put(question);
      }
      const pending = wx.getStorageSync(pendingKey);
      if ((err.code === "cut" || err.code === "offline") && pending) {
        this.setData({ busy: false }); // the answer is being made: it is fetched now, or when the page is seen again
        if (this.shown) return this.resume(pending);
        return;
      }
      this.fail(at, err);
    }
  },

  // begin adds a turn and returns its place.
  begin(question, stage) {
    const at = this.data.turns.length;
    this.setData({
      busy: true, trouble: "", question: "", marked: 0,
      ["turns[" + at + "]"]: { key: at, question, stage, trouble: "", view: viewOf({}) },
    });
    return at;
  },

  drop(at) {
    this.setData({ busy: false, turns: this.data.turns.slice(0, at) });
  },

  // follow shows one stream up to its answer.
  follow(at, body) {
    let answer = {};
    return api.ask(body, (event, data) => {
      if (event === "stage") {
        if (data.id) {
          answer.id = data.id;
          wx.setStorageSync(pendingKey, { id: data.id, question: body.question });
        }
        return this.setData({ ["turns[" + at + "].stage"]: data.text });
      }
      if (event === "label") answer.label = data.label;
      else if (event === "citation") answer.citations = (answer.citations || []).filter((c) => c.n !== data.n).concat(data);
      else if (event === "delta") answer.answer = (answer.answer || "") + data.text;
      else if (event === "reset") answer = { id: answer.id };
      this.setData({ ["turns[" + at + "].view"]: viewOf(answer) });
    });
  },

  // resume fetches the answer that was being made when the connection was cut.
  async resume(pending) {
    const last = this.data.turns.length - 1;
    const at = last >= 0 && this.data.turns[last].stage && this.data.turns[last].question === pending.question ? last : this.begin(pending.question, "正在取回回答");
    this.setData({ busy: true, ["turns[" + at + "].stage"]: "正在取回回答" });
    try {
      this.finish(at, await api.fetchAnswer(pending.id, (so) => this.setData({ ["turns[" + at + "].view"]: viewOf(so) }), () => this.shown));
    } catch (err) {
      if (err.code === "stopped" || err.code === "offline") return this.setData({ busy: false }); // tried again when the page is seen again
      this.fail(at, err);
    }
  },

  finish(at, answer) {
    wx.removeStorageSync(pendingKey);
    this.conversation = answer.conversation_id;
    this.setData({ busy: false, ["turns[" + at + "].stage"]: "", ["turns[" + at + "].view"]: viewOf(answer) });
  },

  fail(at, err) {
    wx.removeStorageSync(pendingKey);
    const number = err.code === "internal" && err.requestID ? "（请求编号：" + err.requestID + "）" : "";
    this.setData({ busy: false, ["turns[" + at + "].stage"]: "", ["turns[" + at + "].trouble"]: err.message + number, ["turns[" + at + "].view"]: viewOf({}) });
  },
});
