// Runs in the page: see socketio_page.ts.
import { io } from "socket.io-client";

import { brokenNetworkChecks, killedInstanceChecks, plainChecks } from "../conformance/socketio/checks";
import { type Network, World } from "../conformance/socketio/checks/world";

type Break = (how: keyof Omit<Network, "url">) => Promise<void>;

const page = globalThis as unknown as {
  breakNetwork: Break;
  runCheck: (name: string, url: string, networkUrl: string) => Promise<void>;
};

page.runCheck = async (name, url, networkUrl) => {
  const check = [...plainChecks, ...brokenNetworkChecks, ...killedInstanceChecks].find((one) => one.name === name);
  if (!check) throw new Error(`no check "${name}"`);
  const world = new World(io, url, {
    url: networkUrl,
    cut: () => page.breakNetwork("cut"),
    down: () => page.breakNetwork("down"),
    freeze: () => page.breakNetwork("freeze"),
    blackHole: () => page.breakNetwork("blackHole"),
    open: () => page.breakNetwork("open"),
    kill: () => page.breakNetwork("kill"),
  });
  try {
    await check.run(world);
  } finally {
    world.close();
  }
};
