// The pages of `pulso serve --demo` in Chromium, as visitors use them: with a mouse, a keyboard, a phone, a bad network.
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser, BrowserContextOptions, Locator, Page, WebSocketRoute } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { accessibilityProblems, horizontalOverflow, launchBrowser } from "../support/browser";
import { eventually } from "../support/processes";
import { Pulso } from "../support/pulso";
import { SeatsClient } from "../support/seats_client";

const screenshots = resolve(import.meta.dirname, "../../build/screenshots");
const phone = { width: 390, height: 844 };
const desk = { width: 1440, height: 900 };
const room = "demo_sala_1";

let server: Pulso;
let browser: Browser;
beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
});
beforeEach(async () => {
  server = await Pulso.start({ demo: true });
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await server?.stop();
});

/** A visitor with storage of its own, whose page must not report any error of its scripts. */
async function visit(path = "/seats", options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ locale: "en-GB", viewport: desk, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on("pageerror", (error) => {
    throw error;
  });
  await page.goto(server.http + path);
  return page;
}

const seat = (page: Page, id: string): Locator => page.locator(`[id="seat-${id}"]`);
const hasStatus = (page: Page, id: string, status: string): Promise<void> =>
  page.locator(`[id="seat-${id}"][data-status="${status}"]:not([data-pending])`).waitFor();
const isOnline = (page: Page, status = "online"): Promise<void> =>
  page.locator(`.badge[data-status="${status}"]`).waitFor();

async function openHall(options: BrowserContextOptions = {}): Promise<Page> {
  const page = await visit("/seats", options);
  await isOnline(page);
  await seat(page, "C5").waitFor();
  return page;
}

async function select(page: Page, id: string): Promise<void> {
  await seat(page, id).click();
  await hasStatus(page, id, "mine");
}

/** A visitor without a browser, who is in the room. */
async function stranger(id = "stranger"): Promise<SeatsClient> {
  const client = await SeatsClient.connect(server.ws, id);
  await client.join(room);
  return client;
}

describe("two visitors", () => {
  it("see each other's seats, and their own with the time left", async () => {
    const [ana, luz] = [await openHall(), await openHall()];
    await ana.getByLabel("Your name").fill("Ana");
    await select(ana, "C5");
    await select(luz, "C7");
    await hasStatus(luz, "C5", "other");
    await hasStatus(ana, "C7", "other");
    expect(await seat(luz, "C5").getAttribute("aria-label")).toContain("Held by Ana");

    const left = ana.locator(".held-time");
    const first = await left.textContent();
    expect(first).toMatch(/^(5:00|4:\d\d) left$/);
    await eventually(async () => (await left.textContent()) !== first);

    await ana.getByRole("button", { name: "Let go of C5" }).click();
    await hasStatus(ana, "C5", "available");
    await hasStatus(luz, "C5", "available");
    await seat(luz, "C7").click();
    await hasStatus(ana, "C7", "available");
  });

  it("show seats that are sold or out of use, which can't be taken", async () => {
    const page = await openHall();
    await hasStatus(page, "J8", "sold");
    await hasStatus(page, "H10", "blocked");
    for (const id of ["J8", "H10"]) await seat(page, id).click({ force: true });
    await select(page, "C5");
    expect(await page.locator('[id^="seat-"][data-status="mine"]').count()).toBe(1);
  });

  it("renew a hold once, and are told when no more is possible", async () => {
    const page = await openHall();
    await select(page, "C5");
    const renew = page.getByRole("button", { name: "More time for C5" });
    await renew.click();
    await page.getByText("More time for C5.").waitFor({ state: "attached" });
    await renew.click();
    await page.getByText("The time for this seat cannot be extended again.").waitFor();
    await renew.waitFor({ state: "detached" });
  });
});

describe("a race for one seat", () => {
  /** Lets the page go on believing that a seat is free which someone else has. */
  async function loseRace(page: Page): Promise<void> {
    const fast = await stranger();
    // Both ask in the same turn: the page has not heard of it when it asks.
    await page.evaluate(() => {
      const { document, setTimeout } = globalThis as unknown as {
        document: { getElementById(id: string): { click(): void } | null };
        setTimeout(work: () => void, delayMs: number): void;
      };
      const end = Date.now() + 1_500;
      setTimeout(() => {
        // The page hears nothing while its thread is busy.
        while (Date.now() < end);
        document.getElementById("seat-C5")?.click();
      }, 0);
    });
    expect(await fast.select(room, "C5")).toMatchObject({ type: "seat_selected" });
  }

  it("that is lost says so and offers what is near", async () => {
    const page = await openHall();
    await loseRace(page);
    const dialog = page.getByRole("dialog", { name: "Someone was a moment faster" });
    await dialog.waitFor();
    expect(await dialog.textContent()).toContain("Two people asked for seat C5");
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.screenshot({ path: join(screenshots, "lost-race-1440.png") });
    const near = dialog.getByRole("button").first();
    const picked = (await near.textContent()) ?? "";
    await near.click();
    await dialog.waitFor({ state: "detached" });
    await hasStatus(page, picked, "mine");
    await hasStatus(page, "C5", "other");
  });

  it("closes on Escape and gives the focus back to the hall", async () => {
    const page = await openHall({ viewport: phone });
    await loseRace(page);
    await page.getByRole("dialog").waitFor();
    await page.screenshot({ path: join(screenshots, "lost-race-390.png") });
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await page.evaluate("document.activeElement.id")).toBe("seat-C5");
  });
});

describe("what goes wrong", () => {
  it("a reload keeps one's own seats", async () => {
    const [ana, luz] = [await openHall(), await openHall()];
    await select(ana, "C5");
    await hasStatus(luz, "C5", "other");
    await ana.reload();
    await hasStatus(ana, "C5", "mine");
    await ana.getByRole("button", { name: "Let go of C5" }).click();
    await hasStatus(luz, "C5", "available");
  });

  it("a server killed and started again is found again, with the exact state", async () => {
    const [ana, luz] = [await openHall(), await openHall()];
    await select(ana, "C5");
    await select(luz, "C7");
    await hasStatus(luz, "C5", "other");
    await server.kill();
    await ana.locator('.badge[data-status="reconnecting"]').waitFor();
    server = await server.restart();
    for (const page of [ana, luz]) await isOnline(page);
    await hasStatus(ana, "C5", "mine");
    await hasStatus(ana, "C7", "other");
    await hasStatus(luz, "C7", "mine");
    await select(luz, "D7");
    await hasStatus(ana, "D7", "other");
    await ana.getByRole("button", { name: "Let go of C5" }).click();
    await hasStatus(luz, "C5", "available");
  });

  it("where WebSocket is blocked it goes on over HTTP, and both kinds see each other", async () => {
    const ana = await openHall();
    const context = await browser.newContext({ locale: "en-GB", viewport: desk });
    const luz = await context.newPage();
    await luz.routeWebSocket(/.*/, (socket) => socket.close());
    await luz.goto(`${server.http}/seats`);
    await isOnline(luz, "polling");
    await select(ana, "C5");
    await hasStatus(luz, "C5", "other");
    await select(luz, "C7");
    await hasStatus(ana, "C7", "other");
    await luz.getByRole("button", { name: "Let go of C7" }).click();
    await hasStatus(ana, "C7", "available");
  });

  it("a connection that breaks is made again and brings what was missed", async () => {
    const context = await browser.newContext({ locale: "en-GB", viewport: desk });
    const ana = await context.newPage();
    const connections: WebSocketRoute[] = [];
    let isDown = false;
    await ana.routeWebSocket(/.*/, (socket) => {
      if (isDown) return void socket.close();
      connections.push(socket);
      socket.connectToServer();
    });
    await ana.goto(`${server.http}/seats`);
    await isOnline(ana);
    await select(ana, "C5");
    const other = await stranger();
    expect(await other.select(room, "C7")).toMatchObject({ type: "seat_selected" });
    await hasStatus(ana, "C7", "other");

    isDown = true;
    await connections[0]?.close({ code: 4000 });
    await ana.locator('.badge:not([data-status="online"])').waitFor();
    other.send({ type: "release_seat", room_id: room, seat_id: "C7" });
    await other.next("seat_released");
    expect(await other.select(room, "D7")).toMatchObject({ type: "seat_selected" });
    isDown = false;
    await hasStatus(ana, "D7", "other");
    await hasStatus(ana, "C7", "available");
    await hasStatus(ana, "C5", "mine");
    await other.close();
  });
});

describe("for everyone", () => {
  it("works by keyboard alone", async () => {
    const page = await openHall();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to content");
    await page.keyboard.press("Enter");
    const focused = (): Promise<string> => page.evaluate("document.activeElement.id");
    for (let presses = 0; !(await focused()).startsWith("seat-"); ++presses) {
      expect(presses).toBeLessThan(10);
      await page.keyboard.press("Tab");
    }
    for (const key of ["Home", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
    expect(await focused()).toBe("seat-C3");
    await page.keyboard.press("Enter");
    await hasStatus(page, "C3", "mine");
    await page.keyboard.press("Space");
    await hasStatus(page, "C3", "available");
    await page.keyboard.press("End");
    expect(await focused()).toBe("seat-C20");
    await page.keyboard.press("ArrowUp");
    expect(await focused()).toBe("seat-B20");
  });

  it.each([
    ["es-AR", "es", "Elige tus asientos", "Todos ven lo mismo, al mismo tiempo."],
    ["en-US", "en", "Choose your seats", "Everyone sees the same thing, at the same time."],
    ["ru-RU", "ru", "Выберите места", "Все видят одно и то же — одновременно."],
    ["fr-FR", "es", "Elige tus asientos", "Todos ven lo mismo, al mismo tiempo."],
  ])("a visitor with %s reads %s", async (locale, language, hallTitle, homeTitle) => {
    const page = await visit("/", { locale });
    await page.getByRole("heading", { level: 1, name: homeTitle }).waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe(language);
    await page.goto(`${server.http}/seats`);
    await page.getByText(hallTitle).waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe(language);
  });

  it("the language can be chosen and is remembered", async () => {
    const page = await openHall();
    await page.locator("select").selectOption("ru");
    await page.getByText("Выберите места").waitFor();
    await page.reload();
    await page.getByText("Выберите места").waitFor();
  });

  it("the home page lists the rooms and leads to them", async () => {
    const page = await visit("/");
    await page.getByRole("link", { name: "Sala 2 · Matiné" }).click();
    await page.getByRole("heading", { level: 1, name: "Sala 2 · Matiné" }).waitFor();
    await isOnline(page);
  });

  const looks = [phone, desk].flatMap((viewport) =>
    (["light", "dark"] as const).flatMap((colorScheme) =>
      (["/", "/seats"] as const).map((path) => ({ viewport, colorScheme, path })),
    ),
  );
  it.each(looks.map((look) => [`${look.path} at ${look.viewport.width} px, ${look.colorScheme}`, look] as const))(
    "%s has no findings of axe-core and fits its window",
    async (_name, { viewport, colorScheme, path }) => {
      const page = await visit(path, { viewport, colorScheme, reducedMotion: "reduce" });
      if (path === "/seats") {
        const other = await stranger();
        await other.select(room, "B4", { name: "Luz" });
        await isOnline(page);
        await select(page, "C5");
        await select(page, "L8");
        await hasStatus(page, "B4", "other");
      } else {
        await page.getByRole("link", { name: "Sala 1 · Estreno" }).waitFor();
      }
      await page.evaluate("document.fonts.ready");
      const name = path === "/" ? "home" : "seats";
      await page.screenshot({
        path: join(screenshots, `${name}-${viewport.width}-${colorScheme}.png`),
        fullPage: true,
      });
      expect(await horizontalOverflow(page)).toBeLessThanOrEqual(0);
      expect(await accessibilityProblems(page)).toEqual([]);
    },
  );
});
