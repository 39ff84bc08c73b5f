import { afterAll, beforeAll, describe, it } from "vitest";
import { type io } from "socket.io-client";

import { CutProxy } from "../../support/cut_proxy";
import { type Check, type Network, World } from "./checks/world";
import { type Mode } from "./reference";
import { type Endpoint } from "./reference";
import { type Target } from "./targets";

/** A path through `proxy`, for checks that may live in a page and so only hear of promises. */
export function networkThrough(proxy: CutProxy): Network {
  return {
    url: proxy.url,
    cut: async () => proxy.cut(),
    down: async () => proxy.down(),
    freeze: async () => proxy.freeze(),
    blackHole: async () => proxy.blackHole(),
    open: async () => proxy.open(),
  };
}

/** Every check with this client, here in Node, against a server of `target`'s. */
export function describeChecks(target: Target, title: string, client: typeof io, mode: Mode, checks: Check[]): void {
  describe(`${title} at ${target.name}`, () => {
    let endpoint: Endpoint;
    beforeAll(async () => {
      endpoint = await target.start(mode);
    });
    afterAll(async () => {
      await endpoint?.stop();
    });

    // Side by side: they mostly wait for the protocol's clock, each on a network of its own.
    it.concurrent.each(checks)("$name", async ({ run }) => {
      const proxy = await CutProxy.start(endpoint.port);
      const world = new World(client, `http://127.0.0.1:${endpoint.port}`, networkThrough(proxy));
      try {
        await run(world);
      } finally {
        world.close();
        proxy.close();
      }
    });
  });
}
