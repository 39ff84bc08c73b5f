// The client of the version before, which speaks the same protocols.
import { type io } from "socket.io-client";
// @ts-expect-error Its package has types, but does not lead modules to them.
import { io as io3 } from "socket.io-client-3";

import { plainChecks } from "./checks";
import { describeChecks } from "./run_checks";
import { targets } from "./targets";

// How it comes back differs in details that version 4 has settled.
const checks = plainChecks.filter(({ needsClient4 }) => !needsClient4);

for (const target of targets)
  describeChecks(target, "socket.io-client 3.1", io3 as unknown as typeof io, "patient", checks);
