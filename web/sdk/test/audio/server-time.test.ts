import { expect, test } from "vitest";
import { ServerTime } from "../../src/audio/server-time.js";

function clock() {
  let nowMs = 1_000_000;
  const time = new ServerTime(() => nowMs);
  /** One question; the server, `aheadMs` ahead, reads its clock after `outMs`, its answer comes `backMs` later. */
  const ask = (aheadMs: number, outMs: number, backMs: number) => {
    const sentMs = nowMs;
    nowMs += outMs + backMs;
    time.measured(sentMs, sentMs + outMs + aheadMs);
  };
  const wait = (ms: number) => (nowMs += ms);
  return { time, ask, wait };
}

test("an answer counts as read halfway through its round trip", () => {
  const { time, ask } = clock();
  ask(5_000, 20, 20);
  expect(time.offsetMs).toBe(5_000);
  expect(time.roundTripMs).toBe(40);
});

test("the quickest answer counts, not the last", () => {
  const { time, ask } = clock();
  ask(5_000, 5, 5);
  ask(5_000, 300, 20);
  expect(time.offsetMs).toBe(5_000);
});

test("after a while a fresh answer counts more than a quick old one", () => {
  const { time, ask, wait } = clock();
  ask(5_000, 5, 5);
  wait(600_000);
  ask(5_030, 10, 10);
  expect(time.offsetMs).toBe(5_030);
});

test("a clock that was set makes older answers void", () => {
  const { time, ask } = clock();
  ask(5_000, 5, 5);
  ask(9_000, 50, 50);
  expect(time.offsetMs).toBe(9_000);
});

test("what is no time changes nothing", () => {
  const { time } = clock();
  time.measured(1_000_000, Number.NaN);
  expect(time.roundTripMs).toBeNull();
});
