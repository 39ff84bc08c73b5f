// State that outlives its instance: several share a Redis, one is cut off or killed, and a client finds everything at
// another one. Only ours: npm's server needs an adapter of its own for each of these.
import { type Socket, io } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { CutProxy } from "../../support/cut_proxy";
import { type Echo } from "../../support/echo";
import { eventually as eventuallyAnswered } from "../../support/processes";
import { Redis } from "../../support/redis";
import { killedInstanceChecks } from "./checks";
import { World, ask, collect, eventually, next, unique, who } from "./checks/world";
import { Instances, startInstance } from "./instances";
import { networkThrough } from "./run_checks";

let redis: Redis;
beforeAll(async () => {
  redis = await Redis.start();
});
afterAll(async () => {
  await redis?.stop();
});

const count = (length: number): number[] => Array.from({ length }, (_, i) => i);

describe("two instances", () => {
  let one: Echo;
  let two: Echo;
  let proxy: CutProxy;
  let world: World;
  beforeAll(async () => {
    [one, two] = await Promise.all([startInstance(redis), startInstance(redis)]);
    proxy = await CutProxy.start(one.port);
    world = new World(io, `http://127.0.0.1:${two.port}`, networkThrough(proxy));
  });
  afterAll(async () => {
    world?.close();
    proxy?.close();
    expect(await Promise.all([one?.stop(), two?.stop()])).toEqual([0, 0]);
  });

  /** Connected to the first instance; whatever it loses it finds at the second. */
  async function moving(way: string): Promise<Socket> {
    proxy.leadTo(one.port);
    proxy.open();
    return world.reached({ transports: [way] });
  }

  async function move(socket: Socket, meanwhile: () => Promise<unknown> = async () => {}): Promise<void> {
    const lost = next(socket, "disconnect");
    proxy.down();
    await lost;
    await meanwhile();
    proxy.leadTo(two.port);
    const back = next(socket, "connect");
    proxy.open();
    await back;
  }

  describe.each(["websocket", "polling"])("over %s", (way) => {
    it("gives back who it was, where it was, and what it has missed", async () => {
      const [room, socket] = [unique("room"), await moving(way)];
      const sender = await world.connected();
      await ask(socket, "join", room);
      const before = socket.id;
      const heard = collect(socket, "news");
      await ask(sender, "to-room", room, "news", 0);
      await eventually(() => heard.length === 1, "heard across instances");
      await move(socket, async () => {
        for (const value of [1, { blob: Uint8Array.of(7) }, 3]) await ask(sender, "to-room", room, "news", value);
      });
      expect([socket.recovered, socket.id]).toEqual([true, before]);
      await ask(sender, "to-room", room, "news", 4);
      await eventually(() => heard.length === 5, "all of them");
      expect(heard.map((value) => (typeof value === "number" ? value : "blob"))).toEqual([0, 1, "blob", 3, 4]);
      expect((await who(socket)).rooms).toEqual([before, room]);
    });

    it("tells what it was sent alone and lost, between what the room was sent", async () => {
      const [room, socket, sender] = [unique("room"), await moving(way), await world.connected()];
      await ask(socket, "join", room);
      const [alone, news] = [collect(socket, "message-back"), collect(socket, "news")];
      /** Sends to itself, and to the room behind that; what the other instance hears of it, it has done. */
      const say = async (value: number): Promise<void> => {
        const done = next(sender, "done");
        socket.emit("message", value);
        socket.emit("to-room", sender.id, "done");
        await done;
        await ask(sender, "to-room", room, "news", value);
      };
      await say(1);
      const heard = (count: number) => alone.length >= count && news.length >= count;
      await eventually(() => heard(1), "what was said on a network that works");
      // Who polls says nothing more before it is answered.
      if (way === "websocket") proxy.deafen();
      await say(2);
      await say(3);
      await move(socket);
      expect(socket.recovered).toBe(true);
      await say(4);
      await eventually(() => heard(4), "all of it");
      // Another cut, with nothing said since: what was replayed is not told again.
      proxy.leadTo(one.port);
      await move(socket);
      await say(5);
      await eventually(() => heard(5), "what follows");
      expect([alone, news]).toEqual([
        [1, 2, 3, 4, 5],
        [1, 2, 3, 4, 5],
      ]);
    });

    it("is told of much that it has missed, in its order", async () => {
      const [room, socket, sender] = [unique("room"), await moving(way), await world.connected()];
      await ask(socket, "join", room);
      const heard = collect(socket, "seq");
      await ask(sender, "to-room", room, "seq", 0);
      await eventually(() => heard.length === 1, "the first");
      await move(socket, async () => {
        for (let i = 1; i < 1_000; ++i) {
          sender.emit("to-room", i % 2 ? room : unique("another"), "seq", i);
        }
        await ask(sender, "to-room", room, "seq", 1_001);
      });
      await eventually(() => heard.at(-1) === 1_001, "the last");
      expect(heard).toEqual([0, ...count(500).map((i) => 2 * i + 1), 1_001]);
    });

    it("hears what is published for its id", async () => {
      const socket = await moving(way);
      const sender = await world.connected();
      const [id, heard] = [socket.id, collect(socket, "direct")];
      await move(socket, () => ask(sender, "to-room", id, "direct", 1));
      await ask(sender, "to-room", socket.id, "direct", 2);
      await eventually(() => heard.length >= 2, "both");
      expect(heard).toEqual([1, 2]);
    });

    it("is not given back after leaving on purpose", async () => {
      const socket = await moving(way);
      await ask(socket, "join", "left");
      socket.disconnect();
      const back = next(socket, "connect");
      socket.connect();
      await back;
      expect([socket.recovered, (await who(socket)).rooms]).toEqual([false, [socket.id]]);
    });
  });

  it("goes on once where two show its secret at the same time", async () => {
    const [socket, sender] = [await moving("websocket"), await world.connected()];
    const heard = collect(socket, "word");
    await ask(sender, "to-room", socket.id, "word", 1);
    await eventually(() => heard.length === 1, "an offset");
    const id = socket.id;
    const { _pid: pid, _lastOffset: offset } = socket as unknown as { _pid: string; _lastOffset: string };
    socket.io.reconnection(false);
    proxy.down();
    const words: unknown[] = [];
    const twins = [1, 2].map(() => {
      const twin = world.open({ transports: ["websocket"], reconnection: false, auth: { pid, offset } });
      twin.on("word", (value: unknown) => words.push(value));
      return { twin, ended: new Promise((resolve) => twin.once("disconnect", resolve).once("connect_error", resolve)) };
    });
    await Promise.race(twins.map(({ ended }) => ended));
    const going = (): Socket[] => twins.map(({ twin }) => twin).filter((twin) => twin.connected);
    await eventually(() => going().length === 1, "one of them");
    expect(going()[0]?.id).toBe(id);
    await ask(sender, "to-room", id, "word", 2);
    await eventually(() => words.length > 0, "what is said to it");
    expect(await ask(going()[0] as Socket, "message-with-ack", 3)).toEqual([3]);
    expect(words).toEqual([2]);
  });

  it("gathers the answers of all instances", async () => {
    const room = unique("room");
    const members = [await world.connected(), await world.connected(), await moving("websocket")];
    for (const [i, member] of members.entries()) {
      member.on("question", (value: unknown, answer: (value: unknown) => void) => answer([value, i]));
      await ask(member, "join", room);
    }
    const [error, answers] = await ask(members[0] as Socket, "gather", room, "who?");
    expect(error).toBe(null);
    expect((answers as unknown[]).toSorted()).toEqual([
      ["who?", 0],
      ["who?", 1],
      ["who?", 2],
    ]);
    expect(await ask(members[0] as Socket, "gather", unique("empty"), "anyone?")).toEqual([null, []]);
  });

  it("tells what came where one on another instance does not answer", async () => {
    const room = unique("room");
    const [answering, silent] = [await world.connected(), await moving("websocket")];
    for (const member of [answering, silent]) await ask(member, "join", room);
    answering.on("question", (_: unknown, answer: (value: unknown) => void) => answer("here"));
    expect(await ask(answering, "gather", room, 0)).toEqual(["timeout", ["here"]]);
  });

  it("loses and doubles nothing when what is published is lost on its way", async () => {
    const [room, member, sender] = [unique("line"), await moving("websocket"), await world.connected()];
    await ask(member, "join", room);
    const heard = collect(member, "seq");
    for (let i = 0; i < 1_000; ++i) {
      // The instances' subscriptions end, and what is published until they stand again nobody hears.
      if (i % 250 === 100) await redis.command("CLIENT", "KILL", "TYPE", "pubsub");
      if (i % 10 === 9) await ask(sender, "to-room", room, "seq", i);
      else sender.emit("to-room", room, "seq", i);
    }
    await eventually(() => heard.at(-1) === 999, "the last heard");
    expect(heard).toEqual(count(1_000));
  });

  it("tells nothing out of order while the log can't be read, and everything once it can", async () => {
    const [room, member, sender] = [unique("line"), await moving("websocket"), await world.connected()];
    await ask(member, "join", room);
    const heard = collect(member, "seq");
    const say = (from: number, to: number): Promise<unknown[]> =>
      Promise.all(count(to - from).map((i) => ask(sender, "to-room", room, "seq", from + i)));
    await redis.command("ACL", "SETUSER", "default", "-xrange");
    await redis.command("CONFIG", "RESETSTAT");
    await redis.command("CLIENT", "KILL", "TYPE", "pubsub");
    await say(0, 100);
    const isRefusedToBoth = async (): Promise<boolean> =>
      Number(/NOPERM:count=(\d+)/.exec(String(await redis.command("INFO", "errorstats")))?.[1] ?? 0) >= 2;
    await eventuallyAnswered(isRefusedToBoth);
    await say(100, 200);
    await redis.command("ACL", "SETUSER", "default", "+xrange");
    await say(200, 300);
    await eventually(() => heard.at(-1) === 299, "the last heard");
    expect(heard).toEqual(count(300));
  });

  it("the secrets by which clients come back stand nowhere in Redis", async () => {
    const socket = (await moving("websocket")) as unknown as { _pid: string };
    expect(socket._pid).toMatch(/^[\w-]{20}$/);
    const keys = (await redis.command("KEYS", "*")).split("\n");
    const sessions = keys.filter((key) => key.includes(":session:"));
    expect(sessions.length).toBeGreaterThan(0);
    const values = await Promise.all(sessions.map((key) => redis.command("HGETALL", key)));
    expect([...keys, ...values].filter((text) => text.includes(socket._pid))).toEqual([]);
  });

  it("a secret that is not its client's gives nothing", async () => {
    const socket = await moving("websocket");
    const forged = world.open({
      transports: ["websocket"],
      auth: { pid: "A".repeat(20), offset: "0-0" },
    });
    await next(forged, "connect");
    expect(forged.recovered).toBe(false);
    for (const offset of ["", "x", "1", "1-", "-1", "1-1.", "1-1.x", "99999999999999999999999-1", "1-1.5 "]) {
      const strange = world.open({ transports: ["websocket"], auth: { pid: "B".repeat(20), offset } });
      await next(strange, "connect");
      expect(strange.recovered).toBe(false);
    }
    expect(await ask(socket, "message-with-ack", 1)).toEqual([1]);
  });
});

describe("an instance that is killed", () => {
  it.each(killedInstanceChecks)("$name", async ({ run }) => {
    const instances = await Instances.start(redis);
    const world = new World(io, instances.url, instances.network);
    try {
      await run(world);
    } finally {
      world.close();
      await instances.stop();
    }
  });
});

it("goes on for each client while Redis is away, and for all when it is back", async () => {
  const failing = await Redis.start();
  const [one, two] = await Promise.all([startInstance(failing), startInstance(failing)]);
  const proxy = await CutProxy.start(one.port);
  const world = new World(io, `http://127.0.0.1:${two.port}`, networkThrough(proxy));
  try {
    const [member, sender] = [await world.reached({ transports: ["websocket"] }), await world.connected()];
    const room = unique("room");
    await ask(member, "join", room);
    const heard = collect(member, "news");
    await failing.kill();
    const alone = collect(member, "message-back");
    member.emit("message", "alone");
    expect(await ask(member, "message-with-ack", 1)).toEqual([1]);
    expect(alone).toEqual(["alone"]);
    await ask(member, "join", unique("another"));
    await ask(sender, "to-room", room, "news", "lost");
    const fresh = await world.connected({ auth: { pid: "A".repeat(20), offset: "0-1" } });
    expect(fresh.recovered).toBe(false);
    await failing.restart();
    let sent = 0;
    await eventually(() => {
      sender.emit("to-room", room, "news", ++sent);
      return heard.length > 5;
    }, "heard again");
    expect(heard).toEqual(count(heard.length).map((i) => i + (heard[0] as number)));
  } finally {
    world.close();
    proxy.close();
    expect(await Promise.all([one.stop(), two.stop()])).toEqual([0, 0]);
    await failing.stop();
  }
});
