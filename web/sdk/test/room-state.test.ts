import { expect, test } from "vitest";
import type { ServerMessage } from "../src/messages.js";
import { RoomState } from "../src/room-state.js";

const room_id = "r";
const expires_at = "2026-01-01T00:05:00.000Z";
const selected = (seat_id: string, client_id: string, offset: number): ServerMessage => ({
  type: "seat_selected",
  seat_id,
  room_id,
  client_id,
  expires_at,
  offset,
});

function joinedRoom(): RoomState {
  const room = new RoomState(room_id);
  room.apply(
    {
      type: "current_selections",
      room_id,
      selections: [
        { client_id: "me", seat_id: "A1", room_id, expires_at, hold_id: "h1" },
        { client_id: "ana", seat_id: "A2", room_id, expires_at, user_info: { name: "Ana" } },
        { client_id: "ana", seat_id: "A3", room_id },
      ],
      sold: ["A3"],
      offset: 7,
    },
    "me",
  );
  return room;
}

test("the first state tells mine, others and sold apart", () => {
  const { snapshot, offset } = joinedRoom();
  expect([...snapshot.mine.keys()]).toEqual(["A1"]);
  expect(snapshot.mine.get("A1")).toMatchObject({ holdId: "h1", expiresAtMs: Date.parse(expires_at) });
  expect(snapshot.others.get("A2")?.userInfo).toEqual({ name: "Ana" });
  expect(snapshot.others.has("A3")).toBe(false);
  expect(snapshot.sold.has("A3")).toBe(true);
  expect(offset).toBe(7);
});

test("an undone sale makes its seat free again", () => {
  const room = joinedRoom();
  room.apply({ type: "seat_released", seat_id: "A3", room_id, client_id: "ana", reason: "unsold", offset: 8 }, "me");
  expect(room.snapshot.sold.has("A3")).toBe(false);
  expect(room.snapshot.others.has("A3")).toBe(false);
});

test("a hold_id makes a seat mine under whatever name the others see", () => {
  const room = joinedRoom();
  room.apply(
    { type: "seat_selected", seat_id: "B1", room_id, client_id: "me~2", expires_at, hold_id: "h", offset: 8 },
    "me",
  );
  expect(room.snapshot.mine.has("B1")).toBe(true);
});

test("broadcasts in sequence are applied, each to a new snapshot", () => {
  const room = joinedRoom();
  const before = room.snapshot;
  expect(room.apply(selected("B1", "me", 8), "me")).toBe("changed");
  room.apply({ type: "seat_released", seat_id: "A2", room_id, client_id: "ana", reason: "expired", offset: 9 }, "me");
  room.apply(
    { type: "seat_renewed", seat_id: "B1", room_id, client_id: "me", expires_at: "2026-01-01T00:09:00Z", offset: 10 },
    "me",
  );
  room.apply({ type: "seat_sold", seats: ["A1"], room_id, offset: 11 }, "me");
  expect([...room.snapshot.mine.keys()]).toEqual(["B1"]);
  expect(room.snapshot.mine.get("B1")?.expiresAtMs).toBe(Date.parse("2026-01-01T00:09:00Z"));
  expect(room.snapshot.others.size).toBe(0);
  expect([...room.snapshot.sold]).toEqual(["A3", "A1"]);
  expect(room.offset).toBe(11);
  expect(before.mine.has("B1")).toBe(false);
});

test("a broadcast after a gap is not applied", () => {
  const room = joinedRoom();
  expect(room.apply(selected("B1", "ana", 9), "me")).toBe("gap");
  expect(room.snapshot.others.has("B1")).toBe(false);
  expect(room.offset).toBe(7);
});

test("a broadcast that was applied before changes no seat, but answers a pending command", () => {
  const room = joinedRoom();
  room.markPending("A2");
  room.apply(selected("A2", "me", 7), "me");
  expect(room.snapshot.others.has("A2")).toBe(true);
  expect(room.snapshot.pending.size).toBe(0);
});

test("an error about a seat ends its waiting", () => {
  const room = joinedRoom();
  room.markPending("A2");
  room.apply({ type: "error", code: "seat_taken", message: "", room_id, seat_id: "A2" }, "me");
  expect(room.snapshot.pending.size).toBe(0);
});
