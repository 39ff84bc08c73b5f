import { expect, test } from "vitest";
import { defaultHall, hallFrom, nearestFree, seatInDirection, seatOf } from "../src/seats/hall";

const hall = hallFrom({
  categories: { low: { label: "Low", price: 5, color: "teal" }, high: { label: "High", price: 9, color: "gold" } },
  rows: [
    { row: "A", seats: [{ seat_id: "A1", category: "low" }, null, { seat_id: "A2", category: "low" }] },
    {
      row: "B",
      seats: [
        { seat_id: "B1", category: "high", x: 2 },
        { seat_id: "B2", category: "high", x: 3, blocked: true },
      ],
    },
  ],
});
const seat = (seatId: string) => seatOf(hall, seatId)!;
const ids = (key: string, from: string) => seatInDirection(hall, seat(from), key)?.seatId ?? null;

test("aisles take a column, and x moves a seat", () => {
  expect(hall.columns).toBe(3);
  expect(seat("A2")).toMatchObject({ column: 3, number: "2", blocked: false });
  expect(seat("B1").column).toBe(2);
  expect(seat("B2").blocked).toBe(true);
});

test("categories differ by more than colour", () => {
  expect([...hall.categories.values()].map(({ mark }) => mark)).toEqual([1, 2]);
});

test("arrow keys cross aisles and go to the nearest seat of the next row", () => {
  expect(ids("ArrowRight", "A1")).toBe("A2");
  expect(ids("ArrowLeft", "A1")).toBeNull();
  expect(ids("ArrowDown", "A2")).toBe("B2");
  expect(ids("ArrowDown", "B2")).toBeNull();
  expect(ids("ArrowUp", "B2")).toBe("A2");
  expect(ids("End", "A1")).toBe("A2");
  expect(ids("Tab", "A1")).toBeNull();
});

test("seats nearby are free ones, of the same category first", () => {
  const near = nearestFree(hall, seat("A2"), ({ seatId }) => seatId !== "B2", 2);
  expect(near.map(({ seatId }) => seatId)).toEqual(["A1", "B1"]);
});

test("a room without a map has ten rows of fifteen", () => {
  const { rows, columns } = defaultHall();
  expect([rows.length, columns, rows.at(-1)?.seats.at(-1)?.seatId]).toEqual([10, 15, "J15"]);
});
