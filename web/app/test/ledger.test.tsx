import type { Movement, Payment } from "@pulso/sdk";
import { act, cleanup, fireEvent, render, renderHook, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createEventSource, FakeEventSource } from "../../sdk/test/events/support";
import { DashboardPage } from "../src/dashboard/DashboardPage";
import { useLedger } from "../src/dashboard/use-ledger";
import { TextsProvider } from "../src/shared/i18n";

const payment = {
  ...{ qrId: "1", transactionId: "t", amount: 5, currency: "BOB", senderName: "Juan", refundedAmount: 0 },
  paymentDate: "2026-11-24T10:00:00.000Z",
} as Payment;
const account = { accountId: 1, balance: 0, availableBalance: 0, currency: "BOB" };

/** What the server has to say to these paths; a function says what it will. */
let answers: Record<string, unknown>;
const answerTo = async (url: string): Promise<Response> => {
  const { pathname, searchParams } = new URL(url);
  const answer = answers[pathname];
  const data = typeof answer === "function" ? await answer(searchParams) : answer;
  return new Response(JSON.stringify({ data }), { status: data === undefined ? 503 : 200 });
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date(2026, 10, 24, 12) }); // no test is about midnight
  localStorage.clear();
  localStorage.setItem("pulso.language", "en");
  FakeEventSource.all = [];
  answers = {
    "/account": account,
    "/qr": { qrs: [], nextBefore: null },
    "/account/payments": { payments: [], nextBefore: null },
    "/account/movements": { movements: [], nextBefore: null },
  };
  vi.stubGlobal("fetch", answerTo);
  vi.stubGlobal("EventSource", function (url: string) {
    return createEventSource(url);
  });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The stream, once it is asked for; its welcome is what the till loads by. */
async function welcomed(): Promise<FakeEventSource> {
  await vi.waitFor(() => expect(FakeEventSource.all).not.toHaveLength(0));
  act(() => FakeEventSource.last.says("connection", "welcome_1"));
  return FakeEventSource.last;
}

test("a payment is in the state even if nobody can be told of it", async () => {
  const tell = vi.fn(() => {
    throw new Error("nothing can be shown");
  });
  const { result } = renderHook(() => useLedger("http://pulso.test", "jwt", tell));
  const stream = await welcomed();
  await vi.waitFor(() => expect(result.current.state).not.toBeNull());
  act(() => expect(() => stream.says("qr_payment", "qr_payment_t", payment)).toThrow("nothing can be shown"));
  expect(tell).toHaveBeenCalledOnce();
  expect(result.current.state?.payments).toMatchObject([{ transactionId: "t" }]);
});

test("a reset loads everything anew, all of today's movements too", async () => {
  const { result } = renderHook(() => useLedger("http://pulso.test", "jwt", () => {}));
  const stream = await welcomed();
  await vi.waitFor(() => expect(result.current.state?.movements).toEqual([]));
  const timestamp = new Date().toISOString();
  answers["/account/movements"] = (query: URLSearchParams) => {
    const from = Number(query.get("before") ?? 451) - 1;
    const movements = Array.from({ length: Math.min(200, from) }, (_, i) => ({
      number: from - i,
      amount: 2,
      timestamp,
    }));
    return { movements: movements as Movement[], nextBefore: from > 200 ? from - 199 : null };
  };
  act(() => stream.says("reset", null, { lastEventId: "gone" }));
  await vi.waitFor(() => expect(result.current.state?.movements).toHaveLength(200));
  expect(result.current.state?.takings.hours.reduce((a, b) => a + b)).toBe(900);
});

test("what happens while the till loads is in its state, and a reset meanwhile loads once more", async () => {
  const { result } = renderHook(() => useLedger("http://pulso.test", "jwt", () => {}));
  const given: Array<(balance: number) => void> = [];
  answers["/account"] = () =>
    new Promise((resolve) => given.push((balance) => resolve({ ...account, balance, availableBalance: balance })));
  const stream = await welcomed();
  await vi.waitFor(() => expect(given).toHaveLength(1));
  act(() => stream.says("reset", null));
  given[0]?.(1);
  await vi.waitFor(() => expect(given).toHaveLength(2));
  expect(result.current.state).toBeNull();
  act(() => stream.says("qr_payment", "qr_payment_t", payment));
  given[1]?.(2);
  await vi.waitFor(() => expect(result.current.state?.account.balance).toBe(2));
  expect(result.current.state?.payments).toMatchObject([{ transactionId: "t" }]);
});

test("a load that fails is tried again, though the stream stays open", async () => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], now: new Date(2026, 10, 24, 12) });
  let asked = 0;
  answers["/account"] = () => (++asked < 3 ? undefined : account);
  const { result } = renderHook(() => useLedger("http://pulso.test", "jwt", () => {}));
  const stream = await welcomed();
  await vi.waitFor(() => expect(result.current.state).not.toBeNull(), { timeout: 10_000 });
  expect(asked).toBe(3);
  act(() => stream.says("qr_payment", "qr_payment_t", payment));
  expect(result.current.state?.payments).toMatchObject([{ transactionId: "t" }]);
});

test("an export says that it is under way, and that it failed", async () => {
  answers["/account/payments"] = { payments: [payment], nextBefore: null };
  render(
    <TextsProvider>
      <DashboardPage serverUrl="http://pulso.test" user="" />
    </TextsProvider>,
  );
  fireEvent.change(await screen.findByLabelText("Access token (JWT)"), { target: { value: "a.b.c" } });
  fireEvent.click(screen.getByText("Enter"));
  await welcomed();
  const button = (await screen.findByRole("button", { name: "Export CSV" })) as HTMLButtonElement;
  let fail: (() => void) | undefined;
  answers["/account/movements"] = () => new Promise<void>((resolve) => (fail = resolve));
  fireEvent.click(button);
  expect([button.textContent, button.disabled]).toEqual(["Preparing the table…", true]);
  await vi.waitFor(() => expect(fail).toBeDefined());
  fail?.();
  await screen.findByText("The export did not work. Try again.");
  expect([button.textContent, button.disabled]).toEqual(["Export CSV", false]);
});
