import { useEffect, useMemo, useSyncExternalStore } from "react";
import { SeatStore, type SeatSelectionSnapshot, type UseSeatSelectionOptions } from "./seat-store.js";

export type { SeatSelectionSnapshot, UseSeatSelectionOptions } from "./seat-store.js";
export { useAudioPlayer, type AudioPlayerHook } from "./audio/react.js";
export { useSSEEvents, type SSEEvent, type SSEEventsHook, type UseSSEEventsOptions } from "./events/react.js";

export interface SeatSelection extends SeatSelectionSnapshot {
  client: SeatStore["client"];
  select: SeatStore["select"];
  release: SeatStore["release"];
  renew: SeatStore["renew"];
  toggle: SeatStore["toggle"];
  retry: SeatStore["retry"];
  dismissError: SeatStore["dismissError"];
}

/**
 * A room's live seats. Connects while the component is mounted; another room, server or client id makes a new
 * connection, `userInfo` takes effect with the next selection, other options are read once for each connection.
 */
export function useSeatSelection(roomId: string, options: UseSeatSelectionOptions = {}): SeatSelection {
  const store = useMemo(() => new SeatStore(roomId, options), [roomId, options.serverUrl, options.clientId]);
  const snapshot = useSyncExternalStore(
    store.subscribe,
    () => store.snapshot,
    () => store.snapshot,
  );
  useEffect(() => {
    store.userInfo = options.userInfo ?? {};
  });
  useEffect(() => {
    const retry = () => store.retry();
    store.client.connect();
    globalThis.addEventListener?.("online", retry);
    return () => {
      globalThis.removeEventListener?.("online", retry);
      store.client.disconnect();
    };
  }, [store]);
  const { client, select, release, renew, toggle, retry, dismissError } = store;
  return { ...snapshot, client, select, release, renew, toggle, retry, dismissError };
}
