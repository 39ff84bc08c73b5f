import type { Movement } from "@pulso/sdk";
import { expect, test } from "vitest";
import { movementsCsv } from "../src/dashboard/csv";
import { applied, type LedgerState } from "../src/dashboard/ledger-state";
import { counted, takingsOfToday, type Takings } from "../src/dashboard/takings";

const nowMs = new Date(2026, 10, 24, 15, 30).getTime();
const empty: LedgerState = {
  account: { accountId: 1, balance: 0, availableBalance: 0, currency: "BOB" },
  qrs: [],
  payments: [],
  movements: [],
  takings: takingsOfToday(null, nowMs),
};
const created = {
  id: "qr_created_1",
  type: "qr_created",
  data: { qrId: "1", amount: 5, currency: "BOB", description: "x", singleUse: true, status: "active" },
};
const paid = {
  id: "qr_payment_t",
  type: "qr_payment",
  data: { qrId: "1", transactionId: "t", amount: 5, currency: "BOB", senderName: "J", newStatus: "used" },
};
const used = { id: "s", type: "qr_status_change", data: { qrId: "1", newStatus: "used" } };
const moved = (more: object = {}, id = "b") => ({
  id,
  type: "account_balance_update",
  data: {
    movementType: "qr_payment",
    amount: 5,
    previousBalance: 0,
    newBalance: 5,
    newAvailableBalance: 5,
    currency: "BOB",
    qrId: "1",
    transactionId: "t",
    ...more,
  },
});

test("events make the state, and told again they change nothing", () => {
  const events = [created, paid, used, moved()];
  const state = events.reduce((before, event) => applied(before, event, nowMs), empty);
  expect(state.account.balance).toBe(5);
  expect(state.qrs).toMatchObject([{ qrId: "1", status: "used", payments: 1, paidAmount: 5 }]);
  expect(state.payments).toMatchObject([{ transactionId: "t", senderName: "J", refundedAmount: 0 }]);
  expect(state.movements).toMatchObject([{ number: 1, amount: 5 }]);
  expect(state.takings.hours[15]).toBe(5);
  expect(events.reduce((before, event) => applied(before, event, nowMs), state)).toEqual(state);
});

test("a refund is taken off its payment, once", () => {
  const state = [created, paid, moved()].reduce((before, event) => applied(before, event, nowMs), empty);
  const refund = moved({ movementType: "qr_refund", amount: -2, newBalance: 3, refundId: "r" });
  const once = applied(state, refund, nowMs);
  expect(once.payments[0]?.refundedAmount).toBe(2);
  expect(once.account.balance).toBe(3);
  expect(applied(once, refund, nowMs)).toEqual(once);
});

const sum = ({ hours }: Takings) => hours.reduce((a, b) => a + b);

test("takings are today's, by the hour", () => {
  const at = (day: number, hour: number, amount: number) => ({
    amount,
    timestamp: new Date(2026, 10, day, hour, 5).toISOString(),
  });
  const movements = [at(24, 9, 5), at(24, 9, -2), at(24, 23, 1), at(23, 9, 100)];
  const takings = movements.reduce<Takings>((before, movement) => counted(before, movement, nowMs), empty.takings);
  expect([takings.hours[9], takings.hours[23], sum(takings)]).toEqual([3, 1, 4]);
  const tomorrowMs = new Date(2026, 10, 25, 0, 5).getTime();
  expect(sum(takingsOfToday(takings, tomorrowMs))).toBe(0);
  expect(sum(counted(takings, at(25, 0, 7), tomorrowMs))).toBe(7);
});

test("takings are of all movements, however few of them are kept", () => {
  const payments = Array.from({ length: 600 }, (_, i) => moved({ transactionId: `t${i}` }));
  const state = payments.reduce((before, event) => applied(before, event, nowMs), empty);
  expect(state.movements).toHaveLength(500);
  expect(sum(state.takings)).toBe(3_000);
});

test("a movement that is told late belongs to the hour it was made in", () => {
  const at = (day: number, hour: number) => `balance_update_${new Date(2026, 10, day, hour).getTime()}_1`;
  const state = [moved({ transactionId: "a" }, at(23, 22)), moved({ transactionId: "b" }, at(24, 8))].reduce(
    (before, event) => applied(before, event, nowMs),
    empty,
  );
  expect([state.takings.hours[8], sum(state.takings)]).toEqual([5, 5]);
  expect(state.movements[0]?.timestamp).toBe(new Date(2026, 10, 24, 8).toISOString());
});

test("a table has quotes where they are needed, and no formulas", async () => {
  const movement = {
    number: 1,
    timestamp: "2026-11-24T10:00:00.000Z",
    movementType: "qr_payment",
    amount: -5.5,
    currency: "BOB",
    previousBalance: 10,
    newBalance: 4.5,
    qrId: "26112400000000000000",
    transactionId: "=1+1",
    description: 'say "a, b"',
  } as Movement;
  const parts = (async function* () {
    yield [movement];
  })();
  expect((await (await movementsCsv(parts)).text()).split("\r\n")[1]).toBe(
    `1,2026-11-24T10:00:00.000Z,qr_payment,-5.5,BOB,10,4.5,'26112400000000000000,'=1+1,"say ""a, b"""`,
  );
});
