import { computed, onScopeDispose, shallowRef, toValue, watch, type ComputedRef, type MaybeRefOrGetter } from "vue";
import { SeatStore, type SeatSelectionSnapshot, type UseSeatSelectionOptions } from "./seat-store.js";

export type { SeatSelectionSnapshot, UseSeatSelectionOptions } from "./seat-store.js";
export { useAudioPlayer, type AudioPlayerComposable } from "./audio/vue.js";
export { useSSEEvents, type SSEEvent, type SSEEventsComposable, type UseSSEEventsOptions } from "./events/vue.js";

export interface SeatSelection {
  connection: ComputedRef<SeatSelectionSnapshot["connection"]>;
  room: ComputedRef<SeatSelectionSnapshot["room"]>;
  error: ComputedRef<SeatSelectionSnapshot["error"]>;
  select(seatId: string): void;
  release(seatId: string): void;
  renew(seatId: string): void;
  toggle(seatId: string): void;
  retry(): void;
  dismissError(): void;
}

/**
 * A room's live seats, for `setup()`. Connects at once and until the scope ends; when `roomId` is a ref or getter
 * and changes, the connection follows. `userInfo` may be reactive too and counts for the next selection.
 */
export function useSeatSelection(
  roomId: MaybeRefOrGetter<string>,
  options: Omit<UseSeatSelectionOptions, "userInfo"> & {
    userInfo?: MaybeRefOrGetter<NonNullable<UseSeatSelectionOptions["userInfo"]>>;
  } = {},
): SeatSelection {
  const { userInfo, ...rest } = options;
  const open = (id: string) => new SeatStore(id, rest);
  let store = open(toValue(roomId));
  const snapshot = shallowRef(store.snapshot);
  let stop = follow();

  function follow(): () => void {
    const followed = store;
    snapshot.value = followed.snapshot;
    const unsubscribe = followed.subscribe(() => (snapshot.value = followed.snapshot));
    const retry = () => followed.retry();
    globalThis.addEventListener?.("online", retry);
    followed.client.connect();
    return () => {
      globalThis.removeEventListener?.("online", retry);
      unsubscribe();
      followed.client.disconnect();
    };
  }

  watch(
    () => toValue(roomId),
    (id) => {
      stop();
      store = open(id);
      stop = follow();
    },
  );
  onScopeDispose(() => stop());

  const select = (seatId: string) => {
    store.userInfo = toValue(userInfo) ?? {};
    store.select(seatId);
  };
  const toggle = (seatId: string) => {
    store.userInfo = toValue(userInfo) ?? {};
    store.toggle(seatId);
  };
  return {
    connection: computed(() => snapshot.value.connection),
    room: computed(() => snapshot.value.room),
    error: computed(() => snapshot.value.error),
    select,
    toggle,
    release: (seatId) => store.release(seatId),
    renew: (seatId) => store.renew(seatId),
    retry: () => store.retry(),
    dismissError: () => store.dismissError(),
  };
}
