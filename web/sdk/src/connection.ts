import { backoffDelayMs, type BackoffOptions } from "./backoff.js";
import { actionOnClose, closeCodes, type StopReason } from "./close-codes.js";
import type { Command, ServerMessage } from "./messages.js";
import type { Transport, TransportListener } from "./transport.js";

export type ConnectionStatus =
  /** Not connected, and not asked to be. */
  | "idle"
  | "connecting"
  /** Over WebSocket. */
  | "online"
  /** Over HTTP, while WebSocket is tried now and then. */
  | "polling"
  /** Waiting for, or busy with, another attempt. */
  | "reconnecting"
  /** Given up, for `stopReason`; `connect()` tries again. */
  | "stopped";

export interface ConnectionState {
  readonly status: ConnectionStatus;
  /** When the next attempt begins, by `Date.now()`. */
  readonly retryAtMs: number | null;
  readonly stopReason: StopReason | null;
}

export interface ConnectionListener {
  onState(state: ConnectionState): void;
  onOpen(): void;
  onMessage(message: ServerMessage): void;
  onFault(fault: unknown): void;
  /** A transport ended; `wasOpen` tells whether anything could have been under way on it. */
  onClose(code: number, reason: string, wasOpen: boolean): void;
  /** Our client id belongs to somebody else: the next attempt needs another. */
  onClientIdRefused(): void;
}

export interface ConnectionOptions {
  createWebSocket(token: string | null, listener: TransportListener): Transport;
  /** `null` where there is no fallback. */
  createPoll: ((token: string | null, listener: TransportListener) => Transport) | null;
  /** False if the client id was chosen by the user of the SDK. */
  canChangeClientId: boolean;
  /** A function is asked before each attempt. */
  token: string | null | (() => string | Promise<string>);
  backoff: BackoffOptions;
  /** Failed WebSocket attempts in a row before HTTP is tried. */
  fallbackAfter: number;
  /** While HTTP works, WebSocket is tried again after half to the whole of this. */
  websocketRetryMs: number;
  random: () => number;
}

/** A client id is replaced this often in a row before it counts as hopeless. */
const maxFreshClientIds = 3;

/**
 * Stays connected: over WebSocket with backoff, over HTTP while that fails again and again, and on WebSocket again
 * as soon as one opens. At most one transport is open to commands at a time.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #listener: ConnectionListener;
  #state: ConnectionState = { status: "idle", retryAtMs: null, stopReason: null };
  #socket: Transport | null = null;
  #poll: Transport | null = null;
  /** The one of the two that is open. */
  #open: Transport | null = null;
  #attempt = 0;
  #freshClientIds = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Changes with `stop`, so that a token that arrives later is not used. */
  #run = 0;

  constructor(options: ConnectionOptions, listener: ConnectionListener) {
    this.#options = options;
    this.#listener = listener;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Starts, or tries at once instead of waiting for the next attempt. */
  start(): void {
    const { status } = this.#state;
    if (status === "online" || this.#socket) return;
    if (status === "idle" || status === "stopped") {
      this.#attempt = 0;
      this.#freshClientIds = 0;
      this.#setState("connecting");
    }
    this.#trySocket();
  }

  stop(): void {
    this.#endAll();
    this.#setState("idle");
  }

  /** False when there is no open transport; nothing is sent then. */
  send(command: Command): boolean {
    this.#open?.send(command);
    return this.#open !== null;
  }

  #trySocket(): void {
    clearTimeout(this.#timer);
    if (this.#state.status === "reconnecting") this.#setState("reconnecting");
    this.#withToken((token) => {
      if (this.#socket) return;
      const socket: Transport = this.#options.createWebSocket(token, {
        onOpen: () => this.#socketOpened(socket),
        onMessage: (message) => {
          // Only now: a server that accepts and closes at once must not be stormed.
          this.#attempt = 0;
          this.#freshClientIds = 0;
          this.#listener.onMessage(message);
        },
        onFault: (fault) => this.#listener.onFault(fault),
        onClose: (code, reason) => this.#socketClosed(code, reason),
      });
      this.#socket = socket;
      socket.open();
    });
  }

  #socketOpened(socket: Transport): void {
    this.#poll?.close();
    this.#poll = null;
    this.#open = socket;
    this.#setState("online");
    this.#listener.onOpen();
  }

  #socketClosed(code: number, reason: string): void {
    const wasOpen = this.#open !== null && this.#open === this.#socket;
    if (wasOpen) this.#open = null;
    this.#socket = null;
    this.#listener.onClose(code, reason, wasOpen);
    this.#actOnClose(code);
  }

  #actOnClose(code: number): void {
    const action = actionOnClose(code, {
      canRefreshToken: typeof this.#options.token === "function",
      canChangeClientId: this.#options.canChangeClientId && this.#freshClientIds < maxFreshClientIds,
    });
    if (action.kind === "stop") {
      this.#endAll();
      this.#setState("stopped", { stopReason: action.reason });
      return;
    }
    if (action.kind === "fresh_client_id") {
      this.#freshClientIds += 1;
      this.#listener.onClientIdRefused();
    }
    this.#retryLater();
  }

  #retryLater(): void {
    const { backoff, random, fallbackAfter, websocketRetryMs } = this.#options;
    const polling = this.#open !== null;
    const delayMs = polling ? websocketRetryMs * (0.5 + random() / 2) : backoffDelayMs(this.#attempt, backoff, random);
    this.#attempt += 1;
    if (!this.#poll && this.#attempt >= fallbackAfter) this.#tryPoll();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#trySocket(), delayMs);
    if (!polling) this.#setState("reconnecting", { retryAtMs: Date.now() + delayMs });
  }

  #tryPoll(): void {
    const { createPoll } = this.#options;
    if (!createPoll) return;
    this.#withToken((token) => {
      if (this.#open || this.#poll) return;
      const poll: Transport = createPoll(token, {
        onOpen: () => {
          this.#open = poll;
          this.#setState("polling");
          this.#listener.onOpen();
        },
        onMessage: (message) => this.#listener.onMessage(message),
        onFault: (fault) => this.#listener.onFault(fault),
        onClose: (code, reason) => this.#pollClosed(poll, code, reason),
      });
      this.#poll = poll;
      poll.open();
    });
  }

  #pollClosed(poll: Transport, code: number, reason: string): void {
    const wasOpen = this.#open === poll;
    this.#poll = null;
    if (!wasOpen) {
      // The WebSocket's own timer is running; the next failure tries HTTP again.
      if (code === closeCodes.unauthorized) this.#actOnClose(code);
      return;
    }
    this.#open = null;
    this.#listener.onClose(code, reason, true);
    this.#attempt = 0;
    this.#actOnClose(code);
  }

  #withToken(use: (token: string | null) => void): void {
    const { token } = this.#options;
    if (typeof token !== "function") return use(token);
    const run = this.#run;
    Promise.resolve()
      .then(token)
      .then(
        (fresh) => run === this.#run && use(fresh),
        (fault: unknown) => {
          if (run !== this.#run) return;
          this.#listener.onFault(fault);
          this.#retryLater();
        },
      );
  }

  #endAll(): void {
    clearTimeout(this.#timer);
    this.#run += 1;
    this.#socket?.close();
    this.#poll?.close();
    this.#socket = this.#poll = this.#open = null;
  }

  #setState(status: ConnectionStatus, detail: Partial<ConnectionState> = {}): void {
    this.#state = { status, retryAtMs: null, stopReason: null, ...detail };
    this.#listener.onState(this.#state);
  }
}
