import { CommandQueue } from "./command-queue.js";
import { Connection, type ConnectionState } from "./connection.js";
import { Emitter } from "./emitter.js";
import { freshClientId, keepIdentity, restoreIdentity } from "./identity-store.js";
import type { ErrorMessage, SeatCommand, ServerMessage, UserInfo } from "./messages.js";
import { resolveOptions, type ResolvedOptions, type SeatSelectionOptions } from "./options.js";
import { PollTransport } from "./poll-transport.js";
import { RoomState, type RoomSnapshot } from "./room-state.js";
import { ServerClock } from "./server-clock.js";
import type { Identity } from "./transport.js";
import { WebSocketTransport, type WebSocketLike } from "./websocket-transport.js";

export interface SeatSelectionEvents {
  /** Something about a room's seats changed. */
  seats: RoomSnapshot;
  state: ConnectionState;
  /** The server refused a command. */
  error: ErrorMessage;
  /** Every message, as it came. */
  message: ServerMessage;
  /** The network failed; the client goes on by itself. */
  fault: unknown;
  /** A connection ended; unless `disconnect()` was called, another attempt follows. */
  close: { code: number; reason: string };
}

/**
 * Live seat selection: keeps a connection, keeps the rooms' state, and tells about changes.
 *
 * Commands may be given at any time: before there is a connection they wait, bounded in number and age. After a
 * connection is lost the client comes back by itself and catches up on what it missed. One room at a time is
 * current and takes the seat commands; others stay joined until they are left.
 */
export class SeatSelectionClient {
  readonly serverUrl: string;
  /** Vue's mark for what it must not wrap in a proxy, which could not reach the private members. */
  readonly __v_skip = true;
  currentRoom: string | null = null;

  readonly #options: ResolvedOptions;
  readonly #identity: Identity;
  readonly #connection: Connection;
  readonly #queue: CommandQueue;
  readonly #events = new Emitter<SeatSelectionEvents>();
  readonly #clock = new ServerClock();
  readonly #rooms = new Map<string, RoomState>();
  /** Rooms whose missed broadcasts have been asked for, so that one gap is asked about once. */
  readonly #resuming = new Set<string>();
  #socket: WebSocketTransport | null = null;
  #onMessage: ((message: ServerMessage) => void) | null = null;
  #onError: ((error: unknown) => void) | null = null;
  #onClose: (() => void) | null = null;

  constructor(serverUrl = "ws://localhost:8001", options: SeatSelectionOptions = {}) {
    this.serverUrl = serverUrl;
    this.#options = resolveOptions(options);
    this.#identity = restoreIdentity(this.#options.storage, this.#options.clientId);
    if (this.#options.session !== null) this.#identity.session = this.#options.session;
    this.#queue = new CommandQueue(this.#options.queueLimit, this.#options.queueMaxAgeMs);
    this.#connection = this.#createConnection();
  }

  get clientId(): string {
    return this.#identity.clientId;
  }

  /** The secret that owns this client's holds, once the server has named it. */
  get session(): string | null {
    return this.#identity.session;
  }

  /** The WebSocket of the present attempt or connection. */
  get ws(): WebSocketLike | null {
    return this.#socket?.socket ?? null;
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  /** The server's time, in milliseconds since 1970: what `expiresAtMs` is to be compared with. */
  get serverNowMs(): number {
    return this.#clock.nowMs();
  }

  /** A room that was joined and not left, or `null`. */
  room(roomId: string | null = this.currentRoom): RoomSnapshot | null {
    return (roomId !== null && this.#rooms.get(roomId)?.snapshot) || null;
  }

  /** Also ends a wait between attempts, and takes up again after `disconnect()` or a refusal. */
  connect(): void {
    this.#connection.start();
  }

  /** Ends the connection for good; joined rooms stay known, for `connect()` to return to. */
  disconnect(): void {
    const hadSocket = this.ws !== null;
    this.#connection.stop();
    this.#socket = null;
    this.#forgetPending();
    if (hadSocket) this.#closed(1000, "");
  }

  /** The room becomes current. */
  joinRoom(roomId: string): void {
    this.currentRoom = roomId;
    if (!this.#rooms.has(roomId)) this.#rooms.set(roomId, new RoomState(roomId));
    this.#connection.send({ type: "join_room", room_id: roomId });
  }

  leaveRoom(): void {
    const roomId = this.currentRoom;
    if (roomId === null) return;
    this.currentRoom = null;
    this.#rooms.delete(roomId);
    this.#resuming.delete(roomId);
    this.#queue.dropRoom(roomId);
    this.#connection.send({ type: "leave_room", room_id: roomId });
  }

  selectSeat(seatId: string, userInfo: UserInfo = {}): void {
    this.#command({ type: "select_seat", room_id: this.#current(), seat_id: seatId, user_info: userInfo });
  }

  releaseSeat(seatId: string): void {
    this.#command({ type: "release_seat", room_id: this.#current(), seat_id: seatId });
  }

  /** Asks for a hold's full time again; the server allows it a limited number of times, once unless configured. */
  renewSeat(seatId: string): void {
    this.#command({ type: "renew_seat", room_id: this.#current(), seat_id: seatId });
  }

  /** Answered by `pong`; without a connection it does nothing. Not needed to stay connected. */
  ping(): void {
    this.#connection.send({ type: "ping" });
  }

  setMessageCallback(callback: ((message: ServerMessage) => void) | null): void {
    this.#onMessage = callback;
  }

  setErrorCallback(callback: ((error: unknown) => void) | null): void {
    this.#onError = callback;
  }

  setCloseCallback(callback: (() => void) | null): void {
    this.#onClose = callback;
  }

  /** Returns the function that removes the listener. */
  on<Name extends keyof SeatSelectionEvents>(
    name: Name,
    listener: (payload: SeatSelectionEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, listener);
  }

  #createConnection(): Connection {
    const { serverUrl } = this;
    const { WebSocket, fetch, heartbeat, connectTimeoutMs } = this.#options;
    const identity = this.#identity;
    return new Connection(
      {
        ...this.#options,
        canChangeClientId: this.#options.clientId === null,
        createWebSocket: (token, listener) =>
          (this.#socket = new WebSocketTransport(
            {
              serverUrl,
              identity,
              token,
              constructor: WebSocket,
              heartbeat,
              connectTimeoutMs,
              onPing: () => this.#clock.pingSent(),
            },
            listener,
          )),
        createPoll: Number.isFinite(this.#options.fallbackAfter)
          ? (token, listener) => new PollTransport({ serverUrl, identity, token, fetch }, listener)
          : null,
      },
      {
        onState: (state) => this.#events.emit("state", state),
        onOpen: () => this.#opened(),
        onMessage: (message) => this.#received(message),
        onFault: (fault) => {
          this.#onError?.(fault);
          this.#events.emit("fault", fault);
        },
        onClose: (code, reason, wasOpen) => {
          if (wasOpen) this.#forgetPending();
          this.#closed(code, reason);
        },
        onClientIdRefused: () => {
          Object.assign(identity, { clientId: freshClientId(), session: null });
        },
      },
    );
  }

  #opened(): void {
    this.#resuming.clear();
    this.ping();
    for (const [roomId, room] of this.#rooms) {
      if (room.offset === null) this.#connection.send({ type: "join_room", room_id: roomId });
      else this.#resume(roomId, room.offset);
    }
    const { fresh, stale } = this.#queue.drain();
    for (const command of fresh) this.#connection.send(command);
    for (const { room_id, seat_id } of stale) {
      this.#received({
        type: "error",
        code: "unavailable",
        message: "waited too long for a connection",
        room_id,
        seat_id,
      });
    }
  }

  #received(message: ServerMessage): void {
    this.#learnFrom(message);
    const roomId = "room_id" in message ? message.room_id : undefined;
    const room = roomId === undefined ? undefined : this.#rooms.get(roomId);
    const before = room?.snapshot;
    if (room && roomId !== undefined && room.apply(message, this.clientId) === "gap" && room.offset !== null) {
      this.#resume(roomId, room.offset);
    }
    this.#onMessage?.(message);
    this.#events.emit("message", message);
    if (message.type === "error") this.#events.emit("error", message);
    if (room && room.snapshot !== before) this.#events.emit("seats", room.snapshot);
  }

  #learnFrom(message: ServerMessage): void {
    switch (message.type) {
      case "pong":
        this.#clock.pongReceived(message.timestamp);
        break;
      case "seat_selected":
        this.#clock.broadcastReceived(message.timestamp);
        break;
      case "room_joined":
        this.#resuming.delete(message.room_id);
        if (message.session !== undefined) this.#identity.session = message.session;
        keepIdentity(this.#options.storage, this.#identity);
        break;
      case "error":
        // A server that cannot resume still lets us join, which brings the whole state.
        if (message.seat_id === undefined && message.room_id !== undefined && this.#resuming.delete(message.room_id)) {
          this.#connection.send({ type: "join_room", room_id: message.room_id });
        }
        break;
    }
  }

  #resume(roomId: string, offset: number): void {
    if (this.#resuming.has(roomId)) return;
    this.#resuming.add(roomId);
    this.#connection.send({ type: "resume", room_id: roomId, offset });
  }

  #command(command: SeatCommand): void {
    if (!this.#connection.send(command)) this.#queue.push(command);
    const room = this.#rooms.get(command.room_id);
    room?.markPending(command.seat_id);
    if (room) this.#events.emit("seats", room.snapshot);
  }

  #current(): string {
    if (this.currentRoom === null) throw new Error("no room has been joined");
    return this.currentRoom;
  }

  #forgetPending(): void {
    for (const room of this.#rooms.values()) {
      if (room.clearPending() === "changed") this.#events.emit("seats", room.snapshot);
    }
  }

  #closed(code: number, reason: string): void {
    this.#onClose?.();
    this.#events.emit("close", { code, reason });
  }
}
