// npm's client, unmodified, on a network that fails.
import { io } from "socket.io-client";

import { brokenNetworkChecks } from "./checks";
import { describeChecks } from "./run_checks";
import { targets } from "./targets";

for (const target of targets) describeChecks(target, "socket.io-client 4", io, "network", brokenNetworkChecks);
