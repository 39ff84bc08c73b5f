import { type IncomingHttpHeaders, type IncomingMessage, get } from "node:http";
import { createGunzip, createInflate } from "node:zlib";

export interface StreamEvent {
  /** The stream's last event id when it came. */
  id: string;
  type: string;
  data: string;
}

/** A client of an event stream, by the standard's own steps (HTML Living Standard §9.2.6), that reads one stream and
 * does not come back by itself. */
export class EventStreamClient {
  /** "whole" when the answer ended by itself, "cut" when it broke off. */
  readonly ended: Promise<"whole" | "cut">;
  retry: number | undefined;
  comments = 0;
  #events: StreamEvent[] = [];
  #lastEventId = "";
  #line = "";
  #type = "";
  #data: string[] = [];
  #isOver = false;
  #wake: () => void = () => {};

  private constructor(private readonly response: IncomingMessage) {
    const coding = response.headers["content-encoding"];
    const decoder = coding === "gzip" ? createGunzip() : coding === "deflate" ? createInflate() : undefined;
    const body = decoder ? response.pipe(decoder) : response;
    this.ended = new Promise((resolve) => {
      body.on("end", () => resolve("whole"));
      body.on("error", () => resolve("cut"));
      body.on("close", () => resolve("cut"));
      response.on("error", () => resolve("cut"));
      response.on("close", () => {
        if (!response.complete) resolve("cut"); // else a decoder may still have to tell
      });
    });
    void this.ended.then(() => {
      this.#isOver = true;
      this.#wake();
    });
    body.setEncoding("utf8");
    body.on("data", (text: string) => {
      this.#take(text);
      this.#wake();
    });
  }

  /** The answer's head has come; its status is the caller's to look at. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<EventStreamClient> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(url, { headers, agent: false }, resolve).on("error", reject);
    });
    return new EventStreamClient(response);
  }

  get status(): number {
    return this.response.statusCode ?? 0;
  }

  get headers(): IncomingHttpHeaders {
    return this.response.headers;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get lastEventId(): string {
    return this.#lastEventId;
  }

  async next(): Promise<StreamEvent> {
    while (this.#events.length === 0) {
      if (this.#isOver) throw new Error("the stream has ended");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#events.shift() as StreamEvent;
  }

  async take(count: number): Promise<StreamEvent[]> {
    const events: StreamEvent[] = [];
    while (events.length < count) events.push(await this.next());
    return events;
  }

  /** Nothing is read any more; the connection stays. */
  pause(): void {
    this.response.pause();
  }

  close(): void {
    this.response.destroy();
  }

  #take(text: string): void {
    const lines = (this.#line + text).split(/\r\n|\n|\r(?!$)/);
    this.#line = lines.pop() ?? "";
    for (const line of lines) this.#takeLine(line);
  }

  #takeLine(line: string): void {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) {
      ++this.comments;
      return;
    }
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#type = value;
    if (field === "data") this.#data.push(value);
    if (field === "id" && !value.includes("\0")) this.#lastEventId = value;
    if (field === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
  }

  #dispatch(): void {
    if (this.#data.length > 0) {
      const event = { id: this.#lastEventId, type: this.#type || "message", data: this.#data.join("\n") };
      this.#events.push(event);
    }
    this.#type = "";
    this.#data = [];
  }
}
