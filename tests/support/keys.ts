import { execFileSync } from "node:child_process";

import { type Pulso, pulsoBinary } from "./pulso";

/** Makes an API key on the server's own database, as an operator does. */
export function createKey(server: Pulso, scopes: string[], env: Record<string, string> = {}): string {
  const output = execFileSync(
    pulsoBinary,
    ["key", "create", "--account", "1", ...scopes.flatMap((scope) => ["--scope", scope])],
    { cwd: server.folder, env: { PATH: process.env.PATH, ...env }, stdio: ["ignore", "pipe", "ignore"] },
  ).toString();
  const key = output.match(/pulso_[\w-]+/)?.[0];
  if (!key) throw new Error(`no key in: ${output}`);
  return key;
}
