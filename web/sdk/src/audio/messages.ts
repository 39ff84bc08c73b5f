/** What is said over Socket.IO, as `protocol/asyncapi.yaml` describes it. Positions and durations are in seconds. */

export interface Track {
  readonly id: string;
  readonly title: string;
  readonly artist: string;
  readonly album: string;
  readonly duration: number;
  readonly mimeType: string;
  /** Signed and short-lived: another one comes with every state. */
  readonly audioUrl: string;
}

/** A track as the library shows it. */
export interface LibraryTrack extends Track {
  /** Signed as `audioUrl` is; `null` where there is no picture. */
  readonly coverUrl: string | null;
  readonly waveformUrl: string;
}

/** What `trackPlaying`, `trackPaused`, `trackUpdated` and `playbackTransferred` carry, and acknowledged commands too. */
export interface PlaybackState {
  readonly trackId: string | null;
  readonly track: Track | null;
  /** At the moment `serverTime`. */
  readonly currentTime: number;
  readonly isPlaying: boolean;
  /** Milliseconds since 1970 by the server's clock. */
  readonly serverTime: number;
  /** Grows with every change. */
  readonly revision: number;
  readonly volume: number;
  readonly queueIndex: number | null;
  /** The one device that is to be heard; `null`: all are. */
  readonly activeDeviceId: string | null;
}

/** `trackState`: everything there is to know. */
export interface FullState extends PlaybackState {
  readonly queue: readonly string[];
  readonly devices: readonly Device[];
}

export interface Device {
  readonly id: string;
  /** Empty where it has not said. */
  readonly name: string;
  /** Whether it gave the last command. */
  readonly isLeader: boolean;
  /** Whether it is to be heard. */
  readonly isActive: boolean;
}

export interface DevicesUpdated {
  readonly devices: readonly Device[];
  readonly activeDeviceId: string | null;
}

export interface QueueUpdated {
  readonly queue: readonly string[];
  /** The place of what plays; `null` when that was not taken from the queue. */
  readonly queueIndex: number | null;
}

export interface VolumeUpdated {
  /** 0 to 1. */
  readonly volume: number;
}

/** One `updateStreaming`: what this device played at `serverTime`. */
export interface Report {
  readonly trackId: string;
  readonly currentTime: number;
  readonly isPlaying: boolean;
  readonly serverTime: number;
  /** Of the newest state that it knew of. */
  readonly revision?: number;
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

export type Acknowledgement = { readonly success: true } | ({ readonly success: false } & Partial<Refusal>);
