import { beforeEach, expect, test, vi } from "vitest";
import { ServerClock } from "../src/server-clock.js";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  return () => vi.useRealTimers();
});

const at = (ms: number) => new Date(ms).toISOString();

test("a pong counts as said halfway through its round trip", () => {
  const clock = new ServerClock();
  clock.pingSent();
  vi.advanceTimersByTime(200);
  clock.pongReceived(at(1_005_100));
  expect(clock.offsetMs).toBe(5000);
  expect(clock.nowMs()).toBe(1_005_200);
});

test("a broadcast serves until the first pong, and not after it", () => {
  const clock = new ServerClock();
  clock.broadcastReceived(at(1_003_000));
  expect(clock.offsetMs).toBe(3000);
  clock.pingSent();
  clock.pongReceived(at(1_004_000));
  clock.broadcastReceived(at(1_009_000));
  expect(clock.offsetMs).toBe(4000);
});

test("what is no time changes nothing", () => {
  const clock = new ServerClock();
  clock.broadcastReceived(undefined);
  clock.pingSent();
  clock.pongReceived("soon");
  expect(clock.offsetMs).toBe(0);
});
