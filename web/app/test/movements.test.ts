import { LedgerError, type Movement } from "@pulso/sdk";
import { afterEach, expect, test, vi } from "vitest";
import { movementsCsv } from "../src/dashboard/csv";
import { loadMovements, movementParts, type MovementSource } from "../src/dashboard/movements";

const noonMs = new Date(2026, 10, 24, 12).getTime();
const minuteMs = 60_000;

/** An account whose newest movement was at noon, and one each minute before. */
function account(count: number) {
  const all = Array.from({ length: count }, (_, i) => ({
    number: count - i,
    amount: 1,
    timestamp: new Date(noonMs - i * minuteMs).toISOString(),
  })) as Movement[];
  const movements = vi.fn<MovementSource["movements"]>(async ({ before = Infinity, limit = 50 } = {}) => {
    const part = all.filter(({ number }) => number < before).slice(0, limit);
    const last = part.at(-1)?.number ?? 1;
    return { movements: part, nextBefore: last === 1 ? null : last };
  });
  return { movements };
}

afterEach(() => {
  vi.useRealTimers();
});

test("today's takings are of all of today's movements, and nothing older is asked for than it takes", async () => {
  const api = account(2_000);
  const { movements, takings } = await loadMovements(api, noonMs);
  expect(takings.hours).toEqual(Array.from({ length: 24 }, (_, hour) => (hour < 12 ? 60 : hour === 12 ? 1 : 0)));
  expect(movements).toHaveLength(200);
  expect(api.movements).toHaveBeenCalledTimes(4); // 721 minutes
});

test("an account without movements has no takings", async () => {
  const { movements, takings } = await loadMovements(account(0), noonMs);
  expect([movements, takings.hours.filter((sum) => sum !== 0)]).toEqual([[], []]);
});

test("the table has every movement once, newest first", async () => {
  const rows = (await (await movementsCsv(movementParts(account(1_001)))).text()).trim().split("\r\n").slice(1);
  expect(rows.map((row) => Number(row.split(",")[0]))).toEqual(Array.from({ length: 1_001 }, (_, i) => 1_001 - i));
});

test("more requests than the server takes at once are asked again, and no other refusal is", async () => {
  vi.useFakeTimers();
  const api = account(300);
  const refused = (status: number) => Promise.reject(new LedgerError(status, "code", ""));
  api.movements.mockImplementationOnce(() => refused(429)).mockImplementationOnce(() => refused(429));
  const table = movementsCsv(movementParts(api));
  await vi.runAllTimersAsync();
  expect((await (await table).text()).trim().split("\r\n")).toHaveLength(301);
  api.movements.mockImplementation(() => refused(503));
  await expect(movementsCsv(movementParts(api))).rejects.toMatchObject({ status: 503 });
  api.movements.mockImplementation(() => refused(429));
  const hopeless = expect(movementsCsv(movementParts(api))).rejects.toMatchObject({ status: 429 });
  await vi.runAllTimersAsync();
  await hopeless;
});
