import type { LibraryTrack } from "@pulso/sdk";
import { useTexts } from "../shared/i18n";
import { Icon } from "./icons";
import { TrackCard } from "./TrackCard";
import type { Listing } from "./use-library";

export interface LibraryPanelProps {
  listing: Listing;
  search: string;
  onSearch(search: string): void;
  onMore(): void;
  currentTrackId: string | null;
  isPlaying: boolean;
  onPlay(trackId: string): void;
  onToggle(): void;
  onAdd(trackId: string): void;
}

export function LibraryPanel(props: LibraryPanelProps) {
  const { t } = useTexts();
  const { listing, search } = props;
  return (
    <section aria-labelledby="library">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <h2 id="library" className="font-display text-lg font-semibold">
          {t("library")}
        </h2>
        <div className="search" role="search">
          <Icon name="search" className="size-4.5" />
          <input
            type="search"
            aria-label={t("searchLabel")}
            placeholder={t("searchLabel")}
            value={search}
            onChange={(event) => props.onSearch(event.target.value)}
          />
        </div>
      </div>
      {listing.tracks.length > 0 ? (
        <ul className="track-cards">
          {listing.tracks.map((track) => (
            <li key={track.id}>
              <TrackCard track={track} {...stateOf(track, props)} />
            </li>
          ))}
        </ul>
      ) : (
        <p className="empty" role="status">
          {listing.status === "loading" ? t("libraryLoading") : t(emptyText(listing.status, search))}
        </p>
      )}
      {listing.total > listing.tracks.length && listing.tracks.length > 0 && (
        <button type="button" className="action mt-6" onClick={props.onMore}>
          {t("libraryMore", { count: listing.total - listing.tracks.length })}
        </button>
      )}
    </section>
  );
}

function emptyText(status: Listing["status"], search: string) {
  if (status === "failed") return "errorUnavailable";
  return search.trim() === "" ? "libraryEmpty" : "searchEmpty";
}

function stateOf(track: LibraryTrack, { currentTrackId, isPlaying, onPlay, onToggle, onAdd }: LibraryPanelProps) {
  const isCurrent = track.id === currentTrackId;
  return {
    isCurrent,
    isPlaying: isCurrent && isPlaying,
    onPlay: () => (isCurrent ? onToggle() : onPlay(track.id)),
    onAdd: () => onAdd(track.id),
  };
}
