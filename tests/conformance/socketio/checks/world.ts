import { type ManagerOptions, type Socket, type SocketOptions, type io as connect } from "socket.io-client";

/** The path to the server that a check can break. Nothing of it is left broken for the next check. */
export interface Network {
  url: string;
  cut: () => Promise<void>;
  down: () => Promise<void>;
  freeze: () => Promise<void>;
  blackHole: () => Promise<void>;
  open: () => Promise<void>;
  /** Where there are several instances: kills the one that this path leads to, and leads to another. */
  kill?: () => Promise<void>;
}

/** Of servers that these networks lead to, in milliseconds. */
export const networkTimes = { pingInterval: 1_000, pingTimeout: 3_000, recoveryWindow: 6_000 };

export type ClientOptions = Partial<ManagerOptions & SocketOptions>;

/** One statement about the server, told by an unmodified client. It runs in Node and in a page. */
export interface Check {
  name: string;
  run: (world: World) => Promise<void>;
  /** Uses what client 3.1 has not. */
  needsClient4?: boolean;
}

/** The client library, the way to the server, and the sockets of one check. */
export class World {
  readonly #sockets: Socket[] = [];

  constructor(
    private readonly io: typeof connect,
    readonly url: string,
    readonly network: Network,
  ) {}

  /** Comes back quickly and without chance, unless `options` say otherwise. */
  open(options: ClientOptions = {}, namespace = "/", url = this.url): Socket {
    const socket = this.io(url + namespace, {
      forceNew: true,
      reconnectionDelay: 20,
      reconnectionDelayMax: 100,
      randomizationFactor: 0,
      ...options,
    });
    this.#sockets.push(socket);
    return socket;
  }

  /** Another namespace on the connection that `socket` has. */
  beside(socket: Socket, namespace: string, options: Partial<SocketOptions> = {}): Socket {
    const other = socket.io.socket(namespace, options);
    this.#sockets.push(other);
    return other;
  }

  async connected(options: ClientOptions = {}, namespace = "/", url = this.url): Promise<Socket> {
    const socket = this.open(options, namespace, url);
    await next(socket, "connect");
    return socket;
  }

  /** Connected through the network that can fail, and greeted: from here on its state can be recovered. */
  async reached(options: ClientOptions = {}): Promise<Socket> {
    const socket = this.open(options, "/", this.network.url);
    await next(socket, "auth");
    return socket;
  }

  close(): void {
    for (const socket of this.#sockets) {
      socket.io.reconnection(false);
      socket.disconnect();
    }
  }
}

/** Fails where `promise` takes too long; only the failure waits, never the success. */
export async function within<T>(promise: Promise<T>, what: string, limitMs = 30_000): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What can be listened to: a socket, its manager, the engine below. */
interface Emitter {
  once(event: string, handler: (...args: never[]) => void): unknown;
}

/** The arguments of the next such event. Where state can be recovered, the offset is the last of them. */
export function next(source: unknown, event: string): Promise<unknown[]> {
  return within(
    new Promise((resolve) => (source as Emitter).once(event, (...args: unknown[]) => resolve(args))),
    `event "${event}"`,
  );
}

/** The answer to an event, all arguments of it. None comes any more when the connection that took the event is lost. */
export function ask(socket: Socket, event: string, ...args: unknown[]): Promise<unknown[]> {
  return within(
    new Promise((resolve, reject) => {
      const lost = (reason: unknown): void =>
        reject(new Error(`no answer to "${event}": disconnected, ${String(reason)}`));
      if (socket.connected) socket.once("disconnect", lost);
      socket.emit(event, ...args, (...answer: unknown[]) => {
        socket.off("disconnect", lost);
        resolve(answer);
      });
    }),
    `answer to "${event}"`,
  );
}

/** Until the server has noticed that nobody of `room` is connected any more: with a WebSocket's end or that of a poll,
 * between two polls not before its heartbeat. */
export async function left(room: string, asking: Socket): Promise<void> {
  const end = Date.now() + 30_000;
  while (JSON.stringify(await ask(asking, "gather", room, "who is there?")) !== "[null,[]]") {
    if (Date.now() > end) throw new Error("the server does not notice");
  }
}

export interface Who {
  id: string;
  rooms: string[];
  recovered: boolean;
  transport: string;
  auth: Record<string, unknown>;
  query: Record<string, string>;
}

export async function who(socket: Socket): Promise<Who> {
  return (await ask(socket, "who"))[0] as Who;
}

/** First arguments of all such events, from now on. */
export function collect(socket: Socket, event: string): unknown[] {
  const values: unknown[] = [];
  socket.on(event, (value: unknown) => values.push(value));
  return values;
}

/** Polls for what no event tells. */
export async function eventually(question: () => boolean, what: string, limitMs = 30_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!question()) {
    if (Date.now() > end) throw new Error(`not ${what} within ${limitMs} ms`);
    await pause(10);
  }
}

/** Only where the protocol's clock is what is tested, or to leave a broken network broken for a while. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** A value in which bytes look alike, whatever holds them, and keys have no order. */
function canonical(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return { bytes: [...new Uint8Array(value)].join() };
  if (ArrayBuffer.isView(value)) {
    return { bytes: [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)].join() };
  }
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, member]) => [key, canonical(member)]),
  );
}

export function equal(actual: unknown, expected: unknown, what = "value"): void {
  const [one, other] = [JSON.stringify(canonical(actual)), JSON.stringify(canonical(expected))];
  if (one !== other) throw new Error(`${what} is ${one?.slice(0, 500)}, not ${other?.slice(0, 500)}`);
}

export function ensure(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`not so: ${what}`);
}

/** A name that no other check uses. */
export function unique(prefix: string): string {
  return `${prefix}-${Math.random().toString(36).slice(2)}`;
}
