import { closeCodes } from "./close-codes.js";
import { Heartbeat, type HeartbeatOptions } from "./heartbeat.js";
import { parseMessage, type Command } from "./messages.js";
import { urlOf, type Identity, type Transport, type TransportListener } from "./transport.js";

/** The part of the browser's WebSocket that is used; the `ws` package has it too. */
export interface WebSocketLike {
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

export type WebSocketConstructor = new (url: string) => WebSocketLike;

export interface WebSocketTransportOptions {
  serverUrl: string;
  identity: Identity;
  token: string | null;
  constructor: WebSocketConstructor;
  heartbeat: HeartbeatOptions;
  /** A handshake that takes longer counts as failed. */
  connectTimeoutMs: number;
  /** Called as a ping leaves, the heartbeat's own included. */
  onPing(): void;
}

/** Messages over one WebSocket, with a heartbeat. */
export class WebSocketTransport implements Transport {
  readonly #options: WebSocketTransportOptions;
  readonly #listener: TransportListener;
  readonly #heartbeat: Heartbeat;
  #socket: WebSocketLike | null = null;
  #connectTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WebSocketTransportOptions, listener: TransportListener) {
    this.#options = options;
    this.#listener = listener;
    this.#heartbeat = new Heartbeat(
      options.heartbeat,
      () => this.send({ type: "ping" }),
      () => this.#end(closeCodes.abnormal, "heartbeat timeout"),
    );
  }

  /** The socket itself, for those who want to look at it. */
  get socket(): WebSocketLike | null {
    return this.#socket;
  }

  open(): void {
    const socket = new this.#options.constructor(this.#url());
    this.#socket = socket;
    this.#connectTimer = setTimeout(
      () => this.#end(closeCodes.abnormal, "connect timeout"),
      this.#options.connectTimeoutMs,
    );
    socket.onopen = () => {
      clearTimeout(this.#connectTimer);
      this.#heartbeat.start();
      this.#listener.onOpen();
    };
    socket.onmessage = (event: { data: unknown }) => {
      this.#heartbeat.start();
      const message = parseMessage(event.data);
      if (message) this.#listener.onMessage(message);
    };
    socket.onerror = (event: unknown) => this.#listener.onFault(event);
    socket.onclose = (event: { code: number; reason: string }) => {
      this.#detach();
      this.#listener.onClose(event.code, event.reason);
    };
  }

  send(command: Command): void {
    if (command.type === "ping") this.#options.onPing();
    this.#socket?.send(JSON.stringify(command));
  }

  close(): void {
    const socket = this.#socket;
    this.#detach();
    socket?.close(closeCodes.normal);
  }

  /** Gives up on a socket that may never report its close by itself. */
  #end(code: number, reason: string): void {
    this.close();
    this.#listener.onClose(code, reason);
  }

  #detach(): void {
    clearTimeout(this.#connectTimer);
    this.#heartbeat.stop();
    if (!this.#socket) return;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    // The `ws` package throws an error event that nobody listens to.
    this.#socket.onerror = () => {};
    this.#socket = null;
  }

  #url(): string {
    const { serverUrl, identity, token } = this.#options;
    const query = new URLSearchParams();
    if (identity.session !== null) query.set("session", identity.session);
    if (token !== null) query.set("token", token);
    const suffix = query.toString() === "" ? "" : `?${query}`;
    return urlOf(serverUrl, "ws", `/ws/${encodeURIComponent(identity.clientId)}${suffix}`);
  }
}
