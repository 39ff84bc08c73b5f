import { createServer } from "node:net";
import { connect as connectTls } from "node:tls";

import type { Random } from "./random";
import { webSocketRequest } from "./raw_connection";
import { closeFrame, deflated, frame, opcode } from "./websocket_frames";

/** One input: all that a connection says before it falls silent. */
export type Attack = (random: Random) => Buffer;

const rooms = ["hostile_1", "hostile_2", "hostile_3"] as const;
const types = [
  "join_room",
  "leave_room",
  "select_seat",
  "release_seat",
  "renew_seat",
  "resume",
  "ping",
  "auth",
] as const;

const path = (random: Random): string => `/ws/attacker_${random.below(50)}`;
const handshake = (random: Random): string =>
  webSocketRequest(path(random), ["Sec-WebSocket-Extensions: permessage-deflate"]);
/** Frames behind a handshake that is right. */
const frames =
  (make: (random: Random) => Buffer | Buffer[]): Attack =>
  (random) =>
    Buffer.concat([Buffer.from(handshake(random)), ...[make(random)].flat()]);
const texts = (make: (random: Random) => string | Buffer): Attack =>
  frames((random) => frame({ opcode: opcode.text, payload: make(random) }));

/** A JSON value that is seldom what a field wants. */
function strangeValue(random: Random, depth = 0): unknown {
  const simple = [
    null,
    true,
    0,
    -1,
    1e308,
    2 ** 53 + 1,
    "",
    " ",
    "\0",
    "A1",
    "hostile_1",
    "💺".repeat(40),
    "<b>",
    "../..",
    "id~2",
  ];
  if (depth > 3 || random.chance(70)) return random.one(simple);
  const count = random.below(5);
  if (random.chance(50)) return Array.from({ length: count }, () => strangeValue(random, depth + 1));
  const entries = Array.from({ length: count }, (_, i) => [
    random.one(["name", "__proto__", `k${i}`]),
    strangeValue(random, depth + 1),
  ]);
  return Object.fromEntries(entries);
}

function message(random: Random): string {
  const fields: Record<string, unknown> = {
    type: random.one(types),
    room_id: random.one(rooms),
    seat_id: "A1",
    user_info: { name: "x" },
  };
  for (const name of ["type", "room_id", "seat_id", "user_info", "offset", "token"]) {
    if (random.chance(40)) fields[name] = strangeValue(random);
    else if (random.chance(10)) delete fields[name];
  }
  return JSON.stringify(fields);
}

/** The text with some of its bytes changed, lost, doubled, or its end cut off. */
function mutated(random: Random, text: string | Buffer): Buffer {
  let bytes = Buffer.from(text);
  for (let changes = random.between(1, 6); changes > 0 && bytes.length > 0; --changes) {
    const at = random.below(bytes.length);
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    const kind = random.below(4);
    if (kind === 0) bytes = Buffer.concat([before, random.bytes(1), after.subarray(1)]);
    else if (kind === 1) bytes = Buffer.concat([before, after.subarray(random.between(1, 8))]);
    else if (kind === 2) bytes = Buffer.concat([before, after.subarray(0, 16), after]);
    else bytes = before;
  }
  return bytes;
}

const control = [opcode.close, opcode.ping, opcode.pong] as const;
const invalidUtf8 = ["80", "c0af", "eda080", "f4908080", "fe", "e282", "f8888080"].map((hex) =>
  Buffer.from(hex, "hex"),
);

const frameAttacks: Record<string, Attack> = {
  "reserved bits": frames((random) => frame({ opcode: opcode.text, payload: "x", reserved: random.between(1, 7) })),
  "not masked": frames((random) =>
    frame({ opcode: opcode.text, payload: random.bytes(random.below(300)), masked: false }),
  ),
  "unknown opcode": frames((random) =>
    frame({ opcode: random.one([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), payload: "x" }),
  ),
  "huge declared length": frames((random) =>
    frame({
      opcode: opcode.binary,
      payload: random.bytes(20),
      declaredLength: 1n << BigInt(random.between(20, 63)),
      longLength: true,
    }),
  ),
  "longest spelling": frames(() => frame({ opcode: opcode.text, payload: "x", longLength: true })),
  "fragmented control": frames((random) => frame({ opcode: random.one(control), final: false })),
  "long control": frames((random) =>
    frame({ opcode: random.one(control), payload: random.bytes(random.between(126, 400)) }),
  ),
  "close code": frames((random) => closeFrame(random.below(65_536), random.bytes(random.below(130)))),
  "half a close code": frames(() => frame({ opcode: opcode.close, payload: "x" })),
  "not UTF-8": texts((random) => Buffer.concat([Buffer.from("{}"), random.one(invalidUtf8)])),
  "fragments out of order": frames((random) =>
    Array.from({ length: 4 }, () => frame({ opcode: random.below(3), payload: "x", final: random.chance(50) })),
  ),
  "endless fragments": frames((random) => [
    frame({ opcode: opcode.text, payload: "x", final: false }),
    ...Array.from({ length: 300 }, () =>
      frame({ opcode: opcode.continuation, payload: random.bytes(300), final: false }),
    ),
  ]),
  "random frames": frames((random) =>
    Array.from({ length: random.between(1, 8) }, () =>
      frame({
        opcode: random.below(16),
        payload: random.bytes(random.below(200)),
        final: random.chance(70),
        reserved: random.chance(20) ? random.below(8) : 0,
      }),
    ),
  ),
  "noise behind the handshake": frames((random) => random.bytes(random.between(1, 600))),
  "noise as deflate": frames((random) =>
    frame({ opcode: opcode.text, payload: random.bytes(random.between(1, 400)), reserved: 4 }),
  ),
  "a bomb": frames((random) =>
    frame({ opcode: opcode.text, payload: deflated(Buffer.alloc(random.between(100, 4000) * 1024, "[")), reserved: 4 }),
  ),
  "a cut frame": frames((random) => {
    const whole = frame({ opcode: opcode.text, payload: message(random) });
    return whole.subarray(0, random.below(whole.length));
  }),
};

const messageAttacks: Record<string, Attack> = {
  "wrong types": frames((random) =>
    Array.from({ length: random.between(1, 6) }, () => frame({ opcode: opcode.text, payload: message(random) })),
  ),
  "broken JSON": texts((random) => mutated(random, message(random)).toString("latin1")),
  "not an object": texts((random) => JSON.stringify(strangeValue(random))),
  "deep JSON": texts((random) => random.one(["[", '{"a":', '[{"a":']).repeat(random.between(30, 8000))),
  "a huge field": texts((random) =>
    JSON.stringify({ type: "join_room", room_id: "x".repeat(random.between(129, 60_000)) }),
  ),
  "a huge message": texts((random) => " ".repeat(random.between(65_537, 200_000))),
  "many fields": texts(
    (random) => `{${Array.from({ length: random.between(50, 2000) }, (_, i) => `"k${i}":${i}`).join(",")}}`,
  ),
  "twice the same field": texts(() => `{"type":"ping","type":"join_room","room_id":"${rooms[0]}","room_id":7}`),
  "binary messages": frames((random) => frame({ opcode: opcode.binary, payload: random.bytes(random.below(500)) })),
  "a flood": frames((random) =>
    Array.from({ length: random.between(50, 200) }, () => frame({ opcode: opcode.text, payload: "{" })),
  ),
};

const request = 'POST /room/hostile_1/seats/A1 HTTP/1.1\r\nHost: a\r\nContent-Length: 19\r\n\r\n{"client_id":"eva"}';
const hidden = "GET /stats HTTP/1.1\r\nHost: a\r\n\r\n";
const start = "POST /room/hostile_1/seats/A1 HTTP/1.1\r\nHost: a\r\n";
const smuggled = [
  `${start}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
  `${start}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${hidden}`,
  `${start}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`,
  `${start}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`,
  `${start}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
  `${start}Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n${hidden}`,
  `${start}Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
  `${start}Content-Length: 0, ${hidden.length}\r\n\r\n${hidden}`,
  `${start}Content-Length: -1\r\n\r\n${hidden}`,
  `${start}Content-Length: 99999999999999999999\r\n\r\n${hidden}`,
  `${start}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n${hidden}`,
  `${start}Transfer-Encoding: chunked\r\n\r\n-1\r\n${hidden}`,
  `${start}Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n${hidden}`,
  `${start}X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
  `${start}X: y\r\n Transfer-Encoding: chunked\r\n\r\n${hidden}`,
  `GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
  `GET http://b/health HTTP/1.1\r\nHost: a\r\n\r\n${hidden}`,
];
const targets = [
  "/room/",
  "/room//seats/",
  "/ws/",
  "/rooms?",
  "/api/api/",
  "/room/%00/seats/A1",
  "/%ff",
  "*",
  "//",
  "/?a=%zz",
  "\\",
];

const httpAttacks: Record<string, Attack> = {
  noise: (random) => random.bytes(random.between(1, 1000)),
  "a mutated request": (random) => mutated(random, request),
  "a mutated handshake": (random) => mutated(random, handshake(random)),
  "a flood of fields": (random) =>
    Buffer.from(
      `GET /health HTTP/1.1\r\nHost: a\r\n${`X-${random.below(100)}: ${"y".repeat(random.below(60))}\r\n`.repeat(random.between(200, 2000))}\r\n`,
    ),
  "an endless line": (random) => Buffer.from(`GET /${"a".repeat(random.between(10_000, 80_000))}`),
  smuggling: (random) => Buffer.from(random.one(smuggled), "latin1"),
  "mutated smuggling": (random) => mutated(random, random.one(smuggled)),
  "a strange target": (random) =>
    Buffer.concat([
      Buffer.from(`GET ${random.one(targets)}`),
      random.bytes(random.below(30)),
      Buffer.from(" HTTP/1.1\r\nHost: a\r\n\r\n"),
    ]),
  "a strange method": (random) =>
    Buffer.from(
      `${random.one(["BREW", "CONNECT", "TRACE", "PRI *", "get", "", "G\0T"])} /health HTTP/1.1\r\nHost: a\r\n\r\n`,
    ),
  "strange bodies": (random) => {
    const body = JSON.stringify({ client_id: strangeValue(random), user_info: strangeValue(random) });
    return Buffer.from(`${start}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  },
  "a strange long poll": (random) =>
    Buffer.from(
      `GET /room/hostile_2/selections?wait=${random.one(["-1", "1e9", "x", "99999999999"])}&version=${random.below(9)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    ),
  "strange chunks": (random) =>
    Buffer.concat([Buffer.from(`${start}Transfer-Encoding: chunked\r\n\r\n`), random.bytes(random.between(1, 200))]),
  "a cut request": (random) => Buffer.from(request.slice(0, random.below(request.length))),
  "HTTP/2 out of the blue": (random) =>
    Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), random.bytes(50)]),
};

export const plainAttacks = Object.entries({ ...frameAttacks, ...messageAttacks, ...httpAttacks });

/** What goes to a port where the other side expects TLS, or where a TLS client has lost its way. */
export const tlsAttacks = (hello: Buffer): Array<[string, Attack]> => [
  ["a cut hello", (random) => hello.subarray(0, random.below(hello.length))],
  ["a mutated hello", (random) => mutated(random, hello)],
  [
    "noise in a record",
    (random) => Buffer.concat([Buffer.from([22, 3, 1, random.below(64), random.below(256)]), random.bytes(300)]),
  ],
  ["noise", (random) => random.bytes(random.between(1, 500))],
  ["plain HTTP", () => Buffer.from(hidden)],
];

/** The first bytes of a TLS client, as it sends them. */
export async function clientHello(): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const listener = createServer((socket) => {
      socket.once("data", (bytes) => {
        resolve(bytes);
        socket.destroy();
        listener.close();
      });
    });
    listener.once("error", reject);
    listener.listen(0, "127.0.0.1", () => {
      const address = listener.address();
      if (typeof address === "object" && address)
        connectTls({ host: "127.0.0.1", port: address.port }).on("error", () => {});
    });
  });
}
