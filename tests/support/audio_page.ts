import type { Page } from "playwright-core";

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
  Audio: new (...values: unknown[]) => {
    src: string;
    paused: boolean;
    currentTime: number;
    readyState: number;
    addEventListener(type: string, listener: () => void): void;
  };
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

export async function audioNow(page: Page): Promise<AudioNow> {
  return page.evaluate(() => {
    const { watched } = globalThis as unknown as WatchedPage;
    if (!watched) return { track: null, isPlaying: false, position: 0, seeks: 0 };
    const { src, paused, readyState, currentTime } = watched.element;
    const track = src.match(/stream\/([^?]+)/)?.[1] ?? null;
    return { track, isPlaying: !paused && readyState >= 3, position: currentTime, seeks: watched.seeks };
  });
}
