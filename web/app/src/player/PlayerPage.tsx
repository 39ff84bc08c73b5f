import { TrackLibrary, type Token } from "@pulso/sdk";
import { useAudioPlayer } from "@pulso/sdk/react";
import { useEffect, useMemo, useState } from "react";
import { useTexts } from "../shared/i18n";
import { Shell } from "../shared/Shell";
import { DevicesPanel } from "./DevicesPanel";
import { LibraryPanel } from "./LibraryPanel";
import { ListenerChoice } from "./ListenerChoice";
import { ListenHint } from "./ListenHint";
import { NowPlayingBar } from "./NowPlayingBar";
import { PlayerBadge } from "./PlayerBadge";
import { PlayerNotice } from "./PlayerNotice";
import { QueuePanel } from "./QueuePanel";
import { TokenForm } from "../shared/TokenForm";
import { useListing, useTracks } from "./use-library";
import { useToken } from "../shared/use-token";

export interface PlayerPageProps {
  serverUrl: string;
  /** Who listens, in the demonstration. */
  user: string;
}

/** What the server keeps of a queue. */
const queueLengthMax = 500;

export function PlayerPage({ serverUrl, user }: PlayerPageProps) {
  const [token, giveToken] = useToken(serverUrl, user);
  if (token.kind === "known") {
    const isDemo = typeof token.token === "function";
    return <Listening serverUrl={serverUrl} user={isDemo ? user : null} token={token.token} />;
  }
  return <Shell>{token.kind === "wanted" && <TokenForm onToken={giveToken} />}</Shell>;
}

/** `user` is `null` where the token alone says who listens. */
function Listening({ serverUrl, user, token }: { serverUrl: string; user: string | null; token: Token }) {
  const { t } = useTexts();
  const audio = useAudioPlayer(token, { serverUrl });
  const { track, queue, player } = audio;
  const library = useMemo(() => new TrackLibrary(serverUrl, token), [serverUrl, token]);
  const [search, setSearch] = useState("");
  const { listing, showMore } = useListing(library, search);
  const tracks = useTracks(library, track ? [track.id, ...queue] : queue, listing.tracks);

  useEffect(() => {
    document.title = track && audio.isPlaying ? `${track.title} · Pulso` : `${t("playerName")} · Pulso`;
  }, [track, audio.isPlaying, t]);

  /** What is listed goes on behind it, unless it stands in the queue already. */
  const play = (trackId: string) => {
    if (!queue.includes(trackId)) {
      const listed = listing.tracks.map(({ id }) => id);
      const from = Math.max(0, Math.min(listed.indexOf(trackId), listed.length - queueLengthMax));
      audio.setQueue(listed.slice(from, from + queueLengthMax));
    }
    audio.playTrack(trackId);
  };

  return (
    <Shell status={<PlayerBadge status={audio.connection} onRetry={audio.connect} />}>
      <div className="mb-5 mt-1 flex flex-wrap items-end justify-between gap-x-6 gap-y-3 sm:mb-7">
        <div>
          <p className="muted text-sm">{t("playerName")}</p>
          <h1 className="font-display text-2xl font-semibold tracking-tight text-balance sm:text-3xl">
            {t("playerTitle")}
          </h1>
        </div>
        {user !== null && <ListenerChoice user={user} />}
      </div>
      <div className="player-grid">
        <LibraryPanel
          listing={listing}
          onMore={showMore}
          search={search}
          onSearch={setSearch}
          currentTrackId={audio.trackId}
          isPlaying={audio.isPlaying}
          onPlay={play}
          onToggle={audio.toggle}
          onAdd={audio.addToQueue}
        />
        <aside id="around" className="space-y-5">
          <DevicesPanel audio={audio} />
          <QueuePanel
            queue={queue}
            index={audio.queueIndex}
            tracks={tracks}
            onPlay={audio.playTrack}
            onQueue={audio.setQueue}
          />
        </aside>
      </div>
      {track && <NowPlayingBar audio={audio} library={library} entry={tracks.get(track.id) ?? null} />}
      {audio.output === "blocked" && <ListenHint onListen={() => player.listen()} />}
      <div role="status" aria-live="polite">
        {audio.error && <PlayerNotice error={audio.error} onDismiss={audio.dismissError} />}
      </div>
    </Shell>
  );
}
