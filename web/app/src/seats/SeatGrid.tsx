import type { RoomSnapshot } from "@pulso/sdk";
import { useCallback, useState, type CSSProperties, type KeyboardEvent } from "react";
import { useTexts } from "../shared/i18n";
import { seatInDirection, seatOf, type Hall } from "./hall";
import { Seat, seatElementId } from "./Seat";
import { categoryText, statusOf, statusText } from "./seat-status";

export interface SeatGridProps {
  hall: Hall;
  room: RoomSnapshot;
  onToggle(seatId: string): void;
  onInspect(seatId: string): void;
}

/** An ARIA grid with a roving tab stop: Tab enters at the seat last visited, arrow keys move within. */
export function SeatGrid({ hall, room, onToggle, onInspect }: SeatGridProps) {
  const texts = useTexts();
  const { t } = texts;
  const [visited, setVisited] = useState<string | null>(null);
  const tabStop = (visited !== null && seatOf(hall, visited)?.seatId) || hall.rows[0]?.seats[0]?.seatId;

  const inspect = useCallback(
    (seatId: string) => {
      setVisited(seatId);
      onInspect(seatId);
    },
    [onInspect],
  );

  const move = (event: KeyboardEvent) => {
    const from = seatOf(hall, document.activeElement?.id.replace(/^seat-/, "") ?? "");
    const to = from && seatInDirection(hall, from, event.key);
    if (!to) return;
    event.preventDefault();
    document.getElementById(seatElementId(to.seatId))?.focus();
  };

  return (
    <div
      role="grid"
      aria-label={t("hall")}
      aria-describedby="hall-help"
      className="seat-grid"
      style={{ "--columns": hall.columns } as CSSProperties}
      onKeyDown={move}
    >
      {hall.rows.map(({ name, seats }) => (
        <div role="row" key={name} className="seat-row" aria-label={t("rowName", { row: name })}>
          <span role="rowheader" className="row-name row-name-start">
            {name}
          </span>
          {seats.map((seat) => (
            <Seat
              key={seat.seatId}
              seat={seat}
              category={hall.categories.get(seat.categoryId ?? "") ?? null}
              status={statusOf(seat, room)}
              pending={room.pending.has(seat.seatId)}
              label={[
                t("seatName", { row: seat.row, number: seat.number }),
                categoryText(seat, hall, texts),
                statusText(seat, room, texts),
              ]
                .filter(Boolean)
                .join(" · ")}
              isTabStop={seat.seatId === tabStop}
              onToggle={onToggle}
              onInspect={inspect}
            />
          ))}
          <span aria-hidden="true" className="row-name row-name-end" style={{ gridColumn: hall.columns + 2 }}>
            {name}
          </span>
        </div>
      ))}
    </div>
  );
}
