import type { Acknowledgement, Refusal } from "./messages.js";

/** What is used of a socket of socket.io-client. */
export interface SocketLike {
  /** Of this connection; what the server calls the device. */
  readonly id?: string | undefined;
  readonly connected: boolean;
  /** False once nobody tries any more. */
  readonly active: boolean;
  connect(): unknown;
  disconnect(): unknown;
  on(event: string, listener: (...values: never[]) => void): unknown;
  emit(event: string, ...values: unknown[]): unknown;
  timeout(ms: number): { emitWithAck(event: string, ...values: unknown[]): Promise<unknown> };
}

export type ChannelStatus =
  | "idle"
  | "connecting"
  | "online"
  /** The connection is lost; another attempt is under way or follows. */
  | "reconnecting"
  /** The server refused us: `connect()` tries again. */
  | "refused";

export interface ChannelListener {
  onStatus(status: ChannelStatus): void;
  onOnline(): void;
  onRefused(refusal: Refusal): void;
}

export interface ChannelOptions {
  /** Whether there may be another credential next time: a server that ends the connection is asked again. */
  canRefreshToken: boolean;
}

/** A connection that the server ended sooner is not made again, or the two would go round in circles. */
const shortestMs = 5_000;
/** A command that is not answered within this has failed; one that waits for a connection is not sent any more. */
const answerTimeoutMs = 10_000;

/** Requests and answers on one socket. Socket.IO itself comes back after a lost connection, with backoff and jitter. */
export class Channel {
  readonly #socket: SocketLike;
  readonly #listener: ChannelListener;
  #status: ChannelStatus = "idle";
  #onlineSinceMs = 0;

  constructor(socket: SocketLike, { canRefreshToken }: ChannelOptions, listener: ChannelListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.on("connect", () => {
      this.#onlineSinceMs = Date.now();
      this.#setStatus("online");
      listener.onOnline();
    });
    socket.on("disconnect", () => {
      if (this.#status === "idle") return;
      // A server that ends the connection on purpose, as when the token expires, is not asked again by Socket.IO.
      const comesBack = canRefreshToken && Date.now() - this.#onlineSinceMs >= shortestMs;
      this.#setStatus(socket.active || comesBack ? "reconnecting" : "refused");
      if (!socket.active && comesBack) socket.connect();
    });
    socket.on("connect_error", (error: Error & { data?: { code?: string } }) => {
      if (socket.active) return this.#setStatus(this.#status === "connecting" ? "connecting" : "reconnecting");
      this.#setStatus("refused");
      listener.onRefused({ code: error.data?.code ?? "unauthorized", message: error.message });
    });
  }

  /** What the server calls this device; `null` without a connection. */
  get deviceId(): string | null {
    return (this.#socket.connected && this.#socket.id) || null;
  }

  get status(): ChannelStatus {
    return this.#status;
  }

  connect(): void {
    if (this.#socket.connected || this.#status === "connecting") return;
    if (this.#status !== "reconnecting") this.#setStatus("connecting");
    this.#socket.connect();
  }

  disconnect(): void {
    this.#setStatus("idle");
    this.#socket.disconnect();
  }

  on<Payload>(event: string, listener: (payload: Payload) => void): void {
    this.#socket.on(event, listener as (...values: never[]) => void);
  }

  /** What needs no answer; lost without a connection. */
  tell(event: string, payload: object): void {
    if (this.#socket.connected) this.#socket.emit(event, payload);
  }

  /** Waits for a connection, within the time for the answer. Rejects with a `Refusal`. */
  async ask<Answer>(event: string, payload: object = {}): Promise<Answer> {
    let answer: Acknowledgement;
    try {
      answer = (await this.#socket.timeout(answerTimeoutMs).emitWithAck(event, payload)) as Acknowledgement;
    } catch {
      throw { code: "unavailable", message: "The server did not answer." } satisfies Refusal;
    }
    if (!answer?.success) {
      throw { code: answer?.code ?? "unavailable", message: answer?.message ?? "" } satisfies Refusal;
    }
    return answer as Answer;
  }

  #setStatus(status: ChannelStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#listener.onStatus(status);
  }
}
