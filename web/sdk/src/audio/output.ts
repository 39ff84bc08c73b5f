/** What is used of an `HTMLAudioElement`. */
export interface AudioElement {
  src: string;
  currentTime: number;
  playbackRate: number;
  volume: number;
  muted: boolean;
  preload: string;
  readonly duration: number;
  readonly paused: boolean;
  readonly ended: boolean;
  readonly seeking: boolean;
  readonly readyState: number;
  play(): Promise<void>;
  pause(): void;
  load(): void;
  removeAttribute(name: string): void;
  addEventListener(type: string, listener: () => void): void;
}

export interface OutputListener {
  /** Whether it sounds, waits for data, or may not play has changed. */
  onChange(): void;
  onEnded(): void;
  /** The file can't be had or played: its URL may have expired. */
  onFault(): void;
}

/** `HTMLMediaElement.HAVE_METADATA`: the file is there. */
const haveMetadata = 1;
/** `HTMLMediaElement.HAVE_FUTURE_DATA`: there is something to play. */
const haveFutureData = 3;

/**
 * The audio element behind a player. It does what it is told, and tells apart the ways in which a browser does not:
 * playing forbidden until the user has touched the page, stopped by the system (a call, an unplugged headset), out of data.
 */
export class Output {
  readonly element: AudioElement;
  readonly #listener: OutputListener;
  /** Whether we want it to play, however the browser thinks about that. */
  #wanted = false;
  #isBlocked = false;

  constructor(element: AudioElement, listener: OutputListener) {
    this.element = element;
    this.#listener = listener;
    element.preload = "auto";
    element.addEventListener("playing", () => this.#setBlocked(false));
    element.addEventListener("seeked", () => listener.onChange());
    element.addEventListener("waiting", () => listener.onChange());
    element.addEventListener("pause", () => this.#paused());
    element.addEventListener("ended", () => listener.onEnded());
    element.addEventListener("error", () => this.#failed());
  }

  /** The browser wants the user's hand on this page first. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Playing was asked for and data is missing. */
  get isBuffering(): boolean {
    return this.#wanted && !this.#isBlocked && !this.element.ended && !this.isRunning;
  }

  /** What was loaded last has begun to arrive. */
  get hasMetadata(): boolean {
    return this.element.readyState >= haveMetadata;
  }

  /** Sound comes out and the position moves, unless the rate is 0. */
  get isRunning(): boolean {
    const { paused, seeking, readyState, ended } = this.element;
    return this.#wanted && !paused && !seeking && !ended && readyState >= haveFutureData;
  }

  get position(): number {
    return this.element.currentTime;
  }

  /** Sets the rate back to 1, as any element does. */
  load(url: string): void {
    this.element.src = url;
  }

  seek(position: number): void {
    this.element.currentTime = position;
  }

  setRate(rate: number): void {
    if (this.element.playbackRate !== rate) this.element.playbackRate = rate;
  }

  play(): void {
    this.#wanted = true;
    if (!this.element.paused) return;
    this.element.play().then(
      () => this.#setBlocked(false),
      // Others are no refusal: `AbortError` follows from a newer command, an unplayable file has an event of its own.
      (fault: unknown) => (fault as { name?: string } | null)?.name === "NotAllowedError" && this.#refused(),
    );
  }

  pause(): void {
    this.#wanted = false;
    this.#isBlocked = false;
    this.element.pause();
  }

  /** Lets go of the file; `element` stays usable. */
  unload(): void {
    this.pause();
    this.element.removeAttribute("src");
    this.element.load();
  }

  #refused(): void {
    if (this.#wanted) this.#setBlocked(true);
  }

  /** A pause that nobody here asked for is the system's: the others go on, and this device waits for its user. */
  #paused(): void {
    if (this.#wanted && this.element.paused && !this.element.ended) this.#setBlocked(true);
    else this.#listener.onChange();
  }

  #failed(): void {
    if (this.#wanted) this.#listener.onFault();
  }

  #setBlocked(isBlocked: boolean): void {
    this.#isBlocked = isBlocked && this.#wanted;
    this.#listener.onChange();
  }
}
