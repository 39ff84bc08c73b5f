import type { LibraryTrack, TrackLibrary } from "@pulso/sdk";
import type { AudioPlayerHook } from "@pulso/sdk/react";
import { useTexts } from "../shared/i18n";
import { Cover } from "./Cover";
import { Icon } from "./icons";
import { VolumeSlider } from "./VolumeSlider";
import { Waveform } from "./Waveform";

export interface NowPlayingBarProps {
  audio: AudioPlayerHook;
  library: TrackLibrary;
  /** The library's entry of what plays, once it is here. */
  entry: LibraryTrack | null;
}

export function NowPlayingBar({ audio, library, entry }: NowPlayingBarProps) {
  const { t } = useTexts();
  const { track, isPlaying, output, player } = audio;
  if (!track) return null;
  return (
    <section className="deck" aria-label={t("nowPlaying")} data-output={output}>
      <div className="deck-track">
        <Cover trackId={track.id} url={entry?.coverUrl ?? null} className="size-14 sm:size-16" />
        <div className="min-w-0">
          <p className="truncate font-display text-sm font-semibold sm:text-base">{track.title}</p>
          <p className="deck-muted truncate text-sm">{[track.artist, track.album].filter(Boolean).join(" · ")}</p>
          <p className="deck-where">{t(whereText(audio))}</p>
        </div>
      </div>
      <div className="deck-buttons">
        <button type="button" aria-label={t("previous")} onClick={audio.previous}>
          <Icon name="previous" className="size-6" />
        </button>
        <button type="button" className="deck-play" aria-label={t(isPlaying ? "pause" : "play")} onClick={audio.toggle}>
          <Icon name={isPlaying ? "pause" : "play"} className="size-7" />
        </button>
        <button type="button" aria-label={t("next")} onClick={audio.next}>
          <Icon name="next" className="size-6" />
        </button>
      </div>
      <Waveform
        player={player}
        library={library}
        trackId={track.id}
        duration={track.duration}
        currentTime={audio.currentTime}
      />
      <VolumeSlider audio={audio} />
    </section>
  );
}

/** Where it sounds, or why it does not here. */
function whereText({ isPlaying, output, activeDeviceId, deviceId }: AudioPlayerHook) {
  if (!isPlaying) return "wherePaused";
  if (output === "blocked") return "whereBlocked";
  if (output === "buffering") return "whereBuffering";
  if (activeDeviceId === null) return "whereAll";
  return activeDeviceId === deviceId ? "whereHere" : "whereThere";
}
