// HTTP/1.1 as clients, proxies and browsers speak it to a running server (RFC 9110, 9112; the Fetch standard's CORS).
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Pulso } from "../support/pulso";
import { type Answer, RawConnection, webSocketRequest } from "../support/raw_connection";
import { userToken } from "../support/tokens";

const shop = "https://shop.example.com";
let server: Pulso;
beforeAll(async () => {
  server = await Pulso.start({ env: { PULSO_AUTH_ANONYMOUS: "seats", CLIENT_URL: shop } });
});
afterAll(async () => {
  await server?.stop();
});

const crlf = (lines: string[]): string => `${lines.join("\r\n")}\r\n\r\n`;

/** Writes the lines on a connection of their own and reads one answer. */
async function exchange(lines: string[], body = ""): Promise<Answer> {
  const connection = await RawConnection.open(server.port);
  connection.write(crlf(lines) + body);
  const answer = await (lines[0]?.startsWith("HEAD") ? connection.head() : connection.answer());
  connection.destroy();
  return answer;
}
const json = (answer: Answer): Record<string, unknown> => JSON.parse(answer.body.toString());
const seatBody = JSON.stringify({ client_id: "ana" });

describe("one connection, many requests", () => {
  it("stays open until a side says otherwise", async () => {
    const connection = await RawConnection.open(server.port);
    for (let i = 0; i < 3; ++i) {
      connection.write(crlf(["GET /health HTTP/1.1", "Host: a"]));
      expect((await connection.answer()).status).toBe(200);
    }
    connection.write(crlf(["GET /health HTTP/1.1", "Host: a", "Connection: close"]));
    expect((await connection.answer()).headers.connection).toBe("close");
    expect((await connection.ended()).length).toBe(0);
    connection.destroy();
  });

  it("closes after HTTP/1.0 unless keep-alive is asked for", async () => {
    const connection = await RawConnection.open(server.port);
    connection.write(crlf(["GET /health HTTP/1.0", "Connection: keep-alive"]));
    expect((await connection.answer()).headers.connection).toBe("keep-alive");
    connection.write(crlf(["GET /health HTTP/1.0"]));
    expect((await connection.answer()).status).toBe(200);
    await connection.ended();
    connection.destroy();
  });

  it("answers pipelined requests in their order, bodies and failures among them", async () => {
    const connection = await RawConnection.open(server.port);
    const requests = Array.from({ length: 60 }, (_, i) => {
      const id = `X-Request-Id: ${i}`;
      if (i % 3 === 0) return crlf(["GET /health HTTP/1.1", "Host: a", id]);
      if (i % 3 === 1) return crlf(["GET /nothing/here HTTP/1.1", "Host: a", id]);
      const target = `/room/pipelined/seats/A${i}`;
      return crlf([`POST ${target} HTTP/1.1`, "Host: a", id, `Content-Length: ${seatBody.length}`]) + seatBody;
    });
    connection.write(requests.join(""));
    for (let i = 0; i < requests.length; ++i) {
      const answer = await connection.answer();
      expect(answer.headers["x-request-id"]).toBe(String(i));
      if (i % 3 !== 2) expect(answer.status).toBe(i % 3 === 0 ? 200 : 404);
    }
    connection.destroy();
  });

  it("skips the empty line that old clients leave behind a body", async () => {
    const connection = await RawConnection.open(server.port);
    connection.write(`${crlf(["GET /health HTTP/1.1", "Host: a"])}\r\n${crlf(["GET /health HTTP/1.1", "Host: a"])}`);
    expect((await connection.answer()).status).toBe(200);
    expect((await connection.answer()).status).toBe(200);
    connection.destroy();
  });
});

describe("bodies", () => {
  const post = (seat: string, ...fields: string[]): string[] => [
    `POST /room/bodies/seats/${seat} HTTP/1.1`,
    "Host: a",
    "Content-Type: application/json",
    ...fields,
  ];

  it("may come in chunks, with extensions and a trailer", async () => {
    const chunks = [...seatBody].map((character) => `1;name=value\r\n${character}\r\n`).join("");
    const answer = await exchange(post("A1", "Transfer-Encoding: chunked"), `${chunks}0\r\nX-Trailer: yes\r\n\r\n`);
    expect(json(answer)).toMatchObject({ success: true, seat_id: "A1" });
  });

  it("are waited for with 100 Continue where the client asks", async () => {
    const connection = await RawConnection.open(server.port);
    connection.write(crlf(post("A2", "Expect: 100-continue", `Content-Length: ${seatBody.length}`)));
    expect((await connection.head()).status).toBe(100);
    connection.write(seatBody);
    expect(json(await connection.answer())).toMatchObject({ success: true, seat_id: "A2" });
    connection.destroy();
  });

  it("are refused before they are sent", async () => {
    expect((await exchange(post("A3", "Expect: 100-continue", "Content-Length: 99999999"))).status).toBe(413);
    expect((await exchange(post("A3", "Expect: a miracle", "Content-Length: 2"))).status).toBe(417);
    expect((await exchange(post("A3", "Content-Length: 99999999"))).status).toBe(413);
  });

  it("are cut off where they grow too large in chunks", async () => {
    const chunk = `${(16_384).toString(16)}\r\n${"x".repeat(16_384)}\r\n`;
    expect((await exchange(post("A3", "Transfer-Encoding: chunked"), chunk.repeat(8))).status).toBe(413);
  });
});

describe("refusals", () => {
  it("are JSON with a code", async () => {
    const answer = await exchange(["GET /nothing/here HTTP/1.1", "Host: a"]);
    expect(answer).toMatchObject({
      status: 404,
      headers: { "content-type": expect.stringContaining("application/json") },
    });
    expect(json(answer)).toMatchObject({ success: false, code: "not_found", message: expect.any(String) });
  });

  it.each([
    ["DELETE", "/health", "GET, HEAD"],
    ["POST", "/room/a/selections", "GET, HEAD"],
    ["GET", "/room/a/confirm", "POST"],
    ["PUT", "/room/a/seats/A1", "POST, DELETE"],
  ])("%s %s names what is allowed", async (method, path, allow) => {
    const answer = await exchange([`${method} ${path} HTTP/1.1`, "Host: a", "Content-Length: 0"]);
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe(allow);
  });

  const malformed: Array<[name: string, status: number, lines: string[], body?: string]> = [
    ["no Host", 400, ["GET /health HTTP/1.1"]],
    ["two Hosts", 400, ["GET /health HTTP/1.1", "Host: a", "Host: b"]],
    ["an unknown version", 505, ["GET /health HTTP/3.7", "Host: a"]],
    ["no version", 400, ["GET /health", "Host: a"]],
    ["a space before the colon", 400, ["GET /health HTTP/1.1", "Host : a"]],
    ["a name with a space", 400, ["GET /health HTTP/1.1", "Host: a", "X Y: z"]],
    ["a NUL in a value", 400, ["GET /health HTTP/1.1", "Host: a", "X: a\0b"]],
    ["a folder above the root", 404, ["GET /../../etc/passwd HTTP/1.1", "Host: a"]],
    ["a bad escape", 400, ["GET /%zz HTTP/1.1", "Host: a"]],
    ["an authority as target", 400, ["GET a:80 HTTP/1.1", "Host: a"]],
    [
      "both framings",
      400,
      ["POST /room/a/seats/A1 HTTP/1.1", "Host: a", "Content-Length: 4", "Transfer-Encoding: chunked"],
      "0\r\n\r\n",
    ],
    [
      "two lengths",
      400,
      ["POST /room/a/seats/A1 HTTP/1.1", "Host: a", "Content-Length: 4", "Content-Length: 5"],
      "abcde",
    ],
    ["a signed length", 400, ["POST /room/a/seats/A1 HTTP/1.1", "Host: a", "Content-Length: +2"], "{}"],
    ["a length that is none", 400, ["POST /room/a/seats/A1 HTTP/1.1", "Host: a", "Content-Length: 0x2"], "{}"],
    [
      "a bad chunk size",
      400,
      ["POST /room/a/seats/A1 HTTP/1.1", "Host: a", "Transfer-Encoding: chunked"],
      "zz\r\n{}\r\n0\r\n\r\n",
    ],
    ["fields without end", 431, ["GET /health HTTP/1.1", "Host: a", `X: ${"x".repeat(40_000)}`]],
    [
      "very many fields",
      431,
      ["GET /health HTTP/1.1", "Host: a", ...Array.from({ length: 4000 }, (_, i) => `X${i}: ${i}`)],
    ],
  ];
  it.each(malformed)("%s: %i, and the connection ends", async (_name, status, lines, body = "") => {
    const connection = await RawConnection.open(server.port);
    connection.write(crlf(lines) + body);
    const answer = await connection.answer();
    expect(answer.status).toBe(status);
    expect(json(answer).success).toBe(false);
    if (status !== 404) await connection.ended();
    connection.destroy();
  });

  it("a second request hidden in a length's shadow is never answered", async () => {
    const connection = await RawConnection.open(server.port);
    const hidden = crlf(["GET /stats HTTP/1.1", "Host: a"]);
    const lines = [
      "POST /room/a/seats/A1 HTTP/1.1",
      "Host: a",
      `Content-Length: ${hidden.length}`,
      "Transfer-Encoding: chunked",
    ];
    connection.write(`${crlf(lines)}0\r\n\r\n${hidden}`);
    expect((await connection.answer()).status).toBe(400);
    expect((await connection.ended()).toString()).toBe("");
    connection.destroy();
  });
});

describe("what browsers ask", () => {
  const preflight = (origin: string): string[] => [
    "OPTIONS /room/a/seats/A1 HTTP/1.1",
    "Host: a",
    `Origin: ${origin}`,
    "Access-Control-Request-Method: POST",
    "Access-Control-Request-Headers: content-type,x-pulso-session",
  ];

  it("a preflight of an allowed origin names it, the methods and the fields", async () => {
    const { status, headers } = await exchange(preflight(shop));
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      "access-control-allow-origin": shop,
      "access-control-allow-credentials": "true",
      "access-control-allow-headers": "content-type,x-pulso-session",
      vary: "Origin",
    });
    expect(headers["access-control-allow-methods"]?.split(", ").sort()).toEqual(["DELETE", "POST"]);
  });

  it("any other origin is told nothing", async () => {
    for (const origin of ["https://evil.example", `${shop}.evil.example`, "http://shop.example.com", "null"]) {
      const { headers } = await exchange(preflight(origin));
      expect(headers["access-control-allow-origin"]).toBeUndefined();
      const answer = await exchange(["GET /health HTTP/1.1", "Host: a", `Origin: ${origin}`]);
      expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
      expect(answer.headers.vary).toContain("Origin");
    }
  });

  it("the server's own origin may read, and failures can be read too", async () => {
    const own = `http://127.0.0.1:${server.port}`;
    const answer = await exchange(["GET /nothing HTTP/1.1", `Host: 127.0.0.1:${server.port}`, `Origin: ${own}`]);
    expect(answer).toMatchObject({ status: 404, headers: { "access-control-allow-origin": own } });
    expect(answer.headers["access-control-expose-headers"]).toContain("X-Pulso-Session");
  });

  it("Socket.IO is for allowed origins too, by either transport", async () => {
    const ask = (transport: string, ...fields: string[]): Promise<Answer> =>
      exchange([`GET /socket.io/?EIO=4&transport=${transport} HTTP/1.1`, "Host: a", ...fields]);
    const upgrade = webSocketRequest("/socket.io/?EIO=4&transport=websocket").trimEnd().split("\r\n");
    for (const foreign of ["https://evil.example", `${shop}.evil.example`, "null"]) {
      expect((await exchange([...upgrade, `Origin: ${foreign}`])).status, foreign).toBe(403);
      const { headers } = await ask("polling", `Origin: ${foreign}`);
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
    }
    expect((await exchange([...upgrade, `Origin: ${shop}`])).status).toBe(101);
    expect(await ask("polling", `Origin: ${shop}`)).toMatchObject({
      status: 200,
      headers: { "access-control-allow-origin": shop, "access-control-allow-credentials": "true" },
    });
  });

  it("a WebSocket from a foreign origin is refused, from an allowed one or none accepted", async () => {
    const upgrade = (...fields: string[]): string[] => [
      ...["GET /ws/ana HTTP/1.1", "Host: a", "Connection: keep-alive, Upgrade", "Upgrade: websocket"],
      ...["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", ...fields],
    ];
    expect((await exchange(upgrade("Origin: https://evil.example"))).status).toBe(403);
    expect((await exchange(upgrade("Origin: null"))).status).toBe(403);
    expect((await exchange(upgrade(`Origin: ${shop}`))).status).toBe(101);
    expect((await exchange(upgrade())).status).toBe(101);
    expect((await exchange(upgrade().filter((line) => !line.includes("Key")))).status).toBe(400);
    const version = await exchange(upgrade().map((line) => line.replace("Version: 13", "Version: 8")));
    expect(version).toMatchObject({ status: 426, headers: { "sec-websocket-version": "13" } });
    expect((await exchange(["GET /ws/ana HTTP/1.1", "Host: a"])).status).toBe(426);
  });

  it("Connection: upgrade without Upgrade is an ordinary request", async () => {
    expect((await exchange(["GET /health HTTP/1.1", "Host: a", "Connection: upgrade"])).status).toBe(200);
  });
});

describe("the server about itself", () => {
  it("/health, with and without /api, with and without a last slash", async () => {
    for (const path of ["/health", "/api/health", "/health/"]) {
      expect(json(await exchange([`GET ${path} HTTP/1.1`, "Host: a"]))).toMatchObject({
        status: "healthy",
        redis: "disabled",
      });
    }
  });

  it("HEAD says what GET would", async () => {
    const head = await exchange(["HEAD /ready HTTP/1.1", "Host: a"]);
    const get = await exchange(["GET /ready HTTP/1.1", "Host: a"]);
    expect(head.status).toBe(200);
    expect(head.headers["content-length"]).toBe(String(get.body.length));
    expect(json(get)).toMatchObject({ status: "ready" });
  });

  const authorised = (scope: string): string => `Authorization: Bearer ${userToken({ sub: "ops", scope })}`;

  it("/stats shows totals, and more to those who may", async () => {
    const totals = json(await exchange(["GET /stats HTTP/1.1", "Host: a"]));
    expect(totals).toMatchObject({
      uptime: expect.any(Number),
      connections: expect.any(Number),
      seats: expect.any(Object),
    });
    expect(totals.process).toBeUndefined();
    const details = json(await exchange(["GET /stats HTTP/1.1", "Host: a", authorised("stats:read")]));
    expect(details.process).toMatchObject({ resident_bytes: expect.any(Number) });
  });

  it("/metrics needs its scope", async () => {
    expect((await exchange(["GET /metrics HTTP/1.1", "Host: a"])).status).toBe(401);
    expect((await exchange(["GET /metrics HTTP/1.1", "Host: a", authorised("seats:read")])).status).toBe(403);
    const answer = await exchange(["GET /metrics HTTP/1.1", "Host: a", authorised("metrics:read")]);
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toContain("text/plain; version=0.0.4");
    expect(answer.body.toString()).toMatch(/^pulso_http_requests_total \d+$/m);
  });
});

describe("tracing", () => {
  const trace = "0af7651916cd43dd8448eb211c80319c";

  it("gives the request's id back, or one of its own", async () => {
    const given = await exchange(["GET /health HTTP/1.1", "Host: a", "X-Request-Id: order-77"]);
    expect(given.headers["x-request-id"]).toBe("order-77");
    for (const unusable of ["has space", "x".repeat(129), "ñ"]) {
      const answer = await exchange(["GET /health HTTP/1.1", "Host: a", `X-Request-Id: ${unusable}`]);
      expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f]{16}$/);
    }
  });

  it("goes on with the caller's trace under a span of its own", async () => {
    const answer = await exchange(["GET /health HTTP/1.1", "Host: a", `traceparent: 00-${trace}-b7ad6b7169203331-01`]);
    expect(answer.headers.traceparent).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
    expect(answer.headers.traceparent).not.toContain("b7ad6b7169203331");
    const broken = await exchange(["GET /health HTTP/1.1", "Host: a", `traceparent: 00-${trace}-short-01`]);
    expect(broken.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(broken.headers.traceparent).not.toContain(trace);
  });
});
