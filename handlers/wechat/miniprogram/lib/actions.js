// What can be tapped below an answer, on every page that shows one.
const api = require("./api.js");
const config = require("../config.js");

module.exports = {
  // showCitation marks the citation of a number.
  showCitation(event) {
    this.setData({ marked: event.currentTarget.dataset.n });
    wx.pageScrollTo({ selector: "#c" + event.currentTarget.dataset.n, duration: 200 });
  },

  copyLink(event) {
    wx.setClipboardData({ data: config.server + event.currentTarget.dataset.url });
  },

  callPhone(event) {
    wx.makePhoneCall({ phoneNumber: event.currentTarget.dataset.phone, fail() {} }); // the user may say no
  },

  async giveFeedback(event) {
    const { id, verdict } = event.currentTarget.dataset;
    try {
      await api.feedback(id, verdict);
      wx.showToast({ title: "谢谢您的评价", icon: "none" });
    } catch (err) {
      wx.showToast({ title: err.message, icon: "none" });
    }
  },
};
