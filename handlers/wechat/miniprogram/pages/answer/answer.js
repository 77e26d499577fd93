const api = require("../../lib/api.js");
const actions = require("../../lib/actions.js");
const { viewOf } = require("../../lib/view.js");

// One answer by its ID, from the history.
Page({
  ...actions,

  data: { large: false, question: "", view: viewOf({}), waiting: true, trouble: "", marked: 0 },

  gone: false,

  async onLoad(query) {
    this.setData({ large: getApp().globalData.large, question: decodeURIComponent(query.question || "") });
    const show = (answer) => this.setData({ view: viewOf(answer) });
    try {
      show(await api.fetchAnswer(query.id, show, () => !this.gone));
      this.setData({ waiting: false });
    } catch (err) {
      if (err.code !== "stopped") this.setData({ waiting: false, trouble: err.message });
    }
  },

  onUnload() {
    this.gone = true;
  },
});
