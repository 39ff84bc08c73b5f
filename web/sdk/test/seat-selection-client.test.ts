import { expect, test, vi } from "vitest";
import { SeatSelectionClient } from "../src/index.js";
import { createClient, joined, next, quick, startServer } from "./support.js";

test("has the fields and defaults of the plain client", () => {
  const client = new SeatSelectionClient(undefined, quick);
  expect(client).toMatchObject({ serverUrl: "ws://localhost:8001", ws: null, currentRoom: null });
  expect(client.clientId).toMatch(/^user_[0-9a-f-]{36}$/);
  expect(new SeatSelectionClient(undefined, quick).clientId).not.toBe(client.clientId);
});

test("commands given before there is a connection are carried out in order", async () => {
  const { server, url } = await startServer();
  const client = createClient(url);
  client.connect();
  client.joinRoom("r");
  client.selectSeat("A1", { name: "Juan" });
  expect([...(client.room()?.pending ?? [])]).toEqual(["A1"]);
  await next(client, "seats", (room) => room.mine.has("A1"));
  expect(client.room()?.mine.get("A1")?.userInfo).toEqual({ name: "Juan" });
  expect(client.room()?.pending.size).toBe(0);
  expect(server.commands.map(({ type }) => type)).toEqual(["ping", "join_room", "select_seat"]);
});

test("throws without a room, and when too many commands wait", () => {
  const client = createClient("ws://127.0.0.1:9", { queueLimit: 1 });
  expect(() => client.selectSeat("A1")).toThrow("no room has been joined");
  client.joinRoom("r");
  client.selectSeat("A1");
  expect(() => client.selectSeat("A2")).toThrow("1 commands wait already");
});

test("two clients see each other, and one of them loses", async () => {
  const { url } = await startServer();
  const [ana, juan] = await Promise.all([joined(url, "r"), joined(url, "r")]);
  ana.selectSeat("A1", { name: "Ana" });
  await next(juan, "seats", (room) => room.others.get("A1")?.userInfo["name"] === "Ana");
  juan.selectSeat("A1");
  expect(await next(juan, "error")).toMatchObject({ code: "seat_taken", seat_id: "A1" });
  ana.releaseSeat("A1");
  await next(juan, "seats", (room) => !room.others.has("A1"));
});

test("renewing moves the expiry, once", async () => {
  const { url } = await startServer();
  const client = await joined(url, "r");
  client.selectSeat("A1");
  await next(client, "seats", (room) => room.mine.has("A1"));
  client.renewSeat("A1");
  await next(client, "message", ({ type }) => type === "seat_renewed");
  client.renewSeat("A1");
  expect(await next(client, "error")).toMatchObject({ code: "renew_limit" });
});

test("the callbacks of the plain client are called", async () => {
  const { url } = await startServer();
  const client = createClient(url);
  const types: string[] = [];
  const onClose = vi.fn();
  client.setMessageCallback((message) => types.push(message.type));
  client.setCloseCallback(onClose);
  client.connect();
  client.joinRoom("r");
  await next(client, "seats", (room) => room.joined);
  client.leaveRoom();
  await next(client, "message", ({ type }) => type === "room_left");
  expect(types).toEqual(["pong", "room_joined", "current_selections", "room_left"]);
  expect(client.currentRoom).toBeNull();
  client.disconnect();
  expect(onClose).toHaveBeenCalledOnce();
  expect(client.ws).toBeNull();
});

test("a lost connection is resumed under the same session, with exactly what was missed", async () => {
  const { server, url } = await startServer();
  const client = await joined(url, "r");
  client.selectSeat("A1");
  await next(client, "seats", (room) => room.mine.has("A1"));
  const missed = next(client, "seats", (room) => room.others.has("B2"));
  server.dropAll();
  server.room("r").select("other", "ana", "B1", {});
  server.room("r").select("other", "ana", "B2", {});
  await missed;
  expect([...(client.room()?.others.keys() ?? [])]).toEqual(["B1", "B2"]);
  expect(client.room()?.mine.has("A1")).toBe(true);
  expect(server.commands).toContainEqual({ type: "resume", room_id: "r", offset: 1 });
  expect(server.handshakes[1]).toBe(`/ws/${client.clientId}?session=${client.session}`);
});

test("what cannot be resumed is replaced by the full state", async () => {
  const { server, url } = await startServer();
  const room = server.room("r");
  room.select("other", "ana", "B1", {});
  const client = await joined(url, "r");
  const again = next(client, "message", (message) => message.type === "current_selections");
  room.log.length = 0;
  server.dropAll(1012);
  await again;
  expect([...(client.room()?.others.keys() ?? [])]).toEqual(["B1"]);
});

test("a gap in the offsets is asked about once, and filled", async () => {
  const { server, url } = await startServer();
  const client = await joined(url, "r");
  const room = server.room("r");
  room.select("other", "ana", "B1", {});
  await next(client, "seats", (state) => state.others.has("B1"));
  // Two broadcasts are logged but never delivered; the third shows the gap.
  for (const [seat_id, offset] of [
    ["B2", 2],
    ["B3", 3],
  ] as const) {
    const message = { type: "seat_selected" as const, seat_id, room_id: "r", client_id: "ana", offset };
    room.log.push({ message, holdId: null, session: "other" });
  }
  room.select("other", "ana", "B4", {});
  await next(client, "seats", (state) => state.others.has("B4"));
  expect([...(client.room()?.others.keys() ?? [])]).toEqual(["B1", "B2", "B3", "B4"]);
  expect(server.commands.filter(({ type }) => type === "resume")).toEqual([
    { type: "resume", room_id: "r", offset: 1 },
  ]);
});

test("where WebSocket is blocked, HTTP carries everything, until WebSocket works", async () => {
  const { server, url } = await startServer();
  server.refuseWebSockets = true;
  const client = createClient(url, { websocketRetryMs: 0 });
  client.connect();
  client.joinRoom("r");
  client.selectSeat("A1", { name: "Ana" });
  await next(client, "seats", (room) => room.mine.has("A1"));
  expect(client.state.status).toBe("polling");
  const session = client.session;
  server.refuseWebSockets = false;
  await next(client, "state", ({ status }) => status === "online");
  client.releaseSeat("A1");
  await next(client, "seats", (room) => !room.mine.has("A1"));
  expect(client.session).toBe(session);
});

test("another page of the same tab finds its seats again", async () => {
  const { url } = await startServer();
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  const before = await joined(url, "r", { storage });
  before.selectSeat("A1");
  await next(before, "seats", (room) => room.mine.has("A1"));
  before.disconnect();
  const after = await joined(url, "r", { storage });
  expect(after.clientId).toBe(before.clientId);
  expect(after.room()?.mine.has("A1")).toBe(true);
});

test("a command that waited too long is refused instead of sent", async () => {
  const { server, url } = await startServer();
  const client = createClient(url, { queueMaxAgeMs: -1 });
  client.joinRoom("r");
  client.selectSeat("A1");
  client.connect();
  expect(await next(client, "error")).toMatchObject({ code: "unavailable", seat_id: "A1" });
  await next(client, "seats", (room) => room.joined && room.pending.size === 0);
  expect(server.room("r").offset).toBe(0);
});
