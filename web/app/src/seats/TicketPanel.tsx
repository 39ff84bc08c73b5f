import type { RoomSnapshot, SeatHold } from "@pulso/sdk";
import type { CSSProperties } from "react";
import { useTexts } from "../shared/i18n";
import { seatOf, type Hall } from "./hall";

/** The usual length of a hold: what a full bar stands for. */
const fullHoldMs = 300_000;
const hurryMs = 60_000;

export interface TicketPanelProps {
  hall: Hall;
  room: RoomSnapshot;
  nowMs: number;
  /** Seats whose hold cannot be renewed again. */
  notRenewable: ReadonlySet<string>;
  name: string;
  onName(name: string): void;
  onRenew(seatId: string): void;
  onRelease(seatId: string): void;
}

export function TicketPanel(props: TicketPanelProps) {
  const { t, price } = useTexts();
  const holds = [...props.room.mine.values()];
  const total = totalPrice(props.hall, holds);
  return (
    <section id="selection" className="ticket" aria-labelledby="selection-title">
      <div className="flex items-baseline justify-between gap-3">
        <h2 id="selection-title" className="font-display text-lg font-semibold">
          {t("yourSeats")}
        </h2>
        {holds.length > 0 && <span className="muted text-sm">{t("seatCount", { count: holds.length })}</span>}
      </div>
      {holds.length === 0 ? (
        <div className="empty">
          <p className="font-semibold">{t("emptyTitle")}</p>
          <p className="muted mt-1 text-sm">{t("emptyHint")}</p>
        </div>
      ) : (
        <ul className="mt-4 space-y-3">
          {holds.map((hold) => (
            <HeldSeat key={hold.seatId} hold={hold} {...props} />
          ))}
        </ul>
      )}
      <div className="tear" aria-hidden="true" />
      <label className="block text-sm font-semibold" htmlFor="visitor-name">
        {t("nameLabel")}
      </label>
      <input
        id="visitor-name"
        className="field"
        autoComplete="given-name"
        maxLength={40}
        value={props.name}
        aria-describedby="visitor-name-hint"
        onChange={(event) => props.onName(event.target.value)}
      />
      <p id="visitor-name-hint" className="muted mt-1.5 text-xs">
        {t("nameHint")}
      </p>
      {total !== null && holds.length > 0 && (
        <div className="mt-5 flex items-baseline justify-between">
          <span className="font-semibold">{t("total")}</span>
          <span className="font-display text-2xl font-semibold tabular-nums">{price(total)}</span>
        </div>
      )}
      {holds.length > 0 && <p className="muted mt-3 text-xs">{t("holdNote")}</p>}
    </section>
  );
}

function HeldSeat({
  hold,
  hall,
  room,
  nowMs,
  notRenewable,
  onRenew,
  onRelease,
}: TicketPanelProps & { hold: SeatHold }) {
  const { t, price } = useTexts();
  const { seatId } = hold;
  const category = hall.categories.get(seatOf(hall, seatId)?.categoryId ?? "");
  const leftMs = hold.expiresAtMs === null ? null : Math.max(0, hold.expiresAtMs - nowMs);
  const pending = room.pending.has(seatId);
  return (
    <li
      className="held"
      style={
        { "--left": Math.min(1, (leftMs ?? fullHoldMs) / fullHoldMs), "--category": category?.color } as CSSProperties
      }
      data-hurry={(leftMs !== null && leftMs < hurryMs) || undefined}
    >
      <div className="flex items-center gap-3">
        <span className="held-seat">{seatId}</span>
        <div className="min-w-0 flex-1 text-sm">
          {category && (
            <p className="flex justify-between gap-2 font-semibold">
              <span className="truncate">{category.label}</span>
              <span className="tabular-nums">{price(category.price)}</span>
            </p>
          )}
          {leftMs !== null && (
            <p className="held-time tabular-nums">{t("timeLeft", { time: minutesAndSeconds(leftMs) })}</p>
          )}
        </div>
      </div>
      <div className="held-bar" aria-hidden="true" />
      <div className="flex gap-2">
        {!notRenewable.has(seatId) && (
          <button
            type="button"
            className="action"
            disabled={pending}
            aria-label={t("renewSeat", { seat: seatId })}
            onClick={() => onRenew(seatId)}
          >
            {t("renew")}
          </button>
        )}
        <button
          type="button"
          className="action"
          disabled={pending}
          aria-label={t("releaseSeat", { seat: seatId })}
          onClick={() => onRelease(seatId)}
        >
          {t("release")}
        </button>
      </div>
    </li>
  );
}

/** `null` where the hall has no prices. */
export function totalPrice(hall: Hall, holds: SeatHold[]): number | null {
  if (hall.categories.size === 0) return null;
  return holds.reduce(
    (sum, { seatId }) => sum + (hall.categories.get(seatOf(hall, seatId)?.categoryId ?? "")?.price ?? 0),
    0,
  );
}

/** "4:05". Rounded up, so that it reads 0:00 only when nothing is left. */
export function minutesAndSeconds(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
