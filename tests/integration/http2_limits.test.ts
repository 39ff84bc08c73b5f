// What clients may take of an HTTP/2 connection, and what its streams may take of each other. Each test has a server as
// strict as it needs.
import type { ClientHttp2Session } from "node:http2";
import { constants } from "node:http2";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { wavFile } from "../support/audio";
import {
  type Http2Answer,
  askHttp2,
  connectHttp2,
  frame,
  frameType,
  framesOf,
  getFields,
  getFrame,
  goaways,
  headOf,
  hello,
  rawHttp2,
} from "../support/http2";
import { eventually, temporaryFolder } from "../support/processes";
import { Pulso } from "../support/pulso";
import { makeCertificate } from "../support/tls";
import { userToken } from "../support/tokens";

const folder = temporaryFolder();
let files: { certificate: string; key: string };
beforeAll(() => {
  files = makeCertificate(folder.path, "pulso");
});
afterAll(() => folder.remove());

let server: Pulso;
const sessions: ClientHttp2Session[] = [];
const start = async (env: Record<string, string> = {}): Promise<void> => {
  server = await Pulso.start({
    args: ["--tls-cert", files.certificate, "--tls-key", files.key],
    env: { PULSO_AUTH_ANONYMOUS: "seats", ...env },
  });
};
const connect = async (settings: object = {}): Promise<ClientHttp2Session> => {
  const session = await connectHttp2(server.port, { settings });
  sessions.push(session);
  return session;
};
afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  await server?.stop();
});
const json = ({ body }: Http2Answer): Record<string, unknown> => JSON.parse(body.toString()) as Record<string, unknown>;
const hold = { ":path": "/room/r/seats/A1", ":method": "POST" };
const holdBody = JSON.stringify({ client_id: "ana" });

describe("time", () => {
  it("for a head ends a peer that does not say who it is, and one that stops in its middle", async () => {
    await start({ PULSO_LIMITS_HEADER_TIMEOUT: "300ms" });
    const [silent, half, quiet] = [
      await rawHttp2(server.port),
      await rawHttp2(server.port),
      await rawHttp2(server.port),
    ];
    quiet.socket.write(hello);
    half.socket.write(Buffer.concat([hello, frame(frameType.headers, 1, 1, getFields.subarray(0, 3))]));
    await Promise.all([silent.ended, half.ended]);
    expect(quiet.isOver()).toBe(false);
    quiet.socket.write(getFrame(1));
    await eventually(() => framesOf(quiet.received(), frameType.headers).length === 1);
    quiet.socket.destroy();
  });

  it("for a body ends with 408, and the connection goes on", async () => {
    await start({ PULSO_LIMITS_BODY_TIMEOUT: "300ms" });
    const session = await connect();
    const slow = session.request(hold);
    slow.on("error", () => {});
    slow.write("{");
    expect((await headOf(slow))[":status"]).toBe(408);
    expect((await askHttp2(session, { ":path": "/health" })).status).toBe(200);
  });
});

describe("expectations", () => {
  it("of a word before the body are met, others are refused", async () => {
    await start();
    const session = await connect();
    const stream = session.request({ ...hold, expect: "100-continue" });
    await new Promise<void>((resolve) => stream.once("continue", resolve));
    const head = headOf(stream);
    stream.end(holdBody);
    expect((await head)[":status"]).toBe(200);
    const refused = await askHttp2(session, { ":path": "/health", expect: "a-miracle" });
    expect([refused.status, json(refused).code]).toEqual([417, "bad_expectation"]);
  });
});

describe("a drain", () => {
  // What need not wait for its end would wait past the test's own limit if it did.
  const env = { PULSO_SERVER_DRAIN_TIMEOUT: "600s" };
  const closed = async (session: ClientHttp2Session): Promise<void> =>
    new Promise((resolve) => session.once("close", () => resolve()));

  it("finishes a request whose body is still on its way, and then the connection ends", async () => {
    await start(env);
    const session = await connect();
    const stream = session.request({ ...hold, expect: "100-continue" });
    await new Promise<void>((resolve) => stream.once("continue", resolve));
    const goaway = new Promise<number>((resolve) => session.once("goaway", resolve));
    const [end, exit] = [closed(session), server.program.end()];
    expect(await goaway).toBe(constants.NGHTTP2_NO_ERROR);
    const head = headOf(stream);
    stream.resume();
    stream.end(holdBody);
    expect((await head)[":status"]).toBe(200);
    await end;
    expect(await exit).toBe(0);
  });

  it("answers a long poll that waits, and then the connection ends", async () => {
    await start(env);
    const session = await connect();
    const path = "/room/r/selections";
    const { version } = json(await askHttp2(session, { ":path": path })) as { version: number };
    const waiting = askHttp2(session, { ":path": `${path}?wait=25&version=${version}&client_id=ana` });
    await eventually(async () => {
      const { seats } = json(await askHttp2(session, { ":path": "/stats" })) as { seats: { long_polls: number } };
      return seats.long_polls === 1;
    });
    const [end, exit] = [closed(session), server.program.end()];
    expect([200, 304, 503]).toContain((await waiting).status);
    await end;
    expect(await exit).toBe(0);
  });
});

describe("streams beside each other", () => {
  it("are fair: a replay goes on while downloads never end", async () => {
    await start();
    const bearer = {
      authorization: `Bearer ${userToken({ sub: "u", account_id: 1, scope: "events:write tracks:write" })}`,
    };
    const wide = 2 ** 31 - 1;
    const session = await connect({ initialWindowSize: wide });
    session.setLocalWindowSize(wide);
    const wav = wavFile(300);
    const uploaded = await askHttp2(session, { ":path": "/tracks", ":method": "POST", ...bearer }, wav);
    const { id } = (json(uploaded).track ?? json(uploaded)) as { id: string };
    const data = "x".repeat(4_000);
    const count = 600; // many times what a replay queues at once
    for (let i = 0; i < count; i += 100) {
      const events = Array.from({ length: 100 }, (_, k) => ({ type: "note", id: `note_${i + k}`, data }));
      const publish = { ":path": "/events/publish", ":method": "POST", ...bearer };
      expect((await askHttp2(session, publish, JSON.stringify(events))).status).toBe(200);
    }

    let isReplayed = false;
    const download = (first: number): void => {
      const stream = session.request({ ":path": `/tracks/stream/${id}`, ...bearer, range: `bytes=${first}-` });
      stream.on("error", () => {});
      stream.on("close", () => {
        if (!isReplayed) download(0);
      });
      stream.resume();
    };
    // So many, and at first of different lengths, that there is always one with more to send.
    for (let i = 0; i < 60; ++i) download(Math.floor((i * wav.length) / 60));
    const events = session.request({ ":path": "/events/stream", "last-event-id": "note_0", ...bearer });
    events.on("error", () => {});
    events.setEncoding("utf8");
    let text = "";
    events.on("data", (piece: string) => {
      text += piece;
    });
    await eventually(() => text.includes(`id: note_${count - 1}\n`));
    isReplayed = true;
    const replayed = [...text.matchAll(/^id: (note_\d+)$/gm)].map(([, name]) => name);
    expect(replayed).toEqual(Array.from({ length: count - 1 }, (_, i) => `note_${i + 1}`));
  });

  it("whose windows the peer breaks, again and again, end the connection", async () => {
    await start();
    const other = await connect();
    const { socket, received, isOver, ended } = await rawHttp2(server.port);
    socket.write(hello);
    const tooMuch = Buffer.from([0x7f, 0xff, 0xff, 0xff]);
    const resets = (): number => framesOf(received(), frameType.reset).length;
    for (let count = 0; !isOver(); count += 100) {
      await eventually(() => isOver() || resets() === count);
      const streams = Array.from({ length: 100 }, (_, i) => 2 * (count + i) + 1);
      socket.write(
        Buffer.concat(streams.flatMap((id) => [getFrame(id), frame(frameType.windowUpdate, 0, id, tooMuch)])),
      );
    }
    await ended;
    expect(goaways(received())).toEqual([constants.NGHTTP2_ENHANCE_YOUR_CALM]);
    expect((await askHttp2(other, { ":path": "/health" })).status).toBe(200);
  });
});
