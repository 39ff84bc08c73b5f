// The users' own player, word for word out of their document, on two pages of one user.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { askUntouched, audioNow, watchAudio } from "../support/audio_page";
import { launchBrowser } from "../support/browser";
import { bundle } from "../support/bundle";
import { eventually } from "../support/processes";
import { Pulso, hasSeeds, seedsFolder } from "../support/pulso";
import { adapted, seedBlock } from "../support/seeds";

const document = "personal-audio.md";
if (!hasSeeds) console.warn(`skipped: the users' documents are not in ${seedsFolder}`);

interface SeedPage {
  player: { playTrack(trackId: string, userId: string): void; pauseTrack(): void; getCurrentState(): void };
}

let server: Pulso;
let script: string;
let track: string;

/** The class, with the server's address and the lines that use it replaced; bundled with npm's socket.io-client. */
async function bundled(origin: string): Promise<string> {
  // A folder below the tests, so that packages are found from there.
  const folder = resolve(import.meta.dirname, "../../build/seeds-audio");
  const usage = `// Использование
const player = new AudioPlayer('your-jwt-token')
player.playTrack('track-uuid', 'user-uuid')`;
  const own = `(globalThis as any).player = new AudioPlayer((globalThis as any).token)`;
  const source = seedBlock(document, "JavaScript/TypeScript клиент", "typescript");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "player.ts"),
    adapted(adapted(source, usage, own), "ws://localhost:3000", origin.replace(/^http/, "ws")),
  );
  const code = await bundle(folder, "player.ts");
  rmSync(folder, { recursive: true, force: true });
  return code;
}

async function demoToken(user: string): Promise<string> {
  const answer = await fetch(`${server.http}/demo/token`, { method: "POST", body: JSON.stringify({ user }) });
  return ((await answer.json()) as { token: string }).token;
}

/** A page of the server's own origin, as the class fetches audio by a path; it is answered here, not by the server. */
async function open(browser: Browser, user: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await watchAudio(page);
  const html = `<!doctype html><html lang="ru"><body><button>play</button><script>token = ${JSON.stringify(await demoToken(user))}</script>
    <script type="module" src="/bundle.js"></script></body></html>`;
  await page.route("**/seed.html", (route) => route.fulfill({ contentType: "text/html", body: html }));
  await page.route("**/bundle.js", (route) => route.fulfill({ contentType: "text/javascript", body: script }));
  await page.goto(`${server.http}/seed.html`);
  await eventually(() => askUntouched<boolean>(page, "globalThis.player?.socket.connected"));
  return page;
}

const play = (page: Page): Promise<void> =>
  page.evaluate((id) => (globalThis as unknown as SeedPage).player.playTrack(id, "user-uuid"), track);

describe.skipIf(!hasSeeds)("the users' own player", () => {
  beforeAll(async () => {
    server = await Pulso.start({ demo: true });
    script = await bundled(server.http);
    const answer = await fetch(`${server.http}/api/tracks`, {
      headers: { authorization: `Bearer ${await demoToken("ana")}` },
    });
    track = ((await answer.json()) as { tracks: Array<{ id: string }> }).tracks[0]?.id ?? "";
  });
  afterAll(async () => {
    await server?.stop();
  });

  const policies = [
    ["where pages may play", ["--autoplay-policy=no-user-gesture-required"], true],
    ["under the browser's default policy, one page untouched", [], false],
  ] as const;
  it.each(policies)("follows on two pages and settles, %s", async (_name, flags, isSecondHeard) => {
    const browser = await launchBrowser(...flags);
    try {
      const [first, second, luz] = [await open(browser, "ana"), await open(browser, "ana"), await open(browser, "luz")];
      const heard = isSecondHeard ? [first, second] : [first];
      await first.getByRole("button").click();
      await play(first);
      for (const page of heard) {
        await eventually(async () => {
          const now = await audioNow(page);
          return now.isPlaying && now.position > 0.2;
        });
      }
      const before = await Promise.all([first, second].map(audioNow));
      await first.waitForTimeout(10_000);
      const after = await Promise.all([first, second].map(audioNow));
      for (const [index, { seeks }] of after.entries()) {
        expect(seeks - (before[index]?.seeks ?? 0)).toBeLessThanOrEqual(1);
      }
      for (const [index] of heard.entries()) {
        expect(after[index]?.isPlaying).toBe(true);
        expect((after[index]?.position ?? 0) - (before[index]?.position ?? 0)).toBeGreaterThan(7);
      }
      expect(await audioNow(luz)).toMatchObject({ track: null });

      await first.evaluate(() => (globalThis as unknown as SeedPage).player.pauseTrack());
      for (const page of heard) await eventually(async () => !(await audioNow(page)).isPlaying);
    } finally {
      await browser.close();
    }
  });
});
