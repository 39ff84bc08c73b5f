/** The wire messages of live seat selection: JSON objects that a `type` tells apart. */

/** What a visitor tells about themselves: at most 1 KiB as JSON. */
export type UserInfo = Record<string, string | number | boolean>;

/** Times on the wire are ISO 8601 in UTC. */
export type Timestamp = string;

export type Command =
  | { type: "join_room"; room_id: string }
  | { type: "resume"; room_id: string; offset: number }
  | { type: "leave_room"; room_id: string }
  | { type: "ping" }
  | SeatCommand;

/** Commands about one seat: the ones that wait in a queue while there is no connection. */
export type SeatCommand =
  | { type: "select_seat"; room_id: string; seat_id: string; user_info: UserInfo }
  | { type: "release_seat"; room_id: string; seat_id: string }
  | { type: "renew_seat"; room_id: string; seat_id: string };

export interface RoomJoined {
  type: "room_joined";
  room_id: string;
  client_id: string;
  /** Secret that owns this client's holds; it is shown on reconnect and never to others. */
  session?: string;
  offset?: number;
  /** Only in answer to `resume`: true when exactly the missed broadcasts follow. */
  recovered?: boolean;
}

export interface RoomLeft {
  type: "room_left";
  room_id: string;
  client_id: string;
}

export interface Selection {
  client_id: string;
  seat_id: string;
  room_id: string;
  user_info?: UserInfo;
  timestamp?: Timestamp;
  /** Absent for a sold seat. */
  expires_at?: Timestamp;
  /** Fencing token of the hold, shown to its owner only. */
  hold_id?: string;
}

export interface CurrentSelections {
  type: "current_selections";
  room_id: string;
  selections: Selection[];
  sold?: string[];
  /** The state is the one after the broadcast of this offset. */
  offset?: number;
  version?: number;
}

export interface SeatSelected extends Selection {
  type: "seat_selected";
  offset?: number;
}

export interface SeatReleased {
  type: "seat_released";
  seat_id: string;
  room_id: string;
  client_id: string;
  reason?: "expired" | "disconnected" | "unsold";
  offset?: number;
}

export interface SeatRenewed {
  type: "seat_renewed";
  seat_id: string;
  room_id: string;
  client_id: string;
  expires_at: Timestamp;
  offset?: number;
}

export interface SeatSold {
  type: "seat_sold";
  room_id: string;
  seats: string[];
  client_id?: string;
  reference?: string;
  offset?: number;
}

export interface Pong {
  type: "pong";
  timestamp: Timestamp;
}

export type ErrorCode =
  | "bad_json"
  | "bad_message"
  | "unknown_type"
  | "not_in_room"
  | "not_owner"
  | "seat_taken"
  | "seat_sold"
  | "seat_blocked"
  | "unknown_seat"
  | "unknown_room"
  | "room_closed"
  | "seat_limit"
  | "room_limit"
  | "renew_limit"
  | "forbidden"
  | "unavailable"
  | "rate_limited";

export interface ErrorMessage {
  type: "error";
  code: ErrorCode;
  message: string;
  room_id?: string;
  seat_id?: string;
  expires_at?: Timestamp;
}

export type ServerMessage =
  | RoomJoined
  | RoomLeft
  | CurrentSelections
  | SeatSelected
  | SeatReleased
  | SeatRenewed
  | SeatSold
  | Pong
  | ErrorMessage;

/** The messages that change a room for everyone in it, numbered by `offset`. */
export type Broadcast = SeatSelected | SeatReleased | SeatRenewed | SeatSold;

export interface SeatMapSeat {
  seat_id: string;
  /** Column from 1, where the seat does not simply follow its neighbour. */
  x?: number;
  category: string;
  blocked?: boolean;
}

export interface SeatCategory {
  label: string;
  price: number;
  /** A CSS colour. */
  color: string;
}

/** `null` in a row is an aisle, one seat wide. */
export interface SeatMap {
  rows: { row: string; seats: (SeatMapSeat | null)[] }[];
  categories: Record<string, SeatCategory>;
}

export interface Room {
  room_id: string;
  title?: string;
  seat_map: SeatMap | null;
  opens_at?: Timestamp;
  closes_at?: Timestamp;
}

/** Parses one frame; `null` for anything that is no message of ours. */
export function parseMessage(text: unknown): ServerMessage | null {
  if (typeof text !== "string") return null;
  try {
    const value: unknown = JSON.parse(text);
    const isMessage = typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
    return isMessage ? (value as ServerMessage) : null;
  } catch {
    return null;
  }
}
