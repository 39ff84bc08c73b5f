import {
  AccountEvents,
  LedgerApi,
  type AccountEvent,
  type EventsState,
  type QrPaymentData,
  type Token,
} from "@pulso/sdk";
import { useEffect, useMemo, useRef, useState } from "react";
import { applied, type LedgerState } from "./ledger-state";
import { loadMovements } from "./movements";

export interface Ledger {
  api: LedgerApi;
  /** `null` until it was loaded. */
  state: LedgerState | null;
  connection: EventsState;
  /** Opens the stream again at once. */
  retry(): void;
}

const listLength = 200;

/** How long to wait after so many loads that failed. */
const retryMs = (fails: number) => Math.min(1_000 * 2 ** fails, 30_000);

async function loadState(api: LedgerApi): Promise<LedgerState> {
  const [account, { qrs }, { payments }, { movements, takings }] = await Promise.all([
    api.account(),
    api.qrs({ limit: listLength }),
    api.accountPayments({ limit: listLength }),
    loadMovements(api, Date.now()),
  ]);
  return { account, qrs, payments, movements, takings };
}

/** An account's ledger, loaded once and then kept true by its events. `onPayment` hears of new ones only. */
export function useLedger(serverUrl: string, token: Token, onPayment: (payment: QrPaymentData) => void): Ledger {
  const api = useMemo(() => new LedgerApi(serverUrl, token), [serverUrl, token]);
  const [state, setState] = useState<LedgerState | null>(null);
  const [connection, setConnection] = useState<EventsState>("connecting");
  const stream = useMemo(() => new AccountEvents({ serverUrl, token }), [serverUrl, token]);
  const heard = useRef(onPayment);
  useEffect(() => {
    heard.current = onPayment;
  });

  useEffect(() => {
    let isCurrent = true;
    let isLoading = false;
    let isLoaded = false;
    /** What is being loaded may lack what a reset has come in place of. */
    let isStale = false;
    let waiting: AccountEvent[] = [];
    const take = (event: AccountEvent) => setState((before) => before && applied(before, event, Date.now()));
    let fails = 0;
    let again: ReturnType<typeof setTimeout> | undefined;
    const load = async (): Promise<void> => {
      if (isLoading) return;
      isLoading = true;
      clearTimeout(again);
      try {
        let loaded: LedgerState;
        do {
          isStale = false;
          waiting = []; // what was told before this is in what is loaded
          loaded = await loadState(api);
          if (!isCurrent) return;
        } while (isStale);
        isLoaded = true;
        fails = 0;
        setState(loaded);
        for (const event of waiting) take(event);
        waiting = [];
      } catch {
        // The stream stays open, so that no welcome need come.
        if (isCurrent) again = setTimeout(() => void load(), retryMs(fails++));
      } finally {
        isLoading = false;
      }
    };
    const ends = [
      stream.onState(setConnection),
      stream.on("connection", () => {
        if (!isLoaded) void load();
      }),
      stream.on("reset", () => {
        isLoaded = false;
        isStale = true;
        void load();
      }),
      stream.onEvent((event) => {
        // First of all: whatever comes of telling somebody, the event is in the state.
        if (isLoaded && !isLoading) take(event);
        else if (isLoading) waiting.push(event);
        if (event.type === "qr_payment" && isLoaded) heard.current(event.data as QrPaymentData);
      }),
    ];
    stream.open();
    return () => {
      isCurrent = false;
      clearTimeout(again);
      for (const end of ends) end();
      stream.close();
    };
  }, [api, stream]);

  const retry = () => {
    stream.close();
    stream.open();
  };
  return { api, state, connection, retry };
}
