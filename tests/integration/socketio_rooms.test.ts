// What reaches which instance, and how many rooms a connection may be in.
import { afterAll, beforeAll, expect, it } from "vitest";

import { Program } from "../support/processes";
import { Pulso } from "../support/pulso";
import { Redis } from "../support/redis";
import { TracksDevice } from "../support/tracks_device";

let redis: Redis;
let server: Pulso;

beforeAll(async () => {
  redis = await Redis.start();
  server = await Pulso.start({ env: { REDIS_URL: redis.url, PULSO_SOCKETIO_MAX_ROOMS: "1" } });
  await server.ready();
});
afterAll(async () => {
  await server.stop();
  await redis.stop();
});

// `user_` and 15 characters are as long as a socket's id.
it.each(["a", "fifteen-letters"])("what is for the room of %s goes by its own channel only", async (user) => {
  const devices = [await TracksDevice.connect(server, user), await TracksDevice.connect(server, user)];
  const everywhere = Program.start("redis-cli", ["-p", String(redis.port), "SUBSCRIBE", "sio:{/}"]);
  await everywhere.waitForOutput(/subscribe/);
  await devices[0]?.ask("setVolume", { volume: 0.5 });
  await devices[1]?.next("volumeUpdated");
  await redis.command("PUBLISH", "sio:{/}", "the end");
  await everywhere.waitForOutput(/the end/);
  expect(everywhere.output).not.toContain("volumeUpdated");
  await everywhere.end("SIGKILL");
  for (const device of devices) device.close();
});
