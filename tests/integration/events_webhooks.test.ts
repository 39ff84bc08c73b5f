// An account's events, posted to its own URL: alone on SQLite, and two instances on PostgreSQL and Redis.
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";

import { Contract } from "../support/contract";
import { createKey } from "../support/keys";
import { type Data, Shop } from "../support/ledger";
import { ledgerEngine, ledgerEngines } from "../support/ledger_engine";
import { Postgres } from "../support/postgres";
import { eventually, temporaryFolder } from "../support/processes";
import { Pulso } from "../support/pulso";
import { Redis } from "../support/redis";
import { sqlRows } from "../support/sql";
import { makeCertificate } from "../support/tls";
import { userToken } from "../support/tokens";
import { WebhookReceiver, isSigned } from "../support/webhook_receiver";

const quick = {
  PULSO_EVENTS_WEBHOOK_TARGETS: "any",
  PULSO_EVENTS_WEBHOOK_RETRY: "20ms",
  PULSO_EVENTS_WEBHOOK_ATTEMPTS: "4",
  PULSO_EVENTS_WEBHOOK_TIMEOUT: "1s",
};
const contract = new Contract();
const receivers: WebhookReceiver[] = [];
async function startReceiver(tls?: { key: Buffer; cert: Buffer }): Promise<WebhookReceiver> {
  const receiver = await WebhookReceiver.start(tls);
  receivers.push(receiver);
  return receiver;
}
afterEach(() => {
  for (const receiver of receivers.splice(0)) receiver.close();
});

describe.each(ledgerEngines)("%s", (name) => {
  const engine = ledgerEngine(name, quick);
  const { newShop } = engine;
  const create = async (shop: Shop, url: string, types?: string[]): Promise<Data> => {
    const { status, data } = await shop.post("/webhooks", { url, types });
    expect(status).toBe(201);
    return data;
  };

  it("gets each event once, signed and in order, from now on", async () => {
    const receiver = await startReceiver();
    const shop = newShop();
    await shop.createQr(1); // before: not its business
    const { secret, webhookId } = await create(shop, receiver.url("/hooks?shop=1"));
    const qr = await shop.createQr(5);
    await engine.bank.pay(qr, "T", 5);
    await eventually(() => receiver.calls.length >= 4);
    expect(receiver.calls.map(({ headers }) => headers["x-pulso-event"])).toEqual([
      ...["qr_created", "qr_payment", "qr_status_change", "account_balance_update"],
    ]);
    const [created, payment] = receiver.calls;
    expect(JSON.parse(payment?.body ?? "")).toMatchObject({
      id: "qr_payment_T",
      type: "qr_payment",
      accountId: Number(shop.account),
      data: { qrId: qr, amount: 5, newBalance: 5 },
    });
    expect(created).toMatchObject({ path: "/hooks?shop=1", headers: { "content-type": "application/json" } });
    for (const call of receiver.calls) expect(isSigned(call, secret)).toBe(true);
    expect((await shop.get("/webhooks")).data.webhooks).toEqual([
      { webhookId, url: receiver.url("/hooks?shop=1"), types: [], failures: 0, createdAt: expect.any(String) },
    ]);
  });

  it("gets the types only that it asked for, and of no other account", async () => {
    const receiver = await startReceiver();
    const [shop, rival] = [newShop(), newShop()];
    await create(shop, receiver.url(), ["qr_payment"]);
    for (const each of [shop, rival]) await engine.bank.pay(await each.createQr(5), `of-${each.account}`, 5);
    await engine.bank.pay(await shop.createQr(6), "last", 6);
    await eventually(() => receiver.ids.includes("qr_payment_last"));
    expect(receiver.ids).toEqual([`qr_payment_of-${shop.account}`, "qr_payment_last"]);
  });

  it.each([
    ["refuses", 500],
    ["redirects", 302],
    ["cuts the connection", 0],
    ["does not answer", -1],
  ])("that %s is called again until it takes the event; those that follow do not wait for ever", async (_, status) => {
    const receiver = await startReceiver();
    const shop = newShop();
    await create(shop, receiver.url());
    receiver.answer = (_call, index) => (index < 2 ? status : 200);
    const ids = [];
    for (let i = 1; i <= 5; ++i) ids.push(`qr_created_${await shop.createQr(i)}`);
    await eventually(() => new Set(receiver.ids.slice(2)).size === ids.length);
    expect([...receiver.ids.slice(2)].sort()).toEqual([...ids].sort());
    expect(receiver.ids[0]).toBe(ids[0]);
    await eventually(async () => (await shop.get("/webhooks")).data.webhooks[0].failures === 0);
  });

  it("lists what was never taken, and has it sent again", async () => {
    const receiver = await startReceiver();
    const shop = newShop();
    const { webhookId } = await create(shop, receiver.url());
    receiver.answer = () => 503;
    const eventId = `qr_created_${await shop.createQr(1)}`;
    const letters = async (): Promise<Data[]> =>
      (await shop.get(`/webhooks/${webhookId}/dead-letters`)).data.deadLetters as Data[];
    await eventually(async () => (await letters()).length === 1);
    expect(await letters()).toEqual([{ eventId, attempts: 4, lastError: "answered 503", diedAt: expect.any(String) }]);
    expect(receiver.ids).toEqual(Array(4).fill(eventId));
    receiver.answer = () => 204;
    expect((await shop.post(`/webhooks/${webhookId}/dead-letters/unknown/resend`)).code).toBe("unknown_delivery");
    expect((await shop.post(`/webhooks/${webhookId}/dead-letters/${eventId}/resend`)).status).toBe(202);
    await eventually(() => receiver.calls.length === 5);
    await eventually(async () => (await letters()).length === 0);
    const next = `qr_created_${await shop.createQr(2)}`;
    await eventually(() => receiver.ids.includes(next));
  });

  it("is sent a dead letter again at once, by any id, unless its event is forgotten", async () => {
    const receiver = await startReceiver();
    const { account } = newShop();
    const token = userToken({ sub: "publisher", account_id: account, scope: "events:write" });
    const shop = new Shop(engine.one, account, { Authorization: `Bearer ${token}` });
    const { webhookId } = await create(shop, receiver.url());
    receiver.answer = () => 503;
    const ids = ["orders/7/paid", "gone"];
    await shop.post(
      "/events/publish",
      ids.map((id) => ({ id, type: "note", data: 1 })),
    );
    const path = `/webhooks/${webhookId}/dead-letters`;
    const letters = async (): Promise<Data[]> => (await shop.get(path)).data.deadLetters as Data[];
    await eventually(async () => (await letters()).length === 2);
    // As if it had failed for long: nobody tries before an hour has passed.
    const later = Date.now() + 3_600_000;
    sqlRows(engine.database, `UPDATE webhooks SET not_before_ms = ${later} WHERE webhook = '${webhookId}'`);
    receiver.answer = () => 200;
    for (const [body, code] of [
      ["{", "bad_json"],
      [[], "bad_message"],
      [{ eventId: 7 }, "bad_message"],
      [{ eventId: "" }, "bad_message"],
      [{ eventId: "unknown" }, "unknown_delivery"],
    ] as const) {
      expect((await shop.post(`${path}/resend`, body)).code).toBe(code);
    }
    const calls = receiver.calls.length;
    expect(await shop.post(`${path}/resend`, { eventId: ids[0] })).toMatchObject({
      status: 202,
      data: { eventId: ids[0] },
    });
    await eventually(() => receiver.calls.length > calls);
    expect(receiver.ids.at(-1)).toBe(ids[0]);
    await eventually(async () => (await letters()).length === 1);

    sqlRows(engine.database, `DELETE FROM account_events WHERE account = '${shop.account}' AND event_id = 'gone'`);
    for (const [route, body] of [
      ["resend", { eventId: "gone" }],
      ["{event_id}/resend", undefined],
    ] as const) {
      const answer = await fetch(`${shop.server.http}${path}/${route.replace("{event_id}", "gone")}`, {
        method: "POST",
        headers: shop.headers,
        body: body ? JSON.stringify(body) : null,
      });
      expect(answer.status).toBe(410);
      const documented = `/webhooks/{webhook_id}/dead-letters/${route}`;
      expect(await contract.checkAnswer("POST", documented, answer.clone())).toEqual([]);
      expect(await answer.json()).toMatchObject({ code: "event_forgotten" });
    }
    expect(await letters()).toMatchObject([{ eventId: "gone" }]);
  });

  it("that is deleted gets nothing more", async () => {
    const [gone, kept] = [await startReceiver(), await startReceiver()];
    const shop = newShop();
    const { webhookId } = await create(shop, gone.url());
    await create(shop, kept.url());
    expect((await shop.post(`/webhooks/${webhookId}/dead-letters/x/resend`)).status).toBe(404);
    const remove = (of: Shop): Promise<Response> =>
      fetch(`${of.server.http}/webhooks/${webhookId}`, { method: "DELETE", headers: of.headers });
    expect((await remove(newShop())).status).toBe(404);
    expect((await remove(shop)).status).toBe(200);
    expect((await remove(shop)).status).toBe(404);
    await shop.createQr(1);
    await eventually(() => kept.calls.length === 1);
    expect(gone.calls).toEqual([]);
  });

  it("is made by who may change the account, ten at most, and leads somewhere", async () => {
    const shop = newShop();
    const reading = new Shop(engine.one, "1", { "X-API-Key": createKey(engine.one, ["stats:read"], engine.env) });
    expect((await reading.post("/webhooks", { url: "https://a.example" })).code).toBe("forbidden");
    for (const [body, field] of [
      [{}, "url"],
      [{ url: 7 }, "url"],
      [{ url: "ftp://a.example" }, "url"],
      [{ url: "https://" }, "url"],
      [{ url: "https://user:secret@a.example/" }, "url"],
      [{ url: `https://a.example/${"x".repeat(2_000)}` }, "url"],
      [{ url: "https://a.example", types: "all" }, "types"],
      [{ url: "https://a.example", types: ["a b"] }, "types"],
    ] as const) {
      expect(await shop.post("/webhooks", body)).toMatchObject({ status: 422, code: "bad_message", field });
    }
    for (let i = 0; i < 10; ++i) await create(shop, `https://a.invalid/${i}`);
    expect(await shop.post("/webhooks", { url: "https://a.invalid" })).toMatchObject({ code: "too_many_webhooks" });
  });
});

it("posts each event in order, and once more at most, although the instance that does is killed", async () => {
  const receiver = await startReceiver();
  const [postgres, redis] = await Promise.all([Postgres.start(), Redis.start()]);
  // A call that is open for so long keeps its webhook from the other instance while it is found out whose it is.
  const timeout = { PULSO_EVENTS_WEBHOOK_TIMEOUT: "5s" };
  const env = { ...quick, ...timeout, DATABASE_URL: postgres.url, REDIS_URL: redis.url };
  const servers = [await Pulso.start({ env }), await Pulso.start({ env })];
  const [one, other] = servers as [Pulso, Pulso];
  receiver.answer = (_call, index) => (index === 3 ? -1 : 200);
  const claims = { sub: "of-1", account_id: "1", scope: "events:write metrics:read" };
  const shop = new Shop(one, "1", { Authorization: `Bearer ${userToken(claims)}` });
  await shop.post("/webhooks", { url: receiver.url() });
  const ids = Array.from({ length: 30 }, (_, i) => `note-${i}`);
  // All at once, so that they are one turn's, and the turn one instance's.
  expect(
    (
      await shop.post(
        "/events/publish",
        ids.map((id) => ({ id, type: "note", data: 1 })),
      )
    ).status,
  ).toBe(200);
  await eventually(() => receiver.calls.length === 4);
  const taken = async (server: Pulso): Promise<number> => {
    const metrics = await (await fetch(`${server.http}/metrics`, { headers: shop.headers })).text();
    return Number(/^pulso_webhooks_taken_total (\d+)$/m.exec(metrics)?.[1]);
  };
  const counts = [await taken(one), await taken(other)];
  expect([...counts].sort()).toEqual([0, 3]);
  const [killed, survivor] = counts[0] === 3 ? [one, other] : [other, one];
  await killed.kill();
  await eventually(() => ids.every((id) => receiver.ids.includes(id)), 60_000);
  expect([...new Set(receiver.ids)]).toEqual(ids);
  expect(receiver.ids.length).toBeLessThanOrEqual(ids.length + 1);
  expect(await taken(survivor)).toBeGreaterThanOrEqual(ids.length - 4);
  await survivor.stop();
  await Promise.all([postgres.stop(), redis.stop()]);
});

describe("by default", () => {
  it("only public addresses are called, by HTTPS", async () => {
    const server = await Pulso.start();
    const shop = new Shop(server, "1");
    for (const url of [
      ...["http://shop.example/", "https://127.0.0.1/", "https://localhost/", "https://10.1.2.3/", "https://[::1]/"],
      ...["https://192.168.0.1/", "https://169.254.169.254/latest", "https://[fd00::1]/", "https://[::ffff:10.0.0.1]/"],
    ]) {
      expect(await shop.post("/webhooks", { url }), url).toMatchObject({ status: 422, field: "url" });
    }
    await server.stop();
  });

  it("certificates are checked", async () => {
    const folder = temporaryFolder();
    const { certificate, key } = makeCertificate(folder.path, "127.0.0.1");
    const receiver = await startReceiver({ key: readFileSync(key), cert: readFileSync(certificate) });
    const trusting = await Pulso.start({ env: { ...quick, SSL_CERT_FILE: certificate } });
    const wary = await Pulso.start({ env: quick });
    const [known, unknown] = [new Shop(trusting, "1"), new Shop(wary, "1")];
    await known.post("/webhooks", { url: receiver.url() });
    const { data } = await unknown.post("/webhooks", { url: receiver.url() });
    const id = await known.createQr(1);
    await unknown.createQr(1);
    await eventually(async () => {
      const letters = (await unknown.get(`/webhooks/${data.webhookId}/dead-letters`)).data.deadLetters as Data[];
      return letters.length === 1 && /certificate/.test(letters[0].lastError);
    });
    await eventually(() => receiver.ids.length > 0);
    expect(receiver.ids).toEqual([`qr_created_${id}`]);
    await Promise.all([trusting.stop(), wary.stop()]);
    folder.remove();
  });
});
