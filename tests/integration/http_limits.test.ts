// What HTTP clients may take of the server: time, rate, connections. Each test has a server as strict as it needs.
import { describe, expect, it } from "vitest";

import { askHttp2, connectHttp2 } from "../support/http2";
import { eventually, temporaryFolder } from "../support/processes";
import { Pulso } from "../support/pulso";
import { RawConnection } from "../support/raw_connection";
import { makeCertificate } from "../support/tls";
import { userToken } from "../support/tokens";

const crlf = (lines: string[]): string => `${lines.join("\r\n")}\r\n\r\n`;

describe("limits", () => {
  it("cuts a slow head off with 408, a silent peer without a word", async () => {
    const hurried = await Pulso.start({ env: { PULSO_LIMITS_HEADER_TIMEOUT: "300ms" } });
    const slow = await RawConnection.open(hurried.port);
    slow.write("GET /health HTTP/1.1\r\nHost: ");
    expect(await slow.answer()).toMatchObject({ status: 408, headers: { connection: "close" } });
    await slow.ended();
    const silent = await RawConnection.open(hurried.port);
    expect((await silent.ended()).length).toBe(0);
    for (const connection of [slow, silent]) connection.destroy();
    await hurried.stop();
  });

  it("answers 408 to a body that stops coming", async () => {
    const hurried = await Pulso.start({ env: { PULSO_LIMITS_BODY_TIMEOUT: "300ms", PULSO_AUTH_ANONYMOUS: "seats" } });
    const slow = await RawConnection.open(hurried.port);
    slow.write(`${crlf(["POST /room/a/seats/A1 HTTP/1.1", "Host: a", "Content-Length: 50"])}{`);
    expect((await slow.answer()).status).toBe(408);
    slow.destroy();
    await hurried.stop();
  });

  it("gives a WebSocket up that does not answer for its idle time", async () => {
    const hurried = await Pulso.start({ env: { PULSO_LIMITS_IDLE_TIMEOUT: "1s", PULSO_AUTH_ANONYMOUS: "seats" } });
    const silent = await RawConnection.openWebSocket(hurried.port, "/ws/ana");
    await silent.ended();
    silent.destroy();
    await hurried.stop();
  });

  it("refuses requests over the rate with 429, and connections over their number", async () => {
    const strict = await Pulso.start({
      env: {
        PULSO_LIMITS_REQUESTS_PER_SECOND: "1",
        PULSO_LIMITS_REQUESTS_BURST: "2",
        PULSO_LIMITS_CONNECTIONS_PER_IP: "2",
      },
    });
    const first = await RawConnection.open(strict.port);
    first.write(crlf(["GET /health HTTP/1.1", "Host: a"]).repeat(3));
    expect([(await first.answer()).status, (await first.answer()).status]).toEqual([200, 200]);
    const refused = await first.answer();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThanOrEqual(1);
    const second = await RawConnection.open(strict.port);
    const third = await RawConnection.open(strict.port);
    expect((await third.ended()).length).toBe(0);
    for (const connection of [first, second, third]) connection.destroy();
    await strict.stop();
  });
});

describe("limits behind a trusted proxy", () => {
  const env = {
    PULSO_SERVER_TRUSTED_PROXIES: "127.0.0.1",
    PULSO_LIMITS_REQUESTS_PER_SECOND: "0.01",
    PULSO_LIMITS_REQUESTS_BURST: "2",
    PULSO_LIMITS_CONNECTIONS_PER_IP: "2",
    PULSO_AUTH_ANONYMOUS: "seats",
  };
  const of = (address: string): string => `X-Forwarded-For: 10.0.0.1, ${address}`;
  const health = (address: string): string => crlf(["GET /health HTTP/1.1", "Host: a", of(address)]);

  it("each client has its own rate, whichever connection its requests come by", async () => {
    const strict = await Pulso.start({ env });
    const first = await RawConnection.open(strict.port);
    const second = await RawConnection.open(strict.port);
    first.write(health("192.0.2.1"));
    expect((await first.answer()).status).toBe(200);
    second.write(health("192.0.2.1").repeat(2));
    expect([(await second.answer()).status, (await second.answer()).status]).toEqual([200, 429]);
    for (const connection of [first, second]) {
      connection.write(health("192.0.2.2"));
      expect((await connection.answer()).status).toBe(200);
      connection.destroy();
    }
    await strict.stop();
  });

  it("the same over HTTP/2", async () => {
    const folder = temporaryFolder();
    const files = makeCertificate(folder.path, "server");
    const args = ["--tls-cert", files.certificate, "--tls-key", files.key];
    const strict = await Pulso.start({ args, env });
    const session = await connectHttp2(strict.port);
    const ask = async (address: string): Promise<number> =>
      (await askHttp2(session, { ":path": "/health", "x-forwarded-for": address })).status;
    expect([await ask("192.0.2.1"), await ask("192.0.2.1"), await ask("192.0.2.1")]).toEqual([200, 200, 429]);
    expect(await ask("192.0.2.2")).toBe(200);
    session.destroy();
    await strict.stop();
    folder.remove();
  });

  it("each client has its own number of live connections, the proxy any", async () => {
    const strict = await Pulso.start({ env: { ...env, PULSO_LIMITS_REQUESTS_PER_SECOND: "0" } });
    const path = "/socket.io/?EIO=4&transport=websocket";
    const websocket = (address: string): Promise<RawConnection> =>
      RawConnection.openWebSocket(strict.port, path, [of(address)]);
    const token = userToken({ sub: "a", account_id: "shop", scope: "events:read" });
    const stream = async (address: string): Promise<RawConnection> => {
      const connection = await RawConnection.open(strict.port);
      connection.write(crlf([`GET /events/stream?token=${token} HTTP/1.1`, "Host: a", of(address)]));
      return connection;
    };
    const open = [await websocket("192.0.2.1"), await stream("192.0.2.1")];
    expect(await open[1]?.head()).toMatchObject({ status: 200 });
    await expect(websocket("192.0.2.1")).rejects.toThrow("429");
    // An EventSource gives up for good at anything but 200: its stream ends at once.
    const sentAway = await stream("192.0.2.1");
    expect((await sentAway.answer()).body.toString()).toMatch(/^retry: \d+\n\n$/);
    open.push(await websocket("192.0.2.2"), await websocket("192.0.2.2"), sentAway);
    open[0]?.destroy();
    open.push(await eventually(() => websocket("192.0.2.1")));
    for (const connection of open) connection.destroy();
    await strict.stop();
  });
});
