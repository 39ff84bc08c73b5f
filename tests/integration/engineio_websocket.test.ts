// Engine.IO protocol, revision 4, over WebSocket and on the way there, held against its authors' server too.
import { Socket } from "engine.io-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  EngineioRequests,
  type EngineioEndpoint,
  type EngineioSocket,
  engineioTargets,
  separator,
  sleep,
} from "../support/engineio";

describe.each(engineioTargets)("$name", ({ isPulso, start }) => {
  let endpoint: EngineioEndpoint;
  let http: EngineioRequests;
  beforeAll(async () => {
    endpoint = await start();
    http = new EngineioRequests(endpoint.port);
  });
  afterAll(async () => {
    await endpoint?.stop();
  });

  /** A session over WebSocket from its beginning, its handshake taken. */
  async function open(): Promise<EngineioSocket> {
    const socket = http.socket("EIO=4&transport=websocket");
    await socket.next();
    return socket;
  }

  /** A WebSocket beside the polling session `sid`, probed. */
  async function probe(sid: string): Promise<EngineioSocket> {
    const socket = http.socket(`EIO=4&transport=websocket&sid=${sid}`);
    await socket.opened;
    socket.send("2probe");
    expect(await socket.next()).toBe("3probe");
    return socket;
  }

  async function expectEcho(socket: EngineioSocket, packet: string | Buffer): Promise<void> {
    socket.send(packet);
    const answer = await socket.next();
    expect(typeof answer).toBe(typeof packet);
    expect(Buffer.from(answer).equals(Buffer.from(packet))).toBe(true);
  }

  describe("a session that begins with WebSocket", () => {
    it("opens", async () => {
      const socket = http.socket("EIO=4&transport=websocket");
      const first = await socket.next();
      expect(first).toMatch(/^0\{/);
      const handshake = JSON.parse(String(first).slice(1));
      expect(Object.keys(handshake)).toEqual(["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"]);
      expect(handshake).toMatchObject({ upgrades: [], pingInterval: 300, pingTimeout: 200, maxPayload: 1_000_000 });
      socket.close();
    });

    it.each([
      "transport=websocket",
      "EIO=abc&transport=websocket",
      "EIO=3&transport=websocket",
      "EIO=4",
      "EIO=4&transport=abc",
      "EIO=4&transport=websocket&sid=AAAAAAAAAAAAAAAAAAAA",
    ])("is refused for %s", async (query) => {
      const socket = http.socket(query);
      // The authors' server only cuts some of them.
      expect(isPulso ? [400] : [400, 1006]).toContain(await socket.ended);
    });

    it("carries text and bytes both ways", async () => {
      const socket = await open();
      await expectEcho(socket, "4hello");
      await expectEcho(socket, Buffer.from([1, 2, 3, 4]));
      await expectEcho(socket, "4");
      await expectEcho(socket, `4no${separator}payload`);
      await expectEcho(socket, `4${"x".repeat(999_999)}`);
      await expectEcho(socket, Buffer.alloc(1_000_000, 0xfe));
      socket.close();
    });

    it("takes bytes as base64", async () => {
      const socket = await open();
      socket.send("bAQIDBA==");
      expect(await socket.next()).toEqual(Buffer.from([1, 2, 3, 4]));
      socket.close();
    });

    it.each(["abc", "", "7", "2"])("ends at the packet '%s'", async (packet) => {
      const socket = await open();
      socket.send(packet);
      await socket.ended;
    });

    it("ends at a message past maxPayload", async () => {
      const socket = await open();
      socket.send(`4${"x".repeat(1_000_000)}`);
      expect(await socket.ended).toBe(1009);
    });

    it("ends without pongs", async () => {
      const socket = await open();
      socket.answersPings = false;
      expect(await socket.next()).toBe("2");
      await socket.ended;
    });

    it("goes on with pongs", async () => {
      const socket = await open();
      await sleep(1500);
      await expectEcho(socket, "4still here");
      socket.close();
    });

    it.runIf(isPulso)("ends when the client says so", async () => {
      const socket = await open();
      socket.send("1");
      await socket.ended;
    });

    it.runIf(isPulso)("deflates what is long for clients that agree", async () => {
      const socket = http.socket("EIO=4&transport=websocket", { perMessageDeflate: true });
      await socket.next();
      expect(socket.peer.extensions).toContain("permessage-deflate");
      const read = (): number => (socket.peer as unknown as { _socket: { bytesRead: number } })._socket.bytesRead;
      const before = read();
      await expectEcho(socket, `4${"long ".repeat(10_000)}`);
      expect(read() - before).toBeLessThan(2000);
      await expectEcho(socket, "4short");
      socket.close();
    });
  });

  describe("an upgrade", () => {
    it("goes through", async () => {
      const sid = await http.open();
      const socket = await probe(sid);
      const polled = await http.poll(sid);
      expect(polled.status).toBe(200);
      expect(await polled.text()).toBe("6");
      socket.send("5");
      await expectEcho(socket, "4hello");
      await expectEcho(socket, Buffer.from([1, 2, 3]));
      socket.close();
    });

    it("lets a poll that waits go", async () => {
      const sid = await http.open();
      const waiting = http.polled(sid);
      await sleep(20);
      const socket = await probe(sid);
      expect(await waiting).toMatch(/^[26]$/); // a ping may have been quicker
      socket.send("5");
      await expectEcho(socket, "4hello");
      socket.close();
    });

    it("loses and doubles nothing, and keeps the order", async () => {
      const sid = await http.open();
      const packets = Array.from({ length: 60 }, (_, i) => `4${i}`);
      await http.post(sid, packets.slice(0, 20).join(separator));
      const socket = await probe(sid);
      await http.post(sid, packets.slice(20, 40).join(separator));
      socket.send("5");
      for (const packet of packets.slice(40)) socket.send(packet);
      const received: Array<string | Buffer> = [];
      while (received.length < packets.length) received.push(await socket.next());
      expect(received).toEqual(packets);
      socket.close();
    });

    it("ends polling", async () => {
      const sid = await http.open();
      const socket = await probe(sid);
      socket.send("5");
      await expectEcho(socket, "4a");
      const polled = await http.poll(sid);
      expect(polled.status).toBe(400);
      expect(await polled.json()).toEqual({ code: 3, message: "Bad request" });
      expect(await http.statusOf(http.post(sid, "4x"))).toBe(400);
      await expectEcho(socket, "4b");
      socket.close();
    });

    it("happens once", async () => {
      const sid = await http.open();
      const socket = await probe(sid);
      const during = http.socket(`EIO=4&transport=websocket&sid=${sid}`);
      await during.ended;
      socket.send("5");
      await expectEcho(socket, "4a");
      const after = http.socket(`EIO=4&transport=websocket&sid=${sid}`);
      await after.ended;
      await expectEcho(socket, "4b");
      socket.close();
    });

    it.each(["4hello", "3probe", "2", "x"])(
      "that begins with '%s' is no more than a lost WebSocket",
      async (packet) => {
        const sid = await http.open();
        const socket = http.socket(`EIO=4&transport=websocket&sid=${sid}`);
        await socket.opened;
        socket.send(packet);
        await socket.ended;
        await http.post(sid, "4still polling");
        expect(await http.messages(sid, 1)).toEqual(["4still polling"]);
      },
    );

    it("that breaks off leaves the session polling", async () => {
      const sid = await http.open();
      const socket = await probe(sid);
      socket.peer.terminate();
      await sleep(50);
      await http.post(sid, "4still polling");
      expect(await http.messages(sid, 1)).toEqual(["4still polling"]);
    });
  });

  it("serves the authors' own client through its upgrade", async () => {
    const count = 100;
    const talk = async (): Promise<void> => {
      const socket = new Socket(`http://127.0.0.1:${endpoint.port}`, { path: "/engine.io/" });
      const received: string[] = [];
      await new Promise<void>((resolve, reject) => {
        let sent = 0;
        // Some leave over polling, some while the transport changes, some after it.
        const timer = setInterval(() => {
          for (let i = 0; i < 10 && sent < count; ++i) socket.send(`message ${sent++}`);
          if (sent === count) clearInterval(timer);
        }, 3);
        socket.on("message", (data: string) => {
          received.push(data);
          if (received.length === count) resolve();
        });
        socket.on("close", (reason: string) => reject(new Error(reason)));
      });
      expect(received).toEqual(Array.from({ length: count }, (_, i) => `message ${i}`));
      expect(socket.transport.name).toBe("websocket");
      socket.close();
    };
    await Promise.all(Array.from({ length: 6 }, talk));
  });
});
