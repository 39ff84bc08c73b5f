import { expect, test } from "vitest";
import { DriftControl, type Correction } from "../../src/audio/drift-control.js";

/** A player that does as it is told, and is `late` after a seek, in seconds. */
function simulate(startError: number, { late = 0, seconds = 10, pace = 1 } = {}) {
  const control = new DriftControl();
  const stepMs = 100;
  const errors: number[] = [];
  const corrections: Correction[] = [];
  let error = startError;
  for (let nowMs = 0; nowMs < seconds * 1000; nowMs += stepMs) {
    const correction = control.correct(error, nowMs);
    corrections.push(correction);
    if (correction.kind === "seek") error = -late;
    else error += (stepMs / 1000) * (correction.rate * pace - 1);
    errors.push(error);
  }
  const rates = corrections.flatMap((correction) => (correction.kind === "rate" ? [correction.rate] : []));
  return { errors, rates, seeks: corrections.filter(({ kind }) => kind === "seek").length };
}

test("a small error is worked off by speed alone, within 3 %", () => {
  const { errors, rates, seeks } = simulate(-0.035);
  expect(seeks).toBe(0);
  expect(Math.max(...rates)).toBeLessThanOrEqual(1.03);
  expect(Math.abs(errors.at(-1)!)).toBeLessThan(0.005);
  expect(rates.at(-1)).toBe(1);
});

test("one that is heard in the next room is worked off in a second, within 10 % and not past its aim", () => {
  const { errors, rates, seeks } = simulate(0.11);
  expect(seeks).toBe(0);
  expect(Math.min(...rates)).toBeCloseTo(0.9);
  expect(errors[12]).toBeLessThan(0.05);
  expect(Math.min(...errors)).toBeGreaterThan(-0.005);
  expect(Math.abs(errors.at(-1)!)).toBeLessThan(0.005);
  expect(rates.at(-1)).toBe(1);
});

test("a large error takes one seek", () => {
  const { errors, seeks } = simulate(-2);
  expect(seeks).toBe(1);
  expect(Math.abs(errors.at(-1)!)).toBeLessThan(0.005);
});

test("a single odd reading changes nothing", () => {
  const control = new DriftControl();
  for (const error of [0.4, 0.001, 0.002, 0.001]) control.correct(error, 0);
  expect(control.correct(3, 1000)).toEqual({ kind: "rate", rate: 1 });
  expect(control.correct(0.001, 1250)).toEqual({ kind: "rate", rate: 1 });
});

test("the first reading of an element that begins to play does not count", () => {
  const control = new DriftControl();
  for (const error of [0.3, 0.001, 0.001]) control.correct(error, 0);
  expect(control.error).toBe(null);
  control.correct(0.001, 0);
  expect(control.error).toBe(0.001);
});

test("a device that comes late after every seek tries ever more seldom", () => {
  const { seeks } = simulate(-2, { late: 0.5, seconds: 60, pace: 0.9 });
  expect(seeks).toBeLessThanOrEqual(5);
});

test("a device that can't keep up seeks ever more seldom", () => {
  expect(simulate(0, { pace: 0.5, seconds: 60 }).seeks).toBeLessThanOrEqual(5);
});
