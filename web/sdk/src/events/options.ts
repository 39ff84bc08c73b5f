import type { Token } from "../audio/options.js";
import { defaultBackoff, type BackoffOptions } from "../backoff.js";
import type { Fetch } from "../poll-transport.js";

/** As much of the browsers' `EventSource` as is used; `eventsource` of npm is one too. */
export interface EventSourceLike {
  readonly readyState: number;
  addEventListener(type: string, listener: (event: MessageEvent) => void): void;
  close(): void;
}

export interface EventsOptions {
  /** Default: the page's own server; without a page `http://localhost:8001`. */
  serverUrl?: string;
  /** A user's JWT, or an API key; a function is asked before each attempt to connect. */
  token?: Token;
  /** An API key of an application. */
  apiKey?: Token;
  /** Only events of these types; all when left out. */
  types?: readonly string[];
  /** Only what is about this QR. */
  qrId?: string;
  /** The last event that was seen before, so that what came behind it is sent first. */
  lastEventId?: string;
  /** How often the server says that it is there. Default 30,000 ms. */
  heartbeatMs?: number;
  backoff?: Partial<BackoffOptions>;
  /** Default: the page's own. */
  createEventSource?: (url: string) => EventSourceLike;
  fetch?: Fetch;
}

export function resolveOptions(options: EventsOptions) {
  return {
    ...options,
    serverUrl: options.serverUrl ?? globalThis.location?.origin ?? "http://localhost:8001",
    heartbeatMs: options.heartbeatMs ?? 30_000,
    backoff: { ...defaultBackoff, ...options.backoff },
    createEventSource: options.createEventSource ?? ((url: string): EventSourceLike => new EventSource(url)),
    fetch: options.fetch ?? ((url: string, init?: RequestInit) => globalThis.fetch(url, init)),
  };
}

export async function credentialOf({ token, apiKey }: EventsOptions): Promise<[name: string, value: string]> {
  const ask = async (credential: Token): Promise<string> =>
    typeof credential === "function" ? credential() : credential;
  return apiKey === undefined ? ["token", await ask(token ?? "")] : ["api-key", await ask(apiKey)];
}
