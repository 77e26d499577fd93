// Asks by POST /api/v1/ask and reads the answer as NDJSON, event by event.

// traditional tells whether the page is in traditional characters; the server then writes everything so.
export const traditional = document.documentElement.lang === "zh-Hant";

// An AskError says in words what went wrong; code is the API's, or offline, cut. wait is in how many seconds to try again, 0 when unknown.
export class AskError extends Error {
  constructor(code, message, requestID = "", wait = 0) {
    super(message);
    this.code = code;
    this.requestID = requestID;
    this.wait = wait;
  }
}

// passing are the failures that go by themselves: trying again is worth it.
export const passing = new Set(["cut", "offline", "restarting", "not_ready", "busy"]);

// ask yields {event, data} up to done. It throws an AskError, or an AbortError when signal stopped it.
export async function* ask(body, signal) {
  if (traditional) body.script = "hant";
  const response = await send("/api/v1/ask", body, "application/x-ndjson", signal);
  for await (const line of lines(response.body, signal)) {
    const { event, data } = JSON.parse(line);
    if (event === "error") throw new AskError(data.code, data.message, data.request_id);
    yield { event, data };
    if (event === "done") return;
  }
  throw new AskError("cut", "回答中途断开了。");
}

// send posts JSON and returns a response with a good status.
export function send(path, body, accept, signal) {
  return call(path, { method: "POST", headers: { "Content-Type": "application/json", Accept: accept }, body: JSON.stringify(body), signal });
}

// get reads JSON. script asks for zh-Hans or zh-Hant; empty: as it is written, or as the page is.
export async function get(path, signal, script = "") {
  const response = await call(path, { headers: { Accept: "application/json" }, signal }, script);
  return response.json();
}

async function call(path, request, script = traditional ? "zh-Hant" : "") {
  if (script) request.headers["Accept-Language"] = script;
  let response;
  try {
    response = await fetch(path, request);
  } catch (err) {
    throw broken(err);
  }
  if (response.ok) return response;
  let told = {};
  try {
    told = await response.json();
  } catch {
    // a proxy's page: the status has to do
  }
  const code = told.code || (response.status >= 502 ? "restarting" : "internal");
  throw new AskError(code, told.message || "系统暂时没有回应，请稍后再试。", told.request_id, Number(response.headers.get("Retry-After")) || 0);
}

async function* lines(body, signal) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      let part;
      try {
        part = await reader.read();
      } catch (err) {
        throw broken(err);
      }
      if (part.done) return;
      const all = (rest + part.value).split("\n");
      rest = all.pop();
      for (const line of all) if (line) yield line; // an empty line is a heartbeat
    }
  } finally {
    reader.cancel(signal.reason).catch(() => {});
  }
}

function broken(err) {
  if (err.name === "AbortError") return err;
  if (navigator.onLine === false) return new AskError("offline", "网络断开了。");
  return new AskError("cut", "连接中断了，可能是网络不稳，或者系统正在重新启动。");
}
