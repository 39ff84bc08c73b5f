import { memo, type CSSProperties } from "react";
import type { Category, HallSeat } from "./hall";
import type { SeatStatus } from "./seat-status";

export interface SeatProps {
  seat: HallSeat;
  category: Category | null;
  status: SeatStatus;
  pending: boolean;
  /** For screen readers: place, category, price, status. */
  label: string;
  /** The one seat of the hall that Tab stops at. */
  isTabStop: boolean;
  onToggle(seatId: string): void;
  onInspect(seatId: string): void;
}

/** Shape and symbol tell the status without colour: a tick, a figure on hatching, a cross, a dashed outline. */
export const Seat = memo(function Seat(props: SeatProps) {
  const { seat, category, status, pending, label, isTabStop, onToggle, onInspect } = props;
  const canToggle = status === "available" || status === "mine";
  const style = { gridColumn: seat.column + 1, "--category": category?.color ?? "#8d86a8" } as CSSProperties;
  return (
    <div role="gridcell" style={style}>
      <button
        type="button"
        id={seatElementId(seat.seatId)}
        className="seat"
        data-status={status}
        data-pending={pending || undefined}
        tabIndex={isTabStop ? 0 : -1}
        aria-label={label}
        aria-pressed={status === "mine"}
        aria-disabled={!canToggle}
        title={label}
        onClick={() => {
          onInspect(seat.seatId);
          if (canToggle) onToggle(seat.seatId);
        }}
        onFocus={() => onInspect(seat.seatId)}
        onMouseEnter={() => onInspect(seat.seatId)}
      >
        <SeatFace status={status} number={seat.number} mark={category?.mark ?? 0} />
      </button>
    </div>
  );
});

export function seatElementId(seatId: string): string {
  return `seat-${seatId}`;
}

export function SeatFace({ status, number, mark }: { status: SeatStatus; number: string; mark: number }) {
  switch (status) {
    case "available":
      return (
        <>
          <span aria-hidden="true">{number}</span>
          <span className="seat-mark" aria-hidden="true">
            {Array.from({ length: mark }, (_, index) => (
              <i key={index} />
            ))}
          </span>
        </>
      );
    case "mine":
      return <Symbol path="M4 10.5l4 4 8-9" />;
    case "other":
      return (
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <circle cx="10" cy="6.5" r="3.4" fill="currentColor" />
          <path d="M3.5 17a6.5 5.5 0 0 1 13 0z" fill="currentColor" />
        </svg>
      );
    case "sold":
      return <Symbol path="M5 5l10 10M15 5L5 15" />;
    case "blocked":
      return null;
  }
}

function Symbol({ path }: { path: string }) {
  return (
    <svg viewBox="0 0 20 20" aria-hidden="true">
      <path d={path} fill="none" stroke="currentColor" strokeWidth="3" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
