interface Sample {
  readonly offsetMs: number;
  readonly roundTripMs: number;
  readonly atMs: number;
}

/** Two clocks of ordinary quality part by no more than this: 100 ms in each 1,000 s. */
const driftPerMs = 1e-4;
const samplesMax = 16;

/**
 * The server's clock as seen from here, by NTP's method (RFC 5905 §8): a question and its answer bracket the server's
 * time, so an offset is right to half the round trip. Of the last 16 the one with the smallest possible error counts,
 * and that error grows with age; a slow network then makes the clock no worse than its best moment.
 */
export class ServerTime {
  readonly #localNowMs: () => number;
  #samples: Sample[] = [];
  #best: Sample | null = null;

  /** `localNowMs` must not jump when somebody sets the device's clock. */
  constructor(localNowMs: () => number) {
    this.#localNowMs = localNowMs;
  }

  /** Milliseconds since 1970 by the server's clock; by ours while nothing has been measured. */
  nowMs(): number {
    return this.#localNowMs() + this.offsetMs;
  }

  /** What the server's clock is ahead of ours. */
  get offsetMs(): number {
    return this.#best?.offsetMs ?? 0;
  }

  /** Of the measurement that counts; `null` before the first. */
  get roundTripMs(): number | null {
    return this.#best?.roundTripMs ?? null;
  }

  /** Asked at `sentMs` and answered now, both by our clock; the server read its own in between. */
  measured(sentMs: number, serverMs: number): void {
    const atMs = this.#localNowMs();
    if (!Number.isFinite(serverMs) || atMs < sentMs) return;
    const sample = { offsetMs: serverMs - (sentMs + atMs) / 2, roundTripMs: atMs - sentMs, atMs };
    // Two honest measurements can't disagree by more than both errors: one of the clocks has been set.
    const agrees = (other: Sample) =>
      Math.abs(other.offsetMs - sample.offsetMs) <= errorMs(other, atMs) + errorMs(sample, atMs);
    this.#samples = [sample, ...this.#samples.filter(agrees)].slice(0, samplesMax);
    this.#best = this.#samples.reduce((best, other) => (errorMs(other, atMs) < errorMs(best, atMs) ? other : best));
  }
}

function errorMs({ roundTripMs, atMs }: Sample, nowMs: number): number {
  // One millisecond, because the server may tell whole ones only.
  return 1 + roundTripMs / 2 + (nowMs - atMs) * driftPerMs;
}
