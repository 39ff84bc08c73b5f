// HTTP/2 over TLS, by Node's own client and by bytes of our own.
import type { ClientHttp2Session } from "node:http2";
import { constants } from "node:http2";
import { connect as connectTls } from "node:tls";
import { createGunzip } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import {
  type Http2Answer,
  askHttp2,
  connectHttp2,
  frame,
  frameType,
  getFrame,
  goaways,
  headOf,
  hello,
  preface,
  rawHttp2,
} from "../support/http2";
import { eventually, temporaryFolder } from "../support/processes";
import { Pulso } from "../support/pulso";
import { makeCertificate } from "../support/tls";
import { userToken } from "../support/tokens";
import { wavFile } from "../support/audio";

const folder = temporaryFolder();
let server: Pulso;
let files: { certificate: string; key: string };
const start = (env: Record<string, string> = {}, demo = false): Promise<Pulso> =>
  Pulso.start({ args: ["--tls-cert", files.certificate, "--tls-key", files.key], env, demo });
beforeAll(async () => {
  files = makeCertificate(folder.path, "pulso");
  server = await start({ CLIENT_URL: "https://shop.example" });
});
afterAll(async () => {
  await server?.stop();
  folder.remove();
});

const open: ClientHttp2Session[] = [];
const connect = async (at = server, settings: object = {}): Promise<ClientHttp2Session> => {
  const session = await connectHttp2(at.port, { settings });
  open.push(session);
  return session;
};
afterEach(() => {
  for (const session of open.splice(0)) session.destroy();
});
const bearer = (more: object = {}): Record<string, string> => ({
  authorization: `Bearer ${userToken({ sub: "u", account_id: 1, scope: "events:write tracks:write", ...more })}`,
});
const json = ({ body }: Http2Answer): Record<string, unknown> => JSON.parse(body.toString()) as Record<string, unknown>;

describe("requests", () => {
  it("are answered as over HTTP/1.1, many on one connection", async () => {
    const session = await connect();
    const health = await askHttp2(session, { ":path": "/health" });
    expect(health.status).toBe(200);
    expect(json(health)).toMatchObject({ status: "healthy" });
    expect(health.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "content-length": String(health.body.length),
      "x-content-type-options": "nosniff",
    });
    for (const name of ["connection", "transfer-encoding", "keep-alive"])
      expect(health.headers).not.toHaveProperty(name);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => askHttp2(session, { ":path": "/health", "x-request-id": `r${i}` })),
    );
    expect(answers.map(({ status, headers }) => [status, headers["x-request-id"]])).toEqual(
      answers.map((_, i) => [200, `r${i}`]),
    );
  });

  it("by HEAD have a head only", async () => {
    const answer = await askHttp2(await connect(), { ":path": "/health", ":method": "HEAD" });
    expect([answer.status, answer.body.length]).toEqual([200, 0]);
    expect(Number(answer.headers["content-length"])).toBeGreaterThan(0);
  });

  it.each([
    ["an unknown path", { ":path": "/nothing/here" }, 404, "not_found"],
    ["a method that the path does not know", { ":path": "/health", ":method": "DELETE" }, 405, "method_not_allowed"],
    ["a WebSocket's path", { ":path": "/ws/ana" }, 426, "upgrade_required"],
    ["no credential", { ":path": "/account" }, 401, "unauthorized"],
    ["a path with a broken escape", { ":path": "/%zz" }, 400, "bad_target"],
  ])("of %s are refused", async (_, headers, status, code) => {
    const answer = await askHttp2(await connect(), headers);
    expect(answer.status).toBe(status);
    expect(json(answer).code).toBe(code);
    expect(answer.headers).not.toHaveProperty("upgrade");
  });

  it("know origins, pre-flights and cookies in crumbs", async () => {
    const session = await connect();
    const origin = "https://shop.example";
    const answer = await askHttp2(session, { ":path": "/health", origin, cookie: ["a=1", "b=2"] });
    expect(answer.headers["access-control-allow-origin"]).toBe(origin);
    const preflight = await askHttp2(session, {
      ":path": "/events/publish",
      ":method": "OPTIONS",
      origin,
      "access-control-request-method": "POST",
    });
    expect([preflight.status, preflight.headers["access-control-allow-methods"]]).toEqual([204, "POST"]);
    const own = await askHttp2(session, { ":path": "/health", origin: `https://127.0.0.1:${server.port}` });
    expect(own.headers["access-control-allow-origin"]).toBe(`https://127.0.0.1:${server.port}`);
  });

  it("with fields past the bound are refused, and the others go on", async () => {
    const session = await connect();
    const answer = await askHttp2(session, { ":path": "/health", "x-large": "x".repeat(20_000) });
    expect(answer.status).toBe(431);
    expect(json(answer).code).toBe("headers_too_large");
    // Far past it nothing more is read of them.
    await expect(askHttp2(session, { ":path": "/health", "x-large": "x".repeat(100_000) })).rejects.toThrow();
    expect((await askHttp2(await connect(), { ":path": "/health" })).status).toBe(200);
  });
});

describe("bodies", () => {
  const publish = { ":path": "/events/publish", ":method": "POST" };

  it("of requests arrive whole, in whatever pieces", async () => {
    const session = await connect();
    const stream = session.request({ ...publish, ...bearer() });
    for (const piece of ['{"type"', ':"note",', '"data":1}']) {
      await new Promise((resolve) => stream.write(piece, resolve));
    }
    stream.end();
    expect((await headOf(stream))[":status"]).toBe(200);
  });

  it("past the route's bound are refused, declared or not, and the connection goes on", async () => {
    const session = await connect();
    const body = Buffer.alloc(2 * 1024 * 1024, " ");
    const declared = await askHttp2(session, { ...publish, ...bearer(), "content-length": body.length }, body).catch(
      () => undefined,
    );
    if (declared) expect(json(declared).code).toBe("body_too_large");
    const stream = session.request({ ...publish, ...bearer() });
    stream.on("error", () => {});
    stream.end(body);
    expect((await headOf(stream))[":status"]).toBe(413);
    expect((await askHttp2(session, { ":path": "/health" })).status).toBe(200);
  });

  it("longer than a window are read one after the other", async () => {
    const session = await connect();
    const long = { type: "note", data: "x".repeat(60_000) };
    const body = JSON.stringify(Array.from({ length: 12 }, () => long)); // 720 KB
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => askHttp2(session, { ...publish, ...bearer() }, body)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
  });

  it("of answers come whole through small windows, ranges and conditions too", async () => {
    const wav = wavFile(20);
    const uploading = await connect();
    const uploaded = await askHttp2(uploading, { ":path": "/tracks", ":method": "POST", ...bearer() }, wav);
    expect(uploaded.status).toBe(201);
    const { id } = (json(uploaded).track ?? json(uploaded)) as { id: string };
    const session = await connect(server, { initialWindowSize: 1_000 });
    const path = { ":path": `/tracks/stream/${id}`, ...bearer() };
    const whole = await askHttp2(session, path);
    expect(whole.status).toBe(200);
    expect(whole.body.equals(wav)).toBe(true);
    const part = await askHttp2(session, { ...path, range: "bytes=100-299" });
    expect([part.status, part.headers["content-range"]]).toEqual([206, `bytes 100-299/${wav.length}`]);
    expect(part.body.equals(wav.subarray(100, 300))).toBe(true);
    const same = await askHttp2(session, { ...path, "if-none-match": String(whole.headers.etag) });
    expect([same.status, same.body.length]).toEqual([304, 0]);
    const head = await askHttp2(session, { ...path, ":method": "HEAD" });
    expect([head.status, head.headers["content-length"], head.body.length]).toEqual([200, String(wav.length), 0]);
  });
});

describe("event streams", () => {
  interface Listening {
    text: () => string;
    ended: Promise<void>;
    close: () => void;
    pause: () => void;
    resume: () => void;
  }
  async function listen(session: ClientHttp2Session, account: string): Promise<Listening> {
    const stream = session.request({ ":path": "/events/stream", ...bearer({ account_id: account }) });
    let text = "";
    stream.setEncoding("utf8");
    stream.on("data", (piece: string) => {
      text += piece;
    });
    stream.on("error", () => {});
    const ended = new Promise<void>((resolve) => stream.once("close", () => resolve()));
    expect((await headOf(stream))["content-type"]).toBe("text/event-stream");
    return {
      text: () => text,
      ended,
      close: () => stream.close(constants.NGHTTP2_CANCEL),
      pause: () => stream.pause(),
      resume: () => stream.resume(),
    };
  }
  const publish = async (session: ClientHttp2Session, account: string, events: unknown[]): Promise<void> => {
    const headers = { ":path": "/events/publish", ":method": "POST", ...bearer({ account_id: account }) };
    expect((await askHttp2(session, headers, JSON.stringify(events))).status).toBe(200);
  };
  const numbers = (text: string): number[] => [...text.matchAll(/^data: (\d+)$/gm)].map(([, value]) => Number(value));

  it("twenty on one connection have every event in order, with requests between", async () => {
    const session = await connect();
    const streams = await Promise.all(Array.from({ length: 20 }, () => listen(session, "20")));
    await eventually(() => streams.every(({ text }) => text().includes("event: connection")));
    for (let i = 0; i < 300; i += 30) {
      await publish(
        session,
        "20",
        Array.from({ length: 30 }, (_, k) => ({ type: "note", data: i + k })),
      );
      expect((await askHttp2(session, { ":path": "/health" })).status).toBe(200);
    }
    await eventually(() => streams.every(({ text }) => numbers(text()).length === 300));
    const wanted = Array.from({ length: 300 }, (_, i) => i);
    for (const { text } of streams) expect(numbers(text())).toEqual(wanted);
  });

  it("end when their client resets them, or its connection ends; the others go on", async () => {
    const session = await connect();
    const [kept, reset] = [await listen(session, "21"), await listen(session, "21")];
    const other = await connect();
    await listen(other, "21");
    const connections = async (): Promise<unknown> => {
      const headers = { ":path": "/events/stats", ...bearer({ account_id: "21" }) };
      return (json(await askHttp2(session, headers)).data as { totalConnections: number }).totalConnections;
    };
    await eventually(async () => (await connections()) === 3);
    reset.close();
    other.destroy();
    await eventually(async () => (await connections()) === 1);
    await publish(session, "21", [{ type: "note", data: 7 }]);
    await eventually(() => numbers(kept.text()).includes(7));
    expect(numbers(reset.text())).toEqual([]);
  });

  it("whose client does not read are cut at the high-water mark; the connection's others are not", async () => {
    const session = await connect();
    const [slow, quick] = [await listen(session, "22"), await listen(session, "22")];
    await eventually(() => slow.text().includes("event: connection"));
    slow.pause();
    const data = "x".repeat(50_000);
    for (let i = 0; i < 60; ++i) await publish(session, "22", [{ type: "note", data }]);
    await eventually(() => quick.text().split(data).length === 61);
    slow.resume(); // so that Node tells of the end
    await slow.ended;
    expect(slow.text().split(data).length).toBeLessThan(61);
  });

  it("are compressed where that is asked for", async () => {
    const session = await connect();
    const stream = session.request({ ":path": "/events/stream", "accept-encoding": "gzip", ...bearer() });
    const head = await headOf(stream);
    expect(head["content-encoding"]).toBe("gzip");
    let text = "";
    const gunzip = stream.pipe(createGunzip());
    gunzip.on("data", (piece: Buffer) => (text += piece.toString()));
    gunzip.on("error", () => {}); // the test ends the stream in its middle
    await eventually(() => text.includes("event: connection"));
    await publish(session, "1", [{ type: "note", data: 42 }]);
    await eventually(() => numbers(text).includes(42));
  });

  it("at a drain are sent away for a while, whole, and the connection ends", async () => {
    const draining = await start();
    const session = await connect(draining);
    const streams = await Promise.all(Array.from({ length: 3 }, () => listen(session, "1")));
    const goaway = new Promise<number>((resolve) => session.once("goaway", resolve));
    const closed = new Promise<void>((resolve) => session.once("close", () => resolve()));
    const stopped = draining.stop();
    expect(await goaway).toBe(constants.NGHTTP2_NO_ERROR);
    for (const { ended, text } of streams) {
      await ended;
      expect(text()).toMatch(/retry: \d+\n\n$/);
    }
    await closed;
    await stopped;
  });
});

describe("a peer that means harm", () => {
  it.each<[string, Buffer | string, number | undefined]>([
    ["no preface", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", undefined],
    ["bytes at random", Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 97) % 251)), undefined],
    ["a frame before its settings", Buffer.concat([preface, frame(frameType.ping, 0, 0, Buffer.alloc(8))]), 1],
    ["a frame past the size", Buffer.concat([hello, frame(frameType.data, 0, 1, Buffer.alloc(20_000))]), 6],
    ["data of an idle stream", Buffer.concat([hello, frame(frameType.data, 0, 1, Buffer.alloc(5))]), 1],
    ["an even stream", Buffer.concat([hello, getFrame(2)]), 1],
    ["a broken header block", Buffer.concat([hello, frame(frameType.headers, 5, 1, Buffer.alloc(9, 0xff))]), 9],
    ["data behind the end of a stream", Buffer.concat([hello, getFrame(1), frame(frameType.data, 0, 1)]), 5],
    ["settings of an odd size", Buffer.concat([preface, frame(frameType.settings, 0, 0, Buffer.alloc(5))]), 6],
    [
      "opening streams to reset them",
      Buffer.concat([
        hello,
        ...Array.from({ length: 2_000 }, (_, i) =>
          Buffer.concat([getFrame(2 * i + 1), frame(frameType.reset, 0, 2 * i + 1, Buffer.from([0, 0, 0, 8]))]),
        ),
      ]),
      11,
    ],
  ])("%s is disconnected, and told why; others are served", async (_, bytes, code) => {
    const other = await connect();
    const { socket, received, ended } = await rawHttp2(server.port);
    socket.write(bytes);
    await ended;
    if (code !== undefined) expect(goaways(received())).toEqual([code]);
    expect((await askHttp2(other, { ":path": "/health" })).status).toBe(200);
  });

  it("floods of PING are bounded: who does not read the answers is disconnected", async () => {
    const { socket, isOver } = await rawHttp2(server.port);
    socket.setMaxListeners(0);
    socket.pause();
    socket.write(hello);
    const pings = Buffer.concat(Array.from({ length: 10_000 }, () => frame(frameType.ping, 0, 0, Buffer.alloc(8))));
    while (!isOver()) {
      await new Promise<void>((resolve) => {
        if (socket.write(pings)) return setImmediate(resolve);
        socket.once("drain", resolve);
        socket.once("close", resolve);
      });
    }
    expect((await askHttp2(await connect(), { ":path": "/health" })).status).toBe(200);
  });

  it("more streams at once than are allowed are refused, not served", async () => {
    const session = await connect();
    await new Promise<void>((resolve) => session.once("remoteSettings", () => resolve()).ref());
    expect(session.remoteSettings.maxConcurrentStreams).toBe(128);
  });
});

describe("ALPN", () => {
  const agreed = async (ALPNProtocols?: string[]): Promise<string | false | null> => {
    const socket = connectTls({ host: "127.0.0.1", port: server.port, rejectUnauthorized: false, ALPNProtocols });
    await new Promise<void>((resolve) => socket.once("secureConnect", () => resolve()));
    const protocol = socket.alpnProtocol;
    socket.destroy();
    return protocol;
  };
  it("prefers HTTP/2, and speaks HTTP/1.1 with whoever does not", async () => {
    expect(await agreed(["http/1.1", "h2"])).toBe("h2");
    expect(await agreed(["http/1.1"])).toBe("http/1.1");
    expect(await agreed(["spdy/3"])).toBe(false);
    expect(await agreed()).toBe(false);
  });
});
