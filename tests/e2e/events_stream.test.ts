// Chromium's own EventSource, which asks for gzip, at an account's stream over a network that is cut, and at a server that
// is killed and comes back.
import { type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";

import { PageServer, launchBrowser } from "../support/browser";
import { CutProxy } from "../support/cut_proxy";
import { Bank, Shop, bankSecret } from "../support/ledger";
import { eventually } from "../support/processes";
import { Pulso } from "../support/pulso";
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
beforeAll(async () => {
  pages = await PageServer.start(() => ({ "/": "<title>stream</title>" }));
  browser = await launchBrowser();
  server = await Pulso.start({
    env: {
      CLIENT_URL: pages.origin,
      PULSO_EVENTS_HEARTBEAT_INTERVAL: "1s",
      PULSO_EVENTS_BANK_SECRET: bankSecret,
    },
  });
  proxy = await CutProxy.start(server.port);
  page = await browser.newPage();
  await page.goto(pages.origin);
});
afterAll(async () => {
  await browser?.close();
  pages?.close();
  proxy?.close();
  await server?.stop();
});

/** Follows the stream of this address in the page. */
async function follow(url: string): Promise<void> {
  await page.evaluate((address) => {
    const here = globalThis as unknown as StreamWindow & {
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
    source.addEventListener("note", ({ data }) => here.received.push(Number(data)));
    for (const type of ["qr_payment", "account_balance_update"]) {
      source.addEventListener(type, ({ data }) => here.received.push(JSON.parse(data).newBalance as number));
    }
  }, url);
}
const received = (): Promise<number[]> => page.evaluate(() => (globalThis as unknown as StreamWindow).received);
const seen = (): Promise<string[]> => page.evaluate(() => (globalThis as unknown as StreamWindow).seen);

it("loses and doubles nothing of 5,000 events", async () => {
  await follow(`${proxy.url}/events/stream?token=${token}`);
  await eventually(async () => (await seen()).includes("connection"));
  const [count, burst] = [5_000, 20];
  for (let from = 0; from < count; from += burst) {
    const body = Array.from({ length: burst }, (_, i) => ({ type: "note", data: from + i, id: `n${from + i}` }));
    const answer = await fetch(`${server.http}/events/publish?token=${token}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
    if (from === count / 2) {
      await server.kill();
      server = await server.restart();
    }
    if (from % 1_000 === 500) proxy.cut();
  }
  await eventually(async () => (await received()).length >= count, 60_000);
  await eventually(async () => (await seen()).includes("heartbeat"));
  expect(await received()).toEqual(Array.from({ length: count }, (_, i) => i));
  expect(await seen()).not.toContain("reset");
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

it("gives up for good where no credential will do", async () => {
  await follow(`${server.http}/events/stream?token=${userToken({ sub: "a", account_id: "1", exp: 1 })}`);
  await eventually(() => page.evaluate(() => (globalThis as unknown as StreamWindow).isOver()));
});
