import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";

type State = "open" | "frozen" | "lossy" | "deaf" | "down";

/** A network that fails in more ways than being cut: it can hold bytes back, swallow them, and lead elsewhere. */
export class CutProxy {
  readonly #sockets = new Set<Socket>();
  #state: State = "open";
  #target: number;

  private constructor(
    readonly port: number,
    targetPort: number,
    private readonly server: Server,
  ) {
    this.#target = targetPort;
  }

  static async start(targetPort: number): Promise<CutProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const proxy = new CutProxy((server.address() as AddressInfo).port, targetPort, server);
    server.on("connection", (client) => proxy.#join(client));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Resets every connection; new ones are taken at once. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Resets every connection, and each new one until `open`. */
  down(): void {
    this.#state = "down";
    this.cut();
  }

  /** Holds every byte back, in both directions, until `open` lets it go. */
  freeze(): void {
    this.#state = "frozen";
    for (const socket of this.#sockets) socket.pause();
  }

  /** Swallows every byte and tells nobody, connections stay and new ones come, until `open` resets all of them. */
  blackHole(): void {
    this.#state = "lossy";
  }

  /** Swallows what the server says, as `blackHole` swallows everything. */
  deafen(): void {
    this.#state = "deaf";
  }

  /** Works again. What lost bytes can't go on, and is reset before anything new is taken. */
  open(): void {
    if (this.#state === "lossy" || this.#state === "deaf") this.cut();
    this.#state = "open";
    for (const socket of this.#sockets) socket.resume();
  }

  /** New connections lead to this port. */
  leadTo(targetPort: number): void {
    this.#target = targetPort;
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  #join(client: Socket): void {
    if (this.#state === "down") return void client.resetAndDestroy();
    const target = connect(this.#target, "127.0.0.1");
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.on("data", (bytes) => {
        const isLost = this.#state === "lossy" || (this.#state === "deaf" && one === target);
        if (isLost || other.destroyed) return;
        if (!other.write(bytes)) {
          one.pause();
          other.once("drain", () => this.#state !== "frozen" && one.resume());
        }
      });
      one.on("end", () => other.end());
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    if (this.#state === "frozen") {
      client.pause();
      target.pause();
    }
  }
}
