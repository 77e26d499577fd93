const api = require("../../lib/api.js");

// dayOf says a moment in the phone's time, as 11月3日 16:05.
function dayOf(text) {
  const d = new Date(text);
  const two = (n) => String(n).padStart(2, "0");
  return d.getMonth() + 1 + "月" + d.getDate() + "日 " + two(d.getHours()) + ":" + two(d.getMinutes());
}

Page({
  data: { large: false, items: [], next: "", trouble: "", loaded: false },

  onShow() {
    this.setData({ large: getApp().globalData.large });
    return this.read("");
  },

  async onPullDownRefresh() {
    await this.read("");
    wx.stopPullDownRefresh();
  },

  more() {
    return this.read(this.data.next);
  },

  async read(before) {
    try {
      const page = await api.history(before);
      const items = page.items.map((item) => ({ ...item, day: dayOf(item.asked), label: item.label ? "【" + item.label + "】" : "" }));
      this.setData({ items: before ? this.data.items.concat(items) : items, next: page.next, trouble: "", loaded: true });
    } catch (err) {
      this.setData({ trouble: err.message, loaded: true });
    }
  },

  open(event) {
    const { id, question } = event.currentTarget.dataset;
    wx.navigateTo({ url: "/pages/answer/answer?id=" + id + "&question=" + encodeURIComponent(question) });
  },

  remove() {
    wx.showModal({
      title: "删除全部记录？",
      content: "您的问题和回答会从服务器上删除，不能恢复。",
      confirmText: "删除",
      success: async ({ confirm }) => {
        if (!confirm) return;
        try {
          await api.deleteHistory();
          this.setData({ items: [], next: "" });
        } catch (err) {
          this.setData({ trouble: err.message });
        }
      },
    });
  },
});
