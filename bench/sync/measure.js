// How far apart two pages of one listener play: `node bench/sync/measure.js [--url http://…] [--seconds 60]`.
// Both run in Chromium on this machine, so their clocks are one; each notes ten times a second where its audio element is.
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "http://127.0.0.1:8001" },
    seconds: { type: "string", default: "60" },
    track: { type: "string" },
  },
});
const seconds = Number(values.seconds);
const apartMsMax = 50;

/** Runs in a page: keeps hold of the audio element, which is in no document, and notes where it is. */
function watchAudio() {
  const Original = globalThis.Audio;
  globalThis.samples = [];
  globalThis.seeks = 0;
  globalThis.Audio = class extends Original {
    constructor(...values) {
      super(...values);
      this.addEventListener("seeking", () => (globalThis.seeks += 1));
      setInterval(() => {
        const { currentTime, paused, seeking, readyState, playbackRate, src } = this;
        const atMs = performance.timeOrigin + performance.now();
        const isRunning = !paused && !seeking && readyState >= 3;
        globalThis.samples.push({ atMs, currentTime, isRunning, playbackRate, track: new URL(src || "a:").pathname });
      }, 100);
    }
  };
}

async function open(browser) {
  const page = await (await browser.newContext({ locale: "en" })).newPage();
  await page.addInitScript(watchAudio);
  await page.goto(`${values.url}/player?user=ana`);
  await page.locator('.badge[data-status="online"]').waitFor();
  await page.locator(".track-card").first().waitFor();
  return page;
}

/** Where `samples` were at `atMs`, between two of them, while they played `track` without a break; else nothing. */
function positionAt(samples, atMs, track) {
  const after = samples.findIndex((sample) => sample.atMs >= atMs);
  const [a, b] = [samples[after - 1], samples[after]];
  if (!a || !b || !a.isRunning || !b.isRunning || a.track !== track || b.track !== track) return undefined;
  return a.currentTime + ((b.currentTime - a.currentTime) * (atMs - a.atMs)) / (b.atMs - a.atMs);
}

const percentile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;

const browser = await chromium.launch({
  executablePath: process.env.PULSO_CHROMIUM ?? "/usr/bin/chromium",
  args: [
    ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
    ...["--disable-background-networking", "--disable-component-update", "--autoplay-policy=no-user-gesture-required"],
  ],
});
try {
  const pages = [await open(browser), await open(browser)];
  const card = values.track ? pages[0].getByLabel(`Play ${values.track}`) : pages[0].locator(".track-play").first();
  await card.click();
  await pages[0].waitForTimeout(seconds * 1000);
  const [first, second] = await Promise.all(pages.map((page) => page.evaluate(() => globalThis.samples)));
  const seeks = await Promise.all(pages.map((page) => page.evaluate(() => globalThis.seeks)));
  const apartMs = first
    .filter(({ isRunning }) => isRunning)
    .flatMap(({ atMs, currentTime, track }) => {
      const other = positionAt(second, atMs, track);
      return other === undefined ? [] : [Math.abs(currentTime - other) * 1000];
    })
    .sort((a, b) => a - b);
  const figures = {
    samples: apartMs.length,
    p50_ms: percentile(apartMs, 0.5),
    p95_ms: percentile(apartMs, 0.95),
    max_ms: apartMs.at(-1) ?? NaN,
    seeks,
    fastest: Math.max(...[...first, ...second].map(({ playbackRate }) => playbackRate)),
  };
  console.log(JSON.stringify(figures, null, 1));
  // Nine tenths of the time both must have played: what did not play was not measured.
  const isMet = figures.p95_ms <= apartMsMax && figures.samples >= seconds * 10 * 0.9;
  console.log(`${isMet ? "met" : "MISSED"}: p95 over ${seconds} s at most ${apartMsMax} ms`);
  process.exitCode = isMet ? 0 : 1;
} finally {
  await browser.close();
}
