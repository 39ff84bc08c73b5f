import type { CDPSession, Page } from "playwright-core";

/** What the audio element of a page is doing. */
export interface AudioNow {
  /** `null` until something was loaded. */
  track: string | null;
  isPlaying: boolean;
  /** In seconds. */
  position: number;
  /** Seeks so far. */
  seeks: number;
}

interface WatchedPage {
  Audio: new (...values: unknown[]) => { addEventListener(type: string, listener: () => void): void };
  watched?: { element: InstanceType<WatchedPage["Audio"]>; seeks: number };
}

/** Before the page's own scripts: keeps hold of its last `Audio`, which need not be in the document. */
export async function watchAudio(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const scope = globalThis as unknown as WatchedPage;
    scope.Audio = class extends scope.Audio {
      constructor(...values: unknown[]) {
        super(...values);
        const watched = { element: this, seeks: 0 };
        this.addEventListener("loadstart", () => (scope.watched = watched));
        this.addEventListener("seeking", () => (watched.seeks += 1));
      }
    };
  });
}

const sessions = new WeakMap<Page, Promise<CDPSession>>();

/**
 * Evaluates in a page that nobody has touched, and leaves it so: Playwright's own questions and waits count as a user's
 * gesture, after which the page may play.
 */
export async function askUntouched<T>(page: Page, expression: string): Promise<T> {
  let session = sessions.get(page);
  if (!session) sessions.set(page, (session = page.context().newCDPSession(page)));
  const { result } = await (await session).send("Runtime.evaluate", { expression, returnByValue: true });
  return result.value as T;
}

/** Leaves the page untouched. */
export async function audioNow(page: Page): Promise<AudioNow> {
  const watched = await askUntouched<(Omit<AudioNow, "track"> & { src: string }) | null>(
    page,
    `globalThis.watched ? {
      src: watched.element.src,
      isPlaying: !watched.element.paused && watched.element.readyState >= 3,
      position: watched.element.currentTime,
      seeks: watched.seeks,
    } : null`,
  );
  if (!watched) return { track: null, isPlaying: false, position: 0, seeks: 0 };
  const { src, ...now } = watched;
  return { ...now, track: src.match(/stream\/([^?]+)/)?.[1] ?? null };
}
