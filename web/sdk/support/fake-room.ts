import { randomUUID } from "node:crypto";
import type { Broadcast, ErrorCode, Room, Selection, UserInfo } from "../src/messages.js";

interface Hold extends Selection {
  session: string;
  renewals: number;
}

/** A message as everyone gets it, and the secret of the one who also gets `hold_id`. */
export interface Published {
  message: Broadcast & { offset: number };
  holdId: string | null;
  session: string;
}

export class Refusal extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly detail: { expires_at?: string } = {},
  ) {
    super(code);
  }
}

/** The seats of one room in memory, with the numbered log of what happened. The rules are the server's, in small. */
export class FakeRoom {
  readonly log: Published[] = [];
  readonly sold = new Map<string, string>();
  readonly #holds = new Map<string, Hold>();
  readonly #subscribers = new Set<(published: Published) => void>();

  constructor(
    readonly room: Room,
    readonly holdMs: number,
  ) {}

  get offset(): number {
    return this.log.length;
  }

  subscribe(subscriber: (published: Published) => void): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  state(session: string) {
    const selections = [...this.#holds.values()].map((hold) => {
      const { session: owner, renewals: _renewals, hold_id, ...shared } = hold;
      return owner === session && hold_id !== undefined ? { ...shared, hold_id } : shared;
    });
    const bought = [...this.sold].map(([seat_id, client_id]) => ({ seat_id, client_id, room_id: this.room.room_id }));
    return { selections: [...selections, ...bought], sold: [...this.sold.keys()], version: this.offset };
  }

  select(session: string, client_id: string, seat_id: string, user_info: UserInfo): Published {
    if (this.sold.has(seat_id)) throw new Refusal("seat_sold");
    if (this.#isBlocked(seat_id)) throw new Refusal("seat_blocked");
    const held = this.#holds.get(seat_id);
    if (held && held.session !== session) throw new Refusal("seat_taken", { expires_at: held.expires_at as string });
    if (held) return this.#selected(held, this.offset);
    const hold: Hold = {
      client_id,
      seat_id,
      room_id: this.room.room_id,
      user_info,
      timestamp: new Date().toISOString(),
      expires_at: this.#expiry(),
      hold_id: randomUUID(),
      session,
      renewals: 0,
    };
    this.#holds.set(seat_id, hold);
    return this.#publish(this.#selected(hold, this.offset + 1));
  }

  release(session: string, seat_id: string, reason?: "expired" | "disconnected"): Published {
    const hold = this.#owned(session, seat_id);
    this.#holds.delete(seat_id);
    const { client_id, room_id } = hold;
    const message = { type: "seat_released" as const, seat_id, room_id, client_id, ...(reason ? { reason } : {}) };
    return this.#publish({ message: { ...message, offset: this.offset + 1 }, holdId: null, session });
  }

  renew(session: string, seat_id: string): Published {
    const hold = this.#owned(session, seat_id);
    if (hold.renewals >= 1) throw new Refusal("renew_limit");
    hold.renewals += 1;
    hold.expires_at = this.#expiry();
    const { client_id, room_id, expires_at } = hold;
    const message = { type: "seat_renewed" as const, seat_id, room_id, client_id, expires_at, offset: this.offset + 1 };
    return this.#publish({ message, holdId: null, session });
  }

  /** What the ticket shop does. */
  sell(seats: string[], client_id: string): void {
    for (const seat_id of seats) {
      this.#holds.delete(seat_id);
      this.sold.set(seat_id, client_id);
    }
    const { room_id } = this.room;
    const message = { type: "seat_sold" as const, room_id, seats, client_id, offset: this.offset + 1 };
    this.#publish({ message, holdId: null, session: "" });
  }

  expire(): void {
    const now = Date.now();
    for (const hold of [...this.#holds.values()]) {
      if (Date.parse(hold.expires_at as string) <= now) this.release(hold.session, hold.seat_id, "expired");
    }
  }

  heldBy(session: string): string[] {
    return [...this.#holds.values()].filter((hold) => hold.session === session).map((hold) => hold.seat_id);
  }

  #owned(session: string, seat_id: string): Hold {
    const hold = this.#holds.get(seat_id);
    if (!hold || hold.session !== session) throw new Refusal("not_owner");
    return hold;
  }

  #selected(hold: Hold, offset: number): Published {
    const { session, renewals: _renewals, hold_id, ...shared } = hold;
    return { message: { type: "seat_selected", ...shared, offset }, holdId: hold_id ?? null, session };
  }

  #publish(published: Published): Published {
    this.log.push(published);
    for (const subscriber of [...this.#subscribers]) subscriber(published);
    return published;
  }

  #isBlocked(seatId: string): boolean {
    const rows = this.room.seat_map?.rows ?? [];
    return rows.some((row) => row.seats.some((seat) => seat?.seat_id === seatId && seat.blocked));
  }

  #expiry(): string {
    return new Date(Date.now() + this.holdMs).toISOString();
  }
}
