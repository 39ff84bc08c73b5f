// npm's Socket.IO client in Chromium, unmodified, on a network that fails.
import { brokenNetworkChecks } from "../conformance/socketio/checks";
import { targets } from "../conformance/socketio/targets";
import { describeChecksInChromium } from "./socketio_page";

// How many loops the server has is tried from Node.
for (const target of targets.filter(({ name }) => !name.includes("shards")))
  describeChecksInChromium(target, "network", brokenNetworkChecks);
