import { execFileSync } from "node:child_process";

import { type Pulso, pulsoBinary } from "./pulso";

/** Makes an API key on the server's own database, as an operator does. */
export function createKey(server: Pulso, scopes: string[], env: Record<string, string> = {}, account = "1"): string {
  const scoped = scopes.flatMap((scope) => ["--scope", scope]);
  const output = run(server, env, "create", "--account", account, ...scoped);
  const key = output.match(/pulso_[\w-]+/)?.[0];
  if (!key) throw new Error(`no key in: ${output}`);
  return key;
}

/** Revokes every key that there is; those that use them are to notice. */
export function revokeKeys(server: Pulso, env: Record<string, string> = {}): void {
  for (const line of run(server, env, "list").trim().split("\n")) {
    const [id = ""] = line.split(/\s+/);
    run(server, env, "revoke", id);
  }
}

function run(server: Pulso, env: Record<string, string>, ...args: string[]): string {
  return execFileSync(pulsoBinary, ["key", ...args], {
    cwd: server.folder,
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "ignore"],
  }).toString();
}
