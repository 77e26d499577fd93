// Every way to cut a stream into two and three chunks gives the same lines; what is no UTF-8 gives what TextDecoder gives.
const test = require("node:test");
const assert = require("node:assert");
const { LineDecoder, decodeUTF8 } = require("../lib/decoder.js");

const lines = ['{"event":"stage","data":{"text":"正在理解问题"}}', '{"t":"学位2800个。[1]😀é̂𠮷"}', '{"event":"done","data":{}}'];
const stream = Buffer.from(lines[0] + "\n\n" + lines[1] + "\n" + lines[2] + "\n", "utf8");

// arrayBuffer is what wx.request gives: an ArrayBuffer of its own.
const arrayBuffer = (from, to) => stream.buffer.slice(stream.byteOffset + from, stream.byteOffset + to);

test("one cut anywhere", () => {
  assert.ok(stream.length > 100);
  for (let cut = 0; cut <= stream.length; cut++) {
    const d = new LineDecoder();
    const got = [...d.push(arrayBuffer(0, cut)), ...d.push(arrayBuffer(cut, stream.length))];
    assert.deepStrictEqual(got, lines, "cut at " + cut);
    assert.strictEqual(d.end(), "");
  }
});

test("two cuts anywhere", () => {
  for (let a = 0; a <= stream.length; a++) {
    for (let b = a; b <= stream.length; b++) {
      const d = new LineDecoder();
      const got = [...d.push(arrayBuffer(0, a)), ...d.push(arrayBuffer(a, b)), ...d.push(arrayBuffer(b, stream.length))];
      assert.deepStrictEqual(got, lines, "cut at " + a + " and " + b);
    }
  }
});

test("byte by byte, with the chunk's memory used again", () => {
  const d = new LineDecoder();
  const memory = new Uint8Array(1);
  const got = [];
  for (const byte of stream) {
    memory[0] = byte;
    got.push(...d.push(memory));
  }
  assert.deepStrictEqual(got, lines);
});

test("what is left without a newline", () => {
  const d = new LineDecoder();
  assert.deepStrictEqual(d.push(Buffer.from('{"code":"busy"}')), []);
  assert.strictEqual(d.end(), '{"code":"busy"}');
  assert.strictEqual(d.end(), "");
});

test("every character as TextDecoder has it", () => {
  for (let from = 0; from <= 0x10ffff; from += 64) {
    let text = "";
    for (let point = from; point < from + 64; point++) if (point < 0xd800 || point > 0xdfff) text += String.fromCodePoint(point);
    if (decodeUTF8(Buffer.from(text, "utf8")) !== text) assert.fail("from " + from);
  }
});

test("broken bytes do no harm", () => {
  for (const bytes of [[0x80], [0xff], [0xc0, 0x80], [0xe4, 0xbd], [0xe4], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf8, 0x88], [0x41, 0xe4, 0x41]]) {
    const got = decodeUTF8(Uint8Array.from(bytes));
    assert.ok(got.includes("\ufffd"), String(bytes));
    assert.strictEqual(got.replaceAll("\ufffd", ""), bytes.includes(0x41) ? "A".repeat(bytes.filter((b) => b === 0x41).length) : "");
  }
});
