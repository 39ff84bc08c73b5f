import type { ServerTime } from "./server-time.js";

/** At first, so that one slow answer does not spoil the clock; then now and then, because clocks part. */
const burst = 6;
const burstGapMs = 150;
const gapMs = 20_000;

/** Asks the server for its time while there is a connection. `ask` brings the server's clock in milliseconds. */
export class ClockSync {
  readonly #time: ServerTime;
  readonly #ask: () => Promise<number>;
  readonly #localNowMs: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Changes with every start and stop, so that an answer from before is not used. */
  #run = 0;

  constructor(time: ServerTime, localNowMs: () => number, ask: () => Promise<number>) {
    this.#time = time;
    this.#localNowMs = localNowMs;
    this.#ask = ask;
  }

  /** Resolves with the first measurement, or with the first that failed. */
  async start(): Promise<void> {
    this.stop();
    await this.#measure(this.#run, 1);
  }

  stop(): void {
    this.#run += 1;
    clearTimeout(this.#timer);
  }

  async #measure(run: number, count: number): Promise<void> {
    const sentMs = this.#localNowMs();
    try {
      const serverMs = await this.#ask();
      if (run === this.#run) this.#time.measured(sentMs, serverMs);
    } catch {
      // Unanswered: the next question may fare better, and an older measurement still serves.
    }
    if (run !== this.#run) return;
    this.#timer = setTimeout(() => void this.#measure(run, count + 1), count < burst ? burstGapMs : gapMs);
  }
}
