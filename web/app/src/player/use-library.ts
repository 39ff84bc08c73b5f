import { TrackLibrary, type LibraryTrack } from "@pulso/sdk";
import { useEffect, useRef, useState } from "react";

/** While somebody types, the server is asked after a pause of so many milliseconds. */
const typingPauseMs = 200;
/** Tracks that are asked for at once. */
const pageLength = 60;

export interface Listing {
  readonly status: "loading" | "ready" | "failed";
  readonly tracks: readonly LibraryTrack[];
  readonly total: number;
}

interface Pages extends Listing {
  /** What was searched for, and how many pages of it are here. */
  readonly search: string;
  readonly count: number;
}

const nothing: Pages = { status: "loading", tracks: [], total: 0, search: "", count: 0 };

export function useListing(library: TrackLibrary, search: string): { listing: Listing; showMore(): void } {
  const [pages, setPages] = useState(nothing);
  const wanted = useRef(search);
  wanted.current = search.trim();

  const load = (asked: string, page: number) =>
    library.search({ search: asked, page, limit: pageLength }).then(
      ({ tracks, total }) => {
        if (asked !== wanted.current) return;
        setPages((before) => {
          if (page > 1 && (before.search !== asked || before.count !== page - 1)) return before;
          const earlier = page > 1 ? before.tracks : [];
          const known = new Set(earlier.map(({ id }) => id));
          const all = [...earlier, ...tracks.filter(({ id }) => !known.has(id))];
          return { status: "ready", tracks: all, total, search: asked, count: page };
        });
      },
      () => asked === wanted.current && setPages((before) => ({ ...before, status: "failed" })),
    );

  useEffect(() => {
    const timer = setTimeout(() => load(search.trim(), 1), search === "" ? 0 : typingPauseMs);
    return () => clearTimeout(timer);
  }, [library, search]);
  return { listing: pages, showMore: () => void load(pages.search, pages.count + 1) };
}

/** The library's entries of `trackIds`: those of the listing at once, others as they come. */
export function useTracks(
  library: TrackLibrary,
  trackIds: readonly string[],
  listed: readonly LibraryTrack[],
): ReadonlyMap<string, LibraryTrack> {
  const [known, setKnown] = useState<ReadonlyMap<string, LibraryTrack>>(new Map());
  useEffect(() => {
    setKnown((before) => new Map([...before, ...listed.map((track) => [track.id, track] as const)]));
  }, [listed]);
  useEffect(() => {
    let current = true;
    for (const trackId of new Set(trackIds)) {
      if (known.has(trackId) || listed.some(({ id }) => id === trackId)) continue;
      library.track(trackId).then(
        (track) => current && setKnown((before) => new Map(before).set(trackId, track)),
        // It is shown without its name; playing it says what is wrong.
        () => {},
      );
    }
    return () => {
      current = false;
    };
    // What becomes known must not ask again.
  }, [library, trackIds.join(" "), listed]);
  return known;
}
