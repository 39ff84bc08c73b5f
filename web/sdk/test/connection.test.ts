import { beforeEach, expect, test, vi } from "vitest";
import { Connection, type ConnectionListener, type ConnectionOptions } from "../src/connection.js";
import type { Transport, TransportListener } from "../src/transport.js";

class ScriptedTransport implements Transport {
  readonly open = vi.fn();
  readonly send = vi.fn();
  readonly close = vi.fn();
  constructor(
    readonly token: string | null,
    readonly listener: TransportListener,
  ) {}
}

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

function create(options: Partial<ConnectionOptions> = {}) {
  const sockets: ScriptedTransport[] = [];
  const polls: ScriptedTransport[] = [];
  const make = (list: ScriptedTransport[]) => (token: string | null, listener: TransportListener) => {
    const transport = new ScriptedTransport(token, listener);
    list.push(transport);
    return transport;
  };
  const listener = {
    onState: vi.fn(),
    onOpen: vi.fn(),
    onMessage: vi.fn(),
    onFault: vi.fn(),
    onClose: vi.fn(),
    onClientIdRefused: vi.fn(),
  } satisfies ConnectionListener;
  const connection = new Connection(
    {
      createWebSocket: make(sockets),
      createPoll: make(polls),
      canChangeClientId: true,
      token: null,
      backoff: { baseMs: 1000, capMs: 8000 },
      fallbackAfter: 3,
      websocketRetryMs: 60_000,
      random: () => 0.999999,
      ...options,
    },
    listener,
  );
  const fail = (code = 1006) => sockets.at(-1)?.listener.onClose(code, "");
  return { connection, listener, sockets, polls, fail };
}

const ping = { type: "ping" as const };

test("comes back after longer and longer waits", () => {
  const { connection, sockets, fail } = create();
  connection.start();
  for (const [index, waitMs] of [1000, 2000, 4000, 8000, 8000].entries()) {
    fail();
    expect(connection.state).toMatchObject({ status: "reconnecting", retryAtMs: Date.now() + waitMs - 1 });
    vi.advanceTimersByTime(waitMs - 2);
    expect(sockets.length).toBe(index + 1);
    vi.advanceTimersByTime(1);
    expect(sockets.length).toBe(index + 2);
  }
});

test("a message, not the mere opening, makes waits short again", () => {
  const { connection, sockets, fail } = create();
  connection.start();
  fail();
  vi.advanceTimersByTime(1000);
  sockets[1]?.listener.onOpen();
  fail(1012);
  expect(connection.state.retryAtMs).toBe(Date.now() + 1999);
  vi.advanceTimersByTime(2000);
  sockets[2]?.listener.onOpen();
  sockets[2]?.listener.onMessage({ type: "pong", timestamp: "" });
  fail(1012);
  expect(connection.state.retryAtMs).toBe(Date.now() + 999);
});

test("start ends the wait", () => {
  const { connection, sockets, fail } = create();
  connection.start();
  fail();
  connection.start();
  expect(sockets.length).toBe(2);
  vi.advanceTimersByTime(10_000);
  expect(sockets.length).toBe(2);
});

test("after repeated failure HTTP carries the commands, until a WebSocket opens", () => {
  const { connection, sockets, polls, fail } = create();
  connection.start();
  for (let attempt = 0; attempt < 3; attempt += 1) {
    fail();
    if (attempt < 2) vi.advanceTimersByTime(8000);
  }
  expect(polls.length).toBe(1);
  expect(connection.send(ping)).toBe(false);
  polls[0]?.listener.onOpen();
  expect(connection.state.status).toBe("polling");
  expect(connection.send(ping)).toBe(true);
  expect(polls[0]?.send).toHaveBeenCalledWith(ping);

  vi.advanceTimersByTime(8000);
  fail();
  expect(connection.state.status).toBe("polling");
  vi.advanceTimersByTime(60_000);
  sockets.at(-1)?.listener.onOpen();
  expect(polls[0]?.close).toHaveBeenCalled();
  expect(connection.state.status).toBe("online");
  connection.send(ping);
  expect(sockets.at(-1)?.send).toHaveBeenCalledWith(ping);
});

test("a lost fallback is told and followed by attempts on WebSocket", () => {
  const { connection, sockets, polls, listener, fail } = create({ fallbackAfter: 1 });
  connection.start();
  fail();
  polls[0]?.listener.onOpen();
  vi.advanceTimersByTime(1000);
  fail();
  polls[0]?.listener.onClose(1006, "request failed");
  expect(connection.state.status).toBe("reconnecting");
  expect(listener.onClose).toHaveBeenLastCalledWith(1006, "request failed", true);
  vi.advanceTimersByTime(1000);
  expect(sockets.length).toBe(3);
});

test("stays away when replaced or refused, until asked", () => {
  const { connection, sockets, fail } = create();
  connection.start();
  sockets[0]?.listener.onOpen();
  fail(4410);
  expect(connection.state).toMatchObject({ status: "stopped", stopReason: "replaced" });
  vi.advanceTimersByTime(60_000);
  expect(sockets.length).toBe(1);
  connection.start();
  expect(connection.state.status).toBe("connecting");
  expect(sockets.length).toBe(2);
});

test("takes another client id, but not for ever", () => {
  const { connection, listener, fail } = create();
  connection.start();
  for (let attempt = 0; attempt < 4; attempt += 1) {
    fail(4409);
    vi.advanceTimersByTime(8000);
  }
  expect(listener.onClientIdRefused).toHaveBeenCalledTimes(3);
  expect(connection.state).toMatchObject({ status: "stopped", stopReason: "client_id_in_use" });
});

test("asks for a token before each attempt", async () => {
  const tokens = ["first", "second"];
  const { connection, sockets, fail } = create({ token: () => tokens.shift() ?? "" });
  connection.start();
  await vi.advanceTimersByTimeAsync(0);
  fail(4401);
  await vi.advanceTimersByTimeAsync(1000);
  expect(sockets.map((socket) => socket.token)).toEqual(["first", "second"]);
});

test("a fixed token that was refused is not shown again", () => {
  const { connection, fail } = create({ token: "only" });
  connection.start();
  fail(4401);
  expect(connection.state).toMatchObject({ status: "stopped", stopReason: "unauthorized" });
});

test("a token that arrives after stop is not used", async () => {
  const { connection, sockets } = create({ token: () => "late" });
  connection.start();
  connection.stop();
  await vi.advanceTimersByTimeAsync(0);
  expect(sockets.length).toBe(0);
});

test("a failing token source is a failed attempt", async () => {
  const { connection, listener } = create({ token: () => Promise.reject(new Error("no")) });
  connection.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(listener.onFault).toHaveBeenCalled();
  expect(connection.state.status).toBe("reconnecting");
});
