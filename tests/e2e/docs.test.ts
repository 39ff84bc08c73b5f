// The API reference of `pulso serve` in Chromium.
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { accessibilityProblems, horizontalOverflow, launchBrowser } from "../support/browser";
import { Contract } from "../support/contract";
import { Pulso } from "../support/pulso";

const root = resolve(import.meta.dirname, "../..");
const screenshots = join(root, "build/screenshots");
const phone = { width: 390, height: 844 };
const desk = { width: 1440, height: 900 };

let server: Pulso;
let browser: Browser;
beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true });
  [server, browser] = await Promise.all([Pulso.start({ demo: true }), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function open(options: BrowserContextOptions = {}, hash = ""): Promise<Page> {
  const context = await browser.newContext({ viewport: desk, ...options });
  const page = await context.newPage();
  page.on("pageerror", (error) => {
    throw error;
  });
  await page.goto(`${server.http}/docs${hash}`);
  return page;
}

describe("the reference", () => {
  it.each(["openapi.yaml", "asyncapi.yaml"])("stands beside %s, as it is in protocol/", async (name) => {
    const answer = await fetch(`${server.http}/docs/${name}`);
    expect(answer.headers.get("Content-Type")).toBe("application/yaml");
    expect(await answer.text()).toBe(readFileSync(join(root, "protocol", name), "utf8"));
  });

  it("has every route, message and error code under an address of its own, and no link that leads nowhere", async () => {
    const page = await open({ javaScriptEnabled: false });
    const ids = new Set(await page.locator("[id]").evaluateAll((all) => all.map(({ id }) => id)));
    const contract = new Contract();
    const wanted = [
      ...Object.values<Record<string, { operationId?: string }>>(contract.openapi.paths).flatMap((item) =>
        Object.values(item).flatMap(({ operationId }) => operationId ?? []),
      ),
      ...Object.keys(contract.asyncapi.components.messages).map((type) => `message-${type}`),
      ...Object.keys(contract.openapi.components.schemas).map((name) => `schema-${name}`),
      ...(["SeatsErrorCode", "TracksErrorCode", "EventsErrorCode", "ServerErrorCode"] as const)
        .flatMap((schema) => contract.errorCodes(schema))
        .map((code) => `error-${code.split(" ")[0]}`),
      "close-4409",
    ];
    expect(wanted.filter((id) => !ids.has(id))).toEqual([]);
    const links = await page.locator('a[href^="#"]').evaluateAll((all) => all.map((a) => a.getAttribute("href") ?? ""));
    expect(links.filter((link) => !ids.has(link.slice(1)))).toEqual([]);
    await page.context().close();
  });

  it("opens at the part that the address names", async () => {
    const page = await open({}, "#error-seat_taken");
    const isInView = await page.locator("#error-seat_taken").evaluate((row) => {
      const { top } = row.getBoundingClientRect();
      return top >= 0 && top < 400;
    });
    expect(isInView).toBe(true);
    await page.context().close();
  });

  it("remembers which theme was chosen", async () => {
    const page = await open({ colorScheme: "light" });
    const theme = (): Promise<string | null> => page.locator("html").getAttribute("data-theme");
    expect(await theme()).toBe("light");
    await page.getByRole("button", { name: "Light or dark" }).click();
    expect(await theme()).toBe("dark");
    await page.reload();
    expect(await theme()).toBe("dark");
    await page.context().close();
  });

  const looks = [phone, desk].flatMap((viewport) =>
    (["light", "dark"] as const).map((colorScheme) => ({ viewport, colorScheme })),
  );
  it.each(looks.map((look) => [look.viewport.width, look.colorScheme, look] as const))(
    "at %i px, %s, has no findings of axe-core and fits its window",
    async (width, colorScheme, { viewport }) => {
      const page = await open({ viewport, colorScheme, reducedMotion: "reduce" });
      await page.evaluate("document.fonts.ready");
      await page.screenshot({ path: join(screenshots, `docs-${width}-${colorScheme}.png`) });
      expect(await horizontalOverflow(page)).toBeLessThanOrEqual(0);
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.context().close();
    },
  );
});
