export interface BackoffOptions {
  /** Upper bound of the first delay. Default 500 ms. */
  baseMs: number;
  /** Upper bound of every delay. Default 20,000 ms. */
  capMs: number;
}

export const defaultBackoff: BackoffOptions = { baseMs: 500, capMs: 20_000 };

/**
 * Exponential backoff with full jitter: anything from 0 to min(cap, base · 2^attempt) milliseconds, so that
 * clients that lost the same server do not return in the same instant. `attempt` counts from 0.
 */
export function backoffDelayMs(attempt: number, options: BackoffOptions, random: () => number = Math.random): number {
  const ceilingMs = Math.min(options.capMs, options.baseMs * 2 ** Math.min(attempt, 30));
  return Math.floor(random() * ceilingMs);
}
