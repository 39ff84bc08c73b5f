// Twenty accounts with every kind of credential on two instances: each stream has its own account's events and no other,
// and revoked credentials end theirs everywhere.
import { afterAll, beforeAll, expect, it } from "vitest";

import { EventStreamClient } from "../support/event_stream";
import { createKey, revokeKeys } from "../support/keys";
import { Bank, type Data, Shop, bankSecret } from "../support/ledger";
import { Postgres } from "../support/postgres";
import { eventually } from "../support/processes";
import { Pulso } from "../support/pulso";
import { Redis } from "../support/redis";
import { userToken } from "../support/tokens";

/** The contract's bound from a key's revocation to the end of its streams, on whatever instance they are. */
const revokedWithinMs = 5_000;

const accounts = Array.from({ length: 20 }, (_, i) => String(i + 1));
let postgres: Postgres;
let redis: Redis;
let env: Record<string, string>;
let servers: [Pulso, Pulso];
beforeAll(async () => {
  [postgres, redis] = await Promise.all([Postgres.start(), Redis.start()]);
  env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url, PULSO_EVENTS_BANK_SECRET: bankSecret };
  servers = [await Pulso.start({ env }), await Pulso.start({ env })];
});
afterAll(async () => {
  for (const server of servers ?? []) await server.stop();
  await postgres?.stop();
  await redis?.stop();
});

interface Open {
  account: string;
  isKey: boolean;
  client: EventStreamClient;
}

/** A stream by each kind of credential, in turn at one instance and at the other, with another account in the query. */
async function openAll(account: string, key: string): Promise<Open[]> {
  const jwt = userToken({ sub: `of-${account}`, account_id: account, jti: `jti-${account}` });
  const ways: Array<[isKey: boolean, query: string, headers: Record<string, string>]> = [
    [false, `?token=${jwt}`, {}],
    [false, "?", { Authorization: `Bearer ${jwt}` }],
    [true, `?api-key=${key}`, {}],
    [true, `?token=${key}`, {}],
    [true, "?", { Authorization: `Bearer ${key}` }],
    [true, "?", { "X-API-Key": key }],
  ];
  const foreign = accounts[(accounts.indexOf(account) + 1) % accounts.length] as string;
  return Promise.all(
    ways.map(async ([isKey, query, headers], i) => {
      const url = `${(servers[i % 2] as Pulso).http}/events/stream${query}&accountId=${foreign}&account_id=${foreign}`;
      const client = await EventStreamClient.open(url, headers);
      const welcome = JSON.parse((await client.next()).data) as Data;
      expect(welcome).toMatchObject({ accountId: Number(account), authType: isKey ? "apikey" : "jwt" });
      return { account, isKey, client };
    }),
  );
}

it("each stream has its own account's payments and events, until its credential is revoked", async () => {
  const keys = accounts.map((account) => createKey(servers[0], ["events:write"], env, account));
  const streams = (await Promise.all(accounts.map((account, i) => openAll(account, keys[i] as string)))).flat();
  expect(streams).toHaveLength(120);
  const sold = new Map<string, string>();
  await Promise.all(
    accounts.map(async (account, i) => {
      const shop = new Shop(servers[i % 2] as Pulso, account);
      const qr = await shop.createQr(i + 1);
      sold.set(account, qr);
      expect((await new Bank(servers[(i + 1) % 2] as Pulso).pay(qr, "T", i + 1)).status).toBe(200);
      const published = await fetch(`${(servers[i % 2] as Pulso).http}/events/publish?api-key=${keys[i]}`, {
        method: "POST",
        body: JSON.stringify({ type: "secret", data: account }),
      });
      expect(published.status).toBe(200);
    }),
  );
  for (const { account, client } of streams) {
    const events = (await client.take(5)).map(({ type, data }) => [type, JSON.parse(data) as Data]);
    expect(events.map(([type]) => type)).toEqual([
      ...["qr_created", "qr_payment", "qr_status_change", "account_balance_update", "secret"],
    ]);
    for (const [, data] of events.slice(0, 4)) expect(data.qrId).toBe(sold.get(account));
    expect(events[4]?.[1]).toBe(account);
  }

  revokeKeys(servers[0], env);
  const ofKeys = streams.filter(({ isKey }) => isKey).map(({ client }) => client);
  await eventually(() => ofKeys.every((client) => client.isOver), revokedWithinMs);
  for (const client of ofKeys) {
    expect((await client.next()).type).toBe("error");
    expect(await client.ended).toBe("whole");
  }
  // Those of tokens go on, and have nothing of the others still.
  for (const account of accounts) await new Shop(servers[0], account).createQr(1);
  for (const { account, isKey, client } of streams) {
    if (isKey) continue;
    const event = await client.next();
    expect([event.type, client.lastEventId]).toEqual(["qr_created", event.id]);
    expect(sold.get(account)).not.toBe((JSON.parse(event.data) as Data).qrId);
    client.close();
  }
});
