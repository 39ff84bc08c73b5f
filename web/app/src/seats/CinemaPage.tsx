import type { ErrorMessage } from "@pulso/sdk";
import { useSeatSelection, type UseSeatSelectionOptions } from "@pulso/sdk/react";
import { useEffect, useMemo, useState } from "react";
import { useTexts } from "../shared/i18n";
import { recall, remember } from "../shared/memory";
import { Shell } from "../shared/Shell";
import { ConnectionBadge } from "./ConnectionBadge";
import { defaultHall, hallFrom, nearestFree, seatOf } from "./hall";
import { HallPanel } from "./HallPanel";
import { LostRaceDialog } from "./LostRaceDialog";
import { Notice } from "./Notice";
import { statusOf } from "./seat-status";
import { minutesAndSeconds, TicketPanel, totalPrice } from "./TicketPanel";
import { useAnnouncements } from "./use-announcements";
import { useNow } from "./use-now";
import { useRoom } from "./use-room";

export interface CinemaPageProps extends Pick<UseSeatSelectionOptions, "WebSocket" | "fetch"> {
  roomId: string;
  serverUrl: string;
}

export function CinemaPage({ roomId, serverUrl, ...transport }: CinemaPageProps) {
  const { t, price } = useTexts();
  const [name, setName] = useState(() => recall("name") ?? "");
  const userInfo = useMemo(() => (name.trim() === "" ? {} : { name: name.trim() }), [name]);
  const seats = useSeatSelection(roomId, { serverUrl, userInfo, storage: sessionStorage, ...transport });
  const { connection, room, error, client } = seats;
  const declared = useRoom(serverUrl, roomId, room.joined);
  const hall = useMemo(() => (declared?.seat_map ? hallFrom(declared.seat_map) : defaultHall()), [declared]);
  const nowMs = useNow(() => client.serverNowMs, room.mine.size > 0);
  const announcement = useAnnouncements(client, nowMs);
  const notRenewable = useNotRenewable(error);
  const title = declared?.title ?? roomId;

  useEffect(() => {
    document.title = `${title} · Pulso`;
  }, [title]);

  const lost =
    error && (error.code === "seat_taken" || error.code === "seat_sold") ? seatOf(hall, error.seat_id ?? "") : null;
  const holds = [...room.mine.values()];
  const firstExpiryMs = Math.min(...holds.map(({ expiresAtMs }) => expiresAtMs ?? Infinity));
  const total = totalPrice(hall, holds);

  return (
    <Shell status={<ConnectionBadge connection={connection} onRetry={seats.retry} />}>
      <div className="mb-4 mt-1 sm:mb-6">
        <p className="muted text-sm">{t("pageTitle")}</p>
        <h1 className="font-display text-2xl font-semibold tracking-tight text-balance sm:text-3xl">{title}</h1>
      </div>
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <HallPanel hall={hall} room={room} onToggle={seats.toggle} />
        <TicketPanel
          hall={hall}
          room={room}
          nowMs={nowMs}
          notRenewable={notRenewable}
          name={name}
          onName={(chosen) => {
            setName(chosen);
            remember("name", chosen);
          }}
          onRenew={seats.renew}
          onRelease={seats.release}
        />
      </div>
      {holds.length > 0 && (
        <a href="#selection" className="pocket lg:hidden">
          <span className="font-semibold">{t("seatCount", { count: holds.length })}</span>
          {total !== null && <span className="tabular-nums">{price(total)}</span>}
          {Number.isFinite(firstExpiryMs) && (
            <span className="ml-auto tabular-nums">{minutesAndSeconds(Math.max(0, firstExpiryMs - nowMs))}</span>
          )}
          <span className="pocket-show">{t("showSelection")}</span>
        </a>
      )}
      {lost && error && (
        <LostRaceDialog
          key={lost.seatId}
          error={error}
          seatId={lost.seatId}
          nearby={nearestFree(hall, lost, (seat) => statusOf(seat, room) === "available", 3)}
          onPick={(seatId) => {
            seats.dismissError();
            seats.select(seatId);
          }}
          onClose={seats.dismissError}
        />
      )}
      <div role="status" aria-live="polite">
        <p className="sr-only">{announcement}</p>
        {error && !lost && <Notice error={error} onDismiss={seats.dismissError} />}
      </div>
    </Shell>
  );
}

/** Seats whose renewal the server refused for good. */
function useNotRenewable(error: ErrorMessage | null): ReadonlySet<string> {
  const [seatIds, setSeatIds] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const seatId = error?.code === "renew_limit" ? error.seat_id : undefined;
    if (seatId !== undefined) setSeatIds((known) => new Set(known).add(seatId));
  }, [error]);
  return seatIds;
}
