/** So many of the last times count. */
const timesMax = 5;

/** What something usually takes on this device, in seconds: the middle one of the last times, which one odd time does not change. */
export class Latency {
  #times: number[];
  readonly #max: number;

  /** `first` until more is known; nothing is taken to last longer than `max`. */
  constructor(first: number, max: number) {
    this.#times = [first];
    this.#max = max;
  }

  get typical(): number {
    const sorted = [...this.#times].sort((a, b) => a - b);
    return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  }

  add(seconds: number): void {
    this.#times = [...this.#times, Math.min(Math.max(0, seconds), this.#max)].slice(-timesMax);
  }
}
