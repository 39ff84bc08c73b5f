// What ends an event stream, and what comes back: revocation, refusals that pass, restarts.
import { EventSource } from "eventsource";
import { describe, expect, it } from "vitest";

import { runCommand } from "../support/command";
import { EventStreamClient } from "../support/event_stream";
import { eventually } from "../support/processes";
import { Pulso } from "../support/pulso";
import { Redis } from "../support/redis";
import { userToken } from "../support/tokens";

describe("an API key", () => {
  it("opens its account's stream wherever it stands, until it is revoked", async () => {
    const server = await Pulso.start();
    const created = await runCommand(server, "key", "create", "--account", "7", "--scope", "events:write");
    const key = created.split("\n")[0] ?? "";
    const ways: Array<[string, Record<string, string>, string]> = [
      [`?api-key=${key}`, {}, "query"],
      [`?token=${key}`, {}, "query"],
      ["", { Authorization: `Bearer ${key}` }, "header"],
      ["", { "X-API-Key": key }, "header"],
    ];
    const clients: EventStreamClient[] = [];
    for (const [query, headers, tokenSource] of ways) {
      const client = await EventStreamClient.open(`${server.http}/api/events/stream${query}`, headers);
      clients.push(client);
      expect(JSON.parse((await client.next()).data)).toMatchObject({
        accountId: 7,
        userId: null,
        authType: "apikey",
        tokenSource,
      });
    }
    const [id = ""] = (await runCommand(server, "key", "list")).split(/\s+/);
    await runCommand(server, "key", "revoke", id);
    for (const client of clients) {
      expect((await client.next()).type).toBe("error");
      expect(await client.ended).toBe("whole");
    }
    expect(server.program.output).not.toContain(key);
    await server.stop();
  });
});

describe("a refusal that passes", () => {
  const token = userToken({ sub: "a", account_id: "1" });

  it("is a stream that ends at once, since an EventSource gives up at anything else", async () => {
    const server = await Pulso.start({ env: { PULSO_LIMITS_REQUESTS_PER_SECOND: "2" } });
    const answers: Response[] = [];
    while (answers.at(-1)?.headers.get("x-accel-buffering") !== "no") {
      answers.push(await fetch(`${server.http}/health`));
      if (answers.at(-1)?.status === 429) answers.push(await fetch(`${server.http}/events/stream?token=${token}`));
    }
    const last = answers.at(-1) as Response;
    expect([last.status, last.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    expect(await last.text()).toMatch(/^retry: \d{4}\n\n$/);
    await server.stop();
  });

  it("at a drain sends streams away for a while, whole", async () => {
    const server = await Pulso.start();
    const client = await EventStreamClient.open(`${server.http}/events/stream?token=${token}`);
    await client.next();
    client.retry = undefined;
    expect(await server.program.end("SIGTERM")).toBe(0);
    expect(await client.ended).toBe("whole");
    expect(client.retry).toBeGreaterThanOrEqual(500);
    await server.stop();
  });
});

describe("while Redis is away", () => {
  it("a stream has at once what is published where it is", async () => {
    const redis = await Redis.start();
    const server = await Pulso.start({ env: { REDIS_URL: redis.url, PULSO_EVENTS_HEARTBEAT_INTERVAL: "5m" } });
    const token = userToken({ sub: "a", account_id: "1", scope: "events:write" });
    const client = await EventStreamClient.open(`${server.http}/events/stream?token=${token}`);
    expect((await client.next()).type).toBe("connection");
    await redis.kill();
    await eventually(async () => (await server.metric("pulso_bus_up")) === 0);
    const body = JSON.stringify({ type: "note", data: 1, id: "n1" });
    const answer = await fetch(`${server.http}/events/publish?token=${token}`, { method: "POST", body });
    expect(answer.status).toBe(200);
    expect((await client.next()).id).toBe("n1");
    client.close();
    await server.stop();
    await redis.stop();
  });
});

describe("a restart", () => {
  it.each(["SIGTERM", "SIGKILL"] as const)("by %s loses nothing that was acknowledged", async (signal) => {
    let server = await Pulso.start();
    const token = userToken({ sub: "a", account_id: "1", scope: "events:write" });
    const publish = (id: string): Promise<Response> =>
      fetch(`${server.http}/events/publish?token=${token}`, {
        method: "POST",
        body: JSON.stringify({ type: "note", data: 1, id }),
      });
    const source = new EventSource(`${server.http}/events/stream?token=${token}`);
    const received: string[] = [];
    source.addEventListener("note", ({ lastEventId }: { lastEventId: string }) => received.push(lastEventId));
    await new Promise((resolve) => source.addEventListener("connection", resolve));
    for (let i = 1; i <= 20; ++i) await publish(`n${i}`);
    await server.program.end(signal);
    server = await server.restart();
    for (let i = 21; i <= 40; ++i) await publish(`n${i}`);
    await eventually(() => received.length >= 40, 30_000);
    expect(received).toEqual(Array.from({ length: 40 }, (_, i) => `n${i + 1}`));
    source.close();
    await server.stop();
  });
});
