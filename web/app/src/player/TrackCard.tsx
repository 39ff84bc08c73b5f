import type { LibraryTrack } from "@pulso/sdk";
import { useTexts } from "../shared/i18n";
import { Cover } from "./Cover";
import { Icon } from "./icons";
import { timeText } from "./time-text";

export interface TrackCardProps {
  track: LibraryTrack;
  isCurrent: boolean;
  isPlaying: boolean;
  onPlay(): void;
  onAdd(): void;
}

export function TrackCard({ track, isCurrent, isPlaying, onPlay, onAdd }: TrackCardProps) {
  const { t } = useTexts();
  const label = t(isPlaying ? "pauseNamed" : "playNamed", { title: track.title });
  return (
    <article className="track-card" data-current={isCurrent || undefined}>
      <button type="button" className="track-play" aria-label={label} onClick={onPlay}>
        <Cover trackId={track.id} url={track.coverUrl} />
        <span className="track-sign">
          <Icon name={isPlaying ? "pause" : "play"} className="size-6" />
        </span>
        {isPlaying && <Equaliser />}
      </button>
      <div className="flex items-start gap-1">
        <div className="min-w-0 flex-1">
          <h3 className="truncate font-semibold" title={track.title}>
            {track.title}
          </h3>
          <p className="muted truncate text-sm">
            {[track.artist, timeText(track.duration)].filter(Boolean).join(" · ")}
          </p>
        </div>
        <button type="button" className="track-add" aria-label={t("addNamed", { title: track.title })} onClick={onAdd}>
          <Icon name="add" />
        </button>
      </div>
    </article>
  );
}

/** Says "this one" without words. */
function Equaliser() {
  return (
    <span className="equaliser" aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  );
}
