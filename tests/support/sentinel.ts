import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { Program, freePort, temporaryFolder } from "./processes";
import { Redis } from "./redis";

/** A master, a replica of it, and a sentinel that makes the replica master within two seconds of the master's death. */
export class SentinelSet {
  private constructor(
    readonly master: Redis,
    readonly replica: Redis,
    private readonly sentinel: Program,
    private readonly port: number,
    private readonly removeFolder: () => void,
  ) {}

  static async start(): Promise<SentinelSet> {
    const master = await Redis.start();
    const replica = await Redis.start(["--replicaof", "127.0.0.1", String(master.port)]);
    await replica.program.waitForOutput(/MASTER <-> REPLICA sync: Finished with success/);
    const folder = temporaryFolder();
    const port = await freePort();
    const configuration = join(folder.path, "sentinel.conf");
    writeFileSync(
      configuration,
      [
        `port ${port}`,
        "bind 127.0.0.1",
        `dir ${folder.path}`,
        `sentinel monitor seats 127.0.0.1 ${master.port} 1`,
        "sentinel down-after-milliseconds seats 1000",
        "sentinel failover-timeout seats 5000",
        "",
      ].join("\n"),
    );
    const sentinel = Program.start("redis-sentinel", [configuration]);
    // It learns of the replica from the master: before that it could not promote it.
    await sentinel.waitForOutput(/\+slave slave/);
    return new SentinelSet(master, replica, sentinel, port, folder.remove);
  }

  get url(): string {
    return `redis+sentinel://127.0.0.1:${this.port}/seats`;
  }

  /** Resolves when the replica has been made master. */
  async switched(): Promise<void> {
    await this.sentinel.waitForOutput(/\+switch-master/);
  }

  async stop(): Promise<void> {
    await this.sentinel.end("SIGKILL");
    this.removeFolder();
    await this.replica.stop();
    await this.master.stop();
  }
}
