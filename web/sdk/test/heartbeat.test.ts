import { beforeEach, expect, test, vi } from "vitest";
import { Heartbeat } from "../src/heartbeat.js";

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

function create() {
  const ping = vi.fn();
  const dead = vi.fn();
  return { ping, dead, heartbeat: new Heartbeat({ intervalMs: 1000, timeoutMs: 300 }, ping, dead) };
}

test("silence is answered by a ping, and silence after that is death", () => {
  const { ping, dead, heartbeat } = create();
  heartbeat.start();
  vi.advanceTimersByTime(1000);
  expect(ping).toHaveBeenCalledOnce();
  expect(dead).not.toHaveBeenCalled();
  vi.advanceTimersByTime(300);
  expect(dead).toHaveBeenCalledOnce();
});

test("any sign of life starts over", () => {
  const { ping, dead, heartbeat } = create();
  heartbeat.start();
  vi.advanceTimersByTime(1200);
  heartbeat.start();
  vi.advanceTimersByTime(900);
  expect(ping).toHaveBeenCalledOnce();
  expect(dead).not.toHaveBeenCalled();
});

test("nothing happens after stop", () => {
  const { ping, dead, heartbeat } = create();
  heartbeat.start();
  heartbeat.stop();
  vi.advanceTimersByTime(5000);
  expect(ping).not.toHaveBeenCalled();
  expect(dead).not.toHaveBeenCalled();
});
