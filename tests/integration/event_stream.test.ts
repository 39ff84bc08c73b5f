// Event streams (HTML Living Standard §9.2) as `pulso_echo --sse` gives them.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EventSource } from "eventsource";

import { CutProxy } from "../support/cut_proxy";
import { Echo } from "../support/echo";
import { EventStreamClient } from "../support/event_stream";
import { eventually } from "../support/processes";
import { RawConnection } from "../support/raw_connection";

describe.each([1, 3])("on %i loops", (shards) => {
  let server: Echo;
  beforeAll(async () => {
    server = await Echo.start(["--sse", "--shards", String(shards)]);
  });
  afterAll(async () => {
    expect(await server?.stop()).toBe(0);
  });

  let topicCount = 0;
  const newTopic = (): string => `topic-${++topicCount}`;
  const url = (topic: string, action = "", port = server.port): string =>
    `http://127.0.0.1:${port}/sse${action}?topic=${topic}`;
  const open = (topic: string, headers: Record<string, string> = {}): Promise<EventStreamClient> =>
    EventStreamClient.open(url(topic), headers);
  const post = (topic: string, body: unknown, action = ""): Promise<Response> =>
    fetch(url(topic, action), { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) });
  const publish = async (topic: string, body: object): Promise<{ id: string; clients: number }> =>
    (await (await post(topic, body)).json()) as { id: string; clients: number };
  const clients = async (topic: string): Promise<number> =>
    ((await (await fetch(url(topic, "/stats"))).json()) as { clients: number }).clients;

  describe("a stream", () => {
    it("is announced as what nobody may cache, change or hold back", async () => {
      const client = await open(newTopic());
      expect(client.status).toBe(200);
      expect(client.headers).toMatchObject({
        "content-type": "text/event-stream",
        "cache-control": "no-cache, no-transform",
        "x-accel-buffering": "no",
        connection: "close",
      });
      expect(client.headers).not.toHaveProperty("content-length");
      client.close();
    });

    it("says how long to wait before its first event, and something each second", async () => {
      const topic = newTopic();
      const client = await open(topic);
      await publish(topic, { data: "a" });
      await client.next();
      expect(client.retry).toBe(300);
      await eventually(() => client.comments >= 2);
      client.close();
    });

    it("carries events in order, numbered from 1", async () => {
      const topic = newTopic();
      const client = await open(topic);
      await eventually(async () => (await clients(topic)) === 1);
      expect(await publish(topic, { data: "one" })).toEqual({ id: "1", clients: 1 });
      expect(await publish(topic, { data: "two", event: "update" })).toEqual({ id: "2", clients: 1 });
      expect(await publish(topic, { data: { a: [1.5, "é"] }, id: "own" })).toEqual({ id: "own", clients: 1 });
      expect(await publish(topic, { data: "" })).toEqual({ id: "4", clients: 1 });
      expect(await client.take(4)).toEqual([
        { id: "1", type: "message", data: "one" },
        { id: "2", type: "update", data: "two" },
        { id: "own", type: "message", data: '{"a":[1.5,"é"]}' },
        { id: "4", type: "message", data: "" },
      ]);
      client.close();
    });

    it.each([
      ["a\nb", "a\nb"],
      ["a\r\nb\rc", "a\nb\nc"],
      ["\n", "\n"],
      [" leading", " leading"],
      ["id: 9\nretry: 1\n\n:x", "id: 9\nretry: 1\n\n:x"],
      ["\uFEFFé🎫", "\uFEFFé🎫"],
      ["x".repeat(300_000), "x".repeat(300_000)],
    ])("carries data with whatever is in it (case %#)", async (data, arrives) => {
      const topic = newTopic();
      const client = await open(topic);
      await publish(topic, { data });
      expect((await client.next()).data).toBe(arrives);
      expect(client.retry).toBe(300);
      client.close();
    });

    it("has the events of its own topic only", async () => {
      const [one, other] = [newTopic(), newTopic()];
      const [client, neighbour] = [await open(one), await open(other)];
      await publish(other, { data: "theirs" });
      await publish(one, { data: "ours" });
      expect((await client.next()).data).toBe("ours");
      expect((await neighbour.next()).data).toBe("theirs");
      client.close();
      neighbour.close();
    });

    it("is forgotten when its client goes", async () => {
      const topic = newTopic();
      const gone = await Promise.all(Array.from({ length: 5 }, () => open(topic)));
      const stays = await open(topic);
      await eventually(async () => (await clients(topic)) === 6);
      for (const client of gone) client.close();
      await eventually(async () => (await clients(topic)) === 1);
      await publish(topic, { data: "still" });
      expect((await stays.next()).data).toBe("still");
      stays.close();
    });

    it("has a head without a body when only that is asked for", async () => {
      const topic = newTopic();
      const answer = await fetch(url(topic), { method: "HEAD" });
      expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([
        200,
        "text/event-stream",
        "",
      ]);
      expect(await clients(topic)).toBe(0);
    });

    it("goes on until the connection ends for HTTP/1.0 too", async () => {
      const topic = newTopic();
      const connection = await RawConnection.open(server.port);
      connection.write(`GET /sse?topic=${topic} HTTP/1.0\r\n\r\n`);
      expect((await connection.head()).headers).not.toHaveProperty("transfer-encoding");
      await publish(topic, { data: "a" });
      const expected = "retry: 300\n\nid: 1\ndata: a\n\n";
      expect(String(await connection.bytes(expected.length))).toBe(expected);
      connection.destroy();
    });
  });

  describe("Last-Event-ID", () => {
    it("brings what came behind it, then what comes", async () => {
      const topic = newTopic();
      for (const data of ["a", "b", "c"]) await publish(topic, { data });
      const client = await open(topic, { "Last-Event-ID": "1" });
      expect((await client.take(2)).map(({ data }) => data)).toEqual(["b", "c"]);
      await publish(topic, { data: "d" });
      expect((await client.next()).data).toBe("d");
      client.close();
    });

    it("is not needed: who does not send it gets what comes", async () => {
      const topic = newTopic();
      await publish(topic, { data: "before" });
      const client = await open(topic);
      await publish(topic, { data: "behind" });
      expect((await client.next()).data).toBe("behind");
      client.close();
    });

    it.each(["2", "own id", "5"])("may be any id that was seen (%s)", async (seen) => {
      const topic = newTopic();
      for (let i = 1; i <= 5; ++i) await publish(topic, { data: String(i), ...(i === 3 && { id: "own id" }) });
      const client = await open(topic, { "Last-Event-ID": seen });
      await publish(topic, { data: "6" });
      const from = seen === "own id" ? 3 : Number(seen);
      const missed = Array.from({ length: 6 - from }, (_, i) => String(from + i + 1));
      expect((await client.take(missed.length)).map(({ data }) => data)).toEqual(missed);
      client.close();
    });

    it("that is too old brings all that is kept", async () => {
      const topic = newTopic();
      for (let i = 1; i <= 1_010; ++i) await publish(topic, { data: "x".repeat(500) });
      const client = await open(topic, { "Last-Event-ID": "3" });
      const ids = (await client.take(1_000)).map(({ id }) => Number(id));
      expect(ids).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 11));
      client.close();
    });

    it("replays more than a socket takes at once, while new events come", async () => {
      const topic = newTopic();
      const data = "x".repeat(20_000);
      for (let i = 0; i < 500; ++i) await publish(topic, { data });
      const client = await open(topic, { "Last-Event-ID": "0" });
      for (let i = 0; i < 100; ++i) await publish(topic, { data });
      const ids = (await client.take(600)).map(({ id }) => Number(id));
      expect(ids).toEqual(Array.from({ length: 600 }, (_, i) => i + 1));
      client.close();
    });
  });

  describe("a compressed stream", () => {
    it.each(["gzip", "deflate"])("has each event at once, and a right end (%s)", async (coding) => {
      const topic = newTopic();
      const [client, plain] = [await open(topic, { "Accept-Encoding": coding }), await open(topic)];
      expect(client.headers).toMatchObject({ "content-encoding": coding, vary: "Accept-Encoding" });
      expect(plain.headers).not.toHaveProperty("content-encoding");
      for (const data of ["a", "b".repeat(100_000), "c\nd"]) {
        await publish(topic, { data });
        expect((await client.next()).data).toBe(data);
        expect((await plain.next()).data).toBe(data);
      }
      await post(topic, "", "/close");
      expect(await client.ended).toBe("whole");
      expect(await plain.ended).toBe("whole");
    });

    it("can begin with a replay of what was published before anybody asked", async () => {
      const topic = newTopic();
      await publish(topic, { data: "old" });
      const client = await open(topic, { "Accept-Encoding": "gzip", "Last-Event-ID": "0" });
      expect((await client.next()).data).toBe("old");
      client.close();
    });
  });

  describe("the server's end", () => {
    it("sends clients away; they come back with what they missed", async () => {
      const topic = newTopic();
      const source = new EventSource(url(topic));
      const received: string[] = [];
      source.onmessage = ({ data }: { data: string }) => received.push(data);
      await eventually(async () => (await clients(topic)) === 1);
      await publish(topic, { data: "1" });
      await eventually(() => received.length === 1);
      expect(await (await post(topic, "", "/close")).json()).toEqual({ clients: 1 });
      await publish(topic, { data: "2" });
      await eventually(async () => (await clients(topic)) === 1);
      await publish(topic, { data: "3" });
      await eventually(() => received.length === 3);
      expect(received).toEqual(["1", "2", "3"]);
      source.close();
    });

    it("can be for good: clients are told with 204 and give up", async () => {
      const topic = newTopic();
      const source = new EventSource(url(topic));
      await eventually(async () => (await clients(topic)) === 1);
      await post(topic, "", "/end");
      await eventually(() => source.readyState === EventSource.CLOSED);
      expect((await fetch(url(topic))).status).toBe(204);
      source.close();
    });
  });

  it("loses and doubles nothing for a client whose connection is cut at random", async () => {
    const topic = newTopic();
    const proxy = await CutProxy.start(server.port);
    const source = new EventSource(url(topic, "", proxy.port));
    const received: number[] = [];
    source.onmessage = ({ data }: { data: string }) => received.push(Number(data));
    await eventually(async () => (await clients(topic)) === 1);
    const count = 800; // what is kept bounds how long a client may be away
    for (let i = 1; i <= count; ++i) {
      await publish(topic, { data: i });
      if (i % 97 === 0) {
        await eventually(() => received.length > 0);
        proxy.cut();
      }
    }
    await eventually(() => received.length >= count);
    expect(received).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    source.close();
    proxy.close();
  });

  describe("bad input", () => {
    it.each([
      ["no JSON", "{"],
      ["no object", "[]"],
      ["no data", "{}"],
      ["a line break in the type", { data: "a", event: "x\ny" }],
      ["a carriage return in the type", { data: "a", event: "x\ry" }],
      ["a NUL in the type", { data: "a", event: "x\0y" }],
      ["a line break in the id", { data: "a", id: "x\n\ndata: y" }],
      ["a NUL in the id", { data: "a", id: "\0" }],
    ])("is refused and changes nothing: %s", async (_, body) => {
      const topic = newTopic();
      const client = await open(topic);
      const answer = await post(topic, body);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ success: false, code: "bad_request" });
      expect(await publish(topic, { data: "next" })).toMatchObject({ id: "1" });
      expect(await client.next()).toEqual({ id: "1", type: "message", data: "next" });
      client.close();
    });

    it("is refused: no topic, or a long one", async () => {
      for (const query of ["", "?topic=", `?topic=${"x".repeat(257)}`]) {
        expect((await fetch(`http://127.0.0.1:${server.port}/sse${query}`)).status).toBe(400);
      }
    });

    it("is refused: too long a body", async () => {
      const topic = newTopic();
      expect((await post(topic, { data: "x".repeat(1024 * 1024) })).status).toBe(413);
      expect(await publish(topic, { data: "a" })).toMatchObject({ id: "1" });
    });

    it("on a stream is dropped, and a client that goes on with it too", async () => {
      const topic = newTopic();
      const client = await open(topic);
      const rude = await RawConnection.open(server.port);
      rude.write(`GET /sse?topic=${topic} HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\n`);
      await rude.head();
      await eventually(async () => (await clients(topic)) === 2);
      rude.write("x".repeat(100_000));
      await eventually(async () => (await clients(topic)) === 1);
      await publish(topic, { data: "a" });
      expect((await client.next()).data).toBe("a");
      client.close();
      rude.destroy();
    });

    it("a client that does not read is cut, and others get everything", async () => {
      const topic = newTopic();
      const client = await open(topic);
      const deaf = await RawConnection.open(server.port);
      deaf.socket.pause();
      deaf.write(`GET /sse?topic=${topic} HTTP/1.1\r\nHost: a\r\n\r\n`);
      await eventually(async () => (await clients(topic)) === 2);
      const data = "x".repeat(50_000);
      let published = 0;
      for (let left = 2; left === 2 && published < 2_000; ++published) left = (await publish(topic, { data })).clients;
      expect(published).toBeLessThan(2_000);
      const ids = (await client.take(published)).map(({ id }) => Number(id));
      expect(ids).toEqual(Array.from({ length: published }, (_, i) => i + 1));
      client.close();
      deaf.destroy();
    });
  });
});
