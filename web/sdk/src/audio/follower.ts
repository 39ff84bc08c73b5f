import { DriftControl } from "./drift-control.js";
import { Latency } from "./latency.js";
import { Output, type AudioElement } from "./output.js";
import { positionAt, type Timeline } from "./timeline.js";

export interface FollowerOptions {
  element: AudioElement;
  /** The server's clock, in milliseconds. */
  serverNowMs(): number;
  /** A clock that nobody sets, in milliseconds. */
  steadyNowMs(): number;
  /** Whether the page is not seen. */
  isHidden(): boolean;
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
/** Who has not got ready by then plays when it can. */
const patienceMs = 3_000;
/** Browsers count a page as silent some time after it was heard last. */
const silentMs = 5_000;
/** What is added to what a device usually takes, in seconds: it takes longer now and then. */
const leadFactor = 1.25;
const leadMargin = 0.02;

/**
 * Keeps an audio element on a timeline, by the server's clock. Only this class moves the element, and it tells nobody
 * about its own moves: a correction here is no news for other devices.
 */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #output: Output;
  readonly #drift = new DriftControl();
  /** From being sent somewhere until it is ready to sound there: in a new file, and within the one it has. */
  readonly #loadLatency = new Latency(0.25, 1);
  readonly #seekLatency = new Latency(0.03, 1);
  /** An element says that it plays a moment before it does. */
  readonly #startLatency = new Latency(0.05, 0.3);
  #target: Target | null = null;
  #isAudible = true;
  /** The element has been sent somewhere to play, and is not ready to. */
  #sent: { readonly latency: Latency; readonly atMs: number } | null = null;
  /** It is ready, and waits until the timeline is where it is. */
  #wait: ReturnType<typeof setTimeout> | undefined;
  #soundedAtMs = -Infinity;
  /** How often it may still turn out that this browser does not get ready at a rate of 0, as few ask of it. */
  #patience = 2;
  /** How far ahead it started, in seconds, until it shows what became of that. */
  #headStart: number | null = null;

  constructor(options: FollowerOptions, listener: FollowerListener) {
    this.#options = options;
    this.#output = new Output(options.element, {
      ...listener,
      onChange: () => {
        this.#start();
        listener.onChange();
      },
    });
  }

  get status(): OutputStatus {
    if (!this.#shouldPlay) return "silent";
    if (this.#output.isBlocked) return "blocked";
    return this.#output.isBuffering ? "buffering" : "playing";
  }

  /** In seconds: where the element is while it sounds, else where it ought to be. */
  get position(): number {
    return this.#sounds ? this.#output.position : this.#expected;
  }

  /** How far the element is ahead of the timeline, in seconds; `null` while it does not sound, or too little is known. */
  get error(): number | null {
    return this.#sounds ? this.#drift.error : null;
  }

  /** Goes where `target` is; `isAudible` is false on a device that only watches. */
  follow(target: Target | null, isAudible: boolean): void {
    const before = this.#target;
    const jump = before === null || target === null ? Infinity : Math.abs(this.#expected - this.#positionOn(target));
    this.#target = target;
    this.#isAudible = isAudible;
    if (!this.#shouldPlay) this.#run();
    if (!target) return this.#output.unload();
    if (before?.trackId !== target.trackId) {
      this.#load(target);
    } else if (!this.#shouldPlay) {
      this.#output.pause();
      if (Math.abs(this.#output.position - this.#expected) > samePosition) this.#output.seek(this.#expected);
      return;
    } else if (jump > sameTimeline || !(this.#output.isRunning || this.#isOnItsWay)) {
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
    this.#start();
    const expected = this.#expected;
    if (!this.#target || !this.#sounds || expected > this.#target.timeline.duration - endMargin) return;
    this.#soundedAtMs = this.#options.steadyNowMs();
    const error = this.#output.position - expected;
    const correction = this.#drift.correct(error, this.#options.steadyNowMs());
    this.#learnStart();
    if (correction.kind === "seek") this.#send();
    else this.#output.setRate(correction.rate);
  }

  setVolume(volume: number): void {
    this.#output.element.volume = volume;
  }

  get #shouldPlay(): boolean {
    return this.#isAudible && (this.#target?.timeline.isPlaying ?? false);
  }

  /** Timers of a page that is not seen, and was not heard lately, may be a second late: waiting would do more harm. */
  get #canWait(): boolean {
    const isThrottled = this.#options.isHidden() && this.#options.steadyNowMs() - this.#soundedAtMs > silentMs;
    return !isThrottled && this.#patience > 0;
  }

  get #isOnItsWay(): boolean {
    return this.#sent !== null && !this.#output.isBlocked;
  }

  get #sounds(): boolean {
    return this.#output.isRunning && this.#sent === null && this.#wait === undefined;
  }

  get #expected(): number {
    return this.#target ? this.#positionOn(this.#target) : 0;
  }

  #positionOn({ timeline }: Target): number {
    return positionAt(timeline, this.#options.serverNowMs());
  }

  #load(target: Target): void {
    this.#output.load(target.url);
    this.#send();
  }

  #align(): void {
    if (Math.abs(this.#output.position - this.#expected) > sameTimeline) this.#send();
    else this.#run();
  }

  /** Aims at where the timeline will be when the element is ready, rather too far: to wait is better than to come late. */
  #send(): void {
    this.#run();
    if (!this.#shouldPlay) return this.#output.seek(this.#expected);
    const latency = this.#output.hasMetadata ? this.#seekLatency : this.#loadLatency;
    const lead = latency.typical * leadFactor + leadMargin + this.#startLatency.typical;
    this.#output.seek(Math.min(this.#expected + lead, this.#target?.timeline.duration ?? 0));
    this.#sent = { latency, atMs: this.#options.steadyNowMs() };
    if (!this.#canWait) return;
    // Not by a pause: there are browsers that load nothing before they may play.
    this.#output.setRate(0);
    this.#wait = setTimeout(() => {
      this.#patience -= 1;
      this.#run();
    }, patienceMs);
  }

  /** Lets an element that has been sent somewhere, and is ready, play there as soon as the timeline comes. */
  #start(): void {
    if (!this.#sent || !this.#output.isRunning) return;
    const { latency, atMs } = this.#sent;
    latency.add((this.#options.steadyNowMs() - atMs) / 1000);
    const run = () => {
      this.#run();
      this.#headStart = this.#output.position - this.#expected;
    };
    const early = this.#output.position - this.#expected - this.#startLatency.typical;
    if (early <= 0 || !this.#canWait) return run();
    clearTimeout(this.#wait);
    this.#sent = null;
    this.#wait = setTimeout(run, early * 1000);
  }

  /** Plays as fast as it should, from here. */
  #run(): void {
    clearTimeout(this.#wait);
    this.#wait = undefined;
    this.#sent = null;
    this.#headStart = null;
    this.#drift.moved();
    this.#output.setRate(1);
  }

  #learnStart(): void {
    const { error } = this.#drift;
    if (this.#headStart === null || error === null) return;
    this.#startLatency.add(this.#headStart - error);
    this.#headStart = null;
  }

  #playOrPause(): void {
    if (this.#shouldPlay) this.#output.play();
    else this.#output.pause();
  }
}
