// Chromium's own EventSource, which asks for gzip, at an account's stream over a network that is cut at random; at a server
// that is killed and comes back, and at an instance that is killed while another takes over; and as the SDK uses it.
import { resolve } from "node:path";

import { type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";

import { PageServer, launchBrowser } from "../support/browser";
import { bundle } from "../support/bundle";
import { CutProxy } from "../support/cut_proxy";
import { Bank, Shop, bankSecret } from "../support/ledger";
import { Postgres } from "../support/postgres";
import { eventually } from "../support/processes";
import { Pulso } from "../support/pulso";
import { Random } from "../support/random";
import { Redis } from "../support/redis";
import { userToken } from "../support/tokens";

interface StreamWindow {
  source?: { close: () => void };
  received: number[];
  seen: string[];
  isOver: () => boolean;
}

const token = userToken({ sub: "a", account_id: "1", scope: "events:write" });
let pages: PageServer;
let browser: Browser;
let server: Pulso;
let proxy: CutProxy;
let page: Page;
let onHeartbeat: () => void = () => {};
beforeAll(async () => {
  const sdk = await bundle(resolve(import.meta.dirname, "../../web/sdk"), "src/index.ts");
  pages = await PageServer.start(() => ({ "/": "<title>stream</title>", "/sdk.js": sdk }));
  browser = await launchBrowser();
  server = await Pulso.start({ env: environment() });
  proxy = await CutProxy.start(server.port);
  page = await browser.newPage();
  await page.exposeFunction("heartbeatCame", () => onHeartbeat());
  await page.goto(pages.origin);
});
afterAll(async () => {
  await browser?.close();
  pages?.close();
  proxy?.close();
  await server?.stop();
});

const environment = (): Record<string, string> => ({
  CLIENT_URL: pages.origin,
  PULSO_EVENTS_HEARTBEAT_INTERVAL: "1s",
  PULSO_EVENTS_BANK_SECRET: bankSecret,
});

/** Follows the stream of this address in the page. */
async function follow(url: string): Promise<void> {
  await page.evaluate((address) => {
    const here = globalThis as unknown as StreamWindow & {
      heartbeatCame: () => Promise<void>;
      EventSource: new (url: string) => {
        readyState: number;
        close: () => void;
        addEventListener: (type: string, listener: (event: { data: string }) => void) => void;
      };
    };
    here.source?.close();
    const source = new here.EventSource(address);
    here.source = source;
    here.received = [];
    here.seen = [];
    here.isOver = () => source.readyState === 2;
    for (const type of ["connection", "heartbeat", "reset"]) {
      source.addEventListener(type, () => here.seen.push(type));
    }
    source.addEventListener("heartbeat", () => void here.heartbeatCame());
    source.addEventListener("note", ({ data }) => here.received.push(Number(data)));
    for (const type of ["qr_payment", "account_balance_update"]) {
      source.addEventListener(type, ({ data }) => here.received.push(JSON.parse(data).newBalance as number));
    }
  }, url);
}
const received = (): Promise<number[]> => page.evaluate(() => (globalThis as unknown as StreamWindow).received);
const seen = (): Promise<string[]> => page.evaluate(() => (globalThis as unknown as StreamWindow).seen);

/** Publishes 5,000 events and more to whoever follows, until the network was cut behind six heartbeats; half-way
 * `die` is called. Resolves with how many they were. */
async function publishOverCuts(url: () => string, cut: () => void, die: () => Promise<void>): Promise<number> {
  const [count, cutsBehindHeartbeat] = [5_000, 6];
  const random = new Random(count);
  let cuts = 0;
  onHeartbeat = () => {
    if (cuts++ < cutsBehindHeartbeat) cut(); // the id of a heartbeat is what the browser comes back with
  };
  let sent = 0;
  while (sent < count || cuts < cutsBehindHeartbeat) {
    const to = sent < count ? Math.min(sent + random.between(1, 40), count) : sent + 1;
    const from = sent;
    const body = Array.from({ length: to - from }, (_, i) => ({ type: "note", data: from + i, id: `n${from + i}` }));
    const answer = await fetch(`${url()}/events/publish?token=${token}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
    if (from < count / 2 && to >= count / 2) await die();
    if (from < count && random.chance(3)) cut();
    sent = to;
  }
  onHeartbeat = () => {};
  return sent;
}

async function expectEachOnce(count: number): Promise<void> {
  await eventually(async () => (await received()).length >= count, 60_000);
  expect(await received()).toEqual(Array.from({ length: count }, (_, i) => i));
  expect(await seen()).not.toContain("reset");
}

it("loses and doubles nothing of 5,000 events while the network is cut and the server killed", async () => {
  await follow(`${proxy.url}/events/stream?token=${token}`);
  await eventually(async () => (await seen()).includes("connection"));
  const restart = async (): Promise<void> => {
    await server.kill();
    server = await server.restart();
  };
  await expectEachOnce(
    await publishOverCuts(
      () => server.http,
      () => proxy.cut(),
      restart,
    ),
  );
});

it("loses and doubles nothing of 5,000 events while another instance takes over from one that is killed", async () => {
  const [postgres, redis] = await Promise.all([Postgres.start(), Redis.start()]);
  const env = { ...environment(), DATABASE_URL: postgres.url, REDIS_URL: redis.url };
  const [serving, spare] = [await Pulso.start({ env }), await Pulso.start({ env })];
  const line = await CutProxy.start(serving.port);
  await follow(`${line.url}/events/stream?token=${token}`);
  await eventually(async () => (await seen()).includes("connection"));
  const die = async (): Promise<void> => {
    await serving.kill();
    line.leadTo(spare.port);
  };
  await expectEachOnce(
    await publishOverCuts(
      () => spare.http,
      () => line.cut(),
      die,
    ),
  );
  line.close();
  for (const engine of [serving, spare, postgres, redis]) await engine.stop();
});

it("tells the balance after each of 2,500 payments, twice: with the payment, and with the movement", async () => {
  const shop = new Shop(server, "1", { Authorization: `Bearer ${token}` });
  const qr = await shop.createQr(0.5, { singleUse: false });
  await follow(`${proxy.url}/events/stream?token=${token}`);
  await eventually(async () => (await seen()).includes("connection"));
  const payments = 2_500;
  let next = 0;
  const report = async (): Promise<void> => {
    while (next < payments) {
      const i = next++;
      if (i % 500 === 250) proxy.cut();
      expect((await new Bank(server).pay(qr, `t${i}`, 0.5)).status).toBe(200);
    }
  };
  await Promise.all(Array.from({ length: 8 }, report));
  await eventually(async () => (await received()).length >= 2 * payments, 60_000);
  expect(await received()).toEqual(Array.from({ length: 2 * payments }, (_, i) => (Math.floor(i / 2) + 1) / 2));
  expect(await seen()).not.toContain("reset");
});

it("hears from the SDK that what it saw last is not kept any more", async () => {
  const options = { serverUrl: server.http, token: userToken({ sub: "b", account_id: "2" }), lastEventId: "gone" };
  const heard = page.evaluate(`import("/sdk.js").then(({ connectEvents }) => new Promise((resolve) => {
    const heard = [];
    const events = connectEvents(${JSON.stringify(options)});
    events.onEvent(({ type, id, data }) => {
      if (type !== "heartbeat") return heard.push([type, id === "welcome_" + data.connectionId, data.lastEventId]);
      events.close();
      resolve(heard);
    });
  }))`);
  expect(await heard).toEqual([
    ["connection", true, undefined],
    ["reset", false, "gone"],
  ]);
});

it("gives up for good where no credential will do", async () => {
  await follow(`${server.http}/events/stream?token=${userToken({ sub: "a", account_id: "1", exp: 1 })}`);
  await eventually(() => page.evaluate(() => (globalThis as unknown as StreamWindow).isOver()));
});
