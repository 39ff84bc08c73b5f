import type { AudioPlayer } from "./audio-player.js";

/** A player's commands as plain functions, which a component may take apart and pass on. */
export function commandsOf(player: AudioPlayer) {
  return {
    playTrack: (trackId: string, userId?: string, currentTime?: number) =>
      player.playTrack(trackId, userId, currentTime),
    pauseTrack: (userId?: string) => player.pauseTrack(userId),
    resume: () => player.resume(),
    toggle: () => player.toggle(),
    seek: (position: number) => player.seek(position),
    next: () => player.next(),
    previous: () => player.previous(),
    setQueue: (trackIds: readonly string[]) => player.setQueue(trackIds),
    addToQueue: (trackId: string, next?: boolean) => player.addToQueue(trackId, next),
    setVolume: (volume: number) => player.setVolume(volume),
    transferPlayback: (deviceId: string | null) => player.transferPlayback(deviceId),
    listen: () => player.listen(),
    getCurrentState: () => player.getCurrentState(),
    dismissError: () => player.dismissError(),
    connect: () => player.connect(),
  };
}

export type AudioPlayerCommands = ReturnType<typeof commandsOf>;
