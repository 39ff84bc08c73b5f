/** Where a track is supposed to be: all devices of a user compute the same position from it. */
export interface Timeline {
  /** In seconds, at the moment `atMs`. */
  readonly position: number;
  /** Milliseconds since 1970 by the server's clock. */
  readonly atMs: number;
  readonly isPlaying: boolean;
  /** In seconds; the position stays there. `Infinity` where it is not known. */
  readonly duration: number;
}

/** In seconds, never outside the track. */
export function positionAt({ position, atMs, isPlaying, duration }: Timeline, serverMs: number): number {
  const moved = isPlaying ? position + (serverMs - atMs) / 1000 : position;
  return Math.min(Math.max(0, moved), duration);
}
