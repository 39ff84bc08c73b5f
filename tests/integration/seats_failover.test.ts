// A master dies and its replica takes over: nothing is granted twice, and the rooms come back by themselves.
import { expect, it } from "vitest";

import { eventually } from "../support/processes";
import { Pulso } from "../support/pulso";
import { SeatsClient } from "../support/seats_client";
import { SentinelSet } from "../support/sentinel";

it("after a Sentinel failover holds stand, unverified seats freeze for hold_ttl, then all goes on", async () => {
  const redis = await SentinelSet.start();
  const env = {
    REDIS_URL: redis.url,
    PULSO_AUTH_ANONYMOUS: "seats",
    PULSO_SEATS_HOLD_TTL: "8s",
    PULSO_LIMITS_MESSAGES_PER_SECOND: "0",
  };
  const servers = [await Pulso.start({ env }), await Pulso.start({ env })];
  for (const server of servers) await server.ready();
  const [one, two] = servers as [Pulso, Pulso];
  const ana = await SeatsClient.connect(one.ws, "ana");
  const luz = await SeatsClient.connect(two.ws, "luz");
  await ana.join("hall");
  await luz.join("hall");
  expect(await ana.select("hall", "A1")).toMatchObject({ type: "seat_selected" });

  await redis.master.kill();
  await redis.switched();
  await eventually(async () => (await fetch(`${two.http}/ready`)).ok);
  // Replicated or not, the acknowledged hold is nobody else's.
  const other = await luz.select("hall", "A1");
  expect(other.type).toBe("error");
  expect(["seat_taken", "unavailable"]).toContain(other.code);
  // A seat that looks free may have been granted by the old master: nobody gets it for as long as such a hold could last.
  expect(await luz.select("hall", "B7")).toMatchObject({ type: "error", code: "unavailable" });

  const granted = await eventually(async () => {
    const answer = await luz.select("hall", "B7");
    return answer.type === "seat_selected" && answer;
  }, 30_000);
  expect(granted.client_id).toBe("luz");
  expect(await ana.next("seat_selected", (m) => m.seat_id === "B7")).toMatchObject({ client_id: "luz" });
  await Promise.all([ana.close(), luz.close()]);
  for (const server of servers) await server.stop();
  await redis.stop();
}, 120_000);
