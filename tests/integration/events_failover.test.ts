// 5,000 events to npm's EventSource over a network that is cut at random, heartbeats between, and half-way the instance
// that serves the stream is killed and another takes over.
import { EventSource } from "eventsource";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";

import { CutProxy } from "../support/cut_proxy";
import { Bank, type Data, Shop, bankSecret } from "../support/ledger";
import { Postgres } from "../support/postgres";
import { eventually } from "../support/processes";
import { Pulso } from "../support/pulso";
import { Random } from "../support/random";
import { Redis } from "../support/redis";
import { userToken } from "../support/tokens";

let postgres: Postgres;
let redis: Redis;
let servers: Pulso[];
beforeAll(async () => {
  [postgres, redis] = await Promise.all([Postgres.start(), Redis.start()]);
});
beforeEach(async () => {
  const env = {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    PULSO_EVENTS_HEARTBEAT_INTERVAL: "1s",
    PULSO_EVENTS_BANK_SECRET: bankSecret,
  };
  servers = [await Pulso.start({ env }), await Pulso.start({ env })];
});
afterEach(async () => {
  for (const server of servers) await server.stop();
});
afterAll(async () => {
  await postgres?.stop();
  await redis?.stop();
});

it("every event arrives exactly once and in order", async () => {
  const count = 5_000;
  const cutsBehindHeartbeat = 6;
  const random = new Random(5_000);
  const [serving, spare] = servers as [Pulso, Pulso];
  const token = userToken({ sub: "a", account_id: "1", scope: "events:write" });
  const proxy = await CutProxy.start(serving.port);
  const source = new EventSource(`${proxy.url}/events/stream?token=${token}`);
  const received: number[] = [];
  const types = new Set<string>();
  for (const type of ["connection", "reset"]) source.addEventListener(type, () => types.add(type));
  source.addEventListener("note", ({ data }: { data: string }) => received.push(Number(data)));
  let cuts = 0;
  source.addEventListener("heartbeat", () => {
    if (cuts++ < cutsBehindHeartbeat) proxy.cut(); // the id of a heartbeat is what it comes back with
  });
  await eventually(() => types.has("connection"));

  const publish = async (from: number, to: number): Promise<void> => {
    const body = Array.from({ length: to - from }, (_, i) => ({ type: "note", data: from + i, id: `n${from + i}` }));
    const answer = await fetch(`${spare.http}/events/publish`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
  };
  let sent = 0;
  while (sent < count || cuts < cutsBehindHeartbeat) {
    const to = sent < count ? Math.min(sent + random.between(1, 22), count) : sent + 1;
    await publish(sent, to);
    if (sent < count / 2 && to >= count / 2) {
      await serving.kill();
      proxy.leadTo(spare.port);
    }
    if (sent < count && random.chance(1)) proxy.cut();
    sent = to;
  }
  await eventually(() => received.length >= sent, 60_000);
  expect(received).toEqual(Array.from({ length: sent }, (_, i) => i));
  expect(types).not.toContain("reset");
  source.close();
  proxy.close();
});

it("every payment arrives exactly once and in order, by id and by running balance", async () => {
  const payments = 2_500; // of two events each
  const [serving, spare] = servers as [Pulso, Pulso];
  const shop = new Shop(spare, "2");
  const bank = new Bank(spare);
  const qr = await shop.createQr(1.25, { singleUse: false });
  const token = userToken({ sub: "b", account_id: "2" });
  const proxy = await CutProxy.start(serving.port);
  const source = new EventSource(`${proxy.url}/events/stream?token=${token}`);
  const received: Array<{ id: string; type: string; data: Data }> = [];
  const types = new Set<string>();
  for (const type of ["connection", "heartbeat", "reset"]) source.addEventListener(type, () => types.add(type));
  for (const type of ["qr_payment", "account_balance_update"]) {
    source.addEventListener(type, ({ data, lastEventId }: { data: string; lastEventId: string }) =>
      received.push({ id: lastEventId, type, data: JSON.parse(data) as Data }),
    );
  }
  await eventually(() => types.has("connection"));

  let next = 0;
  const report = async (): Promise<void> => {
    while (next < payments) {
      const i = next++;
      if (i === payments / 2) {
        await serving.kill();
        proxy.leadTo(spare.port);
      }
      if (i % 250 === 100) proxy.cut();
      expect((await bank.pay(qr, `t${i}`, 1.25)).status).toBe(200);
    }
  };
  await Promise.all(Array.from({ length: 8 }, report));
  await eventually(() => received.length >= 2 * payments, 60_000);
  await eventually(() => types.has("heartbeat"));

  expect(new Set(received.map(({ id }) => id)).size).toBe(2 * payments);
  const movements = await shop.movements();
  expect(received.map(({ type, data }) => [type, data.transactionId])).toEqual(
    movements.flatMap(({ transactionId }: Data) => [
      ["qr_payment", transactionId],
      ["account_balance_update", transactionId],
    ]),
  );
  let balance = 0;
  for (const { type, data } of received) {
    if (type === "qr_payment") expect(data.newBalance).toBe(balance + 1.25);
    else expect([data.previousBalance, data.newBalance]).toEqual([balance, (balance += 1.25)]);
  }
  expect(await shop.balance()).toBe(balance);
  expect(types).not.toContain("reset");
  source.close();
  proxy.close();
});
