// The event streams of accounts: alone on SQLite, and two instances on PostgreSQL and Redis.
import { EventSource } from "eventsource";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { CutProxy } from "../support/cut_proxy";
import { EventStreamClient, type StreamEvent } from "../support/event_stream";
import { Postgres } from "../support/postgres";
import { eventually } from "../support/processes";
import { Pulso } from "../support/pulso";
import { Redis } from "../support/redis";
import { userToken } from "../support/tokens";

const heartbeatMs = 1_000;

interface Engine {
  name: string;
  start: () => Promise<Pulso[]>;
  stop: () => Promise<void>;
}

function engines(): Engine[] {
  const env = { PULSO_EVENTS_HEARTBEAT_INTERVAL: `${heartbeatMs}ms` };
  let servers: Pulso[] = [];
  let postgres: Postgres | undefined;
  let redis: Redis | undefined;
  const stop = async (): Promise<void> => {
    for (const server of servers) await server.stop();
    await postgres?.stop();
    await redis?.stop();
  };
  const alone = async (): Promise<Pulso[]> => (servers = [await Pulso.start({ env })]);
  const together = async (): Promise<Pulso[]> => {
    [postgres, redis] = await Promise.all([Postgres.start(), Redis.start()]);
    const shared = { ...env, DATABASE_URL: postgres.url, REDIS_URL: redis.url };
    return (servers = [await Pulso.start({ env: shared }), await Pulso.start({ env: shared })]);
  };
  return [
    { name: "alone on SQLite", start: alone, stop },
    { name: "two instances on PostgreSQL and Redis", start: together, stop },
  ];
}

describe.each(engines())("$name", (engine) => {
  /** The same one twice where there is only one. */
  let one: Pulso;
  let other: Pulso;
  beforeAll(async () => {
    const servers = await engine.start();
    one = servers[0] as Pulso;
    other = servers.at(-1) as Pulso;
  });
  afterAll(async () => {
    await engine.stop();
  });

  let accountCount = 0;
  const newAccount = (): string => String(++accountCount);
  const reader = (account: string, more: object = {}): string =>
    userToken({ sub: `user-of-${account}`, account_id: account, ...more });
  const writer = (account: string): string => reader(account, { scope: "events:write" });
  const open: EventStreamClient[] = [];
  const stream = async (
    account: string,
    { query = "", headers = {}, at = one }: { query?: string; headers?: Record<string, string>; at?: Pulso } = {},
  ): Promise<EventStreamClient> => {
    const url = `${at.http}/events/stream${query}`;
    const client = await EventStreamClient.open(url, { Authorization: `Bearer ${reader(account)}`, ...headers });
    open.push(client);
    return client;
  };
  afterEach(() => {
    for (const client of open.splice(0)) client.close();
  });
  const publish = async (account: string, body: unknown, at = other): Promise<Response> =>
    fetch(`${at.http}/events/publish`, {
      method: "POST",
      headers: { Authorization: `Bearer ${writer(account)}` },
      body: JSON.stringify(body),
    });
  const published = async (account: string, count: number, from = 1): Promise<void> => {
    for (let i = from; i < from + count; ++i) {
      const answer = await publish(account, { type: "note", data: { i }, id: `note_${i}` });
      expect(answer.status).toBe(200);
    }
  };
  /** The next events that are no welcome and no heartbeat. */
  const news = async (client: EventStreamClient, count: number): Promise<StreamEvent[]> => {
    const events: StreamEvent[] = [];
    while (events.length < count) {
      const event = await client.next();
      if (event.type !== "connection" && event.type !== "heartbeat") events.push(event);
    }
    return events;
  };
  const ids = (from: number, to: number): string[] =>
    Array.from({ length: to - from + 1 }, (_, i) => `note_${from + i}`);

  it("welcomes with who is connected", async () => {
    const account = newAccount();
    const client = await stream(account);
    const welcome = await client.next();
    const data = JSON.parse(welcome.data) as Record<string, unknown>;
    expect(welcome).toMatchObject({ type: "connection", id: `welcome_${String(data.connectionId)}` });
    expect(data).toEqual({
      message: "Conectado exitosamente a eventos de la cuenta",
      accountId: Number(account),
      userId: `user-of-${account}`,
      connectionId: expect.stringMatching(/^conn_\d{13}_[a-z0-9]+$/),
      authType: "jwt",
      tokenSource: "header",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    expect(client.retry).toBeGreaterThan(0);
  });

  it("delivers what is published, whatever instance took it", async () => {
    const account = newAccount();
    const clients = [await stream(account, { at: one }), await stream(account, { at: other })];
    for (const client of clients) await client.next();
    const answer = await publish(account, { type: "price", data: { a: 1.5 }, id: "p-1" });
    expect(await answer.json()).toEqual({
      success: true,
      data: { id: "p-1", accountId: Number(account), duplicate: false },
    });
    for (const client of clients)
      expect(await news(client, 1)).toEqual([{ id: "p-1", type: "price", data: '{"a":1.5}' }]);
  });

  it("stores an id once", async () => {
    const account = newAccount();
    const client = await stream(account);
    await client.next();
    await published(account, 1);
    expect((await (await publish(account, { type: "note", data: 2, id: "note_1" })).json()) as object).toMatchObject({
      data: { id: "note_1", duplicate: true },
    });
    await published(account, 1, 2);
    expect((await news(client, 2)).map(({ id }) => id)).toEqual(ids(1, 2));
  });

  it("takes a batch, and none of a bad one", async () => {
    const account = newAccount();
    const client = await stream(account);
    const bad = await publish(account, [
      { type: "a", data: 1 },
      { type: "qr_payment", data: 2 },
    ]);
    expect([bad.status, await bad.json()]).toEqual([422, expect.objectContaining({ code: "reserved_type" })]);
    const good = await publish(account, [
      { type: "a", data: 1 },
      { type: "b", data: 2, accountId: Number(account) },
    ]);
    expect(((await good.json()) as { data: unknown[] }).data).toHaveLength(2);
    expect((await news(client, 2)).map(({ type }) => type)).toEqual(["a", "b"]);
  });

  describe("Last-Event-ID", () => {
    it("brings what came behind an event, on any instance", async () => {
      const account = newAccount();
      await published(account, 5);
      const client = await stream(account, { headers: { "Last-Event-ID": "note_2" }, at: other });
      await published(account, 1, 6);
      expect((await news(client, 4)).map(({ id }) => id)).toEqual(ids(3, 6));
    });

    it("of a welcome stands for what had been written before it", async () => {
      const account = newAccount();
      await published(account, 2);
      const first = await stream(account);
      const { id: welcome } = await first.next();
      first.close();
      await published(account, 2, 3);
      const second = await stream(account, { headers: { "Last-Event-ID": welcome }, at: other });
      const { id: again } = await second.next();
      second.close(); // cut between the welcome and the replay
      const third = await stream(account, { query: `?lastEventId=${again}` });
      expect((await news(third, 2)).map(({ id }) => id)).toEqual(ids(3, 4));
    });

    it("of a heartbeat too", async () => {
      const account = newAccount();
      await published(account, 2);
      const first = await stream(account, { headers: { "Last-Event-ID": "note_1" } });
      const seen = [await first.next()];
      while (seen.at(-1)?.type !== "heartbeat") seen.push(await first.next());
      expect(seen.map(({ type }) => type)).toEqual(["connection", "note", "heartbeat"]);
      expect(seen[2]?.id).toMatch(/^heartbeat_\d{13}$/);
      first.close();
      await published(account, 2, 3);
      const second = await stream(account, { headers: { "Last-Event-ID": seen[2]?.id ?? "" }, at: other });
      expect((await news(second, 2)).map(({ id }) => id)).toEqual(ids(3, 4));
    });

    it.each(["unknown", "welcome_conn_1_x", "welcome_conn_1_0123456789zzzz", "heartbeat_x", "x".repeat(5_000)])(
      "that stands for nothing brings a reset (%s)",
      async (id) => {
        const account = newAccount();
        await published(account, 2);
        const client = await stream(account, { headers: { "Last-Event-ID": id } });
        expect((await client.next()).type).toBe("connection");
        expect((await client.next()).type).toBe("reset");
        await published(account, 1, 3);
        expect((await news(client, 1)).map(({ id: got }) => got)).toEqual(["note_3"]);
      },
    );

    it("that is no text brings a reset too", async () => {
      const client = await stream(newAccount(), { query: "?lastEventId=%ff" });
      expect((await client.next()).type).toBe("connection");
      expect((await client.next()).type).toBe("reset");
    });

    it("replays much more than a socket takes at once, while new events come", async () => {
      const account = newAccount();
      const data = "x".repeat(10_000);
      const batch = (from: number): object[] =>
        Array.from({ length: 50 }, (_, i) => ({ type: "note", data, id: `note_${from + i}` }));
      for (let i = 0; i < 10; ++i) expect((await publish(account, batch(1 + 50 * i))).status).toBe(200);
      const client = await stream(account, { headers: { "Last-Event-ID": "note_1" } });
      for (let i = 10; i < 12; ++i) expect((await publish(account, batch(1 + 50 * i))).status).toBe(200);
      expect((await news(client, 599)).map(({ id }) => id)).toEqual(ids(2, 600));
    });
  });

  it("loses and doubles nothing over random cuts, heartbeats between", async () => {
    const account = newAccount();
    const proxy = await CutProxy.start(one.port);
    const source = new EventSource(`${proxy.url}/events/stream?token=${reader(account)}`);
    const received: string[] = [];
    source.addEventListener("note", ({ lastEventId }: { lastEventId: string }) => received.push(lastEventId));
    await new Promise((resolve) => source.addEventListener("connection", resolve));
    for (let i = 0; i < 20; ++i) {
      await published(account, 20, 1 + 20 * i);
      if (i % 4 === 3) proxy.cut();
    }
    await eventually(() => received.length >= 400, 60_000);
    expect(received).toEqual(ids(1, 400));
    source.close();
    proxy.close();
  });

  describe("filters", () => {
    it("by type and by QR leave the rest away, live and in a replay", async () => {
      const account = newAccount();
      const send = (i: number): object[] => [
        { type: "a", data: { qrId: "q1" }, id: `a1_${i}` },
        { type: "a", data: { qrId: "q2" }, id: `a2_${i}` },
        { type: "b", data: { qrId: "q1" }, id: `b1_${i}` },
      ];
      await publish(account, send(0));
      const headers = { "Last-Event-ID": "a1_0" };
      const byType = await stream(account, { query: "?types=b,c", headers });
      const byQr = await stream(account, { query: "?qrId=q2", headers });
      await publish(account, send(1));
      expect((await news(byType, 2)).map(({ id }) => id)).toEqual(["b1_0", "b1_1"]);
      expect((await news(byQr, 2)).map(({ id }) => id)).toEqual(["a2_0", "a2_1"]);
    });
  });

  describe("isolation", () => {
    it("gives each account its own events only, whatever is asked for", async () => {
      const accounts = Array.from({ length: 20 }, newAccount);
      const clients = await Promise.all(
        accounts.map((account, i) =>
          stream(account, { query: `?accountId=${accounts[(i + 1) % 20]}&account_id=1`, at: i % 2 ? one : other }),
        ),
      );
      for (const account of accounts) await publish(account, { type: "secret", data: account });
      for (const [i, client] of clients.entries()) {
        const welcome = await client.next();
        expect((JSON.parse(welcome.data) as { accountId: number }).accountId).toBe(Number(accounts[i]));
        expect((await news(client, 1)).map(({ data }) => data)).toEqual([`"${accounts[i]}"`]);
        await publish(accounts[i] as string, { type: "end", data: 0 });
        expect((await news(client, 1)).map(({ type }) => type)).toEqual(["end"]);
      }
    });

    it("another account's event id opens nothing of it", async () => {
      const [own, foreign] = [newAccount(), newAccount()];
      await publish(
        foreign,
        [1, 2, 3].map((data) => ({ type: "secret", data, id: `secret_${data}` })),
      );
      const client = await stream(own, { headers: { "Last-Event-ID": "secret_1" } });
      expect((await client.next()).type).toBe("connection");
      expect((await client.next()).type).toBe("reset");
      await published(own, 1);
      expect((await news(client, 1)).map(({ id }) => id)).toEqual(["note_1"]);
    });

    it("publishing needs the scope, and another account the wider one", async () => {
      const [own, foreign] = [newAccount(), newAccount()];
      const post = (token: string, accountId: string): Promise<Response> =>
        fetch(`${one.http}/events/publish`, {
          method: "POST",
          headers: { Authorization: `Bearer ${token}` },
          body: JSON.stringify({ accountId, type: "a", data: 1 }),
        });
      expect((await post(reader(own), own)).status).toBe(403);
      expect((await post(writer(own), foreign)).status).toBe(403);
      expect((await post(reader(own, { scope: "events:write:any" }), foreign)).status).toBe(200);
    });
  });

  it("counts streams as whom it is asked by may know", async () => {
    const [own, foreign] = [newAccount(), newAccount()];
    await (await stream(own)).next();
    await (await stream(own, { at: other })).next();
    await (await stream(foreign, { at: other })).next();
    const stats = async (token: string): Promise<Record<string, unknown>> => {
      const answer = await fetch(`${one.http}/api/events/stats?token=${token}`);
      return ((await answer.json()) as { data: Record<string, unknown> }).data;
    };
    // Instances tell each other every few seconds.
    await eventually(async () => (await stats(reader(own))).totalConnections === 2, 15_000);
    expect(await stats(reader(own))).toEqual({
      totalConnections: 2,
      accountsWithSubscriptions: 1,
      subscriptionsByAccount: { [own]: 2 },
      yourAccountId: Number(own),
      timestamp: expect.any(String),
    });
    const all = await stats(reader(own, { roles: ["admin"] }));
    expect(all.subscriptionsByAccount).toMatchObject({ [own]: 2, [foreign]: 1 });
  });

  it.each([
    ["no credential", {}],
    ["a forged token", { Authorization: `Bearer ${userToken({ sub: "a", account_id: "1" }, "x".repeat(40))}` }],
    ["an expired token", { Authorization: `Bearer ${userToken({ sub: "a", account_id: "1", exp: 1 })}` }],
    ["an unknown key", { "X-API-Key": "pulso_0123456789012345678901234567890123456789012345678901" }],
  ])("refuses %s with 401 and JSON", async (_, headers) => {
    const answer = await fetch(`${one.http}/events/stream`, { headers: headers as Record<string, string> });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([401, "application/json; charset=utf-8"]);
    expect(await answer.json()).toMatchObject({ success: false, code: "unauthorized" });
  });

  it("refuses who belongs to no account", async () => {
    const answer = await fetch(`${one.http}/events/stream?token=${userToken({ sub: "a" })}`);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([403, "no_account"]);
  });

  it("ends a stream within seconds when its token is over", async () => {
    const account = newAccount();
    const exp = Math.floor(Date.now() / 1000) - 30 + 4; // the leeway is nearly used up
    const client = await stream(account, { headers: { Authorization: `Bearer ${reader(account, { exp })}` } });
    const events = [await client.next()];
    while (events.at(-1)?.type !== "error") events.push(await client.next());
    expect(JSON.parse(events.at(-1)?.data ?? "")).toMatchObject({ code: "unauthorized" });
    expect(await client.ended).toBe("whole");
  });

  it.each([
    ["no JSON", "{", 400, "bad_json"],
    ["no object", "1", 422, "bad_message"],
    ["no type", { data: 1 }, 422, "bad_message"],
    ["a type with a line break", { type: "a\nb", data: 1 }, 422, "bad_message"],
    ["no data", { type: "a" }, 422, "bad_message"],
    ["an id with a line break", { type: "a", data: 1, id: "a\nb" }, 422, "bad_message"],
    ["an id that stands for a position", { type: "a", data: 1, id: "heartbeat_1" }, 422, "bad_message"],
    ["a long id", { type: "a", data: 1, id: "x".repeat(201) }, 422, "bad_message"],
    ["long data", { type: "a", data: "x".repeat(65_536) }, 422, "bad_message"],
    ["the product's own type", { type: "account_balance_update", data: 1 }, 422, "reserved_type"],
    ["an empty batch", [], 422, "bad_message"],
    ["too large a batch", Array.from({ length: 101 }, () => ({ type: "a", data: 1 })), 413, "too_many"],
  ])("refuses to publish %s, and changes nothing", async (_, body, status, code) => {
    const account = newAccount();
    const client = await stream(account);
    const answer = await fetch(`${one.http}/events/publish`, {
      method: "POST",
      headers: { Authorization: `Bearer ${writer(account)}` },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([status, code]);
    await published(account, 1);
    expect((await news(client, 1)).map(({ id }) => id)).toEqual(["note_1"]);
  });
});
