// The server is killed again and again while 500 payments are reported: a payment is there with its movement, its QR's
// new state and its events, or nothing of it is; and what was acknowledged is there.
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { EventStreamClient } from "../support/event_stream";
import { Bank, type Data, Shop, bankSecret } from "../support/ledger";
import { Postgres } from "../support/postgres";
import { Pulso } from "../support/pulso";
import { Random } from "../support/random";

const count = 500;

describe.each(["SQLite", "PostgreSQL"])("on %s", (engine) => {
  let postgres: Postgres | undefined;
  let server: Pulso;
  beforeAll(async () => {
    const env: Record<string, string> = { PULSO_EVENTS_BANK_SECRET: bankSecret };
    if (engine === "PostgreSQL") {
      postgres = await Postgres.start();
      env.DATABASE_URL = postgres.url;
    }
    server = await Pulso.start({ env });
  });
  afterAll(async () => {
    await server?.stop();
    await postgres?.stop();
  });

  it("a payment and its events are there together or not at all", async () => {
    const random = new Random(engine.length);
    const shopOf = (): Shop => new Shop(server, "1");
    const qrs = [await shopOf().createQr(1.5)]; // the log begins with it
    qrs.push(...(await Promise.all(Array.from({ length: count - 1 }, () => shopOf().createQr(1.5)))));

    const acknowledged = new Set<string>();
    /** Eight reports are always on their way; a report whose answer is lost is not made again. */
    const report = async (from: number, to: number): Promise<void> => {
      let next = from;
      const worker = async (): Promise<void> => {
        while (next < to) {
          const i = next++;
          const answer = await new Bank(server).pay(qrs[i] as string, `t${i}`, 1.5).catch(() => undefined);
          if (answer === undefined) continue;
          expect(answer.status).toBe(200);
          acknowledged.add(`t${i}`);
        }
      };
      await Promise.all(Array.from({ length: 8 }, worker));
    };
    for (let from = 0; from < count;) {
      const to = Math.min(from + random.between(10, 60), count);
      const half = random.between(1, to - from);
      const reports = report(from, to);
      // Killed at some point of the work, wherever that finds it.
      const wanted = acknowledged.size + half;
      while (acknowledged.size < wanted) {
        const isOver = await Promise.race([
          reports.then(() => true),
          new Promise<boolean>((resolve) => setImmediate(() => resolve(false))),
        ]);
        if (isOver) break;
      }
      expect(acknowledged.size).toBeGreaterThanOrEqual(wanted);
      await server.kill();
      await reports;
      server = await server.restart();
      from = to;
    }

    const shop = shopOf();
    const movements = await shop.movements();
    const paid = movements.map(({ transactionId }: Data) => transactionId as string);
    expect([...acknowledged].filter((id) => !paid.includes(id))).toEqual([]);
    let balance = 0;
    for (const [i, movement] of movements.entries()) {
      expect(movement).toMatchObject({ number: i + 1, previousBalance: balance, newBalance: balance + 1.5 });
      balance += 1.5;
    }
    expect(await shop.balance()).toBe(balance);

    const client = await EventStreamClient.open(
      `${server.http}/events/stream?lastEventId=qr_created_${qrs[0]}`,
      shop.headers,
    );
    const events: Data[] = [];
    await client.next();
    while (events.length < count - 1 + 3 * paid.length) {
      const { type, data } = await client.next();
      if (type !== "heartbeat") events.push({ type, ...(JSON.parse(data) as object) });
    }
    client.close();
    const told = events.filter(({ type }) => type !== "qr_created");
    expect(told.map(({ type, qrId, transactionId }) => [type, qrId, transactionId])).toEqual(
      movements.flatMap(({ qrId, transactionId }: Data) => [
        ["qr_payment", qrId, transactionId],
        ["qr_status_change", qrId, undefined],
        ["account_balance_update", qrId, transactionId],
      ]),
    );
    const used = new Set(movements.map(({ qrId }: Data) => qrId as string));
    for (const qr of qrs) {
      const isUsed = used.has(qr);
      expect(await shop.qr(qr)).toMatchObject({ status: isUsed ? "used" : "active", payments: isUsed ? 1 : 0 });
    }
  });
});
