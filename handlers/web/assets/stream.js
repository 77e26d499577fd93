// Asks by POST /api/v1/ask and reads the answer as NDJSON, event by event.

// An AskError says in words what went wrong; code is the API's, or offline, cut.
export class AskError extends Error {
  constructor(code, message, requestID = "") {
    super(message);
    this.code = code;
    this.requestID = requestID;
  }
}

// ask yields {event, data} up to done. It throws an AskError, or an AbortError when signal stopped it.
export async function* ask(body, signal) {
  const response = await send("/api/v1/ask", body, "application/x-ndjson", signal);
  for await (const line of lines(response.body, signal)) {
    const { event, data } = JSON.parse(line);
    if (event === "error") throw new AskError(data.code, data.message, data.request_id);
    yield { event, data };
    if (event === "done") return;
  }
  throw new AskError("cut", "回答中途断开了，请再试一次。");
}

// send posts JSON and returns a response with a good status.
export async function send(path, body, accept, signal) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: accept },
      body: JSON.stringify(body),
      signal,
    });
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
  throw new AskError(told.code || "internal", told.message || "系统暂时没有回应，请稍后再试。", told.request_id);
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
  if (navigator.onLine === false) return new AskError("offline", "网络似乎断开了。连上网络后，请再试一次。");
  return new AskError("cut", "连接中断了，可能是网络不稳或系统正在重新启动。请再试一次。");
}
