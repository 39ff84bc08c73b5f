// @vitest-environment happy-dom
import { act, renderHook } from "@testing-library/react";
import { StrictMode } from "react";
import { beforeEach, describe, expect, test } from "vitest";
import { effectScope, ref } from "vue";
import { useSSEEvents } from "../../src/react.js";
import { useSSEEvents as useSSEEventsInVue } from "../../src/vue.js";
import { answering, createEventSource, FakeEventSource, settled } from "./support.js";

const options = { serverUrl: "https://pulso.test", createEventSource, fetch: answering(200) };
beforeEach(() => {
  FakeEventSource.all = [];
});
const living = (): FakeEventSource[] => FakeEventSource.all.filter(({ readyState }) => readyState !== 2);

describe("the React hook", () => {
  test("keeps the events of one connection, also under StrictMode", async () => {
    const { result, unmount } = renderHook(() => useSSEEvents("jwt", options), { wrapper: StrictMode });
    await act(settled);
    expect(living()).toHaveLength(1);
    act(() => FakeEventSource.last.opens());
    act(() => FakeEventSource.last.says("qr_payment", "p1", { amount: 5 }));
    expect(result.current).toEqual({
      isConnected: true,
      error: null,
      events: [{ id: "p1", type: "qr_payment", data: { amount: 5 }, timestamp: expect.any(String) }],
    });
    act(() => FakeEventSource.last.fails(false));
    expect(result.current).toMatchObject({ isConnected: false, error: "Error de conexión" });
    unmount();
    expect(living()).toHaveLength(0);
  });

  test("keeps the newest only, and begins anew with another token", async () => {
    const { result, rerender, unmount } = renderHook(({ token }) => useSSEEvents(token, { ...options, limit: 2 }), {
      initialProps: { token: "" },
    });
    await act(settled);
    expect(FakeEventSource.all).toHaveLength(0);
    rerender({ token: "one" });
    await act(settled);
    act(() => ["a", "b", "c"].forEach((id) => FakeEventSource.last.says("qr_payment", id)));
    expect(result.current.events.map(({ id }) => id)).toEqual(["b", "c"]);
    rerender({ token: "two" });
    await act(settled);
    expect(result.current.events).toEqual([]);
    expect(living().map((source) => source.query("token"))).toEqual(["two"]);
    unmount();
  });

  test("tells why it ended", async () => {
    const fetch = answering(401, { code: "unauthorized", message: "A valid credential is needed." });
    const { result, unmount } = renderHook(() => useSSEEvents("bad", { ...options, fetch }));
    await act(settled);
    act(() => FakeEventSource.last.fails(true));
    await act(settled);
    expect(result.current).toMatchObject({ isConnected: false, error: "A valid credential is needed." });
    unmount();
  });
});

test("the Vue composable follows its token until the scope ends", async () => {
  const scope = effectScope();
  const token = ref("one");
  const log = scope.run(() => useSSEEventsInVue(token, options));
  if (!log) throw new Error("no scope");
  await settled();
  FakeEventSource.last.opens();
  FakeEventSource.last.says("connection", "welcome_1", {});
  expect(log.isConnected.value).toBe(true);
  expect(log.events.value.map(({ type }) => type)).toEqual(["connection"]);
  token.value = "two";
  await new Promise((resolve) => setImmediate(resolve));
  expect(living().map((source) => source.query("token"))).toEqual(["two"]);
  log.disconnect();
  expect(living()).toHaveLength(0);
  log.connect();
  await settled();
  expect(living()).toHaveLength(1);
  scope.stop();
  expect(living()).toHaveLength(0);
});
