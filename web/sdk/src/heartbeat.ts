export interface HeartbeatOptions {
  /** Silence after which a ping is sent. Default 20,000 ms. */
  intervalMs: number;
  /** Silence after a ping that means the connection is dead. Default 10,000 ms. */
  timeoutMs: number;
}

export const defaultHeartbeat: HeartbeatOptions = { intervalMs: 20_000, timeoutMs: 10_000 };

/**
 * Finds connections that died without a close: a browser can take many minutes to notice. Any message counts as a
 * sign of life. One timer; `onDead` is called at most once per `start`.
 */
export class Heartbeat {
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #options: HeartbeatOptions;
  readonly #sendPing: () => void;
  readonly #onDead: () => void;

  constructor(options: HeartbeatOptions, sendPing: () => void, onDead: () => void) {
    this.#options = options;
    this.#sendPing = sendPing;
    this.#onDead = onDead;
  }

  /** Also to be called at every sign of life. */
  start(): void {
    this.stop();
    this.#timer = setTimeout(() => {
      this.#timer = setTimeout(this.#onDead, this.#options.timeoutMs);
      this.#sendPing();
    }, this.#options.intervalMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
