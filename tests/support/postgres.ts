import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { Program, freePort, temporaryFolder } from "./processes";

/** A real PostgreSQL in a folder of the test's own. It refuses to run as root, so root lends it Debian's user. */
export class Postgres {
  private constructor(
    private readonly program: Program,
    readonly port: number,
    private readonly removeFolder: () => void,
  ) {}

  static async start(): Promise<Postgres> {
    const temporary = temporaryFolder();
    chmodSync(temporary.path, 0o777);
    const binaries = join("/usr/lib/postgresql", readdirSync("/usr/lib/postgresql").sort().at(-1) ?? "", "bin");
    const lent: string[] = [];
    if (process.getuid?.() === 0) {
      const id = Number(execFileSync("id", ["-u", "postgres"]).toString());
      chownSync(temporary.path, id, id);
      lent.push("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups");
    }
    const data = join(temporary.path, "data");
    const run = (program: string, args: string[]): [string, string[]] => {
      const line = [...lent, join(binaries, program), ...args];
      return [line[0] as string, line.slice(1)];
    };
    execFileSync(...run("initdb", ["-D", data, "-U", "pulso", "--auth=trust", "--no-sync"]), { cwd: temporary.path });
    const port = await freePort();
    const options = ["-D", data, "-h", "127.0.0.1", "-p", String(port), "-k", temporary.path];
    const program = Program.start(...run("postgres", options), { cwd: temporary.path });
    await program.waitForOutput(/ready to accept connections/);
    return new Postgres(program, port, temporary.remove);
  }

  get url(): string {
    return `postgresql://pulso@127.0.0.1:${this.port}/postgres`;
  }

  async stop(): Promise<void> {
    await this.program.end("SIGQUIT");
    this.removeFolder();
  }
}
