// The bytes of a track over HTTP: ranges and conditions (RFC 9110 §§13-14), who is let in, and the walls of the media
// folder.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { wavFile } from "../support/audio";
import { runCommand } from "../support/command";
import { eventually } from "../support/processes";
import { Pulso } from "../support/pulso";
import { type Answer, RawConnection } from "../support/raw_connection";
import { userToken } from "../support/tokens";
import { bearer, reader, type TrackAnswer, uploaded, writer } from "../support/tracks";

const content = wavFile(10, { title: "Tide" });
const size = content.length;
const modified = new Date("2024-05-06T07:08:09Z");
const earlier = new Date(modified.getTime() - 1000).toUTCString();
const later = new Date(modified.getTime() + 1000).toUTCString();
const ana = writer("ana");

let server: Pulso;
let track: TrackAnswer;
let file: string;
let etag: string;

beforeAll(async () => {
  server = await Pulso.start();
  track = await uploaded(server, ana, content);
  file = join(server.folder, "pulso-media", `${track.id}.wav`);
  utimesSync(file, modified, modified);
  etag = (await ask("HEAD", path(), ana)).headers.etag ?? "";
});
afterAll(async () => {
  await server?.stop();
});

const path = (id = track.id): string => `/tracks/stream/${id}`;

/** One request on a connection of its own, its target exactly as written. */
async function ask(method: string, target: string, fields: Record<string, string> = {}, on = server): Promise<Answer> {
  const connection = await RawConnection.open(on.port);
  const lines = Object.entries({ Host: "127.0.0.1", Connection: "close", ...fields }).map(([n, v]) => `${n}: ${v}`);
  connection.write(`${method} ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  const answer = await (method === "HEAD" ? connection.head() : connection.answer());
  expect((await connection.ended()).length).toBe(0);
  connection.destroy();
  return answer;
}

describe("a whole track", () => {
  it("comes with its validators, type and length, byte for byte, with and without the prefix", async () => {
    for (const target of [path(), `/api${path()}`]) {
      const answer = await ask("GET", target, ana);
      expect(answer.status).toBe(200);
      expect(answer.headers).toMatchObject({
        "content-type": "audio/wav",
        "content-length": String(size),
        "accept-ranges": "bytes",
        "last-modified": modified.toUTCString(),
        "cache-control": "private, no-cache",
        "x-content-type-options": "nosniff",
      });
      expect(answer.headers.etag).toMatch(/^"[^"]+"$/);
      expect(answer.body.equals(content)).toBe(true);
    }
  });

  it("is described by HEAD in the same words", async () => {
    const [head, get] = [await ask("HEAD", path(), ana), await ask("GET", path(), ana)];
    const comparable = ({ headers }: Answer): Record<string, string> => {
      const { date: _date, "x-request-id": _id, traceparent: _trace, ...rest } = headers;
      return rest;
    };
    expect(head.status).toBe(200);
    expect(comparable(head)).toEqual(comparable(get));
  });

  it("is only read here", async () => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      expect((await ask(method, path(), ana)).status).toBeGreaterThanOrEqual(404);
    }
  });
});

/** `%tag` stands for the track's entity tag. */
type Case = [name: string, fields: Record<string, string>, status: number, range?: [from: number, to: number]];
const date = modified.toUTCString();
const rfc850 = "Monday, 06-May-24 07:08:09 GMT";
const asctime = "Mon May  6 07:08:09 2024";
const first: [number, number] = [0, 99];

const ranges: Case[] = [
  ["first byte", { Range: "bytes=0-0" }, 206, [0, 0]],
  ["first hundred", { Range: "bytes=0-99" }, 206, first],
  ["middle", { Range: "bytes=1000-1999" }, 206, [1000, 1999]],
  ["all of it", { Range: `bytes=0-${size - 1}` }, 206, [0, size - 1]],
  ["open end from the start", { Range: "bytes=0-" }, 206, [0, size - 1]],
  ["open end", { Range: "bytes=5000-" }, 206, [5000, size - 1]],
  ["last byte", { Range: `bytes=${size - 1}-` }, 206, [size - 1, size - 1]],
  ["suffix", { Range: "bytes=-500" }, 206, [size - 500, size - 1]],
  ["suffix of one", { Range: "bytes=-1" }, 206, [size - 1, size - 1]],
  ["suffix longer than the track", { Range: `bytes=-${size + 1}` }, 206, [0, size - 1]],
  ["end past the last byte", { Range: `bytes=100-${size * 2}` }, 206, [100, size - 1]],
  ["end beyond any number", { Range: "bytes=5-99999999999999999999999" }, 206, [5, size - 1]],
  ["unit in capitals", { Range: "BYTES=0-99" }, 206, first],
  ["start at the end", { Range: `bytes=${size}-` }, 416],
  ["start past the end", { Range: `bytes=${size + 1}-${size + 9}` }, 416],
  ["start beyond any number", { Range: "bytes=99999999999999999999999-" }, 416],
  ["suffix of nothing", { Range: "bytes=-0" }, 416],
  ["end before start", { Range: "bytes=9-5" }, 200],
  ["no numbers", { Range: "bytes=a-b" }, 200],
  ["lone dash", { Range: "bytes=-" }, 200],
  ["no dash", { Range: "bytes=1" }, 200],
  ["nothing behind the unit", { Range: "bytes=" }, 200],
  ["another unit", { Range: "seconds=0-5" }, 200],
  ["no equals sign", { Range: "bytes 0-5" }, 200],
  ["two ranges", { Range: "bytes=0-1,5-6" }, 200],
];

const conditions: Case[] = [
  ["If-None-Match of this one", { "If-None-Match": "%tag" }, 304],
  ["If-None-Match of a weak one with the same value", { "If-None-Match": "W/%tag" }, 304],
  ["If-None-Match of anything", { "If-None-Match": "*" }, 304],
  ["If-None-Match in a list", { "If-None-Match": '"a", "b,c", %tag' }, 304],
  ["If-None-Match of another", { "If-None-Match": '"other"' }, 200],
  ["If-None-Match before Range", { "If-None-Match": "%tag", Range: "bytes=0-99" }, 304],
  ["If-None-Match of another with Range", { "If-None-Match": '"other"', Range: "bytes=0-99" }, 206, first],
  ["If-None-Match before If-Modified-Since", { "If-None-Match": '"other"', "If-Modified-Since": later }, 200],
  ["If-Modified-Since its date", { "If-Modified-Since": date }, 304],
  ["If-Modified-Since in RFC 850's form", { "If-Modified-Since": rfc850 }, 304],
  ["If-Modified-Since in asctime's form", { "If-Modified-Since": asctime }, 304],
  ["If-Modified-Since later", { "If-Modified-Since": later }, 304],
  ["If-Modified-Since earlier", { "If-Modified-Since": earlier }, 200],
  ["If-Modified-Since no date", { "If-Modified-Since": "yesterday" }, 200],
  ["If-Match of this one", { "If-Match": "%tag" }, 200],
  ["If-Match of anything", { "If-Match": "*" }, 200],
  ["If-Match of another", { "If-Match": '"other"' }, 412],
  ["If-Match of a weak one", { "If-Match": "W/%tag" }, 412],
  ["If-Match with Range", { "If-Match": "%tag", Range: "bytes=0-99" }, 206, first],
  ["If-Match of another with Range", { "If-Match": '"other"', Range: "bytes=0-99" }, 412],
  ["If-Match before If-Unmodified-Since", { "If-Match": "%tag", "If-Unmodified-Since": earlier }, 200],
  ["If-Unmodified-Since its date", { "If-Unmodified-Since": date }, 200],
  ["If-Unmodified-Since earlier", { "If-Unmodified-Since": earlier }, 412],
  ["If-Range with this tag", { "If-Range": "%tag", Range: "bytes=0-99" }, 206, first],
  ["If-Range with another tag", { "If-Range": '"other"', Range: "bytes=0-99" }, 200],
  ["If-Range with a weak tag", { "If-Range": "W/%tag", Range: "bytes=0-99" }, 200],
  ["If-Range with its date", { "If-Range": date, Range: "bytes=0-99" }, 206, first],
  ["If-Range with an earlier date", { "If-Range": earlier, Range: "bytes=0-99" }, 200],
  ["If-Range with a later date", { "If-Range": later, Range: "bytes=0-99" }, 200],
  ["If-Range without Range", { "If-Range": '"other"' }, 200],
  ["If-Range with another tag and a range past the end", { "If-Range": '"other"', Range: `bytes=${size}-` }, 200],
];

describe("ranges and conditions", () => {
  it.each([...ranges, ...conditions])("%s", async (_name, fields, status, range) => {
    const named = Object.entries(fields).map(([name, value]) => [name, value.replace("%tag", etag)]);
    const answer = await ask("GET", path(), { ...ana, ...Object.fromEntries(named) });
    expect(answer.status).toBe(status);
    if (status === 416) {
      expect(answer.headers["content-range"]).toBe(`bytes */${size}`);
    } else if (status === 206 && range) {
      const [from, to] = range;
      expect(answer.headers["content-range"]).toBe(`bytes ${from}-${to}/${size}`);
      expect(answer.headers["content-length"]).toBe(String(to - from + 1));
      expect(answer.headers["content-type"]).toBe("audio/wav");
      expect(answer.body.equals(content.subarray(from, to + 1))).toBe(true);
    } else if (status === 200) {
      expect(answer.body.equals(content)).toBe(true);
    }
    if (status < 400) expect(answer.headers.etag).toBe(etag);
    if (status === 304) expect(answer.headers["content-type"]).toBeUndefined();
  });

  it("count for HEAD as far as they are conditions", async () => {
    expect((await ask("HEAD", path(), { ...ana, Range: "bytes=0-99" })).headers["content-length"]).toBe(String(size));
    expect((await ask("HEAD", path(), { ...ana, "If-None-Match": etag })).status).toBe(304);
    expect((await ask("HEAD", path(), { ...ana, "If-Match": '"other"' })).status).toBe(412);
  });
});

describe("a track is private", () => {
  const token = userToken({ sub: "ana" });

  it("and opens to its user's token wherever it stands", async () => {
    expect((await ask("GET", path(), bearer(token))).status).toBe(200);
    expect((await ask("GET", `${path()}?token=${token}`)).status).toBe(200);
  });

  it("and opens to nobody without a credential, or with one that does not hold", async () => {
    const forged = userToken({ sub: "ana" }, "another-secret-of-32-bytes-or-so");
    const old = userToken({ sub: "ana", exp: 1_700_000_000 });
    expect(await ask("GET", path())).toMatchObject({ status: 401 });
    for (const bad of [forged, old, "x", "a.b.c"]) {
      expect((await ask("GET", path(), bearer(bad))).status, bad).toBe(401);
      expect((await ask("GET", `${path()}?token=${bad}`)).status, bad).toBe(401);
    }
  });

  it("and does not exist for others, on any route", async () => {
    const luz = writer("luz", { userId: "ana", id: "ana" });
    for (const target of [`/tracks/${track.id}`, path(), `/tracks/${track.id}/cover`, `/tracks/${track.id}/waveform`]) {
      const other = await ask("GET", target, luz);
      const none = await ask("GET", target.replace(track.id, "none"), luz);
      expect([target, other.status, none.status]).toEqual([target, 404, 404]);
      expect(other.body.equals(none.body)).toBe(true);
    }
    expect((await ask("DELETE", `/tracks/${track.id}`, luz)).status).toBe(404);
    expect((await ask("GET", path(), luz)).body.toString()).toContain("unknown_track");
    expect(existsSync(file)).toBe(true);
  });

  it("and to a key, which is no user, neither", async () => {
    const key = (await runCommand(server, "key", "create", "--account", "a", "--scope", "tracks:write")).split("\n")[0];
    expect((await ask("GET", path(), { "X-API-Key": key as string })).status).toBe(404);
  });
});

describe("a signed URL", () => {
  const inLink = (url: string, from: RegExp, to: string): string => {
    expect(url).toMatch(from);
    return url.replace(from, to);
  };

  it("opens its track, cover and waveform with nothing else to show", async () => {
    const url = track.audioUrl;
    expect(url).toMatch(new RegExp(`^/api/tracks/stream/${track.id}\\?user=ana&expires=\\d+&signature=[\\w-]{43}$`));
    expect((await ask("GET", url)).body.equals(content)).toBe(true);
    expect((await ask("GET", url, { Range: "bytes=0-99" })).status).toBe(206);
    expect((await ask("HEAD", url)).status).toBe(200);
    expect((await ask("GET", track.waveformUrl)).status).toBe(200);
    const end = Number(/expires=(\d+)/.exec(url)?.[1]) * 1000 - Date.now();
    expect(end).toBeGreaterThan(4 * 3_600_000);
    expect(end).toBeLessThan(6 * 3_600_000 + 1000);
  });

  it("opens neither another track nor another route", async () => {
    const second = await uploaded(server, ana, wavFile(1, {}, 300));
    const query = track.audioUrl.slice(track.audioUrl.indexOf("?"));
    expect((await ask("GET", `${path(second.id)}${query}`)).status).toBe(401);
    expect((await ask("GET", `/tracks/${track.id}${query}`)).status).toBe(401);
    expect((await ask("GET", `/tracks${query}`)).status).toBe(401);
    expect((await ask("DELETE", `/tracks/${track.id}${query}`)).status).toBe(401);
  });

  it("is refused when any of it was changed", async () => {
    const last = track.audioUrl.slice(-1);
    const flipped = track.audioUrl.slice(0, -1) + (last === "A" ? "B" : "A");
    for (const url of [
      inLink(track.audioUrl, /user=ana/, "user=luz"),
      inLink(track.audioUrl, /user=ana/, "user="),
      inLink(track.audioUrl, /expires=\d+/, "expires=4000000000"),
      inLink(track.audioUrl, /expires=\d+/, "expires=1"),
      inLink(track.audioUrl, /expires=/, "expires=0"),
      inLink(track.audioUrl, /expires=\d+/, "expires="),
      inLink(track.audioUrl, /&signature=.*/, ""),
      inLink(track.audioUrl, /signature=.*/, "signature="),
      inLink(track.audioUrl, /signature=.*/, `signature=${"A".repeat(43)}`),
      flipped,
      `${track.audioUrl}A`,
    ]) {
      expect((await ask("GET", url)).status, url).toBe(401);
    }
  });

  it("made for one user opens nothing that this user may not hear", async () => {
    const luz = reader("luz");
    const shared = await uploaded(server, writer("root", { roles: ["admin"] }), wavFile(1, {}, 500));
    expect((await ask("GET", `/tracks/${shared.id}`, luz)).status).toBe(404);
    expect((await ask("GET", inLink(shared.audioUrl, /user=root/, "user=luz"))).status).toBe(401);
  });

  it("holds no longer than is configured", async () => {
    const short = await Pulso.start({ env: { PULSO_TRACKS_URL_LIFETIME: "1m" } });
    const own = await uploaded(short, ana, content);
    const end = Number(/expires=(\d+)/.exec(own.audioUrl)?.[1]) * 1000;
    expect(end - Date.now()).toBeLessThanOrEqual(60_000);
    await short.stop();
  });

  it("never stands in the log", () => {
    expect(server.program.output).not.toContain(/signature=([\w-]+)/.exec(track.audioUrl)?.[1]);
  });
});

describe("the media folder", () => {
  const outside = (): string => join(server.folder, "secret.wav");
  let hertz = 1000;
  /** A track that nobody has asked for yet, and whose file the library believes to be `name`. */
  const storedAs = async (name: string): Promise<string> => {
    const { id } = await uploaded(server, ana, wavFile(1, {}, ++hertz));
    const statement = `UPDATE tracks SET file='${name}' WHERE track_id='${id}'`;
    execFileSync("sqlite3", ["-cmd", ".timeout 5000", join(server.folder, "pulso.db"), statement]);
    return id;
  };
  beforeAll(() => writeFileSync(outside(), "secret"));

  it.each([
    "/tracks/stream/../../secret.wav",
    "/tracks/stream/..%2f..%2fsecret.wav",
    "/tracks/stream/%2e%2e/%2e%2e/secret.wav",
    "/tracks/stream/..%5c..%5csecret.wav",
    "/tracks/stream/....//secret.wav",
    "/tracks/stream/%2fetc%2fpasswd",
    "/tracks/stream/secret.wav",
    "/tracks/stream/",
    "/tracks/..%2fsecret.wav/cover",
  ])("is not left by %s", async (target) => {
    const answer = await ask("GET", target, ana);
    expect([400, 404]).toContain(answer.status);
    expect(answer.body.toString()).not.toContain("secret.wav");
  });

  it.each(["../secret.wav", "../pulso.db", "/etc/passwd", "./../secret.wav", "x/../../secret.wav", "..", ".", ""])(
    "is not left by a stored path that says %s",
    async (name) => {
      expect((await ask("GET", path(await storedAs(name)), ana)).status).toBe(404);
    },
  );

  it("is not left by links, whole or on the way", async () => {
    const media = join(server.folder, "pulso-media");
    symlinkSync(outside(), join(media, "absolute.wav"));
    symlinkSync("../secret.wav", join(media, "relative.wav"));
    symlinkSync("..", join(media, "folder"));
    symlinkSync("/proc/self/environ", join(media, "process.wav"));
    for (const name of ["absolute.wav", "relative.wav", "folder/secret.wav", "process.wav"]) {
      expect((await ask("GET", path(await storedAs(name)), ana)).status, name).toBe(404);
    }
    expect((await ask("GET", path(await storedAs(`${track.id}.wav`)), ana)).status).toBe(200);
  });

  it("holds no half-written files", () => {
    expect(readdirSync(join(server.folder, "pulso-media")).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("may lose a file: the track is not found then", async () => {
    const lost = await uploaded(server, ana, wavFile(1, {}, 900));
    expect((await ask("GET", path(lost.id), ana)).status).toBe(200);
    rmSync(join(server.folder, "pulso-media", `${lost.id}.wav`));
    const answer = await ask("GET", path(lost.id), ana);
    expect(answer.status).toBe(404);
    expect(answer.body.toString()).toContain("unknown_track");
  });

  it("gives a file that was replaced another entity tag", async () => {
    const own = await uploaded(server, ana, wavFile(1, {}, 950));
    const before = (await ask("HEAD", path(own.id), ana)).headers.etag;
    copyFileSync(file, join(server.folder, "pulso-media", `${own.id}.wav`));
    expect((await ask("HEAD", path(own.id), ana)).headers.etag).not.toBe(before);
  });
});

describe("where tracks are anonymous", () => {
  it("shared ones are sent to whoever asks, users' own are not, and the list stays closed", async () => {
    const open = await Pulso.start({ env: { PULSO_AUTH_ANONYMOUS: "tracks" } });
    const own = await uploaded(open, ana, content);
    const answer = await fetch(`${open.http}/tracks?shared=true`, {
      method: "POST",
      headers: writer("root", { roles: ["admin"] }),
      body: new Uint8Array(wavFile(2, { title: "Everybody's" })),
    });
    const shared = (await answer.json()) as TrackAnswer;
    expect(answer.status).toBe(201);
    expect(shared.shared).toBe(true);
    expect((await ask("GET", `/api${path(shared.id)}`, {}, open)).status).toBe(200);
    expect((await ask("GET", `/tracks/${shared.id}/waveform`, {}, open)).status).toBe(200);
    expect((await ask("GET", path(own.id), {}, open)).status).toBe(404);
    expect((await ask("GET", `/tracks/${own.id}/waveform`, {}, open)).status).toBe(404);
    expect((await ask("GET", own.audioUrl, {}, open)).status).toBe(200);
    for (const target of ["/tracks", `/tracks/${shared.id}`]) {
      expect((await ask("GET", target, {}, open)).status).toBe(401);
    }
    await open.stop();
  });
});

describe("a server that knows public keys only", () => {
  it("keeps the secret of its URLs through a restart", async () => {
    const { generateKeyPairSync, sign } = await import("node:crypto");
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const now = Math.floor(Date.now() / 1000);
    const body = `${encode({ alg: "EdDSA" })}.${encode({ sub: "ana", scope: "tracks:write", iat: now, exp: now + 600 })}`;
    const token = `${body}.${sign(null, Buffer.from(body), privateKey).toString("base64url")}`;
    const folder = join(server.folder, "public-keys-only");
    execFileSync("mkdir", [folder]);
    writeFileSync(join(folder, "key.pem"), publicKey.export({ type: "spki", format: "pem" }));
    const env = { JWT_SECRET: "", PULSO_AUTH_JWT_PUBLIC_KEY_FILE: "key.pem" };
    const before = await Pulso.start({ folder, env });
    const own = await uploaded(before, bearer(token), content);
    await before.stop();
    const after = await Pulso.start({ folder, env });
    const answer = await ask("GET", own.audioUrl, {}, after);
    expect(answer.status).toBe(200);
    expect(createHash("sha256").update(answer.body).digest("hex")).toBe(
      createHash("sha256").update(content).digest("hex"),
    );
    await after.stop();
  });
});
