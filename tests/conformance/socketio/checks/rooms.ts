import {
  type Check,
  type ClientOptions,
  type World,
  ask,
  collect,
  ensure,
  equal,
  eventually,
  unique,
  who,
} from "./world";
import { type Socket } from "socket.io-client";

async function members(world: World, options: ClientOptions, room: string, count: number): Promise<Socket[]> {
  const sockets = await Promise.all(Array.from({ length: count }, () => world.connected(options)));
  for (const socket of sockets) await ask(socket, "join", room);
  return sockets;
}

/** After this everything that was sent to the socket before has come. */
async function settle(...sockets: Socket[]): Promise<void> {
  for (const socket of sockets) await ask(socket, "message-with-ack");
}

/** Rooms and what is sent to many, on one way of transport. */
export function roomChecks(way: string, options: ClientOptions): Check[] {
  return [
    {
      name: `${way}: a room's members hear it, once each, and the sender does not`,
      async run(world) {
        const room = unique("room");
        const [sender, one, other] = (await members(world, options, room, 3)) as [Socket, Socket, Socket];
        const outside = await world.connected(options);
        const heard = [sender, one, other, outside].map((socket) => collect(socket, "news"));
        await ask(sender, "to-room", room, "news", "first");
        await ask(sender, "to-room", room, "news", { blob: Uint8Array.of(1, 2) });
        await eventually(() => heard[1]?.length === 2 && heard[2]?.length === 2, "heard");
        await settle(sender, one, other, outside);
        const both = ["first", { blob: Uint8Array.of(1, 2) }];
        equal(heard, [[], both, both, []]);
      },
    },
    {
      name: `${way}: one who is in no room of this name sends to it all the same`,
      async run(world) {
        const room = unique("room");
        const [member] = (await members(world, options, room, 1)) as [Socket];
        const heard = collect(member, "news");
        const outside = await world.connected(options);
        await ask(outside, "to-room", room, "news", 1);
        await eventually(() => heard.length === 1, "heard");
      },
    },
    {
      name: `${way}: the server knows the rooms, and one who left hears nothing more`,
      async run(world) {
        const [room, second] = [unique("room"), unique("room")];
        const [sender, member] = (await members(world, options, room, 2)) as [Socket, Socket];
        await ask(member, "join", second);
        equal((await who(member)).rooms, [member.id, room, second]);
        const heard = collect(member, "news");
        await ask(member, "leave", room);
        equal((await who(member)).rooms, [member.id, second]);
        await ask(sender, "to-room", room, "news", 1);
        await ask(sender, "to-room", second, "news", 2);
        await eventually(() => heard.length > 0, "heard");
        equal(heard, [2]);
      },
    },
    {
      name: `${way}: every socket is in the room of its own id`,
      async run(world) {
        const [one, other] = [await world.connected(options), await world.connected(options)];
        const heard = collect(other, "letter");
        await ask(one, "to-room", other.id, "letter", "for you");
        await eventually(() => heard.length === 1, "a letter");
      },
    },
    {
      name: `${way}: what goes to all reaches the sender too, and no other namespace`,
      async run(world) {
        const [one, other] = [await world.connected(options), await world.connected(options)];
        const third = world.beside(one, "/custom");
        const event = unique("all");
        const heard = [one, other, third].map((socket) => collect(socket, event));
        await ask(one, "to-all", event, 1);
        await eventually(() => heard[0]?.length === 1 && heard[1]?.length === 1, "heard");
        await settle(one, other);
        equal(heard, [[1], [1], []]);
      },
    },
    {
      name: `${way}: a room is asked and all answers come`,
      async run(world) {
        const room = unique("room");
        const sockets = await members(world, options, room, 3);
        sockets.forEach((socket, i) =>
          socket.on("question", (value: number, answer: (value: number) => void) => answer(value + i)),
        );
        const [error, answers] = await ask(sockets[0] as Socket, "gather", room, 10);
        equal([error, (answers as number[]).sort()], [null, [10, 11, 12]]);
      },
    },
    {
      name: `${way}: a room is asked, one says nothing, and the others' answers come`,
      async run(world) {
        const room = unique("room");
        const [asking, answering] = (await members(world, options, room, 2)) as [Socket, Socket];
        answering.on("question", (_: unknown, answer: (value: string) => void) => answer("here"));
        equal(await ask(asking, "gather", room, 0), ["timeout", ["here"]]);
      },
    },
    {
      name: `${way}: an empty room is asked and nobody answers`,
      async run(world) {
        equal(await ask(await world.connected(options), "gather", unique("empty"), 0), [null, []]);
      },
    },
    {
      name: `${way}: who has left is in no room any more`,
      async run(world) {
        const room = unique("room");
        const [staying, leaving] = (await members(world, options, room, 2)) as [Socket, Socket];
        staying.on("question", (_: unknown, answer: (value: number) => void) => answer(1));
        leaving.disconnect();
        // The answers are complete as soon as the server has seen it go.
        for (let tries = 0; tries < 10; ++tries) {
          const [error] = await ask(staying, "gather", room, 0);
          if (error === null) return;
        }
        ensure(false, "the room forgets who left");
      },
    },
  ];
}
