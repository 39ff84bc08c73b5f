import { Program } from "./processes";
import { type Pulso, pulsoBinary, testSecret } from "./pulso";

/** Runs a command of `pulso` on the database of a server, as its operator would; gives what it prints. */
export async function runCommand(server: Pulso, ...args: string[]): Promise<string> {
  const command = Program.start(pulsoBinary, args, {
    cwd: server.folder,
    env: { PATH: process.env.PATH, JWT_SECRET: testSecret, ...server.env },
  });
  const status = await command.exited;
  if (status !== 0) throw new Error(`pulso ${args.join(" ")} ended with ${status}:\n${command.output}`);
  return command.output;
}
