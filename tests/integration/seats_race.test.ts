// Exactly one winner: many clients, two instances, and everything that can die meanwhile.
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { eventually } from "../support/processes";
import { Pulso } from "../support/pulso";
import { Redis } from "../support/redis";
import { type Message, SeatsClient } from "../support/seats_client";

const clientCount = Number(process.env.PULSO_RACE_CLIENTS ?? 1000);
const roundCount = Number(process.env.PULSO_RACE_ROUNDS ?? 200);
const env = (redis: Redis): Record<string, string> => ({
  PULSO_AUTH_ANONYMOUS: "seats",
  PULSO_SEATS_MAX_SEATS: "1000",
  PULSO_LIMITS_MESSAGES_PER_SECOND: "0",
  REDIS_URL: redis.url,
});

/** Connects in batches: a thousand handshakes at once would only test the test. */
async function crowd(servers: Pulso[], room: string, count: number): Promise<SeatsClient[]> {
  const clients: SeatsClient[] = [];
  while (clients.length < count) {
    const batch = Array.from({ length: Math.min(100, count - clients.length) }, async (_, i) => {
      const index = clients.length + i;
      const server = servers[index % servers.length] as Pulso;
      const client = await SeatsClient.connect(server.ws, `c${index}`, {}, { perMessageDeflate: false });
      await client.join(room);
      return client;
    });
    clients.push(...(await Promise.all(batch)));
  }
  return clients;
}

const aboutSeat =
  (seat: string) =>
  (message: Message): boolean =>
    message.seat_id === seat && (message.type === "seat_selected" || message.type === "error");

/** All ask for one seat; every member must see the one owner, and the others a refusal of their own. */
async function round(clients: SeatsClient[], room: string, seat: string): Promise<void> {
  for (const client of clients) client.send({ type: "select_seat", room_id: room, seat_id: seat });
  const seen = await Promise.all(
    clients.map(async (client) => {
      const first = await client.next(undefined, aboutSeat(seat));
      if (first.type === "seat_selected" && first.hold_id) return { owner: first.client_id, won: true };
      const second = await client.next(undefined, aboutSeat(seat));
      const selected = first.type === "seat_selected" ? first : second;
      const refused = first.type === "error" ? first : second;
      expect(selected.type).toBe("seat_selected");
      expect(refused).toMatchObject({ type: "error", code: "seat_taken" });
      return { owner: selected.client_id, won: false };
    }),
  );
  const owners = new Set(seen.map((view) => view.owner));
  expect(owners.size).toBe(1);
  expect(seen.filter((view) => view.won).length).toBe(1);
}

describe("two instances on one Redis", () => {
  let redis: Redis;
  let servers: [Pulso, Pulso];
  beforeAll(async () => {
    redis = await Redis.start();
    servers = [await Pulso.start({ env: env(redis) }), await Pulso.start({ env: env(redis) })];
    for (const server of servers) await server.ready();
  });
  afterAll(async () => {
    for (const server of servers ?? []) await server.stop();
    await redis?.stop();
  });

  it(`${clientCount} clients, ${roundCount} rounds: one winner each, and everyone sees the same`, async () => {
    const clients = await crowd(servers, "race", clientCount);
    for (let i = 0; i < roundCount; ++i) {
      await round(clients, "race", `S${i}`);
      for (const client of clients) client.forget();
    }
    await Promise.all(clients.map((client) => client.close()));
  }, 600_000);

  it("one instance killed mid-round: no seat has two owners, no acknowledged hold is lost", async () => {
    const third = await Pulso.start({ env: env(redis) });
    await third.ready();
    const room = "killed";
    const clients = await crowd([servers[0], third], room, 100);
    const survivors = clients.filter((_, index) => index % 2 === 0);
    const seats = Array.from({ length: 40 }, (_, index) => `K${index}`);
    for (const seat of seats) {
      for (const client of clients) client.send({ type: "select_seat", room_id: room, seat_id: seat });
    }
    await survivors[0]?.next("seat_selected");
    await third.kill();
    await Promise.all(clients.filter((_, index) => index % 2 === 1).map((client) => client.closed));
    for (const client of survivors) {
      await client.settle();
    }
    const owners = new Map<string, Set<string>>();
    for (const client of clients) {
      for (const message of client.received) {
        if (message.type !== "seat_selected") continue;
        const known = owners.get(message.seat_id) ?? new Set();
        owners.set(message.seat_id, known.add(message.client_id));
      }
    }
    for (const [seat, names] of owners) expect([seat, names.size]).toEqual([seat, 1]);
    const state = (await (await fetch(`${servers[1].http}/room/${room}/selections`)).json()) as {
      selections: Array<{ seat_id: string; client_id: string }>;
    };
    const held = new Map(state.selections.map((selection) => [selection.seat_id, selection.client_id]));
    for (const client of clients) {
      for (const message of client.received) {
        if (message.type === "seat_selected" && message.hold_id)
          expect(held.get(message.seat_id)).toBe(client.clientId);
      }
    }
    await Promise.all(survivors.map((client) => client.close()));
  }, 120_000);
});

describe("Redis away", () => {
  it.each(["stopped", "killed and restarted"] as const)(
    "%s: refusals meanwhile, no false grant, recovery by itself",
    async (how) => {
      const redis = await Redis.start();
      const servers = [await Pulso.start({ env: env(redis) }), await Pulso.start({ env: env(redis) })];
      for (const server of servers) await server.ready();
      const room = "away";
      const [ana, luz] = await crowd(servers, room, 2);
      if (!ana || !luz) throw new Error("two clients were asked for");
      const before = await ana.select(room, "A1");
      expect(before).toMatchObject({ type: "seat_selected" });

      if (how === "stopped") redis.freeze();
      else await redis.kill();
      const stoppedAt = Date.now();
      do {
        expect(await luz.select(room, "A2")).toMatchObject({ type: "error", code: "unavailable" });
      } while (how === "stopped" && Date.now() - stoppedAt < 10_000);
      await eventually(async () => (await fetch(`${servers[0]?.http}/ready`)).status === 503);
      if (how === "stopped") redis.thaw();
      else await redis.restart();

      for (const server of servers) await server.ready();
      // What was acknowledged is still held; what was refused was not granted behind the client's back.
      expect(await luz.select(room, "A1")).toMatchObject({ type: "error", code: "seat_taken" });
      const granted = await ana.select(room, "A2");
      expect(granted).toMatchObject({ type: "seat_selected" });
      expect(await luz.next("seat_selected", (m) => m.seat_id === "A2")).toMatchObject({ client_id: "c0" });
      for (const client of [ana, luz]) await client.close();
      for (const server of servers) await server.stop();
      await redis.stop();
    },
    120_000,
  );
});
