// Every row of the message table and every error code of the seats system, over a real socket.
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Pulso } from "../support/pulso";
import { SeatsClient } from "../support/seats_client";
import { userToken } from "../support/tokens";

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
let server: Pulso;
let rooms = 0;
const newRoom = (): string => `room_${++rooms}`;

beforeAll(async () => {
  server = await Pulso.start({
    env: { PULSO_AUTH_ANONYMOUS: "seats", PULSO_SEATS_MAX_SEATS: "3", PULSO_SEATS_MAX_ROOMS: "2" },
  });
});
afterAll(async () => {
  await server?.stop();
});

const connect = (id: string, query: Record<string, string> = {}): Promise<SeatsClient> =>
  SeatsClient.connect(server.ws, id, query);

describe("rows of the message table", () => {
  it("join_room answers room_joined, then current_selections", async () => {
    const ana = await connect("ana");
    const room = newRoom();
    const { joined, selections } = await ana.join(room);
    expect(joined).toMatchObject({ room_id: room, client_id: "ana" });
    expect(joined.session).toMatch(/^[\w-]{20,}$/);
    expect(selections).toMatchObject({ room_id: room, selections: [], sold: [] });
    await ana.close();
  });

  it("select_seat answers the sender with the hold and tells the others", async () => {
    const [ana, luz] = [await connect("ana"), await connect("luz")];
    const room = newRoom();
    await ana.join(room);
    await luz.join(room);
    const answer = await ana.select(room, "A1", { name: "Ana", email: "ana@example.com" });
    expect(answer).toMatchObject({ type: "seat_selected", seat_id: "A1", room_id: room, client_id: "ana" });
    expect(answer.timestamp).toMatch(iso);
    expect(Date.parse(answer.expires_at) - Date.parse(answer.timestamp)).toBe(300_000);
    expect(answer.hold_id).toBeTruthy();
    const told = await luz.next("seat_selected");
    expect(told).toMatchObject({
      seat_id: "A1",
      room_id: room,
      client_id: "ana",
      user_info: { name: "Ana", email: "ana@example.com" },
      expires_at: answer.expires_at,
      offset: answer.offset,
    });
    expect(told.hold_id).toBeUndefined();
    expect((await ana.settle()).filter((m) => m.type === "seat_selected")).toEqual([]);

    const late = await connect("late");
    const { selections } = await late.join(room);
    expect(selections.selections).toEqual([
      expect.objectContaining({
        client_id: "ana",
        seat_id: "A1",
        room_id: room,
        user_info: { name: "Ana", email: "ana@example.com" },
        timestamp: answer.timestamp,
        expires_at: answer.expires_at,
      }),
    ]);
    await Promise.all([ana.close(), luz.close(), late.close()]);
  });

  it("selecting one's own seat again answers with the unchanged expiry and tells nobody", async () => {
    const [ana, luz] = [await connect("ana"), await connect("luz")];
    const room = newRoom();
    await ana.join(room);
    await luz.join(room);
    const first = await ana.select(room, "A1");
    await luz.next("seat_selected");
    const again = await ana.select(room, "A1");
    expect(again).toMatchObject({ type: "seat_selected", expires_at: first.expires_at, hold_id: first.hold_id });
    expect(await luz.settle()).toEqual([]);
    await Promise.all([ana.close(), luz.close()]);
  });

  it("release_seat answers and tells the others", async () => {
    const [ana, luz] = [await connect("ana"), await connect("luz")];
    const room = newRoom();
    await ana.join(room);
    await luz.join(room);
    await ana.select(room, "A1");
    ana.send({ type: "release_seat", room_id: room, seat_id: "A1" });
    expect(await ana.next("seat_released")).toMatchObject({ seat_id: "A1", room_id: room, client_id: "ana" });
    expect(await luz.next("seat_released")).toMatchObject({ seat_id: "A1", room_id: room, client_id: "ana" });
    expect(await luz.select(room, "A1")).toMatchObject({ type: "seat_selected" });
    await Promise.all([ana.close(), luz.close()]);
  });

  it("renew_seat moves the expiry once", async () => {
    const [ana, luz] = [await connect("ana"), await connect("luz")];
    const room = newRoom();
    await ana.join(room);
    await luz.join(room);
    const held = await ana.select(room, "A1");
    ana.send({ type: "renew_seat", room_id: room, seat_id: "A1" });
    const renewed = await ana.next("seat_renewed");
    expect(renewed).toMatchObject({ seat_id: "A1", room_id: room, client_id: "ana" });
    expect(Date.parse(renewed.expires_at)).toBeGreaterThanOrEqual(Date.parse(held.expires_at));
    expect(await luz.next("seat_renewed")).toMatchObject({ seat_id: "A1", expires_at: renewed.expires_at });
    ana.send({ type: "renew_seat", room_id: room, seat_id: "A1" });
    expect(await ana.next("error")).toMatchObject({ code: "renew_limit", seat_id: "A1", room_id: room });
    await Promise.all([ana.close(), luz.close()]);
  });

  it("leave_room answers room_left, and nothing of the room comes any more", async () => {
    const [ana, luz] = [await connect("ana"), await connect("luz")];
    const room = newRoom();
    await ana.join(room);
    await luz.join(room);
    luz.send({ type: "leave_room", room_id: room });
    expect(await luz.next("room_left")).toMatchObject({ room_id: room, client_id: "luz" });
    await ana.select(room, "A1");
    expect(await luz.settle()).toEqual([]);
    await Promise.all([ana.close(), luz.close()]);
  });

  it("ping answers pong with the time", async () => {
    const ana = await connect("ana");
    ana.send({ type: "ping" });
    expect((await ana.next("pong")).timestamp).toMatch(iso);
    await ana.close();
  });

  it("handles what is sent back to back in order", async () => {
    const ana = await connect("ana");
    const room = newRoom();
    for (const message of [
      { type: "join_room", room_id: room },
      { type: "select_seat", room_id: room, seat_id: "A1" },
      { type: "select_seat", room_id: room, seat_id: "A2" },
      { type: "release_seat", room_id: room, seat_id: "A1" },
      { type: "ping" },
      { type: "leave_room", room_id: room },
    ]) {
      ana.send(message);
    }
    await ana.next("room_left");
    expect(ana.received.map((m) => m.type)).toEqual([
      "room_joined",
      "current_selections",
      "seat_selected",
      "seat_selected",
      "seat_released",
      "pong",
      "room_left",
    ]);
    const offsets = ana.received.filter((m) => m.type.startsWith("seat_")).map((m) => m.offset);
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
    await ana.close();
  });
});

describe("error codes", () => {
  const refusals: Array<{ code: string; send: (room: string) => unknown; joined?: boolean }> = [
    { code: "bad_json", send: () => "{nope" },
    { code: "bad_json", send: () => "" },
    { code: "bad_json", send: () => `${"[".repeat(5000)}` },
    { code: "bad_message", send: () => "[]" },
    { code: "bad_message", send: () => "42" },
    { code: "bad_message", send: () => ({ room_id: "x" }) },
    { code: "bad_message", send: () => ({ type: 7 }) },
    { code: "bad_message", send: () => Buffer.from([1, 2, 3]) },
    { code: "bad_message", send: () => ({ type: "join_room" }) },
    { code: "bad_message", send: () => ({ type: "join_room", room_id: 7 }) },
    { code: "bad_message", send: () => ({ type: "join_room", room_id: "no spaces" }) },
    { code: "bad_message", send: () => ({ type: "join_room", room_id: "x".repeat(129) }) },
    { code: "bad_message", joined: true, send: (room) => ({ type: "select_seat", room_id: room }) },
    { code: "bad_message", joined: true, send: (room) => ({ type: "select_seat", room_id: room, seat_id: "A 1" }) },
    {
      code: "bad_message",
      joined: true,
      send: (room) => ({ type: "select_seat", room_id: room, seat_id: "A1", user_info: "Ana" }),
    },
    {
      code: "bad_message",
      joined: true,
      send: (room) => ({ type: "select_seat", room_id: room, seat_id: "A1", user_info: { deep: { er: 1 } } }),
    },
    {
      code: "bad_message",
      joined: true,
      send: (room) => ({ type: "select_seat", room_id: room, seat_id: "A1", user_info: { name: "x".repeat(1100) } }),
    },
    { code: "unknown_type", send: () => ({ type: "dance" }) },
    { code: "not_in_room", send: (room) => ({ type: "select_seat", room_id: room, seat_id: "A1" }) },
    { code: "not_in_room", send: (room) => ({ type: "release_seat", room_id: room, seat_id: "A1" }) },
    { code: "not_in_room", send: (room) => ({ type: "renew_seat", room_id: room, seat_id: "A1" }) },
    { code: "not_in_room", send: (room) => ({ type: "leave_room", room_id: room }) },
    { code: "not_owner", joined: true, send: (room) => ({ type: "release_seat", room_id: room, seat_id: "Z9" }) },
    { code: "not_owner", joined: true, send: (room) => ({ type: "renew_seat", room_id: room, seat_id: "Z9" }) },
  ];
  it.each(refusals.map((refusal, index) => [index, refusal.code, refusal] as const))(
    "row %i: %s, and the connection lives on",
    async (_index, code, refusal) => {
      const ana = await connect("ana");
      const room = newRoom();
      if (refusal.joined) await ana.join(room);
      ana.send(refusal.send(room));
      const error = await ana.next("error");
      expect(error.code).toBe(code);
      expect(error.message).toBeTruthy();
      ana.send({ type: "ping" });
      await ana.next("pong");
      await ana.close();
    },
  );

  it("seat_taken tells until when", async () => {
    const [ana, luz] = [await connect("ana"), await connect("luz")];
    const room = newRoom();
    await ana.join(room);
    await luz.join(room);
    const held = await ana.select(room, "A1");
    expect(await luz.select(room, "A1")).toMatchObject({
      type: "error",
      code: "seat_taken",
      seat_id: "A1",
      room_id: room,
      expires_at: held.expires_at,
    });
    luz.send({ type: "release_seat", room_id: room, seat_id: "A1" });
    expect(await luz.next("error")).toMatchObject({ code: "not_owner", seat_id: "A1" });
    await Promise.all([ana.close(), luz.close()]);
  });

  it("seat_limit and room_limit", async () => {
    const ana = await connect("ana");
    const room = newRoom();
    await ana.join(room);
    for (const seat of ["A1", "A2", "A3"])
      expect(await ana.select(room, seat)).toMatchObject({ type: "seat_selected" });
    expect(await ana.select(room, "A4")).toMatchObject({ type: "error", code: "seat_limit" });
    await ana.join(newRoom());
    ana.send({ type: "join_room", room_id: newRoom() });
    expect(await ana.next("error")).toMatchObject({ code: "room_limit" });
    await ana.close();
  });

  it("rate_limited, and abuse closes with 1008", async () => {
    const ana = await connect("ana");
    for (let i = 0; i < 400; ++i) ana.send({ type: "ping" });
    expect(await ana.next("error")).toMatchObject({ code: "rate_limited" });
    expect(await ana.closed).toMatchObject({ code: 1008 });
  });
});

describe("who one is", () => {
  it("two anonymous clients of one id both work, the later one is id~2 to others", async () => {
    const [first, second, luz] = [await connect("same"), await connect("same"), await connect("luz")];
    const room = newRoom();
    for (const client of [first, second, luz]) await client.join(room);
    expect(await first.select(room, "A1")).toMatchObject({ type: "seat_selected", client_id: "same" });
    expect(await luz.next("seat_selected")).toMatchObject({ client_id: "same" });
    second.send({ type: "select_seat", room_id: room, seat_id: "A2" });
    expect(await second.next("seat_selected", (m) => m.seat_id === "A2")).toMatchObject({ client_id: "same" });
    expect(await luz.next("seat_selected")).toMatchObject({ client_id: "same~2" });
    expect(await first.next("seat_selected")).toMatchObject({ client_id: "same~2" });
    second.send({ type: "select_seat", room_id: room, seat_id: "A1" });
    expect(await second.next("error")).toMatchObject({ code: "seat_taken" });
    await Promise.all([first.close(), second.close(), luz.close()]);
  });

  it("the session gives the holds back after a reload", async () => {
    const ana = await connect("ana");
    const room = newRoom();
    await ana.join(room);
    await ana.select(room, "A1");
    ana.socket.terminate();
    const back = await connect("ana", { session: ana.session });
    await back.join(room);
    back.send({ type: "release_seat", room_id: room, seat_id: "A1" });
    expect(await back.next("seat_released")).toMatchObject({ seat_id: "A1" });
    await back.close();
  });

  it("a client id in use by another user is refused, the same user's newer connection replaces the older", async () => {
    const [tokenA, tokenB] = [userToken({ sub: "u1" }), userToken({ sub: "u2" })];
    const older = await connect("desk", { token: tokenA });
    await older.join(newRoom());
    const other = await connect("desk", { token: tokenB });
    expect(await other.closed).toMatchObject({ code: 4409 });
    const newer = await connect("desk", { token: tokenA });
    expect(await older.closed).toMatchObject({ code: 4410 });
    newer.send({ type: "ping" });
    await newer.next("pong");
    await newer.close();
  });

  it("a bad token is refused in the handshake", async () => {
    const forged = userToken({ sub: "u1" }, "another-secret-of-32-bytes-or-so");
    await expect(connect("ana", { token: forged })).rejects.toThrow("401");
  });
});

describe("resume", () => {
  it("gives exactly what was missed, once each", async () => {
    const [ana, luz] = [await connect("ana"), await connect("luz")];
    const room = newRoom();
    await ana.join(room);
    const { joined } = await luz.join(room);
    luz.socket.terminate();
    await ana.select(room, "A1");
    await ana.select(room, "A2");
    ana.send({ type: "release_seat", room_id: room, seat_id: "A1" });
    await ana.next("seat_released");
    const back = await connect("luz", { session: luz.session });
    back.send({ type: "resume", room_id: room, offset: joined.offset });
    expect(await back.next("room_joined")).toMatchObject({ recovered: true });
    await ana.select(room, "A3");
    await back.next("seat_selected", (m) => m.seat_id === "A3");
    expect(back.received.slice(1).map((m) => [m.type, m.seat_id])).toEqual([
      ["seat_selected", "A1"],
      ["seat_selected", "A2"],
      ["seat_released", "A1"],
      ["seat_selected", "A3"],
    ]);
    await Promise.all([ana.close(), back.close()]);
  });

  it("says plainly when it can't and gives the full state", async () => {
    const ana = await connect("ana");
    const room = newRoom();
    ana.send({ type: "resume", room_id: room, offset: 999_999 });
    expect(await ana.next("room_joined")).toMatchObject({ recovered: false });
    expect(await ana.next("current_selections")).toMatchObject({ room_id: room });
    await ana.close();
  });
});
