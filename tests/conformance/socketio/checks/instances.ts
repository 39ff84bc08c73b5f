import { type Check, type ClientOptions, ask, collect, ensure, equal, eventually, next, unique, who } from "./world";

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** One of several instances dies, on one way of transport. */
export function instanceChecks(way: string, options: ClientOptions): Check[] {
  return [
    {
      name: `${way}: of 1,000 messages none is lost and none comes twice although its instance is killed three times`,
      async run(world) {
        const [room, listener] = [unique("line"), await world.reached(options)];
        const sender = await world.connected({ transports: ["websocket"] });
        const before = listener.id;
        await ask(listener, "join", room);
        const heard = collect(listener, "seq");
        const recoveries: boolean[] = [];
        listener.on("connect", () => recoveries.push(listener.recovered));
        for (let i = 0; i < 1_000; ++i) {
          if (i % 300 === 150) {
            await eventually(() => listener.connected, "connected");
            const lost = next(listener, "disconnect");
            await world.network.kill?.();
            await lost;
          }
          if (i % 10 === 9) await ask(sender, "to-room", room, "seq", i);
          else sender.emit("to-room", room, "seq", i);
        }
        await eventually(() => heard.at(-1) === 999, "the last heard");
        equal([heard.length, heard], [1_000, numbers(1_000)], "what was heard");
        equal([recoveries, listener.id], [[true, true, true], before]);
      },
    },
    {
      name: `${way}: who comes back from a killed instance is asked, answers and is answered as before`,
      async run(world) {
        const [room, socket] = [unique("room"), await world.reached(options)];
        const asking = await world.connected();
        await ask(socket, "join", room);
        const before = socket.id;
        socket.on("question", (value: unknown, answer: (value: unknown) => void) => answer({ you: value }));
        const [lost, alone] = [next(socket, "disconnect"), collect(socket, "message-back")];
        await world.network.kill?.();
        await lost;
        // Said while offline, to the instance that is next.
        socket.emit("message", Uint8Array.of(1, 2));
        await eventually(() => socket.connected, "connected");
        ensure(socket.recovered, "its state is recovered");
        equal((await who(socket)).rooms, [before, room]);
        equal(await ask(asking, "gather", room, [1]), [null, [{ you: [1] }]]);
        equal(alone, [Uint8Array.of(1, 2)]);
      },
    },
  ];
}
