import type { Broadcast, CurrentSelections, Selection, ServerMessage, UserInfo } from "./messages.js";

export interface SeatHold {
  readonly seatId: string;
  readonly clientId: string;
  /** As much as the room shares. */
  readonly userInfo: UserInfo;
  /** In milliseconds since 1970 by the server's clock; `null` if it was not told. */
  readonly expiresAtMs: number | null;
  /** Fencing token, known for one's own holds. */
  readonly holdId: string | null;
}

/** A room as last heard of. Never changes: each change makes a new one, so identity tells whether there was one. */
export interface RoomSnapshot {
  readonly roomId: string;
  /** False until the first state has arrived, and again after leaving. */
  readonly joined: boolean;
  readonly mine: ReadonlyMap<string, SeatHold>;
  readonly others: ReadonlyMap<string, SeatHold>;
  readonly sold: ReadonlySet<string>;
  /** Seats whose selection or release was asked for and not answered yet. */
  readonly pending: ReadonlySet<string>;
}

/** What a message did: `gap` means that broadcasts before it are missing, so it was not applied. */
export type Applied = "changed" | "unchanged" | "gap";

/** Keeps one room's snapshot, and the highest offset up to which every broadcast has been applied. */
export class RoomState {
  #snapshot: RoomSnapshot;
  #offset: number | null = null;

  constructor(roomId: string) {
    this.#snapshot = {
      roomId,
      joined: false,
      mine: new Map(),
      others: new Map(),
      sold: new Set(),
      pending: new Set(),
    };
  }

  get snapshot(): RoomSnapshot {
    return this.#snapshot;
  }

  /** `null` before the first state: there is nothing to resume from. */
  get offset(): number | null {
    return this.#offset;
  }

  apply(message: ServerMessage, clientId: string): Applied {
    switch (message.type) {
      case "current_selections":
        return this.#replace(message, clientId);
      case "seat_selected":
      case "seat_released":
      case "seat_renewed":
      case "seat_sold":
        return this.#applyBroadcast(message, clientId);
      case "room_left":
        return this.#change({ joined: false, mine: new Map(), others: new Map(), pending: new Set() });
      case "error":
        return message.seat_id === undefined
          ? "unchanged"
          : this.#change({ pending: this.#pendingWithout([message.seat_id]) });
      default:
        return "unchanged";
    }
  }

  markPending(seatId: string): void {
    this.#change({ pending: new Set(this.#snapshot.pending).add(seatId) });
  }

  /** Commands that were under way when the connection was lost will not be answered. */
  clearPending(): Applied {
    return this.#snapshot.pending.size === 0 ? "unchanged" : this.#change({ pending: new Set() });
  }

  #replace(message: CurrentSelections, clientId: string): Applied {
    const sold = new Set(message.sold ?? []);
    const mine = new Map<string, SeatHold>();
    const others = new Map<string, SeatHold>();
    for (const selection of message.selections) {
      // Sold seats stand among the selections too, for clients that know nothing else.
      if (sold.has(selection.seat_id)) continue;
      (isMine(selection, clientId) ? mine : others).set(selection.seat_id, holdOf(selection));
    }
    this.#offset = message.offset ?? message.version ?? null;
    return this.#change({ joined: true, mine, others, sold });
  }

  #applyBroadcast(message: Broadcast, clientId: string): Applied {
    const seats = message.type === "seat_sold" ? message.seats : [message.seat_id];
    if (message.offset !== undefined && this.#offset !== null) {
      if (message.offset > this.#offset + 1) return "gap";
      if (message.offset <= this.#offset) {
        // Known already, but it may still be the answer to a repeated command.
        return this.#change({ pending: this.#pendingWithout(seats) });
      }
      this.#offset = message.offset;
    }
    return this.#change({ ...this.#seatsAfter(message, clientId), pending: this.#pendingWithout(seats) });
  }

  #seatsAfter(message: Broadcast, clientId: string): Partial<RoomSnapshot> {
    const mine = new Map(this.#snapshot.mine);
    const others = new Map(this.#snapshot.others);
    switch (message.type) {
      case "seat_selected": {
        mine.delete(message.seat_id);
        others.delete(message.seat_id);
        (isMine(message, clientId) ? mine : others).set(message.seat_id, holdOf(message));
        return { mine, others };
      }
      case "seat_released": {
        const sold = new Set(this.#snapshot.sold); // an undone sale is a release too
        for (const seats of [mine, others, sold]) seats.delete(message.seat_id);
        return { mine, others, sold };
      }
      case "seat_renewed":
        for (const holds of [mine, others]) {
          const hold = holds.get(message.seat_id);
          if (hold) holds.set(message.seat_id, { ...hold, expiresAtMs: timeMs(message.expires_at) });
        }
        return { mine, others };
      case "seat_sold": {
        const sold = new Set(this.#snapshot.sold);
        for (const seatId of message.seats) {
          mine.delete(seatId);
          others.delete(seatId);
          sold.add(seatId);
        }
        return { mine, others, sold };
      }
    }
  }

  #pendingWithout(seatIds: string[]): ReadonlySet<string> {
    if (!seatIds.some((seatId) => this.#snapshot.pending.has(seatId))) return this.#snapshot.pending;
    const pending = new Set(this.#snapshot.pending);
    for (const seatId of seatIds) pending.delete(seatId);
    return pending;
  }

  #change(change: Partial<RoomSnapshot>): Applied {
    this.#snapshot = { ...this.#snapshot, ...change };
    return "changed";
  }
}

/** A `hold_id` is shown to the owner only, whatever name the others see it under. */
function isMine(selection: Selection, clientId: string): boolean {
  return selection.hold_id !== undefined || selection.client_id === clientId;
}

function holdOf(selection: Selection): SeatHold {
  return {
    seatId: selection.seat_id,
    clientId: selection.client_id,
    userInfo: selection.user_info ?? {},
    expiresAtMs: timeMs(selection.expires_at),
    holdId: selection.hold_id ?? null,
  };
}

function timeMs(timestamp: string | undefined): number | null {
  const ms = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
  return Number.isNaN(ms) ? null : ms;
}
