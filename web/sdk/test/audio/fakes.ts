import type { SocketLike } from "../../src/audio/channel.js";
import type { FullState, Report, Track } from "../../src/audio/messages.js";
import type { AudioElement } from "../../src/audio/output.js";

/** An element that plays by `advance` alone. */
export class FakeAudio implements AudioElement {
  #src = "";
  #currentTime = 0;
  playbackRate = 1;
  volume = 1;
  muted = false;
  preload = "";
  duration = 180;
  paused = true;
  ended = false;
  seeking = false;
  readyState = 4;
  /** The browser wants a gesture first. */
  forbidsPlaying = false;
  /** Where it was sent, one entry a seek. */
  readonly seeks: number[] = [];
  readonly loads: string[] = [];
  readonly #listeners = new Map<string, Array<() => void>>();

  get src(): string {
    return this.#src;
  }
  set src(url: string) {
    this.#src = url;
    this.#currentTime = 0;
    this.loads.push(url);
  }
  get currentTime(): number {
    return this.#currentTime;
  }
  set currentTime(seconds: number) {
    this.#currentTime = seconds;
    this.seeks.push(seconds);
  }
  async play(): Promise<void> {
    if (this.forbidsPlaying) throw Object.assign(new Error("no gesture"), { name: "NotAllowedError" });
    this.paused = false;
    this.fire("playing");
  }
  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.fire("pause");
  }
  load(): void {}
  removeAttribute(): void {
    this.#src = "";
  }
  addEventListener(type: string, listener: () => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }
  fire(type: string): void {
    for (const listener of this.#listeners.get(type) ?? []) listener();
  }
  /** `seconds` pass on the wall. */
  advance(seconds: number): void {
    if (!this.paused && !this.seeking) this.#currentTime += seconds * this.playbackRate;
  }
}

export const song: Track = {
  id: "song",
  title: "Song",
  artist: "Singer",
  album: "Album",
  duration: 180,
  mimeType: "audio/ogg",
  audioUrl: "/api/tracks/stream/song?signature=1",
};

/** A server's side of one connection, on a clock that is `aheadMs` ahead of the test's. */
export class FakeServer implements SocketLike {
  id: string | undefined;
  connected = false;
  active = true;
  aheadMs = 5_000;
  /** Every command but the questions for the time. */
  readonly asked: Array<{ event: string; payload: Record<string, unknown> }> = [];
  readonly reports: Report[] = [];
  refuses: { code: string; message: string } | null = null;
  state: FullState = {
    trackId: null,
    track: null,
    currentTime: 0,
    isPlaying: false,
    serverTime: 0,
    revision: 1,
    volume: 1,
    queue: [],
    queueIndex: null,
    devices: [],
    activeDeviceId: null,
  };
  readonly #listeners = new Map<string, Array<(...values: never[]) => void>>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get nowMs(): number {
    return this.#nowMs() + this.aheadMs;
  }
  connect(): void {
    this.id = "here";
    this.connected = true;
    this.say("connect");
  }
  disconnect(): void {
    this.connected = false;
    this.id = undefined;
  }
  /** The connection is lost; the client goes on trying, unless the server ended it on purpose. */
  drop(onPurpose = false): void {
    this.disconnect();
    this.active = !onPurpose;
    this.say("disconnect", onPurpose ? "io server disconnect" : "transport close");
  }
  on(event: string, listener: (...values: never[]) => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }
  emit(event: string, payload: unknown): void {
    if (event === "updateStreaming") this.reports.push(payload as Report);
  }
  timeout(): { emitWithAck(event: string, payload: Record<string, unknown>): Promise<unknown> } {
    return { emitWithAck: async (event, payload) => this.#answer(event, payload) };
  }
  say(event: string, ...values: unknown[]): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(...(values as never[]));
  }
  /** The state changes to this, now, and all devices are told by `event`. */
  tell(event: string, change: Partial<FullState>): void {
    this.#change(change);
    this.say(event, this.state);
  }

  #answer(event: string, payload: Record<string, unknown>): unknown {
    if (event === "syncClock") return { success: true, serverTime: this.nowMs };
    this.asked.push({ event, payload });
    if (this.refuses) return { success: false, ...this.refuses };
    if (event === "getCurrentState") this.say("trackState", this.state);
    if (event === "seekTrack") this.#change({ currentTime: payload["currentTime"] as number });
    if (event === "playTrack") {
      this.tell("trackPlaying", { ...playing, currentTime: payload["currentTime"] as number });
    }
    if (event === "pauseTrack") {
      this.tell("trackPaused", { isPlaying: false, currentTime: payload["currentTime"] as number });
    }
    return { success: true, ...this.state };
  }

  #change(change: Partial<FullState>): void {
    this.state = { ...this.state, serverTime: this.nowMs, revision: this.state.revision + 1, ...change };
  }
}

export const playing = { trackId: song.id, track: song, isPlaying: true };
