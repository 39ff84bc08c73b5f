import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { AudioPlayer } from "./audio-player.js";
import { commandsOf, type AudioPlayerCommands } from "./commands.js";
import type { AudioPlayerOptions, Token } from "./options.js";
import type { AudioPlayerSnapshot } from "./player-state.js";

export interface AudioPlayerHook extends AudioPlayerSnapshot, AudioPlayerCommands {
  /** The same as `trackId`. */
  readonly currentTrack: string | null;
  /** In seconds, a few times a second. */
  readonly currentTime: number;
  readonly audioElement: AudioPlayer["audioElement"];
  readonly player: AudioPlayer;
}

/**
 * A user's player on this device. Connects while the component is mounted and there is a token; another token (or function
 * that brings one) or server makes another player, other options are read once for each.
 */
export function useAudioPlayer(token: Token | null, options: AudioPlayerOptions = {}): AudioPlayerHook {
  const player = useMemo(
    () => new AudioPlayer(token ?? "", { ...options, autoConnect: false }),
    [token, options.serverUrl],
  );
  const subscribe = useCallback((changed: () => void) => player.on("change", changed), [player]);
  const snapshot = useSyncExternalStore(
    subscribe,
    () => player.snapshot,
    () => player.snapshot,
  );
  const [currentTime, setCurrentTime] = useState(0);
  useEffect(() => {
    if (!token) return;
    const stop = player.on("time", setCurrentTime);
    const retry = () => player.connect();
    player.connect();
    globalThis.addEventListener?.("online", retry);
    return () => {
      globalThis.removeEventListener?.("online", retry);
      stop();
      player.disconnect();
      setCurrentTime(0);
    };
  }, [player, token]);
  const commands = useMemo(() => commandsOf(player), [player]);
  const { audioElement } = player;
  return { ...snapshot, ...commands, currentTrack: snapshot.trackId, currentTime, audioElement, player };
}
