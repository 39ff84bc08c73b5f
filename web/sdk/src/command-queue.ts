import type { SeatCommand } from "./messages.js";

/**
 * Commands given while there is no connection, oldest first. At `limit` it refuses: throwing at the caller is what
 * the plain client did for every such command. A command older than `maxAgeMs` is not sent any more: a click from
 * minutes ago should not take a seat now.
 */
export class CommandQueue {
  #entries: { command: SeatCommand; queuedMs: number }[] = [];
  readonly #limit: number;
  readonly #maxAgeMs: number;

  constructor(limit: number, maxAgeMs: number) {
    this.#limit = limit;
    this.#maxAgeMs = maxAgeMs;
  }

  get size(): number {
    return this.#entries.length;
  }

  push(command: SeatCommand): void {
    if (this.#entries.length >= this.#limit) {
      throw new Error(`not connected, and ${this.#limit} commands wait already`);
    }
    this.#entries.push({ command, queuedMs: Date.now() });
  }

  /** Empties the queue. */
  drain(): { fresh: SeatCommand[]; stale: SeatCommand[] } {
    const oldestMs = Date.now() - this.#maxAgeMs;
    const fresh = this.#entries.filter((entry) => entry.queuedMs >= oldestMs).map((entry) => entry.command);
    const stale = this.#entries.filter((entry) => entry.queuedMs < oldestMs).map((entry) => entry.command);
    this.#entries = [];
    return { fresh, stale };
  }

  dropRoom(roomId: string): void {
    this.#entries = this.#entries.filter((entry) => entry.command.room_id !== roomId);
  }
}
