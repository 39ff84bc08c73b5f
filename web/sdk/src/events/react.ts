import { useEffect, useState } from "react";
import { emptyLog, followEvents, type EventsLog, type SSEEvent, type UseSSEEventsOptions } from "./events-log.js";

export type { SSEEvent, UseSSEEventsOptions } from "./events-log.js";

export interface SSEEventsHook {
  /** The newest last. */
  events: SSEEvent[];
  isConnected: boolean;
  error: string | null;
}

/**
 * An account's events while the component is mounted and there is a token; another token, server or filter begins anew.
 * Comes back by itself and goes on where it was.
 */
export function useSSEEvents(token: string, options: UseSSEEventsOptions = {}): SSEEventsHook {
  const [log, setLog] = useState<EventsLog>(emptyLog);
  const { serverUrl, qrId } = options;
  const types = options.types?.join();
  useEffect(() => {
    setLog(emptyLog);
    if (!token) return;
    return followEvents(token, options, setLog);
  }, [token, serverUrl, qrId, types]);
  return log as SSEEventsHook;
}
