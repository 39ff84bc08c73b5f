// Files over HTTP: ranges, conditions and the walls of the folder (RFC 9110 §§13–14).
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Echo } from "../support/echo";
import { temporaryFolder } from "../support/processes";
import { type Answer, RawConnection } from "../support/raw_connection";

const size = 3_000_000;
const content = Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 0xff));
const modified = new Date("2024-05-06T07:08:09Z");
const outside = temporaryFolder();
const folder = join(outside.path, "served");
let echo: Echo;
let etag: string;

beforeAll(async () => {
  mkdirSync(join(folder, "inside"), { recursive: true });
  writeFileSync(join(folder, "film.bin"), content);
  utimesSync(join(folder, "film.bin"), modified, modified);
  writeFileSync(join(folder, "empty.txt"), "");
  writeFileSync(join(folder, ".hidden"), "secret");
  writeFileSync(join(folder, "inside", "page.html"), "<p>in</p>");
  writeFileSync(join(outside.path, "secret.txt"), "secret");
  symlinkSync(join(outside.path, "secret.txt"), join(folder, "absolute-link"));
  symlinkSync("../secret.txt", join(folder, "relative-link"));
  symlinkSync("..", join(folder, "folder-link"));
  symlinkSync("/proc/self/environ", join(folder, "process-link"));
  echo = await Echo.start(["--files", folder]);
  etag = (await ask("HEAD", "/film.bin")).headers.etag ?? "";
});
afterAll(async () => {
  await echo?.stop();
  outside.remove();
});

/** One request on a connection of its own, its target exactly as written. */
async function ask(method: string, target: string, fields: Record<string, string> = {}): Promise<Answer> {
  const connection = await RawConnection.open(echo.port);
  const lines = Object.entries({ Host: "127.0.0.1", Connection: "close", ...fields }).map(([n, v]) => `${n}: ${v}`);
  connection.write(`${method} ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  const answer = await (method === "HEAD" ? connection.head() : connection.answer());
  expect((await connection.ended()).length).toBe(0);
  connection.destroy();
  return answer;
}

describe("a whole file", () => {
  it("comes with its validators, byte for byte", async () => {
    const answer = await ask("GET", "/film.bin");
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      "content-length": String(size),
      "accept-ranges": "bytes",
      "last-modified": modified.toUTCString(),
    });
    expect(etag).toMatch(/^"[^"]+"$/);
    expect(answer.headers.etag).toBe(etag);
    expect(answer.body.equals(content)).toBe(true);
  });

  it("HEAD says the same and sends nothing", async () => {
    const [head, get] = [await ask("HEAD", "/film.bin"), await ask("GET", "/film.bin")];
    const comparable = ({ headers }: Answer): Record<string, string> => {
      const { date: _date, "x-request-id": _id, traceparent: _trace, ...rest } = headers;
      return rest;
    };
    expect(head.status).toBe(200);
    expect(comparable(head)).toEqual(comparable(get));
  });

  it("may be empty", async () => {
    expect(await ask("GET", "/empty.txt")).toMatchObject({ status: 200, headers: { "content-length": "0" } });
  });

  it("can only be read", async () => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      expect((await ask(method, "/film.bin")).status).toBeGreaterThanOrEqual(404);
    }
  });

  it("makes room for the next answer on the same connection", async () => {
    const connection = await RawConnection.open(echo.port);
    connection.write("GET /film.bin HTTP/1.1\r\nHost: a\r\n\r\nGET /empty.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    expect((await connection.answer()).body.equals(content)).toBe(true);
    expect((await connection.answer()).headers["content-length"]).toBe("0");
    connection.destroy();
  });
});

describe("ranges", () => {
  const satisfiable: Array<[range: string, from: number, to: number]> = [
    ["bytes=0-0", 0, 0],
    ["bytes=0-99", 0, 99],
    ["bytes=100-199", 100, 199],
    [`bytes=0-${size - 1}`, 0, size - 1],
    [`bytes=${size - 1}-`, size - 1, size - 1],
    [`bytes=${size - 100}-${size * 2}`, size - 100, size - 1],
    ["bytes=1000-", 1000, size - 1],
    ["bytes=-1", size - 1, size - 1],
    ["bytes=-500", size - 500, size - 1],
    [`bytes=-${size + 1}`, 0, size - 1],
    ["bytes=5-99999999999999999999999999", 5, size - 1],
  ];
  it.each(satisfiable)("%s is bytes %i to %i", async (range, from, to) => {
    const answer = await ask("GET", "/film.bin", { Range: range });
    expect(answer.status).toBe(206);
    expect(answer.headers["content-range"]).toBe(`bytes ${from}-${to}/${size}`);
    expect(answer.headers["content-length"]).toBe(String(to - from + 1));
    expect(answer.headers.etag).toBe(etag);
    expect(answer.body.equals(content.subarray(from, to + 1))).toBe(true);
  });

  it.each([`bytes=${size}-`, `bytes=${size}-${size + 5}`, "bytes=-0", "bytes=99999999999999999999-"])(
    "%s is past the end",
    async (range) => {
      const answer = await ask("GET", "/film.bin", { Range: range });
      expect(answer.status).toBe(416);
      expect(answer.headers["content-range"]).toBe(`bytes */${size}`);
    },
  );

  it.each([
    "bytes=9-5",
    "bytes=a-b",
    "bytes=-",
    "bytes=1",
    "seats=0-5",
    "bytes 0-5",
    "bytes=0-1,5-6",
    "bytes=",
    "bytes=--5",
  ])("%s is ignored", async (range) => {
    const answer = await ask("GET", "/film.bin", { Range: range });
    expect(answer.status).toBe(200);
    expect(answer.headers["content-length"]).toBe(String(size));
  });

  it("count for GET only", async () => {
    expect(await ask("HEAD", "/film.bin", { Range: "bytes=0-9" })).toMatchObject({
      status: 200,
      headers: { "content-length": String(size) },
    });
  });
});

describe("conditions", () => {
  const date = modified.toUTCString();
  const earlier = new Date(modified.getTime() - 1000).toUTCString();
  const later = new Date(modified.getTime() + 1000).toUTCString();
  // `etag` is known only once the server runs, so a row names it.
  const rows: Array<[fields: Record<string, string>, status: number]> = [
    [{ "If-None-Match": "ETAG" }, 304],
    [{ "If-None-Match": "W/ETAG" }, 304],
    [{ "If-None-Match": '"a,b", ETAG' }, 304],
    [{ "If-None-Match": "*" }, 304],
    [{ "If-None-Match": '"other"' }, 200],
    [{ "If-None-Match": '"other"', "If-Modified-Since": later }, 200],
    [{ "If-Modified-Since": date }, 304],
    [{ "If-Modified-Since": later }, 304],
    [{ "If-Modified-Since": earlier }, 200],
    [{ "If-Modified-Since": "yesterday" }, 200],
    [{ "If-Match": "ETAG" }, 200],
    [{ "If-Match": "*" }, 200],
    [{ "If-Match": '"other"' }, 412],
    [{ "If-Match": "W/ETAG" }, 412],
    [{ "If-Unmodified-Since": date }, 200],
    [{ "If-Unmodified-Since": earlier }, 412],
    [{ "If-Match": "ETAG", "If-Unmodified-Since": earlier }, 200],
    [{ "If-Match": "ETAG", "If-None-Match": "ETAG" }, 304],
    [{ Range: "bytes=0-9", "If-Range": "ETAG" }, 206],
    [{ Range: "bytes=0-9", "If-Range": date }, 206],
    [{ Range: "bytes=0-9", "If-Range": "W/ETAG" }, 200],
    [{ Range: "bytes=0-9", "If-Range": '"other"' }, 200],
    [{ Range: "bytes=0-9", "If-Range": later }, 200],
    [{ Range: `bytes=${size}-`, "If-Range": '"other"' }, 200],
    [{ Range: "bytes=0-9", "If-None-Match": "ETAG" }, 304],
    [{ Range: `bytes=${size}-`, "If-Match": '"other"' }, 412],
  ];
  it.each(rows.map(([fields, status]) => [JSON.stringify(fields), status, fields] as const))(
    "%s: %i",
    async (_name, status, fields) => {
      const named = Object.entries(fields).map(([name, value]) => [name, value.replace("ETAG", etag)]);
      const answer = await ask("GET", "/film.bin", Object.fromEntries(named));
      expect(answer.status).toBe(status);
      if (status === 304) {
        expect(answer.headers.etag).toBe(etag);
        expect(answer.headers["content-length"] ?? "0").toMatch(/^(0|3000000)$/);
      }
    },
  );
});

describe("the walls of the folder", () => {
  const inside = ["/inside/page.html", "/inside/../inside/page.html", "//inside//page.html", "/inside/%70age.html"];
  it.each(inside)("%s is inside", async (target) => {
    expect((await ask("GET", target)).body.toString()).toBe("<p>in</p>");
  });

  const refused = [
    ...["/../secret.txt", "/%2e%2e/secret.txt", "/inside/../../secret.txt", "/..%2fsecret.txt", "/..%5csecret.txt"],
    ...["/inside/%2e%2e/%2e%2e/secret.txt", "/....//secret.txt", "/.hidden", "/%2ehidden", "/film.bin%00.txt"],
    ...["/absolute-link", "/relative-link", "/folder-link/secret.txt", "/process-link", "/film.bin/", "/film.bin/x"],
    ...["/inside", "/inside/", "/nothing", "/%ff", "/%zz", `/${"a".repeat(300)}`, `/${"a/".repeat(3000)}`],
    ...["/%c0%ae%c0%ae/secret.txt", "/..;/secret.txt", "secret.txt", "*", "http://127.0.0.1/../secret.txt"],
  ];
  it.each(refused)("%s is refused", async (target) => {
    const answer = await ask("GET", target);
    expect([400, 404]).toContain(answer.status);
    expect(answer.body.toString()).not.toContain("secret");
    expect(JSON.parse(answer.body.toString())).toMatchObject({ success: false });
  });
});
