import type { Room, SeatMapSeat } from "../src/messages.js";

const rowNames = "ABCDEFGHIJKLMNO";
/** Seats in each of the three blocks between the aisles. */
const blocks = [5, 10, 5];
const blocked = new Set(["A1", "A20", "H10"]);

/** A hall of 300 seats: 15 rows of 20, two aisles, three categories. */
export function demoHall(roomId: string, title: string): Room {
  return {
    room_id: roomId,
    title,
    seat_map: {
      categories: {
        standard: { label: "Platea", price: 8.5, color: "#3f8f88" },
        premium: { label: "Premium", price: 11, color: "#7a5bd0" },
        vip: { label: "Butaca VIP", price: 15.5, color: "#c8791b" },
      },
      rows: [...rowNames].map((row, index) => ({ row, seats: seatsOf(row, categoryOf(index)) })),
    },
  };
}

function categoryOf(rowIndex: number): string {
  if (rowIndex >= 12) return "vip";
  return rowIndex >= 6 ? "premium" : "standard";
}

function seatsOf(row: string, category: string): (SeatMapSeat | null)[] {
  const seats: (SeatMapSeat | null)[] = [];
  let number = 0;
  for (const [index, size] of blocks.entries()) {
    if (index > 0) seats.push(null);
    for (let place = 0; place < size; place += 1) {
      number += 1;
      const seat_id = `${row}${number}`;
      seats.push({ seat_id, x: seats.length + 1, category, ...(blocked.has(seat_id) ? { blocked: true } : {}) });
    }
  }
  return seats;
}
