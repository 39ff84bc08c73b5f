// The player page of `pulso serve --demo` in Chromium, under its default autoplay policy: with windows of one listener and
// of another, by keyboard, over a network that fails.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { wavFile } from "../support/audio";
import { type AudioNow, askUntouched, audioNow, watchAudio } from "../support/audio_page";
import { accessibilityProblems, horizontalOverflow, launchBrowser } from "../support/browser";
import { runCommand } from "../support/command";
import { eventually, temporaryFolder } from "../support/processes";
import { Pulso } from "../support/pulso";
import { TcpProxy } from "../support/tcp_proxy";

const screenshots = resolve(import.meta.dirname, "../../build/screenshots");
const phone = { width: 390, height: 844 };
const desk = { width: 1440, height: 900 };
/** Far more than two devices may be apart, far less than any jump here. In seconds. */
const near = 1.5;

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

/** A window of `user`, about to open. */
async function load(user: string, options: BrowserContextOptions = {}, origin = server.http): Promise<Page> {
  const context = await browser.newContext({ locale: "en-GB", viewport: desk, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on("pageerror", (error) => {
    throw error;
  });
  await watchAudio(page);
  await page.goto(`${origin}/player?user=${user}`);
  return page;
}

/** A window of `user` that is touched, and so may play. */
async function open(user: string, options: BrowserContextOptions = {}, origin = server.http): Promise<Page> {
  const page = await load(user, options, origin);
  await isOnline(page);
  await page.locator(".track-card").first().waitFor();
  await page.getByRole("heading", { level: 1 }).click();
  return page;
}

const isOnline = (page: Page): Promise<void> => page.locator('.badge[data-status="online"]').waitFor();
const playFirst = (page: Page): Promise<void> => page.locator(".track-play").first().click();
const deckButton = (page: Page, name: string) => page.locator(".deck").getByRole("button", { name, exact: true });
const slider = (page: Page) => page.getByRole("slider", { name: "Position" });
/** Clicks on the waveform, at this part of its width. */
async function seekTo(page: Page, part: number): Promise<void> {
  const box = await slider(page).boundingBox();
  if (!box) throw new Error("no waveform");
  await page.mouse.click(box.x + box.width * part, box.y + box.height / 2);
}

const becomes = (page: Page, condition: (now: AudioNow) => boolean): Promise<AudioNow> =>
  eventually(async () => {
    const now = await audioNow(page);
    return condition(now) && now;
  });
const plays = (page: Page): Promise<AudioNow> => becomes(page, ({ isPlaying, position }) => isPlaying && position > 0);
const pauses = (page: Page): Promise<AudioNow> => becomes(page, ({ isPlaying }) => !isPlaying);

describe("windows of one listener", () => {
  it("play, seek and pause together, while another listener hears nothing", async () => {
    const [first, second, luz] = [await open("ana"), await open("ana"), await open("luz")];
    await playFirst(first);
    const { track } = await plays(first);
    expect((await plays(second)).track).toBe(track);

    await seekTo(second, 0.5);
    await becomes(first, ({ position }) => position > 10);
    await becomes(second, ({ position, isPlaying }) => isPlaying && position > 10);

    await deckButton(first, "Pause").click();
    const [stopped, other] = [await pauses(first), await pauses(second)];
    expect(Math.abs(stopped.position - other.position)).toBeLessThan(near);
    await deckButton(second, "Play").click();
    await plays(first);
    await plays(second);

    expect(await audioNow(luz)).toMatchObject({ track: null, isPlaying: false });
    expect(await luz.locator(".deck").count()).toBe(0);
    expect(await luz.locator(".devices li").count()).toBe(2);
  });

  it("play on whichever device is chosen", async () => {
    const [first, second] = [await open("ana"), await open("ana")];
    await playFirst(first);
    await plays(second);
    await first.getByRole("button", { name: "Play only there" }).click();
    await pauses(first);
    await plays(second);
    await first.getByText("Playing on another device").waitFor();
    await second.getByText("Playing only here").waitFor();
    await first.getByRole("button", { name: "This device" }).click();
    await plays(first);
    await pauses(second);
    await second.getByRole("button", { name: "All at once" }).click();
    await plays(first);
    await plays(second);
  });

  it("share the queue, and go on by one at the end of a track", async () => {
    const [first, second] = [await open("ana"), await open("ana")];
    await playFirst(first);
    const { track } = await plays(second);
    const queue = second.locator(".queue li");
    await eventually(async () => (await queue.count()) > 2);
    expect(await queue.first().getAttribute("aria-current")).toBe("true");

    await seekTo(first, 0.93);
    const next = await becomes(second, (now) => now.isPlaying && now.track !== track);
    expect((await becomes(first, (now) => now.isPlaying && now.track !== track)).track).toBe(next.track);
    await second.locator(".queue li:nth-child(2)[aria-current]").waitFor();

    await deckButton(second, "Previous").click();
    await becomes(first, (now) => now.isPlaying && now.track === track);
    await second.getByRole("button", { name: "Clear" }).click();
    await first.getByText("The queue is empty").waitFor();
    await first.locator(".track-add").nth(2).click();
    await eventually(async () => (await queue.count()) === 1);
  });

  it("share the volume", async () => {
    const [first, second] = [await open("ana"), await open("ana")];
    await playFirst(first);
    await plays(second);
    await first.locator(".deck .volume input").fill("0.4");
    await eventually(async () => (await second.locator(".deck .volume input").inputValue()) === "0.4");
  });
});

describe("a window that was not touched", () => {
  it("asks for a tap instead of playing, and pauses nobody", async () => {
    const [first, second] = [await open("ana"), await load("ana")];
    const has = (selector: string) => () =>
      askUntouched<boolean>(second, `document.querySelector('${selector}') !== null`);
    await eventually(has('.badge[data-status="online"]'));
    await playFirst(first);
    const before = await plays(first);
    await eventually(has(".listen"));
    expect((await audioNow(second)).isPlaying).toBe(false);
    await becomes(first, ({ position }) => position > before.position + 2);
    expect(await accessibilityProblems(second)).toEqual([]);
    const hint = second.getByRole("button", { name: "Tap to listen" });
    await second.screenshot({ path: join(screenshots, "player-blocked-1440.png") });
    await hint.click();
    const [one, other] = [await plays(second), await plays(first)];
    expect(Math.abs(one.position - other.position)).toBeLessThan(near);
    await hint.waitFor({ state: "detached" });
  });
});

describe("what goes wrong", () => {
  it("a server killed and started again is found again, and plays on", async () => {
    const page = await open("ana");
    await playFirst(page);
    await plays(page);
    await server.kill();
    await page.locator('.badge[data-status="reconnecting"]').waitFor();
    server = await server.restart();
    await isOnline(page);
    await deckButton(page, "Pause").or(deckButton(page, "Play")).waitFor();
    if ((await audioNow(page)).isPlaying) await deckButton(page, "Pause").click();
    await pauses(page);
    await deckButton(page, "Play").click();
    await plays(page);
  });

  it("a network that fails does not stop the music, and what was missed is taken up", async () => {
    const proxy = await TcpProxy.start(server.port);
    const [far, close] = [await open("ana", {}, proxy.http), await open("ana")];
    await playFirst(far);
    await plays(far);
    await plays(close);
    proxy.cut();
    await far.locator('.badge[data-status="reconnecting"]').waitFor();
    expect((await audioNow(far)).isPlaying).toBe(true);
    await deckButton(close, "Pause").click();
    await pauses(close);
    proxy.mend();
    await isOnline(far);
    await pauses(far);
    proxy.close();
  });
});

describe("for everyone", () => {
  it("works by keyboard alone", async () => {
    const page = await open("ana");
    await page.locator(".track-play").nth(1).focus();
    await page.keyboard.press("Enter");
    await plays(page);
    await slider(page).focus();
    await page.keyboard.press("Home");
    const { position } = await becomes(page, (now) => now.position < 3);
    await page.keyboard.press("ArrowRight");
    await becomes(page, (now) => now.position > position + 3);
    expect(await slider(page).getAttribute("aria-valuetext")).toMatch(/^0:\d\d of 0:\d\d$/);
    await deckButton(page, "Pause").focus();
    await page.keyboard.press("Space");
    await pauses(page);
  });

  it("finds tracks by what is typed", async () => {
    const page = await open("ana");
    const all = await page.locator(".track-card").count();
    await page.getByRole("searchbox").fill("NIGHT train");
    await eventually(async () => (await page.locator(".track-card").count()) === 1);
    await page.getByRole("searchbox").fill("nothing like it");
    await page.getByText("Nothing matches the search.").waitFor();
    await page.getByRole("searchbox").fill("");
    await eventually(async () => (await page.locator(".track-card").count()) === all);
  });

  it("shows a large library page by page", async () => {
    const folder = temporaryFolder();
    for (let i = 0; i < 70; ++i) {
      writeFileSync(join(folder.path, `${i}.wav`), wavFile(1, { title: `Tone ${i}` }, 200 + i));
    }
    await runCommand(server, "tracks", "import", folder.path);
    folder.remove();
    const page = await open("ana");
    const cards = page.locator(".track-card");
    await eventually(async () => (await cards.count()) === 60);
    await page.getByRole("button", { name: "Show 16 more tracks" }).click();
    await eventually(async () => (await cards.count()) === 76);
    expect(new Set(await cards.allInnerTexts()).size).toBe(76);
    expect(await page.getByRole("button", { name: /^Show/ }).count()).toBe(0);
  });

  it.each([
    ["es-AR", "Un solo sonido en todas tus pantallas."],
    ["ru-RU", "Один звук на всех ваших экранах."],
  ])("speaks the language of a visitor with %s", async (locale, title) => {
    const page = await open("ana", { locale });
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
  });

  const looks = [phone, desk].flatMap((viewport) =>
    (["light", "dark"] as const).map((colorScheme) => ({ viewport, colorScheme })),
  );
  it.each(looks.map((look) => [look.viewport.width, look.colorScheme, look] as const))(
    "at %i px, %s, has no findings of axe-core and fits its window",
    async (width, colorScheme, { viewport }) => {
      const page = await open("ana", { viewport, colorScheme, reducedMotion: "reduce" });
      await page.locator(".track-play").nth(2).click();
      await plays(page);
      await eventually(async () => (await page.locator(".queue li").count()) > 2);
      await page.evaluate("document.fonts.ready");
      await page.evaluate("scrollTo(0, 0)");
      await page.screenshot({ path: join(screenshots, `player-${width}-${colorScheme}.png`) });
      expect(await horizontalOverflow(page)).toBeLessThanOrEqual(0);
      expect(await accessibilityProblems(page)).toEqual([]);
    },
  );
});
