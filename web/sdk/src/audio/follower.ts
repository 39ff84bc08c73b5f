import { DriftControl } from "./drift-control.js";
import { Output, type AudioElement } from "./output.js";
import { positionAt, type Timeline } from "./timeline.js";

export interface FollowerOptions {
  element: AudioElement;
  /** The server's clock, in milliseconds. */
  serverNowMs(): number;
  /** A clock that nobody sets, in milliseconds. */
  steadyNowMs(): number;
}

export interface FollowerListener {
  /** What `status` says has changed. */
  onChange(): void;
  /** The track has been played to its end here. */
  onEnded(): void;
  /** The file can't be had or played. */
  onFault(): void;
}

export type OutputStatus =
  /** Nothing to play, paused, or another device plays. */
  | "silent"
  | "playing"
  | "buffering"
  /** The browser wants the user's hand on this page first: `listen()`. */
  | "blocked";

export interface Target {
  readonly trackId: string;
  readonly url: string;
  readonly timeline: Timeline;
}

/** A new timeline that is this close to the old one, in seconds, is no jump: the drift control brings it about. */
const sameTimeline = 0.12;
/** A paused player is put right from this many seconds on. */
const samePosition = 0.05;
/** The last moments of a track, in seconds, are left alone: a seek could pass its end. */
const endMargin = 0.3;

/**
 * Keeps an audio element on a timeline, by the server's clock. Only this class moves the element, and it tells nobody
 * about its own moves: a correction here is no news for other devices.
 */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #output: Output;
  readonly #drift = new DriftControl();
  #target: Target | null = null;
  #isAudible = true;

  constructor(options: FollowerOptions, listener: FollowerListener) {
    this.#options = options;
    this.#output = new Output(options.element, listener);
  }

  get status(): OutputStatus {
    if (!this.#shouldPlay) return "silent";
    if (this.#output.isBlocked) return "blocked";
    return this.#output.isBuffering ? "buffering" : "playing";
  }

  /** In seconds: where the element is while it sounds, else where it ought to be. */
  get position(): number {
    return this.#output.isRunning ? this.#output.position : this.#expected;
  }

  /** How far the element is ahead of the timeline, in seconds; `null` while it does not sound, or too little is known. */
  get error(): number | null {
    return this.#output.isRunning ? this.#drift.error : null;
  }

  /** Goes where `target` is; `isAudible` is false on a device that only watches. */
  follow(target: Target | null, isAudible: boolean): void {
    const before = this.#target;
    const jump = before === null || target === null ? Infinity : Math.abs(this.#expected - this.#positionOn(target));
    this.#target = target;
    this.#isAudible = isAudible;
    if (!target) return this.#output.unload();
    if (before?.trackId !== target.trackId) {
      this.#load(target);
    } else if (!this.#shouldPlay) {
      this.#output.pause();
      if (Math.abs(this.#output.position - this.#expected) > samePosition) this.#output.seek(this.#expected);
      return;
    } else if (jump > sameTimeline || !this.#output.isRunning) {
      this.#align();
    }
    this.#playOrPause();
  }

  /** From within a user's gesture: plays although the browser forbade it. */
  listen(): void {
    if (!this.#shouldPlay) return;
    this.#align();
    this.#output.play();
  }

  /** The file again from where it ought to be, after a fault or under a new URL. */
  reload(url: string): void {
    if (!this.#target) return;
    this.#target = { ...this.#target, url };
    this.#load(this.#target);
    this.#playOrPause();
  }

  /** To be called ten times a second: compares, and corrects. */
  check(): void {
    const expected = this.#expected;
    if (!this.#target || !this.#output.isRunning || expected > this.#target.timeline.duration - endMargin) return;
    const error = this.#output.position - expected;
    const correction = this.#drift.correct(error, this.#options.steadyNowMs());
    if (correction.kind === "seek") this.#seek(this.#output.position + correction.by);
    else this.#output.setRate(correction.rate);
  }

  setVolume(volume: number): void {
    this.#output.element.volume = volume;
  }

  get #shouldPlay(): boolean {
    return this.#isAudible && (this.#target?.timeline.isPlaying ?? false);
  }

  get #expected(): number {
    return this.#target ? this.#positionOn(this.#target) : 0;
  }

  #positionOn({ timeline }: Target): number {
    return positionAt(timeline, this.#options.serverNowMs());
  }

  #load(target: Target): void {
    this.#output.load(target.url, this.#expected);
    this.#output.setRate(1);
    this.#drift.moved(false);
  }

  #align(): void {
    const expected = this.#expected;
    this.#drift.moved(false);
    this.#output.setRate(1);
    if (Math.abs(this.#output.position - expected) <= sameTimeline) return;
    this.#seek(expected + this.#drift.lead);
    this.#drift.moved(true);
  }

  #seek(position: number): void {
    this.#output.seek(Math.min(Math.max(0, position), this.#target?.timeline.duration ?? 0));
  }

  #playOrPause(): void {
    if (this.#shouldPlay) this.#output.play();
    else this.#output.pause();
  }
}
