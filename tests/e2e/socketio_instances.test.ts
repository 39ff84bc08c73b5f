// npm's Socket.IO client in Chromium, unmodified, while instances that share a Redis are killed.
import { afterAll, beforeAll, expect, it } from "vitest";

import { killedInstanceChecks } from "../conformance/socketio/checks";
import { Instances } from "../conformance/socketio/instances";
import { Redis } from "../support/redis";
import { CheckPages } from "./socketio_page";

let redis: Redis;
let pages: CheckPages;
beforeAll(async () => {
  redis = await Redis.start();
  pages = await CheckPages.start();
});
afterAll(async () => {
  await pages?.close();
  await redis?.stop();
});

it.each(killedInstanceChecks)("$name", async (check) => {
  const instances = await Instances.start(redis);
  const outcome = await pages.run(check, instances.url, instances.network);
  await instances.stop();
  expect(outcome).toBe("passed");
});
