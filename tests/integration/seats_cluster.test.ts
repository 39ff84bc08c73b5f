// Two instances on a Redis Cluster: rooms lie on different masters, and their events go by sharded channels.
import { afterAll, beforeAll, expect, it } from "vitest";

import { eventually } from "../support/processes";
import { Pulso } from "../support/pulso";
import { RedisCluster } from "../support/redis_cluster";
import { SeatsClient } from "../support/seats_client";

let cluster: RedisCluster;
let one: Pulso;
let two: Pulso;
beforeAll(async () => {
  cluster = await RedisCluster.start();
  const env = { REDIS_URL: cluster.url, PULSO_AUTH_ANONYMOUS: "seats", PULSO_SEATS_HOLD_TTL: "60s" };
  [one, two] = await Promise.all([Pulso.start({ env }), Pulso.start({ env })]);
  await Promise.all([one.ready(), two.ready()]);
}, 60_000);
afterAll(async () => {
  await one?.stop();
  await two?.stop();
  await cluster?.stop();
});

it("a seat of every room has one winner, and both instances tell of it", async () => {
  for (let i = 0; i < 12; ++i) {
    const room = `hall-${i}`;
    const ana = await SeatsClient.connect(one.ws, "ana");
    const luz = await SeatsClient.connect(two.ws, "luz");
    await ana.join(room);
    await luz.join(room);
    expect(await ana.select(room, "A1")).toMatchObject({ type: "seat_selected", client_id: "ana" });
    expect(await luz.next("seat_selected")).toMatchObject({ seat_id: "A1", client_id: "ana" });
    expect(await luz.select(room, "A1")).toMatchObject({ type: "error", code: "seat_taken" });
    ana.send({ type: "release_seat", room_id: room, seat_id: "A1" });
    expect(await luz.next("seat_released")).toMatchObject({ seat_id: "A1" });
    await Promise.all([ana.close(), luz.close()]);
  }
}, 60_000);

it("a master that dies and comes back costs its rooms nothing", async () => {
  const rooms = Array.from({ length: 9 }, (_, i) => `night-${i}`);
  const ana = await SeatsClient.connect(one.ws, "ana");
  for (const room of rooms) {
    await ana.join(room);
    expect(await ana.select(room, "A1")).toMatchObject({ type: "seat_selected" });
  }
  const node = cluster.nodes[1];
  await node?.kill();
  await node?.restart();
  const luz = await SeatsClient.connect(two.ws, "luz");
  for (const room of rooms) {
    await eventually(async () => {
      luz.send({ type: "join_room", room_id: room });
      return (await luz.next(undefined, (m) => m.type === "room_joined" || m.type === "error")).type === "room_joined";
    });
    const answer = await eventually(async () => {
      const heard = await luz.select(room, "A1");
      return heard.code !== "unavailable" && heard;
    }, 30_000);
    expect(answer).toMatchObject({ type: "error", code: "seat_taken" });
  }
  await Promise.all([ana.close(), luz.close()]);
}, 90_000);
