// Twenty event streams of one page over HTTP/2, where HTTP/1.1 would hold it to six connections.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";

import { launchBrowser } from "../support/browser";
import { eventually, temporaryFolder } from "../support/processes";
import { Pulso } from "../support/pulso";
import { makeCertificate } from "../support/tls";
import { userToken } from "../support/tokens";

const count = 20;
const folder = temporaryFolder();
let server: Pulso;
let browser: Browser;
let page: Page;
const token = userToken({ sub: "u", account_id: 1, scope: "events:write" });
beforeAll(async () => {
  const files = makeCertificate(folder.path, "pulso");
  server = await Pulso.start({ args: ["--tls-cert", files.certificate, "--tls-key", files.key] });
  browser = await launchBrowser("--ignore-certificate-errors");
  page = await browser.newPage();
  await page.goto(`https://127.0.0.1:${server.port}/`);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  folder.remove();
});

interface StreamsPage {
  streams: Array<{ readyState: number; close(): void }>;
  heard: string[][];
}

it("all hear every event, and the page still asks for other things", async () => {
  await page.evaluate(
    ([url, streamCount]) => {
      const scope = globalThis as unknown as StreamsPage & { EventSource: new (url: string) => never };
      scope.heard = Array.from({ length: streamCount }, () => []);
      scope.streams = scope.heard.map((events) => {
        const source = new scope.EventSource(url) as {
          readyState: number;
          close(): void;
          addEventListener(type: string, heard: (event: { data: string }) => void): void;
        };
        source.addEventListener("note", ({ data }) => events.push(data));
        return source;
      });
    },
    [`/events/stream?token=${token}`, count] as const,
  );
  const ask = (): Promise<Array<[number, string[]]>> =>
    page.evaluate(() => {
      const { streams, heard } = globalThis as unknown as StreamsPage;
      return streams.map(({ readyState }, i) => [readyState, heard[i] ?? []]);
    });
  await eventually(async () => (await ask()).every(([readyState]) => readyState === 1));

  // Published by the page itself, on the same connection.
  const notes = Array.from({ length: 50 }, (_, i) => String(i));
  const answered = await page.evaluate(
    async ([credential, values]) => {
      const statuses = new Set<number>();
      for (const data of values) {
        const body = JSON.stringify({ type: "note", data: Number(data) });
        const headers = { Authorization: `Bearer ${credential}` };
        statuses.add((await fetch("/events/publish", { method: "POST", headers, body })).status);
      }
      return [...statuses];
    },
    [token, notes] as const,
  );
  expect(answered).toEqual([200]);
  await eventually(async () => (await ask()).every(([, heard]) => heard.length === notes.length));
  expect((await ask()).map(([, heard]) => heard)).toEqual(Array(count).fill(notes));

  const protocols = await page.evaluate(() => {
    const { performance } = globalThis as unknown as {
      performance: { getEntriesByType(type: string): Array<{ name: string; nextHopProtocol: string }> };
    };
    return performance.getEntriesByType("resource").map(({ nextHopProtocol }) => nextHopProtocol);
  });
  expect(new Set(protocols)).toEqual(new Set(["h2"]));
  const stats = await fetch(`https://127.0.0.1:${server.port}/health`).catch(() => undefined);
  expect(stats).toBeUndefined(); // whoever does not ignore the certificate does not get in
});

it("come back after a restart of the server, without a gap", async () => {
  await server.program.end("SIGTERM");
  server = await server.restart();
  const published = await page.evaluate(async (credential) => {
    const headers = { Authorization: `Bearer ${credential}` };
    const body = JSON.stringify({ type: "note", data: "after" });
    return (await fetch("/events/publish", { method: "POST", headers, body })).status;
  }, token);
  expect(published).toBe(200);
  const heard = (): Promise<string[][]> => page.evaluate(() => (globalThis as unknown as StreamsPage).heard);
  await eventually(async () => (await heard()).every((events) => events.at(-1) === '"after"'));
  expect((await heard()).map(({ length }) => length)).toEqual(Array(count).fill(51));
});
