import { type Check, type ClientOptions, ask, collect, ensure, equal, eventually, next, within } from "./world";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const ramp = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => (i * 31 + (i >> 8)) & 255);

/** Events, acknowledgements and binary, on one way of transport. */
export function messageChecks(way: string, options: ClientOptions): Check[] {
  return [
    {
      name: `${way}: every kind of JSON value comes back`,
      async run(world) {
        const socket = await world.connected(options);
        const values = [
          ...[0, -1, 1.5, 1e21, Number.MAX_SAFE_INTEGER, "", 'quote " \\ \u2028 \0', "žluťoučký 🐎", true, false, null],
          ...[[], {}, [[[]]], { a: { b: [1, { c: null }] } }, { "": 0, "a b": "\n" }],
        ];
        socket.emit("message", ...values);
        equal((await next(socket, "message-back")).slice(0, values.length), values);
      },
    },
    {
      name: `${way}: an event without arguments comes back`,
      async run(world) {
        const socket = await world.connected(options);
        socket.emit("message");
        ensure((await next(socket, "message-back")).length <= 1, "nothing but the offset");
      },
    },
    {
      name: `${way}: an acknowledgement brings the arguments`,
      async run(world) {
        const socket = await world.connected(options);
        equal(await ask(socket, "message-with-ack", 1, "2", { 3: [true] }), [1, "2", { 3: [true] }]);
        equal(await ask(socket, "message-with-ack"), []);
      },
    },
    {
      name: `${way}: binary comes back`,
      async run(world) {
        const socket = await world.connected(options);
        socket.emit("message", bytes(1, 2, 3), bytes(0, 255).buffer);
        equal((await next(socket, "message-back")).slice(0, 2), [bytes(1, 2, 3), bytes(0, 255)]);
      },
    },
    {
      name: `${way}: binary comes back from where it was in objects and arrays`,
      async run(world) {
        const socket = await world.connected(options);
        const value = { a: bytes(1), list: [bytes(2), { deep: bytes(3, 3) }], text: "x", none: null };
        socket.emit("message", value, "between", bytes());
        equal((await next(socket, "message-back")).slice(0, 3), [value, "between", bytes()]);
      },
    },
    {
      name: `${way}: binary comes back in an acknowledgement`,
      async run(world) {
        const socket = await world.connected(options);
        const value = { a: bytes(9, 8), b: [bytes(7)] };
        equal(await ask(socket, "message-with-ack", value, bytes(6)), [value, bytes(6)]);
      },
    },
    {
      name: `${way}: long text and long binary come back`,
      async run(world) {
        const socket = await world.connected(options);
        const [text, binary] = ["pulso ".repeat(20_000), ramp(300_000)];
        equal(await ask(socket, "message-with-ack", text, binary), [text, binary]);
      },
    },
    {
      name: `${way}: a message of exactly maxPayload is taken`,
      async run(world) {
        const socket = await world.connected(options);
        const text = "x".repeat(1_000_000 - '420["message-with-ack",""]'.length);
        equal(await ask(socket, "message-with-ack", text), [text]);
      },
    },
    {
      name: `${way}: a message past maxPayload ends the connection, and the client comes back`,
      async run(world) {
        const socket = await world.connected(options);
        socket.emit("message", "x".repeat(1_000_001));
        const [reason] = await next(socket, "disconnect");
        ensure(reason === "transport close" || reason === "transport error", `a broken transport, not ${reason}`);
        await next(socket, "connect");
        equal(await ask(socket, "message-with-ack", "again"), ["again"]);
      },
    },
    {
      name: `${way}: a burst comes in order`,
      async run(world) {
        const socket = await world.connected(options);
        const received = collect(socket, "seq");
        await ask(socket, "burst", 1_000);
        await eventually(() => received.length === 1_000, "a whole burst");
        equal(
          received,
          Array.from({ length: 1_000 }, (_, i) => i),
        );
      },
    },
    {
      name: `${way}: text and binary keep their order among each other`,
      async run(world) {
        const socket = await world.connected(options);
        const received = collect(socket, "message-back");
        const sent = Array.from({ length: 200 }, (_, i) => (i % 3 === 0 ? { i, blob: ramp(i) } : i));
        for (const value of sent) socket.emit("message", value);
        await eventually(() => received.length === sent.length, "all of them");
        equal(received, sent);
      },
    },
    {
      name: `${way}: a text that was cut in the middle of an emoji ends nothing`,
      async run(world) {
        const socket = await world.connected(options);
        // One half each, as JSON writes what UTF-8 can't: what stands for them is the server's to say.
        const [answer] = (await ask(socket, "message-with-ack", "a\ud83d \ude00b 😀")) as [string];
        ensure(/^a. .b 😀$/u.test(answer), `the rest is whole: ${answer}`);
      },
    },
    {
      name: `${way}: a hundred acknowledgements find their questions`,
      async run(world) {
        const socket = await world.connected(options);
        const answers = await Promise.all(
          Array.from({ length: 100 }, (_, i) => ask(socket, "message-with-ack", i % 2 ? i : [ramp(3), i])),
        );
        equal(
          answers,
          Array.from({ length: 100 }, (_, i) => [i % 2 ? i : [ramp(3), i]]),
        );
      },
    },
    {
      name: `${way}: an acknowledgement that never comes times out, one that comes does not`,
      needsClient4: true,
      async run(world) {
        const socket = await world.connected(options);
        const error = await within(
          new Promise((resolve) => socket.timeout(200).emit("never-ack", resolve)),
          "timeout of the acknowledgement",
        );
        ensure(error instanceof Error && error.message.includes("timed out"), `a timeout, not ${error}`);
        equal(await socket.timeout(5_000).emitWithAck("message-with-ack", 1), 1);
      },
    },
    {
      name: `${way}: the server asks and hands on the answer`,
      async run(world) {
        const socket = await world.connected(options);
        socket.on("question", (value: unknown, answer: (value: unknown) => void) => answer({ you: value }));
        equal(await ask(socket, "ask", [1]), [null, { you: [1] }]);
        equal(await ask(socket, "ask", bytes(4, 5)), [null, { you: bytes(4, 5) }]);
      },
    },
    {
      name: `${way}: the server's question times out`,
      async run(world) {
        const socket = await world.connected(options);
        equal(await ask(socket, "ask", "anyone?"), ["timeout"]);
      },
    },
  ];
}
