const setting = require("./lib/setting.js");

App({
  globalData: { large: false },
  onLaunch() {
    this.globalData.large = setting.large();
  },
});
