// What HTTP clients may take of the server: time, rate, connections. Each test has a server as strict as it needs.
import { describe, expect, it } from "vitest";

import { Pulso } from "../support/pulso";
import { RawConnection } from "../support/raw_connection";

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
