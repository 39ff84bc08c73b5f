import { CutProxy } from "../../support/cut_proxy";
import { Echo } from "../../support/echo";
import { type Redis } from "../../support/redis";
import { type Network } from "./checks/world";
import { networkThrough } from "./run_checks";
import { modeArguments } from "./targets";

/** One instance of those that share `redis`, on two loops: what comes from Redis goes to both. */
export function startInstance(redis: Redis): Promise<Echo> {
  return Echo.start([...modeArguments.network, "--shards", "2", "--redis", redis.url]);
}

/** Three instances: one that stays, one that a network leads to, and one for when that is killed. */
export class Instances {
  private constructor(
    private readonly redis: Redis,
    private readonly stable: Echo,
    private serving: Echo,
    private standby: Echo,
    private readonly proxy: CutProxy,
  ) {}

  static async start(redis: Redis): Promise<Instances> {
    const [stable, serving, standby] = await Promise.all([
      startInstance(redis),
      startInstance(redis),
      startInstance(redis),
    ]);
    return new Instances(redis, stable, serving, standby, await CutProxy.start(serving.port));
  }

  /** Of the one that stays. */
  get url(): string {
    return `http://127.0.0.1:${this.stable.port}`;
  }

  get network(): Network {
    return { ...networkThrough(this.proxy), kill: () => this.#kill() };
  }

  async stop(): Promise<void> {
    this.proxy.close();
    await Promise.all([this.stable.stop(), this.serving.stop(), this.standby.stop()]);
  }

  async #kill(): Promise<void> {
    this.proxy.leadTo(this.standby.port);
    await this.serving.program.end("SIGKILL");
    [this.serving, this.standby] = [this.standby, await startInstance(this.redis)];
  }
}
