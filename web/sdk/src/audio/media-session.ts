import type { Track } from "./messages.js";

/** What the keys and the lock screen may ask for. */
export interface MediaCommands {
  play(): void;
  pause(): void;
  next(): void;
  previous(): void;
  /** In seconds. */
  seek(position: number): void;
  seekBy(seconds: number): void;
}

export interface NowPlaying {
  readonly track: Track | null;
  readonly isPlaying: boolean;
  /** In seconds, as `isPlaying` and `track` were told. */
  readonly position: number;
  readonly coverUrl: string | null;
}

const skipSeconds = 10;

/** Media keys, headset buttons and the lock screen (Media Session API). Does nothing where the browser has none. */
export class MediaKeys {
  readonly #session = (globalThis.navigator as Navigator | undefined)?.mediaSession;
  readonly #handlers: ReadonlyArray<readonly [MediaSessionAction, MediaSessionActionHandler]>;
  #trackId: string | null = null;

  constructor(commands: MediaCommands) {
    this.#handlers = [
      ["play", () => commands.play()],
      ["pause", () => commands.pause()],
      ["nexttrack", () => commands.next()],
      ["previoustrack", () => commands.previous()],
      ["seekto", ({ seekTime }) => commands.seek(seekTime ?? 0)],
      ["seekforward", ({ seekOffset }) => commands.seekBy(seekOffset ?? skipSeconds)],
      ["seekbackward", ({ seekOffset }) => commands.seekBy(-(seekOffset ?? skipSeconds))],
    ];
  }

  attach(): void {
    for (const [action, handler] of this.#handlers) this.#handle(action, handler);
  }

  detach(): void {
    for (const [action] of this.#handlers) this.#handle(action, null);
    if (this.#session) this.#session.metadata = null;
    this.#trackId = null;
  }

  show({ track, isPlaying, position, coverUrl }: NowPlaying): void {
    const session = this.#session;
    if (!session) return;
    session.playbackState = track ? (isPlaying ? "playing" : "paused") : "none";
    if (this.#trackId !== (track?.id ?? null)) {
      this.#trackId = track?.id ?? null;
      const artwork = coverUrl === null ? [] : [{ src: coverUrl }];
      session.metadata = track
        ? new MediaMetadata({ title: track.title, artist: track.artist, album: track.album, artwork })
        : null;
    }
    const duration = track?.duration ?? 0;
    if (duration > 0) session.setPositionState?.({ duration, position: Math.min(Math.max(0, position), duration) });
  }

  #handle(action: MediaSessionAction, handler: MediaSessionActionHandler | null): void {
    try {
      this.#session?.setActionHandler(action, handler);
    } catch {
      // A browser that does not know this key throws; the others still work.
    }
  }
}
