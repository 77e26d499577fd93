const api = require("../../lib/api.js");
const setting = require("../../lib/setting.js");

Page({
  data: { large: false },

  onShow() {
    this.setData({ large: getApp().globalData.large });
  },

  setLarge(event) {
    setting.setLarge(event.detail.value);
    this.setData({ large: event.detail.value });
  },

  async signOut() {
    try {
      await api.signOut();
      wx.showToast({ title: "已退出，再次提问会重新登录", icon: "none" });
    } catch (err) {
      wx.showToast({ title: err.message, icon: "none" });
    }
  },
});
