import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { eventually } from "./processes";
import { Redis } from "./redis";

const run = promisify(execFile);

/** Three masters that share the slots. */
export class RedisCluster {
  private constructor(readonly nodes: Redis[]) {}

  static async start(): Promise<RedisCluster> {
    const settings = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
    const nodes = await Promise.all([1, 2, 3].map(() => Redis.start(settings)));
    const addresses = nodes.map((node) => `127.0.0.1:${node.port}`);
    await run("redis-cli", ["--cluster", "create", ...addresses, "--cluster-yes"]);
    const cluster = new RedisCluster(nodes);
    for (const node of nodes) {
      await eventually(async () => {
        const info = await run("redis-cli", ["-p", String(node.port), "cluster", "info"]);
        return info.stdout.includes("cluster_state:ok");
      });
    }
    return cluster;
  }

  get url(): string {
    return `redis+cluster://${this.nodes.map((node) => `127.0.0.1:${node.port}`).join(",")}`;
  }

  async stop(): Promise<void> {
    for (const node of this.nodes) await node.stop();
  }
}
