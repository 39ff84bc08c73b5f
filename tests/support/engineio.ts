import { createServer } from "node:http";
import { type Socket as EngineSocket, Server } from "engine.io";
import WebSocket from "ws";

import { Echo } from "./echo";

/** An Engine.IO echo with the numbers of `pulso_echo --engineio`. */
export interface EngineioEndpoint {
  port: number;
  stop: () => Promise<void>;
}

export interface EngineioTarget {
  name: string;
  /** False for the server that the protocol's authors wrote: a test that fails there is itself wrong. */
  isPulso: boolean;
  start: () => Promise<EngineioEndpoint>;
}

async function startEcho(args: string[]): Promise<EngineioEndpoint> {
  const echo = await Echo.start(["--engineio", ...args]);
  return {
    port: echo.port,
    stop: async () => {
      const code = await echo.stop();
      if (code !== 0) throw new Error(`pulso_echo ended with ${code}: ${echo.program.output}`);
    },
  };
}

async function startReference(): Promise<EngineioEndpoint> {
  const http = createServer();
  const engine = new Server({
    pingInterval: 300,
    pingTimeout: 200,
    maxHttpBufferSize: 1_000_000,
    cors: { origin: true, credentials: true },
  });
  engine.attach(http, { path: "/engine.io/" });
  engine.on("connection", (socket: EngineSocket) => {
    socket.on("message", (data) => socket.send(data));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const address = http.address();
  if (typeof address !== "object" || !address) throw new Error("no port");
  return {
    port: address.port,
    stop: async () => {
      engine.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

export const engineioTargets: EngineioTarget[] = [
  { name: "pulso_echo", isPulso: true, start: () => startEcho([]) },
  { name: "pulso_echo on three shards", isPulso: true, start: () => startEcho(["--shards", "3"]) },
  { name: "Engine.IO's own server", isPulso: false, start: startReference },
];

/** Packets of a payload. */
export const separator = "\x1e";

/** Requests to an endpoint as a client makes them, one function a step of the protocol. */
export class EngineioRequests {
  constructor(readonly port: number) {}

  url(query: string): string {
    return `http://127.0.0.1:${this.port}/engine.io/?${query}`;
  }

  /** A new session over polling. */
  async open(): Promise<string> {
    const answer = await fetch(this.url("EIO=4&transport=polling"));
    return (JSON.parse((await answer.text()).slice(1)) as { sid: string }).sid;
  }

  poll(sid: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.url(`EIO=4&transport=polling&sid=${sid}`), init);
  }

  async polled(sid: string): Promise<string> {
    return (await this.poll(sid)).text();
  }

  /** Polls until a packet of a message comes; pings are answered. */
  async messages(sid: string, count: number): Promise<string[]> {
    const found: string[] = [];
    while (found.length < count) {
      for (const packet of (await this.polled(sid)).split(separator)) {
        if (packet === "2") await this.post(sid, "3");
        else if (packet !== "6") found.push(packet);
      }
    }
    return found;
  }

  post(sid: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.url(`EIO=4&transport=polling&sid=${sid}`), { method: "POST", body, headers });
  }

  /** The status of a request that the server may also answer by cutting the connection. */
  async statusOf(request: Promise<Response>): Promise<number | "cut"> {
    try {
      const answer = await request;
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return "cut";
    }
  }

  socket(query: string, options: WebSocket.ClientOptions = {}): EngineioSocket {
    return new EngineioSocket(`ws://127.0.0.1:${this.port}/engine.io/?${query}`, options);
  }
}

/** A WebSocket whose messages a test takes one by one. Pings of the session are answered and not shown. */
export class EngineioSocket {
  readonly peer: WebSocket;
  /** The close code, or the HTTP status of a refused handshake. */
  readonly ended: Promise<number>;
  readonly opened: Promise<void>;
  answersPings = true;
  #received: Array<string | Buffer> = [];
  #wake: () => void = () => {};
  #isOver = false;

  constructor(url: string, options: WebSocket.ClientOptions) {
    this.peer = new WebSocket(url, { perMessageDeflate: false, ...options });
    this.peer.on("message", (data: Buffer, isBinary) => {
      const packet = isBinary ? data : data.toString();
      if (packet === "2" && this.answersPings) return this.peer.send("3");
      this.#received.push(packet);
      this.#wake();
    });
    this.opened = new Promise((resolve) => this.peer.on("open", () => resolve()));
    this.ended = new Promise((resolve) => {
      this.peer.on("unexpected-response", (_request, response) => {
        resolve(response.statusCode ?? 0);
        this.peer.terminate();
      });
      this.peer.on("close", resolve);
      this.peer.on("error", () => {});
    });
    void this.ended.then(() => {
      this.#isOver = true;
      this.#wake();
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  send(data: string | Uint8Array): void {
    this.peer.send(data);
  }

  async next(): Promise<string | Buffer> {
    while (this.#received.length === 0) {
      if (this.#isOver) throw new Error("the WebSocket has ended");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#received.shift() as string | Buffer;
  }

  close(): void {
    this.peer.close();
  }
}

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
