// What ends a hold, and what outlives the server.
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Pulso } from "../support/pulso";
import { Redis } from "../support/redis";
import { SeatsClient } from "../support/seats_client";

let rooms = 0;
const newRoom = (): string => `life_${++rooms}`;
const short = { PULSO_AUTH_ANONYMOUS: "seats", PULSO_SEATS_HOLD_TTL: "1500ms", PULSO_SEATS_DISCONNECT_GRACE: "500ms" };

describe("one server, live state in memory", () => {
  let server: Pulso;
  beforeAll(async () => {
    server = await Pulso.start({ env: short });
  });
  afterAll(async () => {
    await server?.stop();
  });

  it("announces an expiry once, to the owner too, when its time has come", async () => {
    const room = newRoom();
    const [ana, luz] = [await SeatsClient.connect(server.ws, "ana"), await SeatsClient.connect(server.ws, "luz")];
    await ana.join(room);
    await luz.join(room);
    const held = await ana.select(room, "A1");
    for (const client of [ana, luz]) {
      const released = await client.next("seat_released");
      expect(released).toMatchObject({ seat_id: "A1", client_id: "ana", reason: "expired" });
      expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(held.expires_at));
      expect((await client.settle()).filter((m) => m.type === "seat_released")).toEqual([]);
    }
    expect(await luz.select(room, "A1")).toMatchObject({ type: "seat_selected" });
    await Promise.all([ana.close(), luz.close()]);
  });

  it("releases a vanished client's holds after the grace, and a returning one's not", async () => {
    const room = newRoom();
    const [ana, luz] = [await SeatsClient.connect(server.ws, "ana"), await SeatsClient.connect(server.ws, "luz")];
    await ana.join(room);
    await luz.join(room);
    await ana.select(room, "A1");
    await luz.next("seat_selected");
    ana.socket.terminate();
    expect(await luz.next("seat_released")).toMatchObject({ seat_id: "A1", reason: "disconnected" });
    await luz.close();
  });
});

describe("embedded mode, killed and restarted", () => {
  it("still has its holds and their owner", async () => {
    const server = await Pulso.start({ env: { PULSO_AUTH_ANONYMOUS: "seats" } });
    const room = newRoom();
    const ana = await SeatsClient.connect(server.ws, "ana");
    await ana.join(room);
    const held = await ana.select(room, "A1", { name: "Ana" });
    await server.kill();
    const again = await server.restart();
    const luz = await SeatsClient.connect(again.ws, "luz");
    const { selections } = await luz.join(room);
    expect(selections.selections).toEqual([
      expect.objectContaining({
        seat_id: "A1",
        client_id: "ana",
        expires_at: held.expires_at,
        user_info: { name: "Ana" },
      }),
    ]);
    expect(await luz.select(room, "A1")).toMatchObject({ type: "error", code: "seat_taken" });
    const back = await SeatsClient.connect(again.ws, "ana", { session: ana.session });
    await back.join(room);
    back.send({ type: "release_seat", room_id: room, seat_id: "A1" });
    expect(await back.next("seat_released")).toMatchObject({ seat_id: "A1" });
    await again.stop();
  });
});

describe("two servers on one Redis", () => {
  it("expires a dead instance's hold on time on the other, once", async () => {
    const redis = await Redis.start();
    const env = { ...short, REDIS_URL: redis.url };
    const [one, two] = [await Pulso.start({ env }), await Pulso.start({ env })];
    await one.ready();
    await two.ready();
    const room = newRoom();
    const ana = await SeatsClient.connect(one.ws, "ana");
    const luz = await SeatsClient.connect(two.ws, "luz");
    await ana.join(room);
    await luz.join(room);
    const held = await ana.select(room, "A1");
    await luz.next("seat_selected");
    await one.kill();
    const released = await luz.next("seat_released");
    expect(released).toMatchObject({ seat_id: "A1", reason: "expired" });
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(held.expires_at));
    expect((await luz.settle()).filter((m) => m.type === "seat_released")).toEqual([]);
    await two.stop();
    await redis.stop();
  });
});
