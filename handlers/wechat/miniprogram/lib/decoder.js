// Puts lines together from chunks that wx.request cuts anywhere, also within a character. Mini-programs have no TextDecoder everywhere.

// A LineDecoder gives whole lines. The byte 10 never stands inside a character of UTF-8, so that bytes are cut first and decoded then.
class LineDecoder {
  constructor() {
    this.parts = []; // Uint8Arrays of the line that is not over
  }

  // push takes an ArrayBuffer, or a Uint8Array, and returns the lines that are complete now, without empty ones (heartbeats).
  push(chunk) {
    const bytes = chunk instanceof Uint8Array ? chunk : new Uint8Array(chunk);
    const lines = [];
    let from = 0;
    for (let at = 0; at < bytes.length; at++) {
      if (bytes[at] !== 10) continue;
      this.parts.push(bytes.slice(from, at));
      from = at + 1;
      const line = this.end();
      if (line) lines.push(line);
    }
    if (from < bytes.length) this.parts.push(bytes.slice(from)); // a copy: the chunk's memory may be used again
    return lines;
  }

  // end returns what is left without a newline, as errors are: one JSON object.
  end() {
    let length = 0;
    for (const part of this.parts) length += part.length;
    const all = new Uint8Array(length);
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    this.parts = [];
    return decodeUTF8(all);
  }
}

const lengths = (byte) => (byte < 0x80 ? 1 : byte >= 0xc2 && byte < 0xe0 ? 2 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xf0 && byte < 0xf5 ? 4 : 0);

// decodeUTF8 decodes bytes; what is no UTF-8 becomes U+FFFD.
function decodeUTF8(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; ) {
    const n = lengths(bytes[i]);
    let point = n === 1 ? bytes[i] : n ? bytes[i] & (0x7f >> n) : -1;
    let used = 1;
    for (; used < n && point >= 0; used++) {
      const next = bytes[i + used];
      if ((next & 0xc0) !== 0x80) break; // undefined & 0xc0 is 0: the end
      point = (point << 6) | (next & 0x3f);
    }
    if (!n || used < n || (n === 3 && (point < 0x800 || (point >= 0xd800 && point < 0xe000))) || (n === 4 && (point < 0x10000 || point > 0x10ffff))) {
      text += "\ufffd";
      i += 1;
      continue;
    }
    text += String.fromCodePoint(point);
    i += n;
  }
  return text;
}

module.exports = { LineDecoder, decodeUTF8 };
