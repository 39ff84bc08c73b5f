// An account's events, posted to its own URL: alone on SQLite, and two instances on PostgreSQL and Redis.
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";

import { createKey } from "../support/keys";
import { type Data, Shop } from "../support/ledger";
import { ledgerEngine, ledgerEngines } from "../support/ledger_engine";
import { eventually, temporaryFolder } from "../support/processes";
import { Pulso } from "../support/pulso";
import { makeCertificate } from "../support/tls";
import { WebhookReceiver, isSigned } from "../support/webhook_receiver";

const quick = {
  PULSO_EVENTS_WEBHOOK_TARGETS: "any",
  PULSO_EVENTS_WEBHOOK_RETRY: "20ms",
  PULSO_EVENTS_WEBHOOK_ATTEMPTS: "4",
  PULSO_EVENTS_WEBHOOK_TIMEOUT: "1s",
};
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

it("posts each event once however many instances there are and although one is killed", async () => {
  const receiver = await startReceiver();
  const server = await Pulso.start({ env: quick });
  const shop = new Shop(server, "1");
  await shop.post("/webhooks", { url: receiver.url() });
  const ids: string[] = [];
  for (let i = 1; i <= 30; ++i) ids.push(`qr_created_${await shop.createQr(i)}`);
  await eventually(() => receiver.calls.length > 3);
  await server.kill();
  const again = await server.restart();
  // What was on its way at the kill may come again when its turn is over; nothing is left out.
  await eventually(() => ids.every((id) => receiver.ids.includes(id)), 60_000);
  expect(receiver.ids.length).toBeLessThanOrEqual(ids.length + 1);
  await again.stop();
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
