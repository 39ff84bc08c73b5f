// What no Engine.IO client sends, from clients that know the protocol: the server stays, and lets others be served.
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { EngineioRequests, type EngineioEndpoint, engineioTargets, separator } from "../support/engineio";
import { Random } from "../support/random";
import { RawConnection } from "../support/raw_connection";
import { frame, opcode } from "../support/websocket_frames";

const rounds = 150;

describe.each(engineioTargets.filter(({ isPulso }) => isPulso))("$name", ({ start }) => {
  let endpoint: EngineioEndpoint;
  let http: EngineioRequests;
  beforeAll(async () => {
    endpoint = await start();
    http = new EngineioRequests(endpoint.port);
  });
  afterAll(async () => {
    await endpoint?.stop();
  });

  async function expectService(): Promise<void> {
    const sid = await http.open();
    await http.post(sid, "4served");
    expect(await http.messages(sid, 1)).toEqual(["4served"]);
    const socket = http.socket("EIO=4&transport=websocket");
    await socket.next();
    socket.send("4served");
    expect(await socket.next()).toBe("4served");
    socket.close();
    await socket.ended;
  }

  function packet(random: Random): string {
    const data = random.one(["", "probe", "x", "{}", '{"sid":"x"}', random.bytes(20).toString("latin1")]);
    return `${random.one(["0", "1", "2", "3", "4", "5", "6", "7", "b", "-", "", "\0"])}${data}`;
  }

  /** A session of any kind, at any point of its life. */
  async function victim(random: Random): Promise<string> {
    const sid = await http.open();
    if (random.chance(30)) await http.statusOf(http.post(sid, random.one(["4a", "1", "x", "3"])));
    return sid;
  }

  it("bodies of strange packets", async () => {
    for (let seed = 0; seed < rounds; ++seed) {
      const random = new Random(seed);
      const sid = await victim(random);
      const body = Array.from({ length: random.between(1, 6) }, () => packet(random)).join(separator);
      expect([200, 400]).toContain(await http.statusOf(http.post(sid, body)));
    }
    await expectService();
  });

  it("a body of nothing but separators, and one of empty messages", async () => {
    expect(await http.statusOf(http.post(await http.open(), separator.repeat(1_000_000)))).toBe(400);
    expect(await http.statusOf(http.post(await http.open(), `4${separator}`.repeat(499_999) + "4"))).toBe(200);
    await expectService();
  });

  it("upgrades that jump and collide", async () => {
    for (let seed = 0; seed < rounds; ++seed) {
      const random = new Random(seed);
      const sid = await victim(random);
      const poll = random.chance(50) ? http.statusOf(http.poll(sid)) : undefined;
      const sockets = await Promise.all(
        Array.from({ length: random.between(1, 3) }, () =>
          RawConnection.openWebSocket(endpoint.port, `/engine.io/?EIO=4&transport=websocket&sid=${sid}`).catch(
            () => undefined,
          ),
        ),
      );
      for (let steps = random.between(1, 6); steps > 0; --steps) {
        const socket = random.one(sockets);
        const step = random.below(6);
        if (step === 0) void http.statusOf(http.post(sid, random.one(["4a", "1", "5", "2probe", "x"])));
        else if (step === 1) socket?.destroy();
        else
          socket?.write(
            frame({
              opcode: random.one([opcode.text, opcode.text, opcode.binary, opcode.close, opcode.ping]),
              payload: random.one(["2probe", "2probe", "5", "4a", "3", "1", "", "x"]),
            }),
          );
      }
      for (const socket of sockets) socket?.destroy();
      await poll;
    }
    await expectService();
  });

  it("polls that go as they come", async () => {
    const sid = await http.open();
    const polls = Array.from({ length: rounds }, async (_, i) => {
      const connection = await RawConnection.open(endpoint.port);
      connection.write(`GET /engine.io/?EIO=4&transport=polling&sid=${sid}&t=${i} HTTP/1.1\r\nHost: a\r\n\r\n`);
      connection.destroy();
    });
    await Promise.all(polls);
    expect([200, 400]).toContain(await http.statusOf(http.poll(sid)));
    await expectService();
  });

  it("a poll with the next requests behind it", async () => {
    const sid = await http.open();
    const connection = await RawConnection.open(endpoint.port);
    const request = `GET /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: a\r\n\r\n`;
    connection.write(request + request);
    await http.post(sid, "4first");
    expect((await connection.answer()).body.toString()).toBe("4first");
    await http.post(sid, "4second");
    expect((await connection.answer()).body.toString()).toMatch(/4second|2/);
    connection.destroy();
  });

  it("query strings out of the ordinary", async () => {
    for (const query of [
      "EIO=4&transport=polling&transport=websocket&sid=",
      "EIO=4&transport=polling&sid=__proto__",
      "EIO=4&transport=polling&sid=%00",
      `EIO=4&transport=polling&sid=${"x".repeat(5000)}`,
      "EIO=4&EIO=3&transport=websocket&sid[]=x",
      "EIO[]=4&transport[]=polling",
      "&&&=&",
    ]) {
      expect([200, 400]).toContain(await http.statusOf(fetch(http.url(query))));
    }
    await expectService();
  });
});
