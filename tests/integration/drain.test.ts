// SIGTERM: clients are sent away so that they come back, what is under way is finished, the process ends with 0.
import { afterEach, describe, expect, it } from "vitest";

import { eventually } from "../support/processes";
import { Pulso } from "../support/pulso";
import { RawConnection } from "../support/raw_connection";
import { SeatsClient } from "../support/seats_client";

// What need not wait for its end would wait past the test's own limit if it did.
const drainTimeoutMs = 600_000;
let server: Pulso;
const start = async (timeoutMs = drainTimeoutMs): Promise<void> => {
  server = await Pulso.start({
    env: { PULSO_AUTH_ANONYMOUS: "seats", PULSO_SERVER_DRAIN_TIMEOUT: `${timeoutMs}ms` },
  });
};
afterEach(async () => {
  await server?.stop();
});

/** Sends the signal; gives the exit status. */
async function drain(): Promise<number | NodeJS.Signals> {
  return server.program.end("SIGTERM");
}

describe("SIGTERM", () => {
  it("ends an idle server at once", async () => {
    await start();
    expect(await drain()).toBe(0);
  });

  it("closes WebSockets with 1012 and ends once they have answered", async () => {
    await start();
    const clients = await Promise.all(
      Array.from({ length: 40 }, (_, i) => SeatsClient.connect(server.ws, `client_${i}`)),
    );
    await Promise.all(clients.map((client) => client.join("drained")));
    expect(await drain()).toBe(0);
    for (const client of clients) expect(await client.closed).toMatchObject({ code: 1012 });
  });

  it("does not wait for ever for clients that do not answer its close", async () => {
    await start(500);
    const mute = await RawConnection.openWebSocket(server.port, "/ws/mute");
    const idle = await RawConnection.open(server.port);
    expect(await drain()).toBe(0);
    for (const connection of [mute, idle]) connection.destroy();
  });

  it("finishes a request whose body is still on its way", async () => {
    await start();
    const body = JSON.stringify({ client_id: "ana" });
    const connection = await RawConnection.open(server.port);
    connection.write(
      `POST /room/r/seats/A1 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    expect((await connection.head()).status).toBe(100);
    const ended = drain();
    await server.program.waitForOutput(/draining/);
    connection.write(body);
    const answer = await connection.answer();
    expect(answer).toMatchObject({ status: 200, headers: { connection: "close" } });
    expect(await ended).toBe(0);
    connection.destroy();
  });

  it.each([0, 300])("cuts what is still there after %i ms, and exits with 0", async (timeoutMs) => {
    await start(timeoutMs);
    const ana = await SeatsClient.connect(server.ws, "ana");
    await ana.join("r");
    const hanging = await RawConnection.open(server.port);
    hanging.write("POST /room/r/seats/A1 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 20\r\n\r\n");
    expect((await hanging.head()).status).toBe(100);
    const polling = await RawConnection.open(server.port);
    polling.write("GET /room/r/selections?wait=25&version=0 HTTP/1.1\r\nHost: a\r\n\r\n");
    const mute = await RawConnection.openWebSocket(server.port, "/ws/mute");
    expect(await drain()).toBe(0);
    for (const connection of [hanging, polling, mute]) connection.destroy();
  });

  it("answers a long poll that waits", async () => {
    await start();
    const selections = `${server.http}/room/r/selections`;
    const { version } = (await (await fetch(selections)).json()) as { version: number };
    const waiting = fetch(`${selections}?wait=25&version=${version}&client_id=ana`);
    await eventually(async () => {
      const stats = (await (await fetch(`${server.http}/stats`)).json()) as { seats: { long_polls: number } };
      return stats.seats.long_polls === 1;
    });
    expect(await drain()).toBe(0);
    expect([200, 304, 503]).toContain((await waiting).status);
  });

  it("accepts nobody new", async () => {
    await start();
    const mute = await RawConnection.openWebSocket(server.port, "/ws/mute");
    const ended = drain();
    await server.program.waitForOutput(/draining/);
    await expect(fetch(`${server.http}/health`)).rejects.toThrow();
    mute.destroy();
    expect(await ended).toBe(0);
  });

  it("keeps what was acknowledged for the next start", async () => {
    await start();
    const ana = await SeatsClient.connect(server.ws, "ana");
    await ana.join("kept");
    const held = await ana.select("kept", "A1");
    await drain();
    server = await server.restart();
    const luz = await SeatsClient.connect(server.ws, "luz");
    const { selections } = await luz.join("kept");
    expect(selections.selections).toEqual([expect.objectContaining({ seat_id: "A1", expires_at: held.expires_at })]);
    await luz.close();
  });
});
