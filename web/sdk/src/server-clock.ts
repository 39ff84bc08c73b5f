/**
 * How far the server's clock is ahead of ours, so that a countdown ends when the server says so and not when a
 * phone with a wrong clock does. A pong whose question is known is exact to half the round trip; until the first
 * one, the timestamps of broadcasts serve, which are late by the time they travelled.
 */
export class ServerClock {
  #offsetMs = 0;
  #measured = false;
  #pingSentMs: number | null = null;

  /** Milliseconds to add to `Date.now()`. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** The server's time, in milliseconds since 1970. */
  nowMs(): number {
    return Date.now() + this.#offsetMs;
  }

  pingSent(): void {
    this.#pingSentMs = Date.now();
  }

  pongReceived(timestamp: string): void {
    const serverMs = Date.parse(timestamp);
    if (Number.isNaN(serverMs) || this.#pingSentMs === null) return;
    const nowMs = Date.now();
    this.#offsetMs = Math.round(serverMs - (this.#pingSentMs + nowMs) / 2);
    this.#measured = true;
    this.#pingSentMs = null;
  }

  broadcastReceived(timestamp: string | undefined): void {
    const serverMs = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
    if (Number.isNaN(serverMs) || this.#measured) return;
    this.#offsetMs = serverMs - Date.now();
  }
}
