import { expect, onTestFinished, test, vi } from "vitest";
import type { ServerMessage } from "../src/messages.js";
import { PollTransport } from "../src/poll-transport.js";
import { startServer } from "./support.js";

const seat = { room_id: "r", seat_id: "A1" };

async function open() {
  const { server, url } = await startServer();
  const messages: ServerMessage[] = [];
  const onClose = vi.fn();
  const onOpen = vi.fn();
  const transport = new PollTransport(
    { serverUrl: url, identity: { clientId: "me", session: null }, token: null, fetch: globalThis.fetch },
    { onOpen, onMessage: (message) => messages.push(message), onFault: () => {}, onClose },
  );
  onTestFinished(() => transport.close());
  transport.open();
  await vi.waitFor(() => expect(onOpen).toHaveBeenCalled());
  return { server, transport, messages, onClose };
}

test("joining brings the state, and every change brings it anew", async () => {
  const { server, transport, messages } = await open();
  transport.send({ type: "join_room", room_id: "r" });
  await vi.waitFor(() => expect(messages.map(({ type }) => type)).toEqual(["room_joined", "current_selections"]));
  expect(messages[0]).toMatchObject({ client_id: "me", offset: 0, session: expect.any(String) });
  server.room("r").select("other", "ana", "B1", {});
  await vi.waitFor(() =>
    expect(messages.at(-1)).toMatchObject({ type: "current_selections", offset: 1, selections: [{ seat_id: "B1" }] }),
  );
});

test("a seat is selected and released by one session", async () => {
  const { server, transport, messages } = await open();
  transport.send({ type: "select_seat", ...seat, user_info: { name: "Yo" } });
  transport.send({ type: "release_seat", ...seat });
  await vi.waitFor(() => expect(messages.map(({ type }) => type)).toEqual(["seat_selected", "seat_released"]));
  expect(messages[0]).toMatchObject({ ...seat, client_id: "me", hold_id: expect.any(String) });
  expect(messages[0]).not.toHaveProperty("offset");
  expect(server.room("r").offset).toBe(2);
});

test("a refusal becomes an error message", async () => {
  const { server, transport, messages } = await open();
  server.room("r").select("other", "ana", "A1", {});
  transport.send({ type: "select_seat", ...seat, user_info: {} });
  await vi.waitFor(() =>
    expect(messages[0]).toMatchObject({ type: "error", code: "seat_taken", ...seat, expires_at: expect.any(String) }),
  );
});

test("a hold is renewed, up to the limit", async () => {
  const { transport, messages } = await open();
  transport.send({ type: "select_seat", ...seat, user_info: {} });
  transport.send({ type: "renew_seat", ...seat });
  transport.send({ type: "renew_seat", ...seat });
  await vi.waitFor(() => expect(messages.length).toBe(3));
  expect(messages.slice(1)).toMatchObject([
    { type: "seat_renewed", expires_at: expect.any(String) },
    { type: "error", code: "renew_limit" },
  ]);
});

test("a seat asked for right after joining belongs to the session of the poll", async () => {
  const { server, transport, messages } = await open();
  transport.send({ type: "join_room", room_id: "r" });
  transport.send({ type: "select_seat", ...seat, user_info: {} });
  await vi.waitFor(() => expect(messages.some(({ type }) => type === "seat_selected")).toBe(true));
  const [joined] = messages;
  expect(joined).toMatchObject({ type: "room_joined" });
  expect(server.room("r").heldBy((joined as { session: string }).session)).toEqual(["A1"]);
});

test("a room that was left is not polled any more", async () => {
  const { server, transport, messages, onClose } = await open();
  transport.send({ type: "join_room", room_id: "r" });
  await vi.waitFor(() => expect(messages.length).toBe(2));
  transport.send({ type: "leave_room", room_id: "r" });
  expect(messages[2]).toMatchObject({ type: "room_left" });
  server.room("r").select("other", "ana", "B1", {});
  transport.send({ type: "select_seat", ...seat, user_info: {} });
  await vi.waitFor(() => expect(messages.length).toBe(4));
  expect(messages[3]?.type).toBe("seat_selected");
  expect(onClose).not.toHaveBeenCalled();
});

test("a server that goes away ends the transport", async () => {
  const { server, transport, messages, onClose } = await open();
  transport.send({ type: "join_room", room_id: "r" });
  await vi.waitFor(() => expect(messages.length).toBe(2));
  await server.close();
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledExactlyOnceWith(1006, "request failed"));
});
