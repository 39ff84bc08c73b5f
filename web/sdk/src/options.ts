import { defaultBackoff, type BackoffOptions } from "./backoff.js";
import { defaultHeartbeat, type HeartbeatOptions } from "./heartbeat.js";
import type { IdentityStorage } from "./identity-store.js";
import type { Fetch } from "./poll-transport.js";
import type { WebSocketConstructor } from "./websocket-transport.js";

export interface SeatSelectionOptions {
  /** Default: unguessable, made anew whenever the server says that another user has it. */
  clientId?: string;
  /** The secret of an earlier connection, to own its holds again. */
  session?: string;
  /** Keeps client id and session over a reload: `sessionStorage`, say. Default: nothing is kept. */
  storage?: IdentityStorage;
  /** JWT or API key; a function is asked before each attempt to connect. */
  token?: string | (() => string | Promise<string>);
  /** Default: the global one. Node before 22 has none: pass the `ws` package's. */
  WebSocket?: WebSocketConstructor;
  /** Default: the global one. */
  fetch?: Fetch;
  backoff?: Partial<BackoffOptions>;
  heartbeat?: Partial<HeartbeatOptions>;
  /** A WebSocket handshake that takes longer has failed. Default 10,000 ms. */
  connectTimeoutMs?: number;
  /** Failed WebSocket attempts in a row before HTTP takes over; `Infinity` for never. Default 3. */
  fallbackAfter?: number;
  /** While HTTP works, WebSocket is tried again after half to the whole of this. Default 60,000 ms. */
  websocketRetryMs?: number;
  /** Seat commands that may wait for a connection; one more throws. Default 50. */
  queueLimit?: number;
  /** A command that waited longer is answered by an `unavailable` error instead of sent. Default 15,000 ms. */
  queueMaxAgeMs?: number;
  /** Source of jitter, in [0, 1). Default `Math.random`. */
  random?: () => number;
}

export type ResolvedOptions = ReturnType<typeof resolveOptions>;

/** Fills in the defaults; throws if there is no WebSocket to be had. */
export function resolveOptions(options: SeatSelectionOptions) {
  const WebSocket = options.WebSocket ?? (globalThis.WebSocket as WebSocketConstructor | undefined);
  if (!WebSocket) throw new Error('no WebSocket here: pass one, as in { WebSocket } from the "ws" package');
  return {
    clientId: options.clientId ?? null,
    session: options.session ?? null,
    storage: options.storage ?? null,
    token: options.token ?? null,
    WebSocket,
    fetch: options.fetch ?? (((url, init) => globalThis.fetch(url, init)) satisfies Fetch),
    backoff: { ...defaultBackoff, ...options.backoff },
    heartbeat: { ...defaultHeartbeat, ...options.heartbeat },
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    fallbackAfter: options.fallbackAfter ?? 3,
    websocketRetryMs: options.websocketRetryMs ?? 60_000,
    queueLimit: options.queueLimit ?? 50,
    queueMaxAgeMs: options.queueMaxAgeMs ?? 15_000,
    random: options.random ?? Math.random,
  };
}
