import { expect, test } from "vitest";
import { Reporter } from "../../src/audio/reporter.js";

test("reports once when in place, then every ten seconds", () => {
  const reporter = new Reporter();
  expect(reporter.isDue(0.01, 0)).toBe(true);
  expect(reporter.isDue(0.01, 9_999)).toBe(false);
  expect(reporter.isDue(0.01, 10_000)).toBe(true);
});

test("says nothing of a position that is being corrected, or not known", () => {
  const reporter = new Reporter();
  expect(reporter.isDue(-0.4, 0)).toBe(false);
  expect(reporter.isDue(null, 0)).toBe(false);
  expect(reporter.isDue(0, 0)).toBe(true);
});

test("a new state is answered as soon as it is followed", () => {
  const reporter = new Reporter();
  reporter.isDue(0, 0);
  reporter.told();
  expect(reporter.isDue(0, 500)).toBe(true);
});
