import { afterAll, afterEach, beforeAll } from "vitest";

import { EventStreamClient, type StreamEvent } from "./event_stream";
import { Bank, type Data, Shop, bankSecret } from "./ledger";
import { Postgres } from "./postgres";
import { Pulso } from "./pulso";
import { Redis } from "./redis";

export const ledgerEngines = ["alone on SQLite", "two instances on PostgreSQL and Redis"];

/** What a ledger's tests run against, for the length of the `describe` that asks for it. */
export interface LedgerEngine {
  one: Pulso;
  /** The same where there is only one. */
  other: Pulso;
  /** Calls the other. */
  bank: Bank;
  database: Pulso | Postgres;
  env: Record<string, string>;
  /** With an account that nobody has used. */
  newShop: () => Shop;
  /** The shop's stream, behind its welcome. */
  listen: (shop: Shop, query?: string) => Promise<EventStreamClient>;
  news: (client: EventStreamClient, count: number) => Promise<Array<StreamEvent & { json: Data }>>;
}

export function ledgerEngine(name: string, env: Record<string, string> = {}): LedgerEngine {
  const engine = { env: { PULSO_EVENTS_BANK_SECRET: bankSecret, ...env } } as unknown as LedgerEngine;
  const servers: Pulso[] = [];
  let postgres: Postgres | undefined;
  let redis: Redis | undefined;
  beforeAll(async () => {
    if (name !== ledgerEngines[0]) {
      [postgres, redis] = await Promise.all([Postgres.start(), Redis.start()]);
      engine.env = { ...engine.env, DATABASE_URL: postgres.url, REDIS_URL: redis.url };
      servers.push(await Pulso.start({ env: engine.env }));
    }
    servers.push(await Pulso.start({ env: engine.env }));
    engine.one = servers[0] as Pulso;
    engine.other = servers.at(-1) as Pulso;
    engine.bank = new Bank(engine.other);
    engine.database = postgres ?? engine.one;
  });
  afterAll(async () => {
    for (const server of servers) await server.stop();
    await postgres?.stop();
    await redis?.stop();
  });

  let accountCount = 1;
  engine.newShop = () => new Shop(engine.one, String(++accountCount));
  const open: EventStreamClient[] = [];
  afterEach(() => {
    for (const client of open.splice(0)) client.close();
  });
  engine.listen = async (shop, query = "") => {
    const client = await EventStreamClient.open(`${engine.one.http}/events/stream${query}`, shop.headers);
    open.push(client);
    await client.next();
    return client;
  };
  engine.news = async (client, count) =>
    (await client.take(count)).map((event) => ({ ...event, json: JSON.parse(event.data) as Data }));
  return engine;
}
