import { Echo } from "../../support/echo";
import { networkTimes } from "./checks/world";
import { type Endpoint, type Mode, startReference } from "./reference";

/** A server that every suite here is run against. */
export interface Target {
  name: string;
  start: (mode: Mode) => Promise<Endpoint>;
}

/** What `pulso_echo` is told. */
export const modeArguments: Record<Mode, string[]> = {
  suite: ["--socketio", "suite"],
  app: ["--socketio", "app"],
  patient: ["--socketio", "app", "--patient"],
  network: [
    ...["--socketio", "app", "--ping-timeout", String(networkTimes.pingTimeout)],
    ...["--recovery-window", String(networkTimes.recoveryWindow)],
  ],
};

async function startPulso(mode: Mode, args: string[]): Promise<Endpoint> {
  const echo = await Echo.start([...modeArguments[mode], ...args]);
  return {
    port: echo.port,
    stop: async () => {
      const code = await echo.stop();
      if (code !== 0) throw new Error(`pulso_echo ended with ${code}: ${echo.program.output}`);
    },
  };
}

/** `CONFORMANCE_TARGET` picks those whose name has it in it, for work on the suites themselves. */
export const targets: Target[] = [
  { name: "pulso_echo", start: (mode: Mode) => startPulso(mode, []) },
  { name: "pulso_echo on three shards", start: (mode: Mode) => startPulso(mode, ["--shards", "3"]) },
  { name: "Socket.IO's own server", start: startReference },
].filter(({ name }) => name.includes(process.env.CONFORMANCE_TARGET ?? ""));
