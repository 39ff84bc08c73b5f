import type { QrPaymentData } from "@pulso/sdk";
import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useAlerts } from "../src/dashboard/use-alerts";
import { TextsProvider } from "../src/shared/i18n";

const payment = { amount: 5, currency: "BOB", senderName: "Juan", transactionId: "t" } as QrPaymentData;
const shown = ["Payment of BOB 5.00", { body: "From Juan", tag: "t" }] as const;

/** The tones that have begun, in Hz. */
const tones: number[] = [];
class FakeAudioContext {
  readonly currentTime = 0;
  readonly destination = {};
  readonly resume = async () => {};
  readonly createGain = () => ({
    gain: { setValueAtTime() {}, linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {} },
    connect() {},
  });
  readonly createOscillator = () => {
    const frequency = { value: 0 };
    return { frequency, connect: (to: object) => to, start: () => tones.push(frequency.value), stop() {} };
  };
}

const Notification = Object.assign(vi.fn(), { permission: "granted" });

/** The alerts of a till whose page is looked at, or not. */
function alerts(visibilityState: DocumentVisibilityState = "hidden") {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(visibilityState);
  return renderHook(useAlerts, { wrapper: TextsProvider }).result;
}

beforeEach(() => {
  localStorage.clear();
  localStorage.setItem("pulso.language", "en");
  tones.length = 0;
  Notification.mockReset();
  vi.stubGlobal("AudioContext", FakeAudioContext);
  vi.stubGlobal("Notification", Notification);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test("a payment rings where sound was chosen, in later visits too", () => {
  const first = alerts();
  first.current.tell(payment);
  expect(tones).toEqual([]);
  act(() => first.current.setSound(true));
  expect(tones).toHaveLength(2); // how it will sound
  first.current.tell(payment);
  expect(tones).toHaveLength(4);
  alerts().current.tell(payment);
  expect(tones).toHaveLength(6);
  expect(tones[1]).toBeGreaterThan(tones[0] as number);
  act(() => first.current.setSound(false));
  first.current.tell(payment);
  expect(tones).toHaveLength(6);
});

test("a payment is shown to somebody who does not look, if that is allowed", () => {
  alerts("visible").current.tell(payment);
  expect(Notification).not.toHaveBeenCalled();
  alerts().current.tell(payment);
  expect(Notification.mock.calls.map(([title, options]) => [title.replace(/\s/g, " "), options])).toEqual([shown]);
  vi.stubGlobal("Notification", Object.assign(vi.fn(), { permission: "default" }));
  alerts().current.tell(payment);
  expect(globalThis.Notification).not.toHaveBeenCalled();
});

test("where pages may not show notifications a service worker does, and without one nothing happens", async () => {
  Notification.mockImplementation(function () {
    throw new TypeError("Illegal constructor. Use ServiceWorkerRegistration.showNotification() instead.");
  });
  const showNotification = vi.fn(async () => {});
  const getRegistration = vi.fn<() => Promise<object | undefined>>(async () => ({ showNotification }));
  for (const serviceWorker of [undefined, { getRegistration }]) {
    vi.stubGlobal("navigator", { languages: ["en"], serviceWorker });
    alerts().current.tell(payment);
  }
  await vi.waitFor(() => expect(showNotification).toHaveBeenCalledOnce());
  getRegistration.mockResolvedValueOnce(undefined).mockRejectedValueOnce(new Error("insecure"));
  for (let i = 0; i < 2; ++i) alerts().current.tell(payment);
  await Promise.allSettled(getRegistration.mock.results.map(({ value }) => value));
  expect(showNotification).toHaveBeenCalledOnce();
});
