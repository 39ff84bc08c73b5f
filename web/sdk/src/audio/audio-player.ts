import { Emitter } from "../emitter.js";
import { Channel } from "./channel.js";
import { ClockSync } from "./clock-sync.js";
import { Follower } from "./follower.js";
import { MediaKeys } from "./media-session.js";
import type {
  DevicesUpdated,
  FullState,
  PlaybackState,
  QueueUpdated,
  Refusal,
  Report,
  VolumeUpdated,
} from "./messages.js";
import { resolveOptions, type AudioPlayerOptions, type ResolvedOptions, type Token } from "./options.js";
import type { AudioElement } from "./output.js";
import { PlayerState, type AudioPlayerSnapshot } from "./player-state.js";
import { Reporter } from "./reporter.js";
import { ServerTime } from "./server-time.js";
import type { Timeline } from "./timeline.js";

export interface AudioPlayerEvents {
  change: AudioPlayerSnapshot;
  /** The position in seconds, a few times a second while something plays, and when it jumps. */
  time: number;
}

const correctEveryMs = 100;
const checkEveryMs = 250;
const volumeEveryMs = 150;
/** Also where there is no page, as under Node. */
const isHidden = () => globalThis.document?.hidden ?? false;
/** A file that can't be had is asked for under a fresh URL so often before it counts as unplayable. */
const reloadsMax = 3;

/**
 * One of the devices on which a user listens. All of them are where the server says, to within a few hundredths of a
 * second; a command on any moves all. Refused commands show as `error` in the snapshot.
 *
 * A browser that forbids playing before the user has touched the page shows as `output: "blocked"`: `listen()`, called
 * from a click, ends that. The other devices go on meanwhile.
 */
export class AudioPlayer {
  /** Vue's mark for what it must not wrap in a proxy, which could not reach the private members. */
  readonly __v_skip = true;
  readonly serverUrl: string;
  readonly audioElement: AudioElement;

  readonly #options: ResolvedOptions;
  readonly #channel: Channel;
  readonly #time: ServerTime;
  readonly #state: PlayerState;
  readonly #clockSync: ClockSync;
  readonly #follower: Follower;
  readonly #reporter = new Reporter();
  readonly #mediaKeys: MediaKeys | null;
  readonly #events = new Emitter<AudioPlayerEvents>();
  #timers: ReturnType<typeof setInterval>[] = [];
  /** While it runs, the volume here is newer than the server's. */
  #volumeTimer: ReturnType<typeof setTimeout> | undefined;
  #reloads = 0;
  /** Whether the end of the track has been seen to, until the server says something new. */
  #isEnding = false;

  constructor(token: Token, options: AudioPlayerOptions = {}) {
    this.#options = resolveOptions(options);
    const { serverUrl, audioElement, createSocket, deviceName, steadyNowMs, autoConnect, mediaKeys } = this.#options;
    this.serverUrl = serverUrl;
    this.audioElement = audioElement;
    this.#time = new ServerTime(steadyNowMs);
    this.#state = new PlayerState(this.#time, (snapshot) => this.#events.emit("change", snapshot));
    this.#follower = new Follower(
      { element: audioElement, steadyNowMs, serverNowMs: () => this.#time.nowMs(), isHidden },
      {
        onChange: () => this.#outputChanged(),
        onEnded: () => this.#ended(),
        onFault: () => void this.#reload(),
      },
    );
    this.#channel = new Channel(
      createSocket(serverUrl, token, deviceName),
      { canRefreshToken: typeof token === "function" },
      {
        onStatus: (connection) => this.#change({ connection, deviceId: this.#channel.deviceId }),
        onOnline: () => void this.#online(),
        onRefused: (error) => this.#change({ error }),
      },
    );
    this.#clockSync = new ClockSync(this.#time, steadyNowMs, () => this.#askTime());
    this.#mediaKeys = mediaKeys ? new MediaKeys(this.#mediaCommands()) : null;
    this.#listenToServer();
    if (autoConnect) this.connect();
  }

  get snapshot(): AudioPlayerSnapshot {
    return this.#state.snapshot;
  }

  /** In seconds, now. */
  get currentTime(): number {
    return this.snapshot.output === "playing" ? this.#follower.position : this.#state.expected;
  }

  /** In seconds; 0 without a track. */
  get duration(): number {
    return this.snapshot.track?.duration ?? 0;
  }

  /** How this device keeps time, for those who want to see it. */
  get sync(): { readonly offsetMs: number; readonly roundTripMs: number | null; readonly errorMs: number | null } {
    const { offsetMs, roundTripMs } = this.#time;
    const { error } = this.#follower;
    return { offsetMs, roundTripMs, errorMs: error === null ? null : error * 1000 };
  }

  /** Returns the function that removes the listener. */
  on<Name extends keyof AudioPlayerEvents>(
    name: Name,
    listener: (payload: AudioPlayerEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, listener);
  }

  /** Also tries at once instead of waiting for the next attempt, or again after a refusal. */
  connect(): void {
    this.#mediaKeys?.attach();
    this.#channel.connect();
  }

  /** Falls silent and leaves, until `connect()`; the user's other devices go on. */
  disconnect(): void {
    this.#mediaKeys?.detach();
    this.#clockSync.stop();
    this.#channel.disconnect();
    this.#follower.follow(null, false);
    this.#stopTimers();
    this.#state.clear();
  }

  /** From `currentTime` seconds on, on all devices. Who plays is told by the token; `_userId` changes nothing. */
  playTrack(trackId: string, _userId?: string, currentTime = 0): void {
    this.#command("playTrack", { trackId, currentTime }, true);
  }

  /** Goes on where it was paused; at the end, from the start. */
  resume(): void {
    const { trackId, isPlaying } = this.snapshot;
    if (trackId === null || isPlaying) return;
    const currentTime = this.#state.hasEnded ? 0 : this.#state.expected;
    this.#move({ position: currentTime, isPlaying: true });
    this.playTrack(trackId, undefined, currentTime);
  }

  pauseTrack(_userId?: string): void {
    const { trackId } = this.snapshot;
    if (trackId === null) return;
    const currentTime = this.currentTime;
    this.#move({ position: currentTime, isPlaying: false });
    this.#command("pauseTrack", { trackId, currentTime }, true);
  }

  toggle(): void {
    if (this.snapshot.isPlaying) this.pauseTrack();
    else this.resume();
  }

  /** `position` in seconds. */
  seek(position: number): void {
    const { trackId } = this.snapshot;
    if (trackId === null) return;
    const currentTime = Math.min(Math.max(0, position), this.duration);
    this.#move({ position: currentTime });
    this.#command("seekTrack", { currentTime }, true);
  }

  /** Each press counts, also before the answer to the one before: none says which track it was about. */
  next(): void {
    this.#command("nextTrack", {});
  }

  previous(): void {
    this.#command("previousTrack", {});
  }

  /** What is to be played, in this order. What plays goes on. */
  setQueue(trackIds: readonly string[]): void {
    this.#command("setQueue", { trackIds });
  }

  /** At the end, or with `next` behind what plays. */
  addToQueue(trackId: string, next = false): void {
    this.#command("addToQueue", { trackId, next });
  }

  /** 0 to 1, on all devices. */
  setVolume(volume: number): void {
    this.#showVolume(Math.min(Math.max(0, volume), 1));
    // A slider that is dragged asks for many in a row: the last one counts.
    this.#volumeTimer ??= setTimeout(() => {
      this.#volumeTimer = undefined;
      this.#command("setVolume", { volume: this.snapshot.volume });
    }, volumeEveryMs);
  }

  /** Only that device plays from now on; `null`: all do. */
  transferPlayback(deviceId: string | null): void {
    this.#command("transferPlayback", { deviceId });
  }

  /** From within a click or key press: plays although the browser forbade it. */
  listen(): void {
    this.#follower.listen();
  }

  /** Asks for the state, which comes as any other; done by itself whenever a connection comes. */
  getCurrentState(): void {
    this.#command("getCurrentState", {});
  }

  dismissError(): void {
    this.#change({ error: null });
  }

  /** Media and pictures are fetched by HTTP, also from a server that was named by `ws:`. */
  get #baseUrl(): string {
    return this.serverUrl.replace(/^ws/, "http");
  }

  #listenToServer(): void {
    for (const event of ["trackPlaying", "trackPaused", "trackUpdated", "playbackTransferred"]) {
      this.#channel.on<PlaybackState>(event, (state) => this.#apply(state));
    }
    this.#channel.on<FullState>("trackState", (state) => this.#applyAll(state));
    this.#channel.on<QueueUpdated>("queueUpdated", ({ queue, queueIndex }) => this.#change({ queue, queueIndex }));
    this.#channel.on<VolumeUpdated>("volumeUpdated", ({ volume }) => this.#volumeTold(volume));
    this.#channel.on<DevicesUpdated>("devicesUpdated", ({ devices }) => this.#change({ devices }));
    this.#channel.on<Refusal>("error", (error) => this.#change({ error }));
  }

  async #online(): Promise<void> {
    this.#change({ error: null });
    this.#state.forgetRevision();
    // The clock first: a state is of use only with the time at which it was true.
    await this.#clockSync.start();
    // A server that paused because its last device was lost goes on where this one is; one that was told to does not.
    if (this.snapshot.output === "playing") this.#report(null);
    this.getCurrentState();
  }

  async #askTime(): Promise<number> {
    return (await this.#channel.ask<{ serverTime: number }>("syncClock")).serverTime;
  }

  /** `moves` when the answer is a state that this device, which gave the command, is not told otherwise. */
  #command(event: string, payload: object, moves = false): void {
    this.#channel.ask<PlaybackState>(event, payload).then(
      (state) => moves && this.#apply(state),
      (error: Refusal) => {
        this.#change({ error });
        // What was shown before the answer did not come true.
        if (event !== "getCurrentState" && this.#channel.status === "online") this.getCurrentState();
      },
    );
  }

  #applyAll(state: FullState): void {
    if (this.#apply(state)) this.#change({ queue: state.queue, devices: state.devices });
  }

  /** False for a state that has been overtaken by a newer one. */
  #apply(state: PlaybackState): boolean {
    if (!this.#state.apply(state)) return false;
    this.#told(state);
    return true;
  }

  #told({ volume }: PlaybackState): void {
    this.#isEnding = false;
    this.#volumeTold(volume);
    this.#reporter.told();
    this.#follow();
  }

  /** Shows what a command is about to do here. */
  #move(change: Partial<Pick<Timeline, "position" | "isPlaying">>): void {
    this.#state.move(change);
    this.#follow();
  }

  #follow(): void {
    const { track, isPlaying } = this.snapshot;
    const target = track && {
      trackId: track.id,
      url: new URL(track.audioUrl, this.#baseUrl).href,
      timeline: this.#state.timeline,
    };
    this.#follower.follow(target, this.#state.isAudible);
    this.#stopTimers();
    if (isPlaying) {
      this.#timers = [
        setInterval(() => this.#follower.check(), correctEveryMs),
        setInterval(() => this.#check(), checkEveryMs),
      ];
    }
    this.#outputChanged();
    this.#showOnKeys();
    this.#events.emit("time", this.currentTime);
  }

  #check(): void {
    this.#outputChanged();
    const { error } = this.#follower;
    if (this.snapshot.output === "playing" && this.#reporter.isDue(error, this.#options.steadyNowMs())) {
      this.#report(this.#state.revision);
    }
    if (this.#state.hasEnded) this.#ended();
    this.#events.emit("time", this.currentTime);
  }

  /** Without a `revision`, as a device does that knows nothing of what was said meanwhile. */
  #report(revision: number | null): void {
    const { trackId } = this.snapshot;
    if (trackId === null) return;
    const report: Report = {
      trackId,
      currentTime: this.#follower.position,
      isPlaying: true,
      serverTime: Math.round(this.#time.nowMs()),
      ...(revision !== null && { revision }),
    };
    this.#channel.tell("updateStreaming", report);
  }

  #outputChanged(): void {
    const output = this.#follower.status;
    if (output === "playing") this.#reloads = 0;
    if (output !== this.snapshot.output) this.#change({ output });
  }

  /** A signed URL holds for some hours only: another state brings a fresh one. */
  async #reload(): Promise<void> {
    const { trackId } = this.snapshot;
    this.#reloads += 1;
    if (this.#reloads > reloadsMax) {
      return this.#change({ error: { code: "unplayable", message: "The track can't be played here." } });
    }
    try {
      const { track } = await this.#channel.ask<FullState>("getCurrentState");
      if (track && track.id === trackId) this.#follower.reload(new URL(track.audioUrl, this.#baseUrl).href);
    } catch (error) {
      this.#change({ error: error as Refusal });
    }
  }

  #volumeTold(volume: number): void {
    if (this.#volumeTimer === undefined) this.#showVolume(volume);
  }

  #showVolume(volume: number): void {
    this.#follower.setVolume(volume);
    if (volume !== this.snapshot.volume) this.#change({ volume });
  }

  /** Every device asks to go on from this track, and the server does so for the first. Behind the last track it is silent. */
  #ended(): void {
    const { trackId, queue, queueIndex } = this.snapshot;
    if (trackId === null || !this.#state.isAudible || this.#isEnding) return;
    this.#isEnding = true;
    const stop = () => this.#isEnding && this.#move({ position: this.duration, isPlaying: false });
    if (queue.length <= (queueIndex ?? -1) + 1) return void stop();
    this.#channel.ask("nextTrack", { trackId, ...(queueIndex !== null && { queueIndex }) }).catch(stop);
  }

  #showOnKeys(): void {
    const { track, isPlaying } = this.snapshot;
    const cover = track && new URL(`/api/tracks/${encodeURIComponent(track.id)}/cover`, this.#baseUrl).href;
    this.#mediaKeys?.show({ track, isPlaying, position: this.currentTime, coverUrl: cover });
  }

  #mediaCommands() {
    return {
      play: () => (this.snapshot.isPlaying ? this.listen() : this.resume()),
      pause: () => this.pauseTrack(),
      next: () => this.next(),
      previous: () => this.previous(),
      seekBy: (seconds: number) => this.seek(this.currentTime + seconds),
      seek: (position: number) => this.seek(position),
    };
  }

  #stopTimers(): void {
    this.#timers.splice(0).forEach(clearInterval);
  }

  #change(change: Partial<AudioPlayerSnapshot>): void {
    this.#state.change(change);
  }
}
