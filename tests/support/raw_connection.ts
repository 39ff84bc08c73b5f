import { type Socket, connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";

import { decodeFrame, type ReceivedFrame } from "./websocket_frames";

export interface Answer {
  status: number;
  /** Names in lower case; a repeated field's values joined by ", ". */
  headers: Record<string, string>;
  body: Buffer;
}

export interface RawOptions {
  /** TLS without a look at the certificate. */
  tls?: boolean;
  /** Longest wait for bytes, in milliseconds. */
  limitMs?: number;
}

/** A connection whose every byte the test chooses, and whose answers it reads one at a time. */
export class RawConnection {
  readonly #limitMs: number;
  #received = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => {};

  private constructor(
    readonly socket: Socket,
    limitMs: number,
  ) {
    this.#limitMs = limitMs;
    socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on("error", () => {});
    for (const event of ["end", "close"]) {
      socket.on(event, () => {
        this.#ended = true;
        this.#wake();
      });
    }
  }

  static async open(port: number, { tls = false, limitMs = 15_000 }: RawOptions = {}): Promise<RawConnection> {
    const at = { host: "127.0.0.1", port, allowHalfOpen: true };
    const socket = tls ? connectTls({ ...at, rejectUnauthorized: false }) : connectTcp(at);
    const connection = new RawConnection(socket, limitMs);
    await new Promise<void>((resolve, reject) => {
      socket.once(tls ? "secureConnect" : "connect", () => resolve());
      socket.once("error", reject);
    });
    return connection;
  }

  /** Opens a connection and makes it a WebSocket; `fields` are further lines of the handshake. */
  static async openWebSocket(port: number, path = "/", fields: string[] = []): Promise<RawConnection> {
    const connection = await RawConnection.open(port);
    connection.write(webSocketRequest(path, fields));
    const answer = await connection.head();
    if (answer.status !== 101) throw new Error(`handshake answered ${answer.status}`);
    return connection;
  }

  write(data: string | Uint8Array): void {
    if (!this.socket.destroyed) this.socket.write(data);
  }

  /** Sends the end of what we have to say; the other direction stays open. */
  finish(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Resolves when the peer has ended the connection; gives what it said that was not read. */
  async ended(): Promise<Buffer> {
    await this.#until(() => this.#ended || undefined);
    return this.#received;
  }

  async bytes(count: number): Promise<Buffer> {
    return this.#until(() => (this.#received.length >= count ? this.#take(count) : undefined));
  }

  async frame(): Promise<ReceivedFrame> {
    return this.#until(() => {
      const decoded = decodeFrame(this.#received);
      if (decoded) this.#take(decoded.size);
      return decoded?.frame;
    });
  }

  /** A response without its body, as a 101, a 100 or the answer to HEAD is. */
  async head(): Promise<Answer> {
    return this.#until(() => {
      const end = this.#received.indexOf("\r\n\r\n");
      return end < 0 ? undefined : parseHead(this.#take(end + 4).toString("latin1"));
    });
  }

  async answer(): Promise<Answer> {
    const answer = await this.head();
    const length = Number(answer.headers["content-length"] ?? 0);
    if (answer.status !== 204 && answer.status !== 304) answer.body = await this.bytes(length);
    return answer;
  }

  /** The pieces of a chunked body (RFC 9112 §7.1) that has no trailers. */
  async chunks(): Promise<Buffer[]> {
    const pieces: Buffer[] = [];
    while (true) {
      const size = await this.#until(() => {
        const end = this.#received.indexOf("\r\n");
        return end < 0 ? undefined : Number.parseInt(this.#take(end + 2).toString("latin1"), 16);
      });
      const piece = await this.bytes(size + 2);
      if (size === 0) return pieces;
      pieces.push(piece.subarray(0, size));
    }
  }

  #take(count: number): Buffer {
    const taken = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(count);
    return taken;
  }

  async #until<T>(look: () => T | undefined): Promise<T> {
    const end = Date.now() + this.#limitMs;
    while (true) {
      const found = look();
      if (found !== undefined) return found;
      const left = end - Date.now();
      if (this.#ended || left <= 0) {
        const what = this.#ended ? "the peer ended" : "nothing more came";
        throw new Error(`${what}; unread: ${this.#received.subarray(0, 300).toString("latin1")}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

/** The handshake of RFC 6455 §4.1 with the key of its §1.3. */
export function webSocketRequest(path: string, fields: string[] = []): string {
  return [
    `GET ${path} HTTP/1.1`,
    "Host: 127.0.0.1",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...fields,
    "\r\n",
  ].join("\r\n");
}

function parseHead(text: string): Answer {
  const [first = "", ...lines] = text.split("\r\n").filter((line) => line !== "");
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return { status: Number(first.split(" ")[1]), headers, body: Buffer.alloc(0) };
}
