import { expect, test } from "vitest";
import { backoffDelayMs } from "../src/backoff.js";

const options = { baseMs: 100, capMs: 5000 };

test("the bound doubles with each attempt, up to the cap", () => {
  const longest = [0, 1, 2, 6, 1000].map((attempt) => backoffDelayMs(attempt, options, () => 0.999999));
  expect(longest).toEqual([99, 199, 399, 4999, 4999]);
});

test("jitter is full: a delay may be anything from nothing", () => {
  expect(backoffDelayMs(6, options, () => 0)).toBe(0);
  expect(backoffDelayMs(6, options, () => 0.5)).toBe(2500);
});
