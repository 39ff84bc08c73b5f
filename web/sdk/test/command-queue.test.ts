import { beforeEach, expect, test, vi } from "vitest";
import { CommandQueue } from "../src/command-queue.js";
import type { SeatCommand } from "../src/messages.js";

const release = (seat_id: string, room_id = "r"): SeatCommand => ({ type: "release_seat", room_id, seat_id });

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

test("keeps the order", () => {
  const queue = new CommandQueue(10, 1000);
  queue.push(release("A1"));
  queue.push(release("A2"));
  expect(queue.drain().fresh).toEqual([release("A1"), release("A2")]);
  expect(queue.size).toBe(0);
});

test("refuses at its limit", () => {
  const queue = new CommandQueue(1, 1000);
  queue.push(release("A1"));
  expect(() => queue.push(release("A2"))).toThrow("1 commands wait already");
});

test("tells what has waited too long", () => {
  const queue = new CommandQueue(10, 1000);
  queue.push(release("A1"));
  vi.advanceTimersByTime(1001);
  queue.push(release("A2"));
  expect(queue.drain()).toEqual({ fresh: [release("A2")], stale: [release("A1")] });
});

test("forgets a room that was left", () => {
  const queue = new CommandQueue(10, 1000);
  queue.push(release("A1", "left"));
  queue.push(release("A1", "kept"));
  queue.dropRoom("left");
  expect(queue.drain().fresh).toEqual([release("A1", "kept")]);
});
