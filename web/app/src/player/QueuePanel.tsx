import type { LibraryTrack } from "@pulso/sdk";
import { useTexts } from "../shared/i18n";
import { Cover } from "./Cover";
import { Icon } from "./icons";
import { timeText } from "./time-text";

export interface QueuePanelProps {
  queue: readonly string[];
  index: number | null;
  tracks: ReadonlyMap<string, LibraryTrack>;
  onPlay(trackId: string): void;
  onQueue(trackIds: readonly string[]): void;
}

export function QueuePanel({ queue, index, tracks, onPlay, onQueue }: QueuePanelProps) {
  const { t } = useTexts();
  return (
    <section className="card" aria-labelledby="queue">
      <div className="flex items-baseline justify-between gap-3">
        <h2 id="queue" className="font-display text-lg font-semibold">
          {t("queue")}
        </h2>
        {queue.length > 0 && (
          <button type="button" className="action" onClick={() => onQueue([])}>
            {t("queueClear")}
          </button>
        )}
      </div>
      {queue.length === 0 ? (
        <div className="empty">
          <p className="font-semibold">{t("queueEmpty")}</p>
          <p className="muted mt-1 text-sm">{t("queueHint")}</p>
        </div>
      ) : (
        <ol className="queue">
          {queue.map((trackId, place) => {
            const track = tracks.get(trackId);
            const title = track?.title ?? trackId;
            return (
              // One track may stand there twice.
              <li key={`${place} ${trackId}`} aria-current={place === index ? "true" : undefined}>
                <button type="button" className="queue-play" onClick={() => onPlay(trackId)}>
                  <Cover trackId={trackId} url={track?.coverUrl ?? null} className="size-11" />
                  <span className="min-w-0 flex-1">
                    <span className="block truncate font-semibold">{title}</span>
                    <span className="muted block truncate text-sm">{track?.artist}</span>
                  </span>
                  <span className="muted text-sm tabular-nums">{track && timeText(track.duration)}</span>
                </button>
                <button
                  type="button"
                  className="track-add"
                  aria-label={t("removeNamed", { title })}
                  onClick={() => onQueue(queue.filter((_, other) => other !== place))}
                >
                  <Icon name="remove" className="size-4" />
                </button>
              </li>
            );
          })}
        </ol>
      )}
    </section>
  );
}
