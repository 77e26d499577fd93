// 大字设置，记在本机。
const key = "wenda.large";

function large() {
  return wx.getStorageSync(key) === true;
}

function setLarge(on) {
  wx.setStorageSync(key, on);
  getApp().globalData.large = on;
}

module.exports = { large, setLarge };
