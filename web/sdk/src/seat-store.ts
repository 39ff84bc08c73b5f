import type { ConnectionState } from "./connection.js";
import type { ErrorMessage, UserInfo } from "./messages.js";
import type { SeatSelectionOptions } from "./options.js";
import type { RoomSnapshot } from "./room-state.js";
import { SeatSelectionClient } from "./seat-selection-client.js";

export interface SeatSelectionSnapshot {
  readonly connection: ConnectionState;
  readonly room: RoomSnapshot;
  /** The last refusal, until it is dismissed or another follows. */
  readonly error: ErrorMessage | null;
}

export interface UseSeatSelectionOptions extends SeatSelectionOptions {
  /** Default `ws://localhost:8001`. */
  serverUrl?: string;
  /** What others may see of this visitor; sent with each selection. */
  userInfo?: UserInfo;
}

/** One room and its connection as a single observable value: what the React and Vue bindings share. */
export class SeatStore {
  readonly client: SeatSelectionClient;
  userInfo: UserInfo;
  readonly #roomId: string;
  readonly #subscribers = new Set<() => void>();
  #snapshot: SeatSelectionSnapshot;

  constructor(roomId: string, { serverUrl, userInfo = {}, ...options }: UseSeatSelectionOptions) {
    this.client = new SeatSelectionClient(serverUrl, options);
    this.userInfo = userInfo;
    this.#roomId = roomId;
    this.client.joinRoom(roomId);
    this.#snapshot = { connection: this.client.state, room: this.client.room() as RoomSnapshot, error: null };
    this.client.on("state", (connection) => this.#change({ connection }));
    this.client.on("seats", (room) => room.roomId === roomId && this.#change({ room }));
    this.client.on("error", (error) => this.#change({ error }));
    this.client.on("message", (message) => message.type === "seat_selected" && this.#forgive(message.seat_id));
  }

  get snapshot(): SeatSelectionSnapshot {
    return this.#snapshot;
  }

  /** Returns the function that ends it. Bound, since React calls it as a plain function. */
  readonly subscribe = (subscriber: () => void): (() => void) => {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  };

  readonly select = (seatId: string): void => this.client.selectSeat(seatId, this.userInfo);
  readonly release = (seatId: string): void => this.client.releaseSeat(seatId);
  readonly renew = (seatId: string): void => this.client.renewSeat(seatId);
  readonly retry = (): void => this.client.connect();
  readonly dismissError = (): void => this.#change({ error: null });

  /** What a click on a seat means: let go of mine, take one that is free, nothing for any other. */
  readonly toggle = (seatId: string): void => {
    const { mine, others, sold, pending } = this.#snapshot.room;
    if (pending.has(seatId)) return;
    if (mine.has(seatId)) this.release(seatId);
    else if (!others.has(seatId) && !sold.has(seatId)) this.select(seatId);
  };

  /** An error about a seat is out of date once that seat is ours after all. */
  #forgive(seatId: string): void {
    const { error, room } = this.#snapshot;
    if (error?.seat_id === seatId && room.roomId === this.#roomId && room.mine.has(seatId)) this.dismissError();
  }

  #change(change: Partial<SeatSelectionSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const subscriber of [...this.#subscribers]) subscriber();
  }
}
