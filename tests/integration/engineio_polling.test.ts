// Engine.IO protocol, revision 4, over HTTP long-polling, held against the server of the protocol's authors too.
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { EngineioRequests, type EngineioEndpoint, engineioTargets, separator, sleep } from "../support/engineio";
import { RawConnection } from "../support/raw_connection";

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

  describe("handshake", () => {
    it("opens a session", async () => {
      const answer = await fetch(http.url("EIO=4&transport=polling"));
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toBe("text/plain; charset=UTF-8");
      expect(answer.headers.get("cache-control")).toBe("no-store");
      const text = await answer.text();
      expect(text.startsWith("0{")).toBe(true);
      const handshake = JSON.parse(text.slice(1));
      expect(Object.keys(handshake)).toEqual(["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"]);
      expect(handshake).toMatchObject({
        sid: expect.stringMatching(/^[\w-]{20}$/),
        upgrades: ["websocket"],
        pingInterval: 300,
        pingTimeout: 200,
        maxPayload: 1_000_000,
      });
    });

    const refusals: Array<[method: string, query: string, code: number, message: string]> = [
      ["GET", "EIO=4", 0, "Transport unknown"],
      ["GET", "EIO=4&transport=abc", 0, "Transport unknown"],
      ["GET", "EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA", 1, "Session ID unknown"],
      ["POST", "EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA", 1, "Session ID unknown"],
      ["POST", "EIO=4&transport=polling", 2, "Bad handshake method"],
      ["PUT", "EIO=4&transport=polling", 2, "Bad handshake method"],
      ["PATCH", "EIO=4&transport=polling", 2, "Bad handshake method"],
      ["DELETE", "EIO=4&transport=polling", 2, "Bad handshake method"],
      ["GET", "EIO=4&transport=websocket", 3, "Bad request"],
      ["GET", "transport=polling", 5, "Unsupported protocol version"],
      ["GET", "EIO=abc&transport=polling", 5, "Unsupported protocol version"],
      ["GET", "EIO=3&transport=polling", 5, "Unsupported protocol version"],
    ];
    it.each(refusals)("%s %s is refused with %i", async (method, query, code, message) => {
      const answer = await fetch(http.url(query), { method, ...(method === "POST" && { body: "" }) });
      expect(answer.status).toBe(400);
      expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
      expect(await answer.json()).toEqual({ code, message });
    });

    it("lets pages of other origins in", async () => {
      const origin = "https://shop.example";
      const ask = { origin, "access-control-request-method": "POST", "access-control-request-headers": "x-token" };
      const preflight = await fetch(http.url("EIO=4&transport=polling"), { method: "OPTIONS", headers: ask });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get("access-control-allow-methods")).toContain("POST");
      expect(preflight.headers.get("access-control-allow-headers")).toBe("x-token");
      const answer = await fetch(http.url("EIO=4&transport=polling"), { headers: { origin } });
      for (const { headers } of [preflight, answer]) {
        expect(headers.get("access-control-allow-origin")).toBe(origin);
        expect(headers.get("access-control-allow-credentials")).toBe("true");
      }
    });

    it.runIf(isPulso)("also answers without the slash at the end", async () => {
      expect((await fetch(http.url("EIO=4&transport=polling").replace("/?", "?"))).status).toBe(200);
    });
  });

  describe("messages", () => {
    it.each([
      ["one", "4hello"],
      ["several", ["4test1", "4test2", "4test3"].join(separator)],
      ["text and bytes", ["4hello", "bAQIDBA=="].join(separator)],
      ["text beyond ASCII", ["4€", "4ñandú 🪶", '4["a\\u001e"]'].join(separator)],
      ["an empty one", "4"],
    ])("%s in a payload", async (_name, payload) => {
      const sid = await http.open();
      const posted = await http.post(sid, payload);
      expect(posted.status).toBe(200);
      expect(await posted.text()).toBe("ok");
      const polled = await http.poll(sid);
      expect(polled.status).toBe(200);
      expect(polled.headers.get("content-type")).toBe("text/plain; charset=UTF-8");
      expect(polled.headers.get("cache-control")).toBe("no-store");
      expect(await polled.text()).toBe(payload);
    });

    it("wake a poll that waits", async () => {
      const sid = await http.open();
      const waiting = http.polled(sid);
      await sleep(20);
      await http.post(sid, "4hello");
      expect(await waiting).toBe("4hello");
    });

    it("are as long as maxPayload at most", async () => {
      const sid = await http.open();
      const longest = `4${"x".repeat(999_999)}`;
      expect((await http.post(sid, longest)).status).toBe(200);
      expect(await http.messages(sid, 1)).toEqual([longest]);
      expect([413, "cut"]).toContain(await http.statusOf(http.post(sid, `${longest}x`)));
      if (isPulso) expect(await http.statusOf(http.poll(sid))).toBe(400);
    });

    it("are compressed when they are long and the client can read it", async () => {
      const sid = await http.open();
      const long = `4${"abc".repeat(1000)}`;
      for (const [packet, accepts, expected] of [
        [long, "gzip", "gzip"],
        [long, "deflate", "deflate"],
        [long, "identity", null],
        ["4short", "gzip", null],
      ] as const) {
        await http.post(sid, packet);
        const answer = await http.poll(sid, { headers: { "accept-encoding": accepts } });
        expect(answer.headers.get("content-encoding")).toBe(expected);
        expect((await answer.text()).split(separator)[0]).toBe(packet);
      }
    });

    const broken: Array<[string, string]> = [
      ["no packet", "abc"],
      ["an empty body", ""],
      ["an empty packet", `4a${separator}`],
      ["an unknown type", "7"],
    ];
    it.each(broken)("%s closes the session", async (_name, body) => {
      const sid = await http.open();
      expect([400, "cut", ...(isPulso ? [] : [200])]).toContain(await http.statusOf(http.post(sid, body)));
      expect(await http.statusOf(http.poll(sid))).toBe(400);
    });

    it.runIf(isPulso).each([
      ["bytes that are no base64", "bAQID!"],
      ["bytes without padding", "bAQIDBA"],
    ])("%s close the session", async (_name, body) => {
      const sid = await http.open();
      expect(await http.statusOf(http.post(sid, body))).toBe(400);
      expect(await http.statusOf(http.poll(sid))).toBe(400);
    });

    it("bytes as such close the session", async () => {
      const sid = await http.open();
      const posted = http.post(sid, "4a", { "content-type": "application/octet-stream" });
      expect([400, "cut"]).toContain(await http.statusOf(posted));
      expect(await http.statusOf(http.poll(sid))).toBe(400);
    });

    it("other methods change nothing", async () => {
      const sid = await http.open();
      const put = await fetch(http.url(`EIO=4&transport=polling&sid=${sid}`), { method: "PUT", body: "4a" });
      expect(put.status).toBe(isPulso ? 400 : 500);
      await http.post(sid, "4b");
      expect(await http.messages(sid, 1)).toEqual(["4b"]);
    });
  });

  describe("one request of a kind at a time", () => {
    it("closes the session upon a second poll", async () => {
      const sid = await http.open();
      const first = http.poll(sid);
      await sleep(20);
      expect((await http.poll(sid)).status).toBe(400);
      const answer = await first;
      expect(answer.status).toBe(200);
      expect(await answer.text()).toBe("1");
      expect(await http.statusOf(http.poll(sid))).toBe(400);
    });

    it("closes the session upon a second body", async () => {
      const sid = await http.open();
      const slow = await RawConnection.open(endpoint.port);
      slow.write(
        `POST /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n4slow`,
      );
      await sleep(50);
      expect(await http.statusOf(http.post(sid, "4fast"))).toBe(400);
      expect(await http.statusOf(http.poll(sid))).toBe(400);
      slow.destroy();
    });

    it("closes the session when a poll is given up", async () => {
      const sid = await http.open();
      const cancel = new AbortController();
      const poll = http.statusOf(http.poll(sid, { signal: cancel.signal }));
      await sleep(20);
      cancel.abort();
      expect(await poll).toBe("cut");
      await sleep(20);
      expect(await http.statusOf(http.poll(sid))).toBe(400);
    });

    it("closes the session when a body is cut", async () => {
      const sid = await http.open();
      const cut = await RawConnection.open(endpoint.port);
      cut.write(
        `POST /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n4cut`,
      );
      await sleep(20);
      cut.destroy();
      await sleep(20);
      expect(await http.statusOf(http.poll(sid))).toBe(400);
    });
  });

  describe("heartbeat", () => {
    it("goes on while pongs come", async () => {
      const sid = await http.open();
      for (let i = 0; i < 3; ++i) {
        const polled = await http.poll(sid);
        expect(polled.status).toBe(200);
        expect(await polled.text()).toBe("2");
        expect((await http.post(sid, "3")).status).toBe(200);
      }
    });

    it("ends a session without pongs", async () => {
      const sid = await http.open();
      expect(await http.polled(sid)).toBe("2");
      expect(await http.polled(sid)).toBe("1");
      expect(await http.statusOf(http.poll(sid))).toBe(400);
    });

    it("ends a session that says nothing", async () => {
      const sid = await http.open();
      await sleep(520);
      expect(await http.statusOf(http.poll(sid))).toBe(400);
    });

    it("is the server's: a client's ping closes the session", async () => {
      const sid = await http.open();
      await http.statusOf(http.post(sid, "2"));
      expect(await http.statusOf(http.poll(sid))).toBe(400);
    });
  });

  it("closes when the client says so, and lets its poll go", async () => {
    const sid = await http.open();
    const waiting = http.poll(sid);
    await sleep(20);
    await http.statusOf(http.post(sid, "1"));
    const answer = await waiting;
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe("6");
    expect(await http.statusOf(http.poll(sid))).toBe(400);
  });
});
