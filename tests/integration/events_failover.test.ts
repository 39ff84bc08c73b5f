// 5,000 events to npm's EventSource over a network that is cut at random, heartbeats between, and half-way the instance
// that serves the stream is killed and another takes over.
import { EventSource } from "eventsource";
import { afterAll, beforeAll, expect, it } from "vitest";

import { CutProxy } from "../support/cut_proxy";
import { Postgres } from "../support/postgres";
import { eventually } from "../support/processes";
import { Pulso } from "../support/pulso";
import { Redis } from "../support/redis";
import { userToken } from "../support/tokens";

let postgres: Postgres;
let redis: Redis;
let servers: Pulso[];
beforeAll(async () => {
  [postgres, redis] = await Promise.all([Postgres.start(), Redis.start()]);
  const env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url, PULSO_EVENTS_HEARTBEAT_INTERVAL: "1s" };
  servers = [await Pulso.start({ env }), await Pulso.start({ env })];
});
afterAll(async () => {
  for (const server of servers ?? []) await server.stop();
  await postgres?.stop();
  await redis?.stop();
});

it("every event arrives exactly once and in order", async () => {
  const count = 5_000;
  const [serving, spare] = servers as [Pulso, Pulso];
  const token = userToken({ sub: "a", account_id: "1", scope: "events:write" });
  const proxy = await CutProxy.start(serving.port);
  const source = new EventSource(`${proxy.url}/events/stream?token=${token}`);
  const received: number[] = [];
  const types = new Set<string>();
  for (const type of ["connection", "heartbeat", "reset"]) source.addEventListener(type, () => types.add(type));
  source.addEventListener("note", ({ data }: { data: string }) => received.push(Number(data)));
  await eventually(() => types.has("connection"));

  const publish = async (from: number, to: number): Promise<void> => {
    const body = Array.from({ length: to - from }, (_, i) => ({ type: "note", data: from + i, id: `n${from + i}` }));
    const answer = await fetch(`${spare.http}/events/publish`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
  };
  for (let sent = 0, burst = 1; sent < count; burst = (burst % 23) + 1) {
    const to = Math.min(sent + burst, count);
    await publish(sent, to);
    const isHalf = sent < count / 2 && to >= count / 2;
    if (isHalf) {
      await serving.kill();
      proxy.leadTo(spare.port);
    }
    if (isHalf || sent % 700 > to % 700) {
      proxy.cut();
      await eventually(() => received.length > 0);
    }
    sent = to;
  }
  await eventually(() => received.length >= count, 60_000);
  await eventually(() => types.has("heartbeat"));
  expect(received).toEqual(Array.from({ length: count }, (_, i) => i));
  expect(types).not.toContain("reset");
  source.close();
  proxy.close();
});
