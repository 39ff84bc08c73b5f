// Hand-over to a ticket shop: all or none, once per reference, and for good.
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createKey } from "../support/keys";
import { Postgres } from "../support/postgres";
import { Pulso } from "../support/pulso";
import { Redis } from "../support/redis";
import { SeatsClient } from "../support/seats_client";

let rooms = 0;
const newRoom = (): string => `shop_${++rooms}`;

describe.each(["SQLite", "PostgreSQL", "SQLite and Redis"] as const)("on %s", (engine) => {
  let postgres: Postgres | undefined;
  let redis: Redis | undefined;
  let server: Pulso;
  let key: string;
  const engines: Record<string, string> = {};

  beforeAll(async () => {
    if (engine === "PostgreSQL") {
      postgres = await Postgres.start();
      engines.DATABASE_URL = postgres.url;
    }
    if (engine === "SQLite and Redis") {
      redis = await Redis.start();
      engines.REDIS_URL = redis.url;
    }
    server = await Pulso.start({ env: { ...engines, PULSO_AUTH_ANONYMOUS: "seats" } });
    await server.ready();
    key = createKey(server, ["seats:write"], engines);
  });
  afterAll(async () => {
    await server?.stop();
    await redis?.stop();
    await postgres?.stop();
  });

  const confirm = async (room: string, body: unknown, credential = key): Promise<{ status: number; body: any }> => {
    const response = await fetch(`${server.http}/room/${room}/confirm`, {
      method: "POST",
      headers: { "X-API-Key": credential, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  };
  const connect = (id: string): Promise<SeatsClient> => SeatsClient.connect(server.ws, id);

  it("turns holds into sold seats, tells the room, and answers the same for the same reference", async () => {
    const room = newRoom();
    const [ana, luz] = [await connect("ana"), await connect("luz")];
    await ana.join(room);
    await luz.join(room);
    const holds = [await ana.select(room, "A1"), await ana.select(room, "A2")];
    const order = {
      client_id: "ana",
      seats: ["A1", "A2"],
      reference: "order-1",
      hold_ids: holds.map((h) => h.hold_id),
    };
    const first = await confirm(room, order);
    expect(first.status).toBe(200);
    for (const client of [ana, luz]) {
      const sold = await client.next("seat_sold");
      expect([...sold.seats].sort()).toEqual(["A1", "A2"]);
    }
    const again = await confirm(room, order);
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(await luz.settle()).toEqual([]);
    expect((await confirm(room, { ...order, seats: ["A1"], hold_ids: undefined })).status).toBe(409);

    expect(await luz.select(room, "A1")).toMatchObject({ type: "error", code: "seat_sold" });
    const late = await connect("late");
    const { selections } = await late.join(room);
    expect([...selections.sold].sort()).toEqual(["A1", "A2"]);
    expect(selections.selections.map((s: { seat_id: string }) => s.seat_id).sort()).toEqual(["A1", "A2"]);
    for (const selection of selections.selections) expect(selection.expires_at ?? null).toBeNull();
    await Promise.all([ana.close(), luz.close(), late.close()]);
  });

  it("is all or none, and fenced by hold ids", async () => {
    const room = newRoom();
    const [ana, luz] = [await connect("ana"), await connect("luz")];
    await ana.join(room);
    await luz.join(room);
    const old = await ana.select(room, "A1");
    await luz.select(room, "A2");
    const refused = await confirm(room, { client_id: "ana", seats: ["A1", "A2"], reference: "order-x" });
    expect(refused.status).toBe(409);
    ana.send({ type: "release_seat", room_id: room, seat_id: "A1" });
    await ana.next("seat_released");
    await ana.select(room, "A1");
    const fenced = await confirm(room, {
      client_id: "ana",
      seats: ["A1"],
      hold_ids: [old.hold_id],
      reference: "order-y",
    });
    expect(fenced.status).toBe(409);
    const state = (await (await fetch(`${server.http}/room/${room}/selections`)).json()) as { sold: string[] };
    expect(state.sold).toEqual([]);
    expect((await luz.settle()).filter((m) => m.type === "seat_sold")).toEqual([]);
    await Promise.all([ana.close(), luz.close()]);
  });

  it("needs a key with the scope", async () => {
    const body = { client_id: "ana", seats: ["A1"], reference: "r" };
    expect((await confirm(newRoom(), body, "")).status).toBe(401);
    expect((await confirm(newRoom(), body, createKey(server, ["stats:read"], engines))).status).toBe(403);
  });

  it("undoes one sale", async () => {
    const room = newRoom();
    const ana = await connect("ana");
    await ana.join(room);
    await ana.select(room, "A1");
    expect((await confirm(room, { client_id: "ana", seats: ["A1"], reference: `undo-${engine}` })).status).toBe(200);
    await ana.next("seat_sold");
    const undone = await fetch(`${server.http}/room/${room}/sold/A1`, {
      method: "DELETE",
      headers: { "X-API-Key": key },
    });
    expect(undone.ok).toBe(true);
    await ana.next("seat_released");
    expect(await ana.select(room, "A1")).toMatchObject({ type: "seat_selected" });
    await ana.close();
  });

  it("what was sold stays sold through kill -9", async () => {
    const room = newRoom();
    const ana = await connect("ana");
    await ana.join(room);
    for (const seat of ["A1", "A2", "A3"]) await ana.select(room, seat);
    // The kill falls into the middle of three sales: whichever was acknowledged must be there.
    const acknowledged: string[] = [];
    const sales = ["A1", "A2", "A3"].map(async (seat) => {
      const sale = await confirm(room, { client_id: "ana", seats: [seat], reference: `kill-${engine}-${seat}` });
      if (sale.status === 200) acknowledged.push(seat);
    });
    await Promise.race(sales);
    await server.kill();
    await Promise.allSettled(sales);
    expect(acknowledged.length).toBeGreaterThan(0);
    server = await server.restart();
    await server.ready();
    const luz = await connect("luz");
    const { selections } = await luz.join(room);
    expect(selections.sold).toEqual(expect.arrayContaining(acknowledged));
    for (const seat of acknowledged) {
      expect(await luz.select(room, seat)).toMatchObject({ type: "error", code: "seat_sold" });
    }
    await luz.close();
  });
});
