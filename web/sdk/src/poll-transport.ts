import { closeCodes } from "./close-codes.js";
import type { Command, ErrorCode, SeatCommand, Selection, ServerMessage } from "./messages.js";
import { urlOf, type Identity, type Transport, type TransportListener } from "./transport.js";

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

export interface PollTransportOptions {
  serverUrl: string;
  identity: Identity;
  token: string | null;
  fetch: Fetch;
}

interface Selections {
  selections: Selection[];
  sold: string[];
  version: number;
}

/** How each seat command is said over HTTP, and which message its success amounts to. */
const requests = {
  select_seat: { method: "POST", suffix: "", answer: "seat_selected" },
  renew_seat: { method: "POST", suffix: "/renew", answer: "seat_renewed" },
  release_seat: { method: "DELETE", suffix: "", answer: "seat_released" },
} as const;

const sessionHeader = "X-Pulso-Session";
/** How long the server may hold an answer back while nothing changes. */
const waitSeconds = 25;
/** A request that takes this long has died on the way. */
const requestTimeoutMs = (waitSeconds + 10) * 1000;

/**
 * The same messages where WebSocket is blocked: one long poll for each room, commands as HTTP requests. What others
 * do arrives as `current_selections`, the whole state each time. A request that fails ends the transport; trying
 * again is its owner's task.
 */
export class PollTransport implements Transport {
  readonly #options: PollTransportOptions;
  readonly #listener: TransportListener;
  readonly #rooms = new Map<string, AbortController>();
  readonly #closing = new AbortController();
  /** Joins and commands go out one after the other, as on a socket; the first is told the session of the rest. */
  #lastCommand: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: PollTransportOptions, listener: TransportListener) {
    this.#options = options;
    this.#listener = listener;
  }

  open(): void {
    void this.#guard(this.#closing.signal, async () => {
      const response = await this.#request("GET", "/health", this.#closing.signal);
      if (!response.ok) return this.#end(closeCodes.abnormal, `health: ${response.status}`);
      if (!this.#closed) this.#listener.onOpen();
    });
  }

  send(command: Command): void {
    switch (command.type) {
      case "join_room":
      case "resume":
        this.#start(command.room_id);
        break;
      case "leave_room":
        this.#rooms.get(command.room_id)?.abort();
        this.#rooms.delete(command.room_id);
        this.#listener.onMessage({
          type: "room_left",
          room_id: command.room_id,
          client_id: this.#options.identity.clientId,
        });
        break;
      case "ping":
        break;
      default:
        this.#inTurn(this.#closing.signal, () => this.#perform(command));
    }
  }

  close(): void {
    this.#closed = true;
    this.#closing.abort();
    for (const room of this.#rooms.values()) room.abort();
    this.#rooms.clear();
  }

  #start(roomId: string): void {
    this.#rooms.get(roomId)?.abort();
    const room = new AbortController();
    this.#rooms.set(roomId, room);
    this.#inTurn(room.signal, async () => {
      const version = await this.#poll(roomId, null, room.signal);
      if (version !== null) void this.#guard(room.signal, () => this.#follow(roomId, version, room.signal));
    });
  }

  #inTurn(cancelled: AbortSignal, work: () => Promise<void>): void {
    this.#lastCommand = this.#lastCommand.then(() => (cancelled.aborted ? undefined : this.#guard(cancelled, work)));
  }

  /** Reports each change of a room until it is left, or the server refuses. */
  async #follow(roomId: string, joinedVersion: number, left: AbortSignal): Promise<void> {
    let version: number | null = joinedVersion;
    while (version !== null && !left.aborted) version = await this.#poll(roomId, version, left);
  }

  /** One poll: for the state at once, or for one newer than `known`. Resolves to its version; `null` if there is no more to ask. */
  async #poll(roomId: string, known: number | null, left: AbortSignal): Promise<number | null> {
    const query = new URLSearchParams({
      client_id: this.#options.identity.clientId,
      wait: known === null ? "0" : String(waitSeconds),
    });
    if (known !== null) query.set("version", String(known));
    const response = await this.#request("GET", `/room/${encodeURIComponent(roomId)}/selections?${query}`, left);
    if (response.status === 304) return known;
    if (!response.ok) {
      if (this.#isFatal(response)) return null;
      const { code, message } = describe(await this.#json(response));
      this.#listener.onMessage({ type: "error", code, message, room_id: roomId });
      return null;
    }
    const { selections, sold, version } = (await response.json()) as Selections;
    if (left.aborted) return null;
    if (known === null) this.#joined(roomId, version);
    this.#listener.onMessage({
      type: "current_selections",
      room_id: roomId,
      selections,
      sold,
      offset: version,
      version,
    });
    return version;
  }

  #joined(roomId: string, offset: number): void {
    const { clientId, session } = this.#options.identity;
    this.#listener.onMessage({
      type: "room_joined",
      room_id: roomId,
      client_id: clientId,
      offset,
      ...(session === null ? {} : { session }),
    });
  }

  async #perform(command: SeatCommand): Promise<void> {
    const { room_id, seat_id } = command;
    const client_id = this.#options.identity.clientId;
    const { method, suffix, answer } = requests[command.type];
    const path = `/room/${encodeURIComponent(room_id)}/seats/${encodeURIComponent(seat_id)}${suffix}`;
    const userInfo = command.type === "select_seat" ? { user_info: command.user_info } : {};
    const response = await this.#request(method, path, this.#closing.signal, { client_id, ...userInfo });
    if (this.#closed) return;
    const body = await this.#json(response);
    if (!response.ok) {
      if (this.#isFatal(response)) return;
      const { code, message, expires_at } = describe(body);
      this.#fail(command, code, message, expires_at);
      return;
    }
    // Without its offset: the next poll brings the whole state, numbered. The session has been noted already.
    const { offset: _offset, session: _session, success: _success, ...event } = body;
    this.#listener.onMessage({ ...event, ...userInfo, type: answer, room_id, seat_id, client_id } as ServerMessage);
  }

  #fail(command: SeatCommand, code: ErrorCode, message: string, expires_at?: string): void {
    this.#listener.onMessage({
      type: "error",
      code,
      message,
      room_id: command.room_id,
      seat_id: command.seat_id,
      ...(expires_at === undefined ? {} : { expires_at }),
    });
  }

  async #request(method: string, path: string, signal: AbortSignal, body?: object): Promise<Response> {
    const { identity, token } = this.#options;
    const headers: Record<string, string> = {};
    if (identity.session !== null) headers[sessionHeader] = identity.session;
    if (token !== null) headers["Authorization"] = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    const timeout = new AbortController();
    const abort = () => timeout.abort();
    const timer = setTimeout(abort, requestTimeoutMs);
    signal.addEventListener("abort", abort);
    try {
      const response = await this.#options.fetch(urlOf(this.#options.serverUrl, "http", path), {
        method,
        headers,
        signal: timeout.signal,
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      identity.session = response.headers.get(sessionHeader) ?? identity.session;
      return response;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }

  /** An answer that concerns the connection and not the one request ends it. */
  #isFatal(response: Response): boolean {
    if (response.status === 401) this.#end(closeCodes.unauthorized, "unauthorized");
    else if (response.status === 503) this.#end(closeCodes.serviceRestart, "unavailable");
    else return false;
    return true;
  }

  async #json(response: Response): Promise<Record<string, unknown>> {
    return (await response.json().catch(() => ({}))) as Record<string, unknown>;
  }

  /** Runs `work`; its failure ends the transport, unless it was cancelled. */
  async #guard(cancelled: AbortSignal, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (fault) {
      if (cancelled.aborted) return;
      this.#listener.onFault(fault);
      this.#end(closeCodes.abnormal, "request failed");
    }
  }

  #end(code: number, reason: string): void {
    if (this.#closed) return;
    this.close();
    this.#listener.onClose(code, reason);
  }
}

/** A refusal's body is `{success: false, code, message, …}`. */
function describe(body: Record<string, unknown>): { code: ErrorCode; message: string; expires_at?: string } {
  const expiresAt = body["expires_at"];
  return {
    code: (typeof body["code"] === "string" ? body["code"] : "unavailable") as ErrorCode,
    message: typeof body["message"] === "string" ? body["message"] : "",
    ...(typeof expiresAt === "string" ? { expires_at: expiresAt } : {}),
  };
}
