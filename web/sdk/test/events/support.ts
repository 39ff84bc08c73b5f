import type { EventSourceLike } from "../../src/events/index.js";

/** An EventSource whose server is the test. */
export class FakeEventSource implements EventSourceLike {
  static all: FakeEventSource[] = [];
  readyState = 0;
  #lastEventId = "";
  readonly #listeners = new Map<string, Array<(event: MessageEvent) => void>>();

  constructor(readonly url: string) {
    FakeEventSource.all.push(this);
  }
  static get last(): FakeEventSource {
    return FakeEventSource.all.at(-1) as FakeEventSource;
  }

  addEventListener(type: string, listener: (event: MessageEvent) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }
  close(): void {
    this.readyState = 2;
  }

  opens(): void {
    this.readyState = 1;
    this.#dispatch("open", {});
  }
  /** Without an `id` of its own an event carries that of the one before it (HTML Living Standard §9.2.6). */
  says(type: string, id: string | null, data: unknown = {}): void {
    this.#lastEventId = id ?? this.#lastEventId;
    this.#dispatch(type, { data: JSON.stringify(data), lastEventId: this.#lastEventId });
  }
  /** Of its own accord, or `isFinal` because the answer was not 200. */
  fails(isFinal: boolean): void {
    this.readyState = isFinal ? 2 : 0;
    this.#dispatch("error", {});
  }
  query(name: string): string | null {
    return new URL(this.url).searchParams.get(name);
  }

  #dispatch(type: string, event: object): void {
    for (const listener of this.#listeners.get(type) ?? []) listener({ type, ...event } as MessageEvent);
  }
}

export const createEventSource = (url: string): EventSourceLike => new FakeEventSource(url);

/** Answers the probe. */
export const answering =
  (status: number, body: object = {}) =>
  async (): Promise<Response> =>
    new Response(JSON.stringify(body), { status });

/** Lets what is only waiting for promises happen. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 20; ++i) await Promise.resolve();
}
