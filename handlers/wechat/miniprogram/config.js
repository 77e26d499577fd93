// 唯一要改的地方。server 是 wenda 服务的地址：正式用 https 域名（先在微信公众平台“开发管理—服务器域名”里登记为 request 合法域名）；
// 在开发者工具里可以填 http://127.0.0.1:8080，并勾选“不校验合法域名”。channel 是 wenda 配置里的渠道名。
module.exports = {
  server: "http://127.0.0.1:8080",
  channel: "main",
};
