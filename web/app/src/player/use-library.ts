import { TrackLibrary, type LibraryTrack } from "@pulso/sdk";
import { useEffect, useState } from "react";

/** While somebody types, the server is asked after a pause of so many milliseconds. */
const typingPauseMs = 200;
/** More are found by searching. */
const shownMax = 60;

export interface Listing {
  readonly status: "loading" | "ready" | "failed";
  readonly tracks: readonly LibraryTrack[];
  readonly total: number;
}

export function useListing(library: TrackLibrary, search: string): Listing {
  const [listing, setListing] = useState<Listing>({ status: "loading", tracks: [], total: 0 });
  useEffect(() => {
    let current = true;
    const ask = () =>
      library.search({ search: search.trim(), limit: shownMax }).then(
        (page) => current && setListing({ status: "ready", ...page }),
        () => current && setListing((before) => ({ ...before, status: "failed" })),
      );
    const timer = setTimeout(ask, search === "" ? 0 : typingPauseMs);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [library, search]);
  return listing;
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
