import type { Token } from "../audio/options.js";
import { AccountEvents } from "./account-events.js";
import type { EventsOptions } from "./options.js";

/** One event as the bindings keep it. */
export interface SSEEvent {
  id: string;
  type: string;
  // biome-ignore lint/suspicious/noExplicitAny: what it is follows from `type`
  data: any;
  /** When it came. */
  timestamp: string;
}

export interface UseSSEEventsOptions extends Omit<EventsOptions, "token" | "apiKey"> {
  /** How many events are kept, the newest. Default 1,000. */
  limit?: number;
}

export interface EventsLog {
  readonly events: readonly SSEEvent[];
  readonly isConnected: boolean;
  /** A sentence while there is no connection. */
  readonly error: string | null;
}

export const emptyLog: EventsLog = { events: [], isConnected: false, error: null };

/** Keeps a log of a stream until it is called off; `changed` gets each next state. */
export function followEvents(
  token: Token,
  { limit = 1_000, ...options }: UseSSEEventsOptions,
  changed: (log: EventsLog) => void,
): () => void {
  let log = emptyLog;
  const change = (part: Partial<EventsLog>): void => {
    log = { ...log, ...part };
    changed(log);
  };
  const stream = new AccountEvents({ ...options, token });
  stream.onEvent(({ id, type, data }) => {
    const event = { id, type, data, timestamp: new Date().toISOString() };
    change({ events: [...log.events, event].slice(-limit) });
  });
  stream.onState((state) => {
    if (state === "open") return change({ isConnected: true, error: null });
    if (state === "closed") return change({ isConnected: false });
    change({ isConnected: false, ...(log.isConnected || state === "waiting" ? { error: "Error de conexión" } : {}) });
  });
  stream.onError(({ message }) => change({ error: message }));
  stream.open();
  return () => stream.close();
}
