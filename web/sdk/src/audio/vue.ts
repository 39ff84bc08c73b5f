import { computed, onScopeDispose, shallowRef, toValue, watch, type ComputedRef, type MaybeRefOrGetter } from "vue";
import { AudioPlayer } from "./audio-player.js";
import { commandsOf, type AudioPlayerCommands } from "./commands.js";
import type { AudioPlayerOptions } from "./options.js";
import type { AudioPlayerSnapshot } from "./player-state.js";

export type AudioPlayerComposable = {
  readonly [Field in keyof AudioPlayerSnapshot]: ComputedRef<AudioPlayerSnapshot[Field]>;
} & AudioPlayerCommands & {
    /** The same as `trackId`. */
    readonly currentTrack: ComputedRef<string | null>;
    /** In seconds, a few times a second. */
    readonly currentTime: ComputedRef<number>;
    readonly player: ComputedRef<AudioPlayer>;
  };

/**
 * A user's player on this device, for `setup()`. Connects at once, while there is a token, and until the scope ends; when
 * `token` is a ref or getter and changes, the player follows.
 */
export function useAudioPlayer(
  token: MaybeRefOrGetter<string | null>,
  options: AudioPlayerOptions = {},
): AudioPlayerComposable {
  const player = shallowRef(open());
  const snapshot = shallowRef(player.value.snapshot);
  const currentTime = shallowRef(0);
  let stop = follow(player.value);

  function open(): AudioPlayer {
    return new AudioPlayer(toValue(token) ?? "", { ...options, autoConnect: false });
  }

  function follow(followed: AudioPlayer): () => void {
    snapshot.value = followed.snapshot;
    currentTime.value = 0;
    const ends = [
      followed.on("change", (changed) => (snapshot.value = changed)),
      followed.on("time", (seconds) => (currentTime.value = seconds)),
    ];
    const retry = () => followed.connect();
    if (toValue(token)) {
      followed.connect();
      globalThis.addEventListener?.("online", retry);
    }
    return () => {
      globalThis.removeEventListener?.("online", retry);
      for (const end of ends) end();
      followed.disconnect();
    };
  }

  watch(
    () => toValue(token),
    () => {
      stop();
      player.value = open();
      stop = follow(player.value);
    },
  );
  onScopeDispose(() => stop());

  const field = <Field extends keyof AudioPlayerSnapshot>(name: Field) => computed(() => snapshot.value[name]);
  const command = <Name extends keyof AudioPlayerCommands>(name: Name): AudioPlayerCommands[Name] =>
    ((...values: never[]) => (commandsOf(player.value)[name] as (...values: never[]) => void)(...values)) as never;
  const fields = Object.keys(player.value.snapshot) as Array<keyof AudioPlayerSnapshot>;
  const commands = Object.keys(commandsOf(player.value)) as Array<keyof AudioPlayerCommands>;
  return {
    ...Object.fromEntries(fields.map((name) => [name, field(name)])),
    ...Object.fromEntries(commands.map((name) => [name, command(name)])),
    currentTrack: computed(() => snapshot.value.trackId),
    currentTime: computed(() => currentTime.value),
    player: computed(() => player.value),
  } as AudioPlayerComposable;
}
