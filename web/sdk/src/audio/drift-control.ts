/** What brings a player back onto its timeline. */
export type Correction = { readonly kind: "rate"; readonly rate: number } | { readonly kind: "seek" };

/** Beyond this, in seconds, a change of speed would take too long. */
const seekBeyond = 0.12;
/** An error is worked on from here, and until it is below the second. */
const startBeyond = 0.015;
const stopBelow = 0.004;
/** Up to here, in seconds, two rooms hardly sound apart: there is time for a change of speed below 3 %, which is not
 * noticed in music. Beyond it the change is noticed less than the error. */
const smallError = 0.04;
const rateChangeMax = 0.1;
/** An error is meant to be gone after so many seconds, or as soon as `rateChangeMax` allows. */
const settleSeconds = 1.5;
const settleSecondsBeyond = 0.75;
/** Between two corrective seeks at first, and at most: a device that can't keep up must not stutter all the time. */
const seekGapMs = 2_000;
const seekGapMsMax = 60_000;
/** A single reading may be wrong by a scheduling delay; the middle one of three is not. */
const readings = 3;

/**
 * Keeps a player on its timeline: a small error by playing up to 3 % slower or faster, one that is heard by up to 10 %,
 * a large one by a seek.
 */
export class DriftControl {
  #recent: number[] = [];
  #isWorking = false;
  #nextSeekMs = 0;
  #gapMs = seekGapMs;
  #isFirst = true;

  /** The last error in seconds, positive when the player is ahead; `null` while too little is known. */
  get error(): number | null {
    return this.#recent.length < readings ? null : median(this.#recent);
  }

  /** The player was moved: what was known of its error is void. */
  moved(): void {
    this.#recent = [];
    this.#isWorking = false;
    this.#isFirst = true;
  }

  /** `error` in seconds, positive when the player is ahead; `nowMs` on any steady clock. */
  correct(error: number, nowMs: number): Correction {
    // An element that begins to play is not yet where it says.
    if (this.#isFirst) {
      this.#isFirst = false;
      return { kind: "rate", rate: 1 };
    }
    this.#recent = [...this.#recent, error].slice(-readings);
    const typical = this.error;
    if (typical === null) return { kind: "rate", rate: 1 };
    if (Math.abs(typical) > seekBeyond && nowMs >= this.#nextSeekMs) {
      this.#nextSeekMs = nowMs + this.#gapMs;
      this.#gapMs = Math.min(this.#gapMs * 2, seekGapMsMax);
      this.moved();
      return { kind: "seek" };
    }
    this.#isWorking = Math.abs(typical) > (this.#isWorking ? stopBelow : startBeyond);
    if (!this.#isWorking) this.#gapMs = seekGapMs;
    const settle = Math.abs(typical) > smallError ? settleSecondsBeyond : settleSeconds;
    const change = this.#isWorking ? -typical / settle : 0;
    return { kind: "rate", rate: 1 + Math.min(Math.max(change, -rateChangeMax), rateChangeMax) };
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
