// RFC 6455 as a peer that keeps to it, and one that does not, meets it: cases grouped as the usual protocol suites do.
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Echo } from "../support/echo";
import { RawConnection } from "../support/raw_connection";
import { closeFrame, closePayload, deflated, frame, opcode } from "../support/websocket_frames";

const maxPayload = 1024 * 1024;
let echo: Echo;
beforeAll(async () => {
  echo = await Echo.start(["--websocket", "--max-payload", String(maxPayload)]);
});
afterAll(async () => {
  expect(await echo?.stop()).toBe(0);
});

const open = (fields: string[] = []): Promise<RawConnection> => RawConnection.openWebSocket(echo.port, "/", fields);
const openDeflating = (): Promise<RawConnection> => open(["Sec-WebSocket-Extensions: permessage-deflate"]);

/** Sends `bytes` on a fresh connection and gives the code of the close that answers. */
async function closeCodeAfter(bytes: Uint8Array, connection?: RawConnection): Promise<number> {
  const peer = connection ?? (await open());
  peer.write(bytes);
  while (true) {
    const answer = await peer.frame();
    if (answer.opcode !== opcode.close) continue;
    await peer.ended();
    peer.destroy();
    return answer.payload.length === 0 ? 1005 : answer.payload.readUInt16BE();
  }
}

/** Ends a connection as one should, which also shows that it still lives. */
async function closeWell(peer: RawConnection): Promise<void> {
  expect(await closeCodeAfter(closeFrame(1000), peer)).toBe(1000);
}

describe("whole messages", () => {
  for (const kind of ["text", "binary"] as const) {
    it.each([0, 1, 125, 126, 127, 128, 65_535, 65_536, maxPayload])(`${kind} of %i bytes`, async (size) => {
      const payload = Buffer.alloc(size, kind === "text" ? "*" : 0xfe);
      const peer = await open();
      peer.write(frame({ opcode: opcode[kind], payload }));
      const answer = await peer.frame();
      expect(answer).toMatchObject({ opcode: opcode[kind], final: true, reserved: 0 });
      expect(answer.payload.equals(payload)).toBe(true);
      await closeWell(peer);
    });
  }

  it.each([1, 7, 997])("in pieces of %i bytes", async (step) => {
    const peer = await open();
    const payload = Buffer.alloc(step === 1 ? 300 : 70_000, "ñandú ");
    const bytes = frame({ opcode: opcode.text, payload: payload.subarray(0, payload.lastIndexOf(" ")) });
    for (let at = 0; at < bytes.length; at += step) {
      peer.write(bytes.subarray(at, at + step));
      if (step === 1) await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await peer.frame()).payload.toString()).toBe(payload.subarray(0, payload.lastIndexOf(" ")).toString());
    await closeWell(peer);
  });

  it("many in one write come back in order", async () => {
    const peer = await open();
    const texts = Array.from({ length: 500 }, (_, i) => `message ${i}`);
    peer.write(Buffer.concat(texts.map((payload) => frame({ opcode: opcode.text, payload }))));
    for (const text of texts) expect((await peer.frame()).payload.toString()).toBe(text);
    await closeWell(peer);
  });
});

describe("pings and pongs", () => {
  it.each([0, 1, 125])("a ping of %i bytes is answered with the same", async (size) => {
    const peer = await open();
    const payload = Buffer.alloc(size, 0xff);
    peer.write(frame({ opcode: opcode.ping, payload }));
    expect(await peer.frame()).toEqual({ opcode: opcode.pong, final: true, reserved: 0, payload });
    await closeWell(peer);
  });

  it("a ping of 126 bytes is an error", async () => {
    expect(await closeCodeAfter(frame({ opcode: opcode.ping, payload: Buffer.alloc(126) }))).toBe(1002);
  });

  it("unasked pongs are ignored, ten pings are answered in order", async () => {
    const peer = await open();
    peer.write(frame({ opcode: opcode.pong, payload: "unasked" }));
    for (let i = 0; i < 10; ++i) peer.write(frame({ opcode: opcode.ping, payload: `p${i}` }));
    for (let i = 0; i < 10; ++i) expect((await peer.frame()).payload.toString()).toBe(`p${i}`);
    await closeWell(peer);
  });
});

describe("what a frame may not be", () => {
  it.each([1, 2, 3, 4, 5, 6, 7])("reserved bits %i", async (reserved) => {
    expect(await closeCodeAfter(frame({ opcode: opcode.text, payload: "x", reserved }))).toBe(1002);
    expect(await closeCodeAfter(frame({ opcode: opcode.ping, payload: "x", reserved }))).toBe(1002);
  });

  it.each([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])("opcode %i", async (unknown) => {
    expect(await closeCodeAfter(frame({ opcode: unknown }))).toBe(1002);
    expect(await closeCodeAfter(frame({ opcode: unknown, payload: "with payload" }))).toBe(1002);
  });

  it("unmasked, longer than it need be spelled, or with a 64th bit of length", async () => {
    expect(await closeCodeAfter(frame({ opcode: opcode.text, payload: "x", masked: false }))).toBe(1002);
    expect(await closeCodeAfter(frame({ opcode: opcode.text, payload: "x", longLength: true }))).toBe(1002);
    expect(await closeCodeAfter(frame({ opcode: opcode.text, declaredLength: 1n << 63n }))).toBe(1002);
  });

  it.each([maxPayload + 1, 2 ** 40, 2 ** 52])(
    "a message of %i bytes is refused by its head",
    async (declaredLength) => {
      expect(await closeCodeAfter(frame({ opcode: opcode.binary, declaredLength }))).toBe(1009);
    },
  );

  it("one who goes on sending is told all the same, and is not cut off", async () => {
    const peer = await open();
    const errors: Error[] = [];
    peer.socket.on("error", (error) => errors.push(error));
    peer.write(frame({ opcode: opcode.binary, declaredLength: 2 ** 40 }));
    for (let i = 0; i < 64; ++i) {
      await new Promise<void>((resolve) => peer.socket.write(Buffer.alloc(256 * 1024), () => resolve()));
    }
    expect((await peer.frame()).payload.readUInt16BE()).toBe(1009);
    peer.finish();
    await peer.ended();
    expect(errors).toEqual([]);
  });

  it("a message whose fragments together are too big", async () => {
    const half = Buffer.alloc(maxPayload / 2 + 1);
    const bytes = [
      frame({ opcode: opcode.binary, payload: half, final: false }),
      frame({ opcode: opcode.continuation, payload: half }),
    ];
    expect(await closeCodeAfter(Buffer.concat(bytes))).toBe(1009);
  });
});

describe("fragments", () => {
  it.each([1, 2, 100, 1000])("%i of them, control frames in between", async (count) => {
    const peer = await open();
    for (let i = 0; i < count; ++i) {
      const final = i === count - 1;
      peer.write(frame({ opcode: i === 0 ? opcode.text : opcode.continuation, payload: `<${i}>`, final }));
      if (!final) peer.write(frame({ opcode: opcode.ping, payload: `${i}` }));
    }
    for (let i = 0; i < count - 1; ++i) {
      expect(await peer.frame()).toMatchObject({ opcode: opcode.pong, payload: Buffer.from(`${i}`) });
    }
    const whole = Array.from({ length: count }, (_, i) => `<${i}>`).join("");
    expect((await peer.frame()).payload.toString()).toBe(whole);
    await closeWell(peer);
  });

  it("empty ones count for nothing", async () => {
    const peer = await open();
    peer.write(frame({ opcode: opcode.text, final: false }));
    peer.write(frame({ opcode: opcode.continuation, final: false }));
    peer.write(frame({ opcode: opcode.continuation }));
    expect(await peer.frame()).toMatchObject({ opcode: opcode.text, payload: Buffer.alloc(0) });
    await closeWell(peer);
  });

  const first = frame({ opcode: opcode.text, payload: "a", final: false });
  const last = frame({ opcode: opcode.continuation, payload: "b" });
  const wrong: Array<[string, Buffer[]]> = [
    ["a continuation of nothing", [last]],
    ["a continuation of nothing, not final", [frame({ opcode: opcode.continuation, payload: "b", final: false })]],
    ["a continuation after the end", [first, last, last]],
    ["a new message within one", [first, frame({ opcode: opcode.text, payload: "c" })]],
    ["a new fragmented message within one", [first, first]],
    ["a fragmented ping", [frame({ opcode: opcode.ping, payload: "a", final: false })]],
    ["a fragmented pong", [frame({ opcode: opcode.pong, payload: "a", final: false })]],
    ["a fragmented close", [frame({ opcode: opcode.close, payload: closePayload(1000), final: false })]],
  ];
  it.each(wrong)("%s is an error", async (_name, frames) => {
    expect(await closeCodeAfter(Buffer.concat(frames))).toBe(1002);
  });
});

describe("text is UTF-8", () => {
  const valid = [
    "κόσμε",
    "Hello-µ@ßöäüàá-UTF-8!!",
    "\u0000",
    "\u007f",
    "\u0080",
    "\u07ff",
    "\u0800",
    "\ud7ff",
    "\ue000",
  ];
  valid.push("\ufffd", "\ufffe", "\uffff", "\u{10000}", "\u{10ffff}", "\u{1f3ac}\u{1f39f}");
  it.each(valid.map((text) => [Buffer.from(text).toString("hex"), text] as const))("%s is", async (_hex, text) => {
    const peer = await open();
    peer.write(frame({ opcode: opcode.text, payload: text }));
    expect((await peer.frame()).payload.toString()).toBe(text);
    const bytes = Buffer.from(text);
    for (let i = 0; i < bytes.length; ++i) {
      const kind = i === 0 ? opcode.text : opcode.continuation;
      peer.write(frame({ opcode: kind, payload: bytes.subarray(i, i + 1), final: i === bytes.length - 1 }));
    }
    expect((await peer.frame()).payload.toString()).toBe(text);
    await closeWell(peer);
  });

  // Lone continuation bytes, overlong forms, surrogates, beyond U+10FFFF, cut off.
  const invalid = [
    "80",
    "bf",
    "8080",
    "c0af",
    "c080",
    "c1bf",
    "e080af",
    "e09fbf",
    "f08080af",
    "f08fbfbf",
    "eda080",
    "edbfbf",
  ];
  invalid.push("edadbfedb080", "f4908080", "f7bfbfbf", "f888808080", "fc8480808080", "fe", "ff", "fefeffff");
  invalid.push("c2", "e282", "f09f8e", "cebae1bdb9cf83cebcceb5eda080656469746564");
  it.each(invalid)("%s is not", async (hex) => {
    const payload = Buffer.from(hex, "hex");
    expect(await closeCodeAfter(frame({ opcode: opcode.text, payload }))).toBe(1007);
    const fragments = [
      frame({ opcode: opcode.text, payload: payload.subarray(0, 1), final: false }),
      frame({ opcode: opcode.continuation, payload: payload.subarray(1) }),
    ];
    expect(await closeCodeAfter(Buffer.concat(fragments))).toBe(1007);
    const peer = await open();
    peer.write(frame({ opcode: opcode.binary, payload }));
    expect((await peer.frame()).payload.toString("hex")).toBe(hex);
    await closeWell(peer);
  });

  it("is refused at the byte that breaks it, not at the message's end", async () => {
    const start = frame({ opcode: opcode.text, payload: Buffer.from("cebaf4908080", "hex"), final: false });
    expect(await closeCodeAfter(start)).toBe(1007);
  });
});

describe("closing", () => {
  it("echoes the code, and an empty close", async () => {
    for (const code of [
      1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
    ]) {
      expect(await closeCodeAfter(closeFrame(code))).toBe(code);
    }
    expect(await closeCodeAfter(closeFrame(1000, "r".repeat(123)))).toBe(1000);
    expect(await closeCodeAfter(frame({ opcode: opcode.close }))).toBe(1005);
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])(
    "code %i may not be sent",
    async (code) => {
      expect(await closeCodeAfter(closeFrame(code))).toBe(1002);
    },
  );

  it("refuses half a code, too long a reason and a reason that is not UTF-8", async () => {
    expect(await closeCodeAfter(frame({ opcode: opcode.close, payload: "x" }))).toBe(1002);
    expect(await closeCodeAfter(closeFrame(1000, "r".repeat(124)))).toBe(1002);
    expect(await closeCodeAfter(closeFrame(1000, Buffer.from("cebaeda080", "hex")))).toBe(1007);
  });

  it("answers nothing that comes behind the close", async () => {
    const peer = await open();
    const behind = [frame({ opcode: opcode.text, payload: "late" }), frame({ opcode: opcode.ping }), closeFrame(1001)];
    peer.write(Buffer.concat([closeFrame(1000), ...behind]));
    expect((await peer.frame()).opcode).toBe(opcode.close);
    expect((await peer.ended()).length).toBe(0);
  });

  it("answers what came before the close", async () => {
    const peer = await open();
    peer.write(Buffer.concat([frame({ opcode: opcode.text, payload: "first" }), closeFrame(1000)]));
    expect((await peer.frame()).payload.toString()).toBe("first");
    expect((await peer.frame()).opcode).toBe(opcode.close);
  });
});

describe("compressed messages", () => {
  it("keep their bit off control frames and continuations", async () => {
    const ping = frame({ opcode: opcode.ping, payload: "x", reserved: 4 });
    expect(await closeCodeAfter(ping, await openDeflating())).toBe(1002);
    const start = frame({ opcode: opcode.text, payload: deflated("x"), reserved: 4, final: false });
    const next = frame({ opcode: opcode.continuation, payload: "x", reserved: 4 });
    expect(await closeCodeAfter(Buffer.concat([start, next]), await openDeflating())).toBe(1002);
    for (const reserved of [1, 2, 6]) {
      const bytes = frame({ opcode: opcode.text, payload: deflated("x"), reserved });
      expect(await closeCodeAfter(bytes, await openDeflating())).toBe(1002);
    }
  });

  it("may be fragmented anywhere, and mixed with plain ones", async () => {
    const peer = await openDeflating();
    const text = "seat A1 seat A2 ".repeat(50);
    const payload = deflated(text);
    for (let i = 0; i < payload.length; ++i) {
      const start = i === 0;
      peer.write(
        frame({
          opcode: start ? opcode.text : opcode.continuation,
          payload: payload.subarray(i, i + 1),
          reserved: start ? 4 : 0,
          final: i === payload.length - 1,
        }),
      );
      peer.write(frame({ opcode: opcode.pong }));
    }
    expect(await peer.frame()).toMatchObject({ opcode: opcode.text, reserved: 4 });
    peer.write(frame({ opcode: opcode.text, payload: "plain" }));
    expect(await peer.frame()).toMatchObject({ opcode: opcode.text });
    await closeWell(peer);
  });

  it("that are broken, or not UTF-8 once inflated, are refused", async () => {
    const send = (payload: Uint8Array): Buffer => frame({ opcode: opcode.text, payload, reserved: 4 });
    expect(await closeCodeAfter(send(Buffer.alloc(64, 0xff)), await openDeflating())).toBe(1007);
    expect(await closeCodeAfter(send(deflated(Buffer.from("eda080", "hex"))), await openDeflating())).toBe(1007);
  });

  it.each([maxPayload + 1, 64 * maxPayload])("that claim to become %i bytes are refused", async (size) => {
    const bomb = deflated(Buffer.alloc(size));
    expect(bomb.length).toBeLessThan(size / 500);
    const bytes = frame({ opcode: opcode.binary, payload: bomb, reserved: 4 });
    expect(await closeCodeAfter(bytes, await openDeflating())).toBe(1009);
  });
});
