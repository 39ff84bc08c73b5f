import type { SeatMap } from "@pulso/sdk";

export interface HallSeat {
  seatId: string;
  row: string;
  /** The seat's id without its row: what stands on the seat. */
  number: string;
  /** From 1, aisles counted. */
  column: number;
  categoryId: string | null;
  blocked: boolean;
}

export interface Category {
  id: string;
  label: string;
  price: number;
  color: string;
  /** Dots drawn on the seat, so that colour is not the only difference. */
  mark: number;
}

export interface Hall {
  rows: { name: string; seats: HallSeat[] }[];
  columns: number;
  categories: ReadonlyMap<string, Category>;
}

export function hallFrom(map: SeatMap): Hall {
  const categories = new Map(
    Object.entries(map.categories).map(([id, category], index) => [id, { id, ...category, mark: index + 1 }]),
  );
  const rows = map.rows.map(({ row, seats }) => ({
    name: row,
    seats: seats.flatMap((seat, index): HallSeat[] => {
      if (!seat) return [];
      const number = seat.seat_id.startsWith(row) ? seat.seat_id.slice(row.length) : seat.seat_id;
      const column = Math.max(seat.x ?? 0, index + 1);
      return [{ seatId: seat.seat_id, row, number, column, categoryId: seat.category, blocked: seat.blocked ?? false }];
    }),
  }));
  const columns = Math.max(1, ...rows.flatMap(({ seats }) => seats.map(({ column }) => column)));
  return { rows, columns, categories };
}

/** What a room without a map looks like: ten rows of fifteen, as in the plain client's example. */
export function defaultHall(): Hall {
  const rows = [..."ABCDEFGHIJ"].map((row) => ({
    name: row,
    seats: Array.from({ length: 15 }, (_, index) => ({
      seatId: `${row}${index + 1}`,
      row,
      number: String(index + 1),
      column: index + 1,
      categoryId: null,
      blocked: false,
    })),
  }));
  return { rows, columns: 15, categories: new Map() };
}

export function seatOf(hall: Hall, seatId: string): HallSeat | null {
  return hall.rows.flatMap(({ seats }) => seats).find((seat) => seat.seatId === seatId) ?? null;
}

/** Where a key leads from a seat; `null` when the key is no movement or there is nothing that way. */
export function seatInDirection(hall: Hall, from: HallSeat, key: string): HallSeat | null {
  const rowIndex = hall.rows.findIndex(({ seats }) => seats.includes(from));
  const row = hall.rows[rowIndex]?.seats ?? [];
  switch (key) {
    case "ArrowLeft":
      return row[row.indexOf(from) - 1] ?? null;
    case "ArrowRight":
      return row[row.indexOf(from) + 1] ?? null;
    case "Home":
      return row[0] ?? null;
    case "End":
      return row.at(-1) ?? null;
    case "ArrowUp":
      return nearestInColumn(hall.rows[rowIndex - 1]?.seats, from.column);
    case "ArrowDown":
      return nearestInColumn(hall.rows[rowIndex + 1]?.seats, from.column);
    default:
      return null;
  }
}

function nearestInColumn(seats: HallSeat[] | undefined, column: number): HallSeat | null {
  return seats?.toSorted((a, b) => Math.abs(a.column - column) - Math.abs(b.column - column))[0] ?? null;
}

/** The free seats closest to one that was lost; a row counts as far as two seats, another category as four. */
export function nearestFree(
  hall: Hall,
  lost: HallSeat,
  isFree: (seat: HallSeat) => boolean,
  count: number,
): HallSeat[] {
  const lostRow = hall.rows.findIndex(({ seats }) => seats.includes(lost));
  return hall.rows
    .flatMap(({ seats }, row) =>
      seats
        .filter((seat) => seat !== lost && isFree(seat))
        .map((seat) => ({
          seat,
          distance:
            Math.abs(seat.column - lost.column) +
            2 * Math.abs(row - lostRow) +
            (seat.categoryId === lost.categoryId ? 0 : 4),
        })),
    )
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ seat }) => seat);
}
