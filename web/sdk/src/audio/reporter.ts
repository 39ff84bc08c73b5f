/** Between two reports while nothing happens. */
const heartbeatMs = 10_000;
/** A position that is further off the timeline, in seconds, is on its way to being corrected and no news. */
const reportWithin = 0.15;

/**
 * When the server is to be told that this device plays: as soon as it does and its position is right, then every 10 s.
 * Never because of a correction, and never a position that is being corrected: a report must not make others seek.
 */
export class Reporter {
  #nextMs = 0;

  /** The server said something new: it is to hear when this device does it. */
  told(): void {
    this.#nextMs = 0;
  }

  /** Whether to report now. `error` is what the player is ahead, in seconds; `null` while that is not known. */
  isDue(error: number | null, nowMs: number): boolean {
    if (error === null || Math.abs(error) > reportWithin || nowMs < this.#nextMs) return false;
    this.#nextMs = nowMs + heartbeatMs;
    return true;
  }
}
