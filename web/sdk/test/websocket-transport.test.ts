import { beforeEach, expect, test, vi } from "vitest";
import { WebSocketTransport, type WebSocketLike } from "../src/websocket-transport.js";

let socket: ScriptedSocket;

class ScriptedSocket implements WebSocketLike {
  readyState = 0;
  onopen: WebSocketLike["onopen"] = null;
  onmessage: WebSocketLike["onmessage"] = null;
  onerror: WebSocketLike["onerror"] = null;
  onclose: WebSocketLike["onclose"] = null;
  readonly send = vi.fn();
  readonly close = vi.fn();
  constructor(readonly url: string) {
    socket = this;
  }
  opens(): void {
    this.onopen?.({} as never);
  }
  says(data: unknown): void {
    this.onmessage?.({ data } as never);
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

function open(serverUrl = "ws://host", session: string | null = null, token: string | null = null) {
  const listener = { onOpen: vi.fn(), onMessage: vi.fn(), onFault: vi.fn(), onClose: vi.fn() };
  const transport = new WebSocketTransport(
    {
      serverUrl,
      identity: { clientId: "user 1", session },
      token,
      constructor: ScriptedSocket,
      heartbeat: { intervalMs: 1000, timeoutMs: 300 },
      connectTimeoutMs: 500,
      onPing: vi.fn(),
    },
    listener,
  );
  transport.open();
  return { transport, listener };
}

test("the address names client, session and token", () => {
  open("https://host/", "secret", "a.b");
  expect(socket.url).toBe("wss://host/ws/user%201?session=secret&token=a.b");
  open();
  expect(socket.url).toBe("ws://host/ws/user%201");
});

test("a handshake that takes too long has failed", () => {
  const { listener } = open();
  vi.advanceTimersByTime(500);
  expect(listener.onClose).toHaveBeenCalledExactlyOnceWith(1006, "connect timeout");
  expect(socket.close).toHaveBeenCalled();
});

test("a connection that answers no ping is dead", () => {
  const { listener } = open();
  socket.opens();
  vi.advanceTimersByTime(1000);
  expect(socket.send).toHaveBeenCalledWith('{"type":"ping"}');
  vi.advanceTimersByTime(300);
  expect(listener.onClose).toHaveBeenCalledExactlyOnceWith(1006, "heartbeat timeout");
});

test("what is no message is not passed on", () => {
  const { listener } = open();
  socket.opens();
  for (const data of ["{", "[]", "1", "null", '{"type":1}', new ArrayBuffer(1)]) socket.says(data);
  expect(listener.onMessage).not.toHaveBeenCalled();
  socket.says('{"type":"pong","timestamp":"t"}');
  expect(listener.onMessage).toHaveBeenCalledExactlyOnceWith({ type: "pong", timestamp: "t" });
});

test("nothing is told after close", () => {
  const { transport, listener } = open();
  const { onclose } = socket;
  transport.close();
  expect(onclose).not.toBeNull();
  expect(socket.onclose).toBeNull();
  vi.advanceTimersByTime(10_000);
  expect(listener.onClose).not.toHaveBeenCalled();
});
