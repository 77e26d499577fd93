// The server's API for this mini-program (/api/v1/mp): sign-in, questions as streams, answers by ID.
const config = require("../config.js");
const { LineDecoder } = require("./decoder.js");

const tokenKey = "wenda.token";
const base = () => config.server + "/api/v1/mp";

// An APIError says in words what went wrong; code is the server's, or offline, cut.
class APIError extends Error {
  constructor(code, message, requestID) {
    super(message);
    this.code = code;
    this.requestID = requestID || "";
  }
}

const offline = () => new APIError("offline", "网络好像断开了。请检查网络后再试一次。");
const unreadable = () => new APIError("internal", "系统暂时没有回应，请稍后再试。");

function errorOf(data) {
  return data && data.code ? new APIError(data.code, data.message, data.request_id) : unreadable();
}

let signing = null; // one sign-in at a time

// signIn exchanges a code of wx.login for a token. The code is all that leaves the phone; who the user is only the server learns.
function signIn() {
  if (!signing) {
    signing = new Promise((resolve, reject) => {
      wx.login({
        success: ({ code }) =>
          wx.request({
            url: base() + "/login",
            method: "POST",
            header: { "Content-Type": "application/json" },
            data: { code, channel: config.channel },
            success: (res) => {
              if (res.statusCode !== 200) return reject(errorOf(res.data));
              wx.setStorageSync(tokenKey, res.data.token);
              resolve(res.data.token);
            },
            fail: () => reject(offline()),
          }),
        fail: () => reject(new APIError("wx_login", "微信登录没有成功，请稍后再试。")),
      });
    });
    const over = () => (signing = null);
    signing.then(over, over);
  }
  return signing;
}

const token = () => wx.getStorageSync(tokenKey) || "";

// signedIn calls use with a token, and once more with a new one when the server does not take it any longer.
async function signedIn(use) {
  const had = token();
  try {
    return await use(had || (await signIn()));
  } catch (err) {
    if (err.code !== "token_invalid" || !had) throw err;
    if (token() === had) wx.removeStorageSync(tokenKey); // another call may have renewed it meanwhile
    return use(token() || (await signIn()));
  }
}

// call sends a request and gives {status, data} of a good one. Every status lands in success.
function call(method, path, data) {
  return signedIn(
    (bearer) =>
      new Promise((resolve, reject) =>
        wx.request({
          url: base() + path,
          method,
          data,
          timeout: 130000,
          header: { "Content-Type": "application/json", Accept: "application/json", Authorization: "Bearer " + bearer },
          success: (res) => (res.statusCode < 300 ? resolve({ status: res.statusCode, data: res.data }) : reject(errorOf(res.data))),
          fail: () => reject(offline()),
        })
      )
  );
}

const canStream = () => wx.canIUse("request.object.enableChunked");

// ask puts a question. told is called with every event and its data; the promise gives the whole answer. Where the phone knows no chunks the
// answer comes in one piece. The error has code cut when the connection was cut: the answer is being made nevertheless.
// stop, when given, gets a function that leaves the stream.
async function ask(body, told, stop) {
  if (!canStream()) return (await call("POST", "/ask", body)).data;
  return signedIn(
    (bearer) =>
      new Promise((resolve, reject) => {
        const decoder = new LineDecoder();
        let answer = null, failed = null;
        const read = (line) => {
          let message;
          try {
            message = JSON.parse(line);
          } catch (err) {
            failed = failed || unreadable();
            return;
          }
          if (message.event === "done") answer = message.data;
          else if (message.event === "error") failed = errorOf(message.data);
          else if (message.event) told(message.event, message.data);
        };
        const task = wx.request({
          url: base() + "/ask",
          method: "POST",
          data: body,
          enableChunked: true,
          timeout: 130000,
          header: { "Content-Type": "application/json", Accept: "application/x-ndjson", Authorization: "Bearer " + bearer },
          success: (res) => {
            const rest = decoder.end();
            if (res.statusCode !== 200) {
              let data = res.data; // an error has no newline: it is what is left, or the body where no chunk came
              try {
                if (rest) data = JSON.parse(rest);
              } catch (err) {
                data = null;
              }
              return reject(errorOf(data));
            }
            if (answer) return resolve(answer);
            reject(failed || new APIError("cut", "连接中断了。"));
          },
          fail: () => (answer ? resolve(answer) : reject(failed || new APIError("cut", "连接中断了。"))),
        });
        task.onChunkReceived((res) => decoder.push(res.data).forEach(read));
        if (stop) stop(() => task.abort());
      })
  );
}

const waits = [1000, 1000, 2000, 2000, 3000, 3000, 5000]; // then 5 s; some 90 s in all: answers take at most 60 s

// fetchAnswer gives the answer of an ID, waiting for it while it is made; told is shown what is there so far. going is asked before each look.
async function fetchAnswer(id, told, going) {
  for (let look = 0; look < 22; look++) {
    if (going && !going()) throw new APIError("stopped", "");
    const { status, data } = await call("GET", "/answers/" + encodeURIComponent(id));
    if (status === 200) return data;
    if (told) told(data);
    await new Promise((resolve) => setTimeout(resolve, waits[Math.min(look, waits.length - 1)]));
  }
  throw new APIError("timeout", "这次回答用时太久。请再问一次。");
}

const suggestions = async () => (await call("GET", "/suggestions")).data.suggestions;
const history = async (before) => (await call("GET", "/history?limit=20" + (before ? "&before=" + encodeURIComponent(before) : ""))).data;
const deleteHistory = async () => (await call("DELETE", "/history")).data.deleted;
const feedback = (id, verdict, reason) => call("POST", "/answers/" + encodeURIComponent(id) + "/feedback", reason ? { verdict, reason } : { verdict });

// signOut makes the server forget the token.
async function signOut() {
  if (token()) await call("POST", "/logout");
  wx.removeStorageSync(tokenKey);
}

module.exports = { APIError, ask, fetchAnswer, suggestions, history, deleteHistory, feedback, signOut, signIn };
