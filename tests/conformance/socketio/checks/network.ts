import { Random } from "../../../support/random";
import {
  type Check,
  type ClientOptions,
  ask,
  collect,
  ensure,
  equal,
  eventually,
  left,
  next,
  pause,
  unique,
  who,
  within,
} from "./world";

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** The network fails and heals, on one way of transport. */
export function networkChecks(way: string, options: ClientOptions): Check[] {
  // Where no poll waits, only the heartbeat tells a server.
  const polls = options.transports?.[0] === "polling";
  const cuts = polls ? 3 : 30;
  return [
    {
      name: `${way}: after a cut the client is who it was, where it was, and has missed nothing`,
      needsClient4: true,
      async run(world) {
        const [room, socket] = [unique("room"), await world.reached(options)];
        const sender = await world.connected();
        await ask(socket, "join", room);
        const before = socket.id;
        const heard = collect(socket, "news");
        const lost = next(socket, "disconnect");
        await world.network.down();
        ensure(["transport close", "transport error"].includes((await lost)[0] as string), "the transport broke");
        for (const value of [1, { blob: Uint8Array.of(7) }, 3]) await ask(sender, "to-room", room, "news", value);
        await left(room, sender);
        const back = next(socket, "connect");
        await world.network.open();
        await back;
        equal([socket.recovered, socket.id], [true, before]);
        // All that was missed comes before the client is told that it is connected.
        equal(heard, [1, { blob: Uint8Array.of(7) }, 3]);
        const told = await who(socket);
        equal([told.recovered, told.rooms], [true, [before, room]]);
      },
    },
    {
      name: `${way}: of 1,000 messages under random cuts none is lost and none comes twice`,
      needsClient4: true,
      async run(world) {
        const random = new Random(20_26);
        const [room, socket] = [unique("room"), await world.reached(options)];
        const sender = await world.connected({ transports: ["websocket"] });
        await ask(socket, "join", room);
        const heard = collect(socket, "seq");
        let unrecovered = 0;
        socket.on("connect", () => {
          if (!socket.recovered) ++unrecovered;
        });
        const cutAt = new Set(Array.from({ length: cuts }, () => random.below(1_000)));
        for (let i = 0; i < 1_000; ++i) {
          if (cutAt.has(i)) {
            await eventually(() => socket.connected, "connected again");
            const lost = next(socket, "disconnect");
            await world.network.down();
            await lost;
            void left(room, sender).then(world.network.open);
          }
          if (i % 5 === 4) await ask(sender, "to-room", room, "seq", i);
          else sender.emit("to-room", room, "seq", i);
        }
        await eventually(() => socket.connected && heard.at(-1) === 999, "the last heard");
        equal([heard.length, heard, unrecovered], [1_000, numbers(1_000), 0], "what was heard");
      },
    },
    {
      name: `${way}: what is said while offline goes out in order on return`,
      async run(world) {
        const socket = await world.reached(options);
        const lost = next(socket, "disconnect");
        await world.network.down();
        await lost;
        const heard = collect(socket, "message-back");
        for (const value of [1, Uint8Array.of(2), 3]) socket.emit("message", value);
        await world.network.open();
        await eventually(() => heard.length >= 3, "answers");
        equal(heard, [1, Uint8Array.of(2), 3]);
      },
    },
    {
      name: `${way}: volatile words of the server are dropped while the client is away, others wait`,
      needsClient4: true,
      async run(world) {
        // Numbers: what is volatile has no offset, and the client would take a string in its place for one.
        const [room, socket] = [unique("room"), await world.reached(options)];
        const witness = await world.connected();
        await ask(socket, "join", room);
        await ask(socket, "join", witness.id);
        const [heard, said] = [collect(socket, "word"), collect(witness, "word")];
        // Between two polls such words are dropped, too: until one of them meets a poll that waits.
        for (let i = 0; i < 50 && heard.length === 0; ++i) {
          await ask(witness, "volatile-delayed", 50, "word", 1);
          await pause(100);
        }
        ensure(heard.length > 0, "volatile words are heard while connected");
        const lost = next(socket, "disconnect");
        await world.network.down();
        await lost;
        await left(room, witness);
        await ask(witness, "volatile-delayed", 0, "word", 2);
        await ask(witness, "delayed", 0, "word", 3);
        await eventually(() => said.includes(3), "said");
        await world.network.open();
        await eventually(() => heard.includes(3), "heard on return");
        await ask(socket, "message-with-ack");
        equal([...new Set(heard)], [1, 3]);
      },
    },
    {
      name: `${way}: silence is noticed, and the client comes back when the network does`,
      async run(world) {
        const socket = await world.reached(options);
        const lost = next(socket, "disconnect");
        await world.network.blackHole();
        const [reason] = await lost;
        const expected = ["ping timeout", "transport error", "transport close"];
        ensure(expected.includes(reason as string), `silence is noticed, not ${reason}`);
        const back = next(socket, "connect");
        await world.network.open();
        await back;
        equal(await ask(socket, "message-with-ack", 1), [1]);
      },
    },
    {
      name: `${way}: a network that stands still for a moment changes nothing`,
      async run(world) {
        const socket = await world.reached(options);
        const heard = collect(socket, "message-back");
        let ends = 0;
        socket.on("disconnect", () => ++ends);
        await world.network.freeze();
        for (const i of numbers(50)) socket.emit("message", i);
        await pause(300);
        await world.network.open();
        await eventually(() => heard.length === 50, "answers");
        equal([heard, ends], [numbers(50), 0]);
      },
    },
    {
      name: `${way}: what is not acknowledged is sent again until it is, and what follows waits for it`,
      needsClient4: true,
      async run(world) {
        const socket = world.open({ ...options, retries: 20, ackTimeout: 600 }, "/", world.network.url);
        await next(socket, "auth");
        const id = unique("flaky");
        const answer = within(
          new Promise((resolve) => socket.emit("flaky", id, (...args: unknown[]) => resolve(args))),
          "answer at last",
        );
        const after = within(
          new Promise((resolve) => socket.emit("message-with-ack", "after", (...args: unknown[]) => resolve(args))),
          "answer to what stood behind it",
        );
        const [error, count] = (await answer) as [null, number];
        ensure(error === null && count >= 3, "an answer from the third delivery on");
        equal(await after, [null, "after"]);
      },
    },
  ];
}
