export { AudioPlayer, type AudioPlayerEvents } from "./audio-player.js";
export type { ChannelStatus, SocketLike } from "./channel.js";
export type { OutputStatus } from "./follower.js";
export { TrackLibrary, type LibraryQuery, type TrackPage, type Waveform } from "./library.js";
export type { Device, LibraryTrack, Refusal, Track } from "./messages.js";
export type { AudioPlayerOptions, Token } from "./options.js";
export type { AudioElement } from "./output.js";
export type { AudioPlayerSnapshot } from "./player-state.js";
