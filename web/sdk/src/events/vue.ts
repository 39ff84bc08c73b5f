import { onScopeDispose, ref, shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref, type ShallowRef } from "vue";
import { emptyLog, followEvents, type SSEEvent, type UseSSEEventsOptions } from "./events-log.js";

export type { SSEEvent, UseSSEEventsOptions } from "./events-log.js";

export interface SSEEventsComposable {
  /** The newest last. */
  events: ShallowRef<SSEEvent[]>;
  isConnected: Ref<boolean>;
  error: Ref<string | null>;
  /** Begins anew; done at once for a token that is there. */
  connect(): void;
  disconnect(): void;
}

/** An account's events, for `setup()`: until the scope ends, and of the token as it is, if that is a ref or getter. */
export function useSSEEvents(token: MaybeRefOrGetter<string>, options: UseSSEEventsOptions = {}): SSEEventsComposable {
  const events = shallowRef<SSEEvent[]>([]);
  const isConnected = ref(false);
  const error = ref<string | null>(null);
  let stop: (() => void) | undefined;

  const disconnect = (): void => {
    stop?.();
    stop = undefined;
    isConnected.value = false;
  };
  const connect = (): void => {
    disconnect();
    if (!toValue(token)) return;
    events.value = [...emptyLog.events];
    stop = followEvents(toValue(token), options, (log) => {
      events.value = log.events as SSEEvent[];
      isConnected.value = log.isConnected;
      error.value = log.error;
    });
  };
  watch(() => toValue(token), connect);
  connect();
  onScopeDispose(disconnect);
  return { events, isConnected, error, connect, disconnect };
}
