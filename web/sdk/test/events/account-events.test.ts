import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connectEvents, type AccountEvents, type EventsOptions } from "../../src/events/index.js";
import { answering, createEventSource, FakeEventSource, settled } from "./support.js";

let events: AccountEvents;
const open = async (options: EventsOptions = {}): Promise<FakeEventSource> => {
  events = connectEvents({
    ...{ serverUrl: "https://pulso.test", token: "jwt", createEventSource, fetch: answering(200) },
    ...options,
  });
  await settled();
  return FakeEventSource.last;
};
beforeEach(() => {
  vi.useFakeTimers();
  FakeEventSource.all = [];
});
afterEach(() => {
  events.close();
  vi.useRealTimers();
});

test("asks for what it was told to", async () => {
  const source = await open({ types: ["price", "qr_payment"], qrId: "7", lastEventId: "e9" });
  expect(source.url).toBe("https://pulso.test/events/stream?token=jwt&types=price%2Cqr_payment&qrId=7&lastEventId=e9");
  events.close();
  expect((await open({ token: "", apiKey: "pulso_key" })).query("api-key")).toBe("pulso_key");
});

test("hands on each event once, to the handlers of its type", async () => {
  const source = await open({ types: ["price"] });
  const heard: unknown[] = [];
  events.on("qr_payment", ({ id, data }) => heard.push([id, data.newBalance]));
  events.on("price", ({ data }) => heard.push(data));
  events.on("late", ({ data }) => heard.push(data)); // of a type that was not known when it opened
  source.opens();
  expect(events.state).toBe("open");
  source.says("qr_payment", "p1", { newBalance: 5 });
  source.says("qr_payment", "p1", { newBalance: 5 });
  source.says("price", "p2", 2);
  source.says("late", "p3", 3);
  expect(heard).toEqual([["p1", 5], 2, 3]);
  expect(events.lastEventId).toBe("p3");
});

test("hands on every reset, which has no id of its own", async () => {
  const source = await open({ lastEventId: "gone" });
  const heard: unknown[] = [];
  events.on("reset", ({ id, data }) => heard.push([id, data.lastEventId]));
  for (const welcome of ["welcome_1", "welcome_2"]) {
    source.says("connection", welcome);
    source.says("reset", null, { lastEventId: "gone" });
  }
  expect(heard).toEqual([
    ["", "gone"],
    ["", "gone"],
  ]);
  expect(events.lastEventId).toBe("welcome_2");
});

test("leaves a connection that was only lost to the browser", async () => {
  const source = await open();
  source.opens();
  source.fails(false);
  expect(events.state).toBe("connecting");
  source.opens();
  expect(events.state).toBe("open");
  expect(FakeEventSource.all).toHaveLength(1);
});

test("comes back by itself after the browser gave up, behind what it saw last", async () => {
  const source = await open();
  source.opens();
  source.says("heartbeat", "heartbeat_1");
  source.fails(true);
  await settled();
  expect(events.state).toBe("waiting");
  await vi.advanceTimersByTimeAsync(500);
  expect(FakeEventSource.all).toHaveLength(2);
  expect(FakeEventSource.last.query("lastEventId")).toBe("heartbeat_1");
});

test("waits longer with each failure, and begins anew after a success", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0.999_999);
  await open();
  const waits: number[] = [];
  for (let i = 0; i < 8; ++i) {
    FakeEventSource.last.fails(true);
    await settled();
    const count = FakeEventSource.all.length;
    let waited = 0;
    for (; FakeEventSource.all.length === count; waited += 100) await vi.advanceTimersByTimeAsync(100);
    waits.push(waited);
    if (i === 6) FakeEventSource.last.opens();
  }
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 500]);
  vi.restoreAllMocks();
});

test("ends for good where the credential does not hold, and says why", async () => {
  const refusal = { code: "unauthorized", message: "A valid credential is needed." };
  const source = await open({ fetch: answering(401, refusal) });
  const told: unknown[] = [];
  events.onError((error) => told.push(error));
  source.fails(true);
  await settled();
  expect(events.state).toBe("closed");
  expect(told).toEqual([{ status: 401, ...refusal }]);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(FakeEventSource.all).toHaveLength(1);
});

test("asks a function for another credential first, once", async () => {
  let count = 0;
  const source = await open({ token: () => `t${++count}`, fetch: answering(401) });
  expect(source.query("token")).toBe("t1");
  source.fails(true);
  await settled();
  expect(FakeEventSource.all).toHaveLength(2);
  expect(FakeEventSource.last.query("token")).not.toBe("t1");
  FakeEventSource.last.fails(true);
  await settled();
  expect(events.state).toBe("closed");
});

test("tries again where the server cannot be asked, or its credential's function fails", async () => {
  const source = await open({ fetch: () => Promise.reject(new Error("offline")) });
  source.fails(true);
  await settled();
  expect(events.state).toBe("waiting");
  events.close();
  let isDown = true;
  await open({ token: () => (isDown ? Promise.reject(new Error("down")) : "jwt") });
  await settled();
  expect(events.state).toBe("waiting");
  isDown = false;
  await vi.advanceTimersByTimeAsync(500);
  expect(FakeEventSource.last.query("token")).toBe("jwt");
});

test("takes a connection without a heartbeat for dead", async () => {
  const source = await open({ heartbeatMs: 1_000 });
  source.opens();
  await vi.advanceTimersByTimeAsync(2_000);
  source.says("heartbeat", "heartbeat_1");
  await vi.advanceTimersByTimeAsync(2_400);
  expect(FakeEventSource.all).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(FakeEventSource.all).toHaveLength(2);
  expect(source.readyState).toBe(2);
});

test("an older connection is not heard any more", async () => {
  const source = await open({ heartbeatMs: 1_000 });
  await vi.advanceTimersByTimeAsync(3_000);
  const heard: string[] = [];
  events.onEvent(({ id }) => heard.push(id));
  source.says("qr_payment", "old");
  FakeEventSource.last.says("qr_payment", "new");
  expect(heard).toEqual(["new"]);
});

test("the server's own error event is no end; what comes behind it is", async () => {
  const source = await open({ fetch: answering(401) });
  source.opens();
  source.says("error", null, { code: "unauthorized" });
  expect(events.state).toBe("open");
  source.fails(true);
  await settled();
  expect(events.state).toBe("closed");
});

test("closed, it stays closed, and opens again where it was", async () => {
  const source = await open();
  source.opens();
  source.says("qr_payment", "p1");
  events.close();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(FakeEventSource.all).toHaveLength(1);
  events.open();
  await settled();
  expect(FakeEventSource.last.query("lastEventId")).toBe("p1");
});
