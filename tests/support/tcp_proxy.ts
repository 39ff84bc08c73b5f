import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";

/** A network that can fail: connections to its port reach the server's, until they are cut. */
export class TcpProxy {
  readonly #pairs = new Set<Socket>();
  #isDown = false;

  private constructor(
    readonly port: number,
    private readonly server: Server,
  ) {}

  static async start(targetPort: number): Promise<TcpProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const proxy = new TcpProxy((server.address() as AddressInfo).port, server);
    server.on("connection", (client) => proxy.#join(client, targetPort));
    return proxy;
  }

  get http(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Resets every connection, and each new one until `mend`. */
  cut(): void {
    this.#isDown = true;
    for (const socket of this.#pairs) socket.resetAndDestroy();
  }

  mend(): void {
    this.#isDown = false;
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  #join(client: Socket, targetPort: number): void {
    if (this.#isDown) return void client.resetAndDestroy();
    const target = connect(targetPort, "127.0.0.1");
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      this.#pairs.add(one);
      one.setNoDelay(true);
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.#pairs.delete(one);
        other.destroy();
      });
    }
  }
}
