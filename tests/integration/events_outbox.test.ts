// Other applications put events into PostgreSQL in their own transactions; nothing else tells the instances.
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { EventStreamClient, type StreamEvent } from "../support/event_stream";
import { Postgres } from "../support/postgres";
import { Pulso } from "../support/pulso";
import { sqlRows } from "../support/sql";
import { userToken } from "../support/tokens";

let postgres: Postgres;
let servers: Pulso[];
beforeAll(async () => {
  postgres = await Postgres.start();
  // No Redis: the instances know of each other's events by PostgreSQL only.
  const env = { DATABASE_URL: postgres.url, PULSO_EVENTS_HEARTBEAT_INTERVAL: "10m" };
  servers = [await Pulso.start({ env }), await Pulso.start({ env })];
});
afterAll(async () => {
  for (const server of servers ?? []) await server.stop();
  await postgres?.stop();
});

let accountCount = 0;
const newAccount = (): string => String(++accountCount);
const listen = async (server: Pulso, account: string, query = ""): Promise<EventStreamClient> => {
  const headers = { Authorization: `Bearer ${userToken({ sub: "u", account_id: account })}` };
  const client = await EventStreamClient.open(`${server.http}/events/stream${query}`, headers);
  await client.next();
  return client;
};
const insert = (account: string, type: string, data: unknown, more: Record<string, string> = {}): string => {
  const columns = { account, type, data: JSON.stringify(data), ...more };
  const values = Object.values(columns).map((value) => `'${value.replaceAll("'", "''")}'`);
  return `INSERT INTO event_outbox (${Object.keys(columns).join()}) VALUES (${values.join()})`;
};

describe("an insert", () => {
  it("reaches the streams of every instance at its commit, in order", async () => {
    const account = newAccount();
    const clients = await Promise.all(servers.map((server) => listen(server, account)));
    for (let i = 0; i < 20; ++i) sqlRows(postgres, insert(account, "price", { i }, { event_id: `p${i}` }));
    const wanted = Array.from({ length: 20 }, (_, i) => ({ id: `p${i}`, type: "price", data: `{"i":${i}}` }));
    for (const client of clients) {
      expect(await client.take(20)).toEqual(wanted);
      client.close();
    }
  });

  it("that is rolled back was never there", async () => {
    const account = newAccount();
    const client = await listen(servers[0] as Pulso, account);
    sqlRows(postgres, `BEGIN; ${insert(account, "gone", 1)}; ROLLBACK`);
    sqlRows(postgres, `BEGIN; ${insert(account, "kept", 1)}; ${insert(account, "kept", 2)}; COMMIT`);
    expect((await client.take(2)).map(({ type, data }) => [type, data])).toEqual([
      ["kept", "1"],
      ["kept", "2"],
    ]);
    client.close();
  });

  it("of an id that the log has is stored once", async () => {
    const account = newAccount();
    const client = await listen(servers[1] as Pulso, account);
    sqlRows(postgres, insert(account, "note", 1, { event_id: "n" }));
    sqlRows(postgres, insert(account, "note", 2, { event_id: "n" }));
    sqlRows(postgres, insert(account, "last", 3));
    expect((await client.take(2)).map(({ data }) => data)).toEqual(["1", "3"]);
    client.close();
  });

  it("numbers with what is published at the same time, without a gap", async () => {
    const account = newAccount();
    const token = userToken({ sub: "u", account_id: account, scope: "events:write" });
    const client = await listen(servers[0] as Pulso, account);
    const publish = async (i: number): Promise<unknown> =>
      fetch(`${servers[1]?.http}/events/publish`, {
        method: "POST",
        headers: { Authorization: `Bearer ${token}` },
        body: JSON.stringify({ type: "published", data: i }),
      });
    const published = Promise.all(Array.from({ length: 50 }, (_, i) => publish(i)));
    const rows = Array.from({ length: 50 }, (_, i) => `('${account}', 'inserted', '${i}')`).join();
    sqlRows(postgres, `INSERT INTO event_outbox (account, type, data) VALUES ${rows}`);
    await published;
    sqlRows(postgres, insert(account, "last", 0));
    const events: StreamEvent[] = [];
    while (events.at(-1)?.type !== "last") events.push(await client.next());
    expect(events).toHaveLength(101);
    const inserted = events.filter(({ type }) => type === "inserted").map(({ data }) => Number(data));
    expect(inserted).toEqual(Array.from({ length: 50 }, (_, i) => i));
    const numbers = sqlRows(postgres, `SELECT sequence FROM account_events WHERE account = '${account}' ORDER BY 1`);
    expect(numbers.map(([number]) => Number(number))).toEqual(Array.from({ length: 101 }, (_, i) => i + 1));
    client.close();
  });

  it("keeps to one line whatever its JSON looks like, and knows its QR", async () => {
    const account = newAccount();
    const client = await listen(servers[0] as Pulso, account, "?qrId=42");
    const data = `'{\n\t"qrId": "42",\r\n "text": "a\\nb"}'`;
    sqlRows(postgres, `INSERT INTO event_outbox (account, type, data) VALUES ('${account}', 'note', ${data})`);
    sqlRows(postgres, insert(account, "other", [1, "x"]));
    sqlRows(postgres, insert(account, "named", 7, { qr: "42" }));
    const [note, named] = await client.take(2);
    expect(JSON.parse(note?.data ?? "")).toEqual({ qrId: "42", text: "a\nb" });
    expect(named).toMatchObject({ type: "named", data: "7" });
    client.close();
  });

  it("needs no right but to insert", async () => {
    const account = newAccount();
    const client = await listen(servers[0] as Pulso, account);
    sqlRows(postgres, "CREATE ROLE shop LOGIN; GRANT INSERT ON event_outbox TO shop");
    const asShop = (statement: string): unknown => sqlRows(postgres, `SET ROLE shop; ${statement}`);
    asShop(insert(account, "note", 1));
    expect((await client.next()).data).toBe("1");
    for (const statement of [
      "SELECT * FROM event_outbox",
      "DELETE FROM account_events",
      "SELECT * FROM event_accounts",
    ])
      expect(() => asShop(statement)).toThrow(/permission denied/);
    // What a stranger calls like the server's own tables is nothing to the server's function.
    asShop(`CREATE TEMP TABLE account_events (LIKE pg_class); ${insert(account, "note", 2)}`);
    expect((await client.next()).data).toBe("2");
    client.close();
  });

  it.each([
    ["no account", insert("", "note", 1)],
    ["a type of the product's own", insert("1", "qr_payment", {})],
    ["a type whose events would be called like the ledger's", insert("1", "qr_payment_x", {})],
    ["an id of the ledger's", insert("1", "note", 1, { event_id: "qr_payment_TXN_1" })],
    ["an id of a balance", insert("1", "note", 1, { event_id: "balance_update_1_1" })],
    ["a type with a line break", insert("1", "a\nb", {})],
    ["no type", "INSERT INTO event_outbox (account, data) VALUES ('1', '1')"],
    ["no data", "INSERT INTO event_outbox (account, type) VALUES ('1', 'note')"],
    ["data that is no JSON", "INSERT INTO event_outbox (account, type, data) VALUES ('1', 'note', '{')"],
    ["data past the limit", insert("1", "note", "x".repeat(65_536))],
    ["an id with a line break", insert("1", "note", 1, { event_id: "a\nb" })],
    ["an id that stands for a position", insert("1", "note", 1, { event_id: "heartbeat_1" })],
    ["an id past the limit", insert("1", "note", 1, { event_id: "x".repeat(201) })],
  ])("of %s is refused", (_, statement) => {
    const count = "SELECT count(*) FROM account_events";
    const before = sqlRows(postgres, count);
    expect(() => sqlRows(postgres, statement)).toThrow();
    expect(sqlRows(postgres, count)).toEqual(before);
  });
});

it("what was inserted while the connection was lost is heard of when it is back", async () => {
  const account = newAccount();
  const client = await listen(servers[0] as Pulso, account);
  const cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pulso'";
  for (let i = 0; i < 3; ++i) sqlRows(postgres, `${cut}; ${insert(account, "note", i)}`);
  expect((await client.take(3)).map(({ data }) => data)).toEqual(["0", "1", "2"]);
  client.close();
});
