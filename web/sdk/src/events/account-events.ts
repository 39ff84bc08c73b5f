import { backoffDelayMs } from "../backoff.js";
import { Emitter } from "../emitter.js";
import { accountEventTypes, type AccountEvent, type AccountEventData } from "./messages.js";
import { credentialOf, resolveOptions, type EventSourceLike, type EventsOptions } from "./options.js";

/**
 * `waiting`: for its time to try again. `closed`: by `close()`, or because the server will not have this credential;
 * then there is an `error`.
 */
export type EventsState = "connecting" | "open" | "waiting" | "closed";

/** Why a stream has ended for good. */
export interface EventsError {
  /** The HTTP status, 401 or 403. */
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

type Handler<Data> = (event: AccountEvent<Data>) => void;

/** `EventSource.CLOSED`: it gave up for good. */
const closedState = 2;
/** Ids that are remembered so that no event is handed on twice. */
const rememberedIdsMax = 2_000;
/** Without a word for so many heartbeats a connection is taken for dead, whatever the browser thinks. */
const silentHeartbeats = 2.5;
const probeTimeoutMs = 10_000;

/**
 * One account's events. Comes back by itself after whatever passes and goes on where it was: each event is handed on once
 * and in order. A credential that the server refuses ends it; one that a function gives is asked for anew first.
 */
export class AccountEvents {
  readonly #options: ReturnType<typeof resolveOptions>;
  readonly #emitter = new Emitter<{ state: EventsState; error: EventsError; event: AccountEvent }>();
  readonly #handlers = new Map<string, Set<Handler<never>>>();
  readonly #seen = new Set<string>();
  #source: EventSourceLike | undefined;
  #state: EventsState = "closed";
  #error: EventsError | null = null;
  #lastEventId: string;
  /** Changes with each attempt, so that what an older one still says is not heard. */
  #attempt = 0;
  #failures = 0;
  #hasAskedAnew = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;

  constructor(options: EventsOptions) {
    this.#options = resolveOptions(options);
    this.#lastEventId = options.lastEventId ?? "";
    for (const type of [...accountEventTypes, ...(options.types ?? [])]) this.#handlers.set(type, new Set());
  }

  get state(): EventsState {
    return this.#state;
  }
  /** Why it is closed; `null` if that was asked for. */
  get error(): EventsError | null {
    return this.#error;
  }
  /** Where a later stream may go on. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  /** Events of one type, also of types of your own. Returns the function that removes the handler. */
  on<Type extends keyof AccountEventData>(type: Type, handler: Handler<AccountEventData[Type]>): () => void;
  on(type: string, handler: Handler<unknown>): () => void;
  on(type: string, handler: Handler<never>): () => void {
    let handlers = this.#handlers.get(type);
    if (!handlers) {
      this.#handlers.set(type, (handlers = new Set()));
      if (this.#source) this.#listen(this.#source, type, this.#attempt);
    }
    handlers.add(handler);
    return () => handlers.delete(handler);
  }
  /** Every event of the types that are known here: the server's own, `types`, and those with a handler. */
  onEvent(handler: Handler<unknown>): () => void {
    return this.#emitter.on("event", handler);
  }
  onState(handler: (state: EventsState) => void): () => void {
    return this.#emitter.on("state", handler);
  }
  onError(handler: (error: EventsError) => void): () => void {
    return this.#emitter.on("error", handler);
  }

  /** Does nothing unless it is closed. */
  open(): void {
    if (this.#state !== "closed") return;
    this.#error = null;
    this.#failures = 0;
    this.#hasAskedAnew = false;
    globalThis.addEventListener?.("online", this.#hurry);
    globalThis.document?.addEventListener?.("visibilitychange", this.#hurry);
    void this.#connect();
  }

  close(): void {
    this.#end();
    this.#change("closed");
  }

  #end(): void {
    ++this.#attempt;
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#watchdog);
    this.#source?.close();
    this.#source = undefined;
    globalThis.removeEventListener?.("online", this.#hurry);
    globalThis.document?.removeEventListener?.("visibilitychange", this.#hurry);
  }

  /** The network is back, or somebody looks: what waits for its time has waited long enough. */
  readonly #hurry = (): void => {
    if (this.#state === "waiting" && globalThis.document?.visibilityState !== "hidden") void this.#connect();
  };

  async #connect(): Promise<void> {
    const attempt = ++this.#attempt;
    clearTimeout(this.#retryTimer);
    this.#source?.close();
    this.#source = undefined;
    this.#change("connecting");
    let url: string;
    try {
      url = await this.#url();
    } catch {
      if (attempt === this.#attempt) this.#retryLater();
      return;
    }
    if (attempt !== this.#attempt) return;
    const source = (this.#source = this.#options.createEventSource(url));
    source.addEventListener("open", () => this.#isCurrent(attempt) && this.#opened());
    source.addEventListener("error", (event) => {
      // An `error` with data is the server's last word before it ends the stream; why, the probe will tell.
      if (this.#isCurrent(attempt) && event.data === undefined) this.#failed(source, attempt);
    });
    for (const type of this.#handlers.keys()) this.#listen(source, type, attempt);
    this.#watch();
  }

  async #url(): Promise<string> {
    const { serverUrl, types, qrId } = this.#options;
    const url = new URL("/events/stream", serverUrl);
    url.searchParams.set(...(await credentialOf(this.#options)));
    if (types) url.searchParams.set("types", types.join());
    if (qrId !== undefined) url.searchParams.set("qrId", qrId);
    if (this.#lastEventId !== "") url.searchParams.set("lastEventId", this.#lastEventId);
    return url.href;
  }

  #isCurrent(attempt: number): boolean {
    return attempt === this.#attempt;
  }

  #listen(source: EventSourceLike, type: string, attempt: number): void {
    source.addEventListener(type, (event) => this.#isCurrent(attempt) && this.#take(type, event));
  }

  #opened(): void {
    this.#failures = 0;
    this.#hasAskedAnew = false;
    this.#watch();
    this.#change("open");
  }

  #take(type: string, { lastEventId, data }: MessageEvent): void {
    this.#watch();
    // `reset` comes without an id: a browser then shows that of the event before it, which was seen already.
    const id = type === "reset" ? "" : lastEventId;
    if (id !== "") this.#lastEventId = id;
    if (id !== "" && this.#seen.has(id)) return;
    let parsed: unknown;
    try {
      parsed = JSON.parse(String(data));
    } catch {
      return; // not one of ours
    }
    if (id !== "") {
      this.#seen.add(id);
      if (this.#seen.size > rememberedIdsMax) this.#seen.delete(this.#seen.values().next().value as string);
    }
    const event: AccountEvent = { id, type, data: parsed };
    for (const handler of [...(this.#handlers.get(type) ?? [])]) (handler as Handler<unknown>)(event);
    this.#emitter.emit("event", event);
  }

  /** A dead connection says nothing, and a browser may notice after minutes only. */
  #watch(): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => void this.#connect(), this.#options.heartbeatMs * silentHeartbeats);
  }

  #failed(source: EventSourceLike, attempt: number): void {
    if (source.readyState !== closedState) return this.#change("connecting"); // it comes back by itself
    clearTimeout(this.#watchdog);
    this.#source = undefined;
    void this.#recover(attempt);
  }

  /** An EventSource does not tell why it gave up. Where the credential does not hold, asking again helps nobody. */
  async #recover(attempt: number): Promise<void> {
    const refusal = await this.#refusal();
    if (!this.#isCurrent(attempt)) return;
    if (refusal === null) return this.#retryLater();
    const { token, apiKey } = this.#options;
    if (typeof (apiKey ?? token) === "function" && !this.#hasAskedAnew) {
      this.#hasAskedAnew = true;
      return void this.#connect();
    }
    this.#error = refusal;
    this.#end();
    this.#change("closed");
    this.#emitter.emit("error", refusal);
  }

  /** `null` if the credential may do, or nobody can say now. */
  async #refusal(): Promise<EventsError | null> {
    try {
      const [name, value] = await credentialOf(this.#options);
      const url = new URL("/events/stats", this.#options.serverUrl);
      url.searchParams.set(name, value);
      const answer = await this.#options.fetch(url.href, { signal: AbortSignal.timeout(probeTimeoutMs) });
      if (answer.status !== 401 && answer.status !== 403) return null;
      const { code, message } = (await answer.json()) as { code?: string; message?: string };
      return { status: answer.status, code: code ?? "unauthorized", message: message ?? "" };
    } catch {
      return null;
    }
  }

  #retryLater(): void {
    this.#change("waiting");
    const delayMs = backoffDelayMs(this.#failures++, this.#options.backoff);
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => void this.#connect(), delayMs);
  }

  #change(state: EventsState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#emitter.emit("state", state);
  }
}

/** An account's events, opened at once. */
export function connectEvents(options: EventsOptions): AccountEvents {
  const events = new AccountEvents(options);
  events.open();
  return events;
}
