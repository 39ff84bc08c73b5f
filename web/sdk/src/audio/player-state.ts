import type { ChannelStatus } from "./channel.js";
import type { OutputStatus } from "./follower.js";
import type { Device, PlaybackState, Refusal, Track } from "./messages.js";
import type { ServerTime } from "./server-time.js";
import { positionAt, type Timeline } from "./timeline.js";

/** What a player knows. Never changes: each change makes a new one, so identity tells whether there was one. */
export interface AudioPlayerSnapshot {
  readonly connection: ChannelStatus;
  readonly trackId: string | null;
  readonly track: Track | null;
  /** Whether the user's devices play; `output` tells what becomes of it here. */
  readonly isPlaying: boolean;
  readonly output: OutputStatus;
  /** Ids of tracks, in the order in which they are to be played. */
  readonly queue: readonly string[];
  /** The place of what plays; `null` when that was not taken from the queue. */
  readonly queueIndex: number | null;
  /** 0 to 1, the same on all devices. */
  readonly volume: number;
  readonly devices: readonly Device[];
  /** The one device that is to be heard; `null` when all are. */
  readonly activeDeviceId: string | null;
  /** This device, while it is connected. */
  readonly deviceId: string | null;
  /** The last refusal, until it is dismissed or another command is given. */
  readonly error: Refusal | null;
}

const nothing: AudioPlayerSnapshot = {
  connection: "idle",
  trackId: null,
  track: null,
  isPlaying: false,
  output: "silent",
  queue: [],
  queueIndex: null,
  volume: 1,
  devices: [],
  activeDeviceId: null,
  deviceId: null,
  error: null,
};

/** The snapshot and the timeline of one player: what the server said last, or what a command is about to bring about. */
export class PlayerState {
  readonly #time: ServerTime;
  readonly #changed: (snapshot: AudioPlayerSnapshot) => void;
  #snapshot = nothing;
  #timeline: Timeline = { position: 0, atMs: 0, isPlaying: false, duration: Infinity };
  #revision = 0;

  constructor(time: ServerTime, changed: (snapshot: AudioPlayerSnapshot) => void) {
    this.#time = time;
    this.#changed = changed;
  }

  get snapshot(): AudioPlayerSnapshot {
    return this.#snapshot;
  }

  get timeline(): Timeline {
    return this.#timeline;
  }

  /** Of the newest state that came. */
  get revision(): number {
    return this.#revision;
  }

  /** Where the track is supposed to be now, in seconds. */
  get expected(): number {
    return positionAt(this.#timeline, this.#time.nowMs());
  }

  get hasEnded(): boolean {
    return this.expected >= this.#timeline.duration;
  }

  /** Whether this device is to be heard. */
  get isAudible(): boolean {
    const { deviceId, activeDeviceId } = this.#snapshot;
    return activeDeviceId === null || activeDeviceId === deviceId;
  }

  change(change: Partial<AudioPlayerSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    this.#changed(this.#snapshot);
  }

  /** All but the volume, which the element keeps. */
  clear(): void {
    this.#revision = 0;
    this.#timeline = { position: 0, atMs: 0, isPlaying: false, duration: Infinity };
    this.change({ ...nothing, volume: this.#snapshot.volume });
  }

  /** False for a state that is older than the newest: an acknowledgement may be overtaken by news. */
  apply(state: PlaybackState): boolean {
    if (state.revision < this.#revision) return false;
    this.#revision = state.revision;
    const { trackId, track, isPlaying, queueIndex, activeDeviceId, currentTime, serverTime } = state;
    this.#timeline = {
      position: currentTime,
      // Without a clock to compare with, it is as good as new.
      atMs: this.#time.roundTripMs === null ? this.#time.nowMs() : serverTime,
      isPlaying,
      duration: track?.duration || Infinity,
    };
    this.change({ trackId, track, isPlaying, queueIndex, activeDeviceId, error: null });
    return true;
  }

  /** The next state counts whatever came before: a server that was restarted may count anew. */
  forgetRevision(): void {
    this.#revision = 0;
  }

  /** What a command is about to do, before the server has confirmed it to all. */
  move(change: Partial<Pick<Timeline, "position" | "isPlaying">>): void {
    this.#timeline = { ...this.#timeline, position: this.expected, ...change, atMs: this.#time.nowMs() };
    this.change({ isPlaying: this.#timeline.isPlaying, error: null });
  }
}
