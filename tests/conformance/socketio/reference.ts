import { createServer } from "node:http";
import { type AddressInfo } from "node:net";
import { type Namespace, Server, type ServerOptions, type Socket } from "socket.io";

import { networkTimes } from "./checks/world";

/** `patient` is `app` with the protocol's default times, where a busy machine must not decide. `network` is `app` for
 * networks that fail: silence is noticed soon, but nobody is taken for silent who is only slow. */
export type Mode = "suite" | "app" | "patient" | "network";

/** A running server and how to end it. */
export interface Endpoint {
  port: number;
  stop: () => Promise<void>;
}

type Ack = ((...args: unknown[]) => void) | undefined;

/** A question waits so long for its answer. */
const answerTimeoutMs: Record<Mode, number> = { suite: 500, app: 500, patient: 3_000, network: 500 };

const application: Partial<ServerOptions> = {
  connectionStateRecovery: { maxDisconnectionDuration: 4_000, skipMiddlewares: true },
  perMessageDeflate: { threshold: 1_024 },
  httpCompression: { threshold: 1_024 },
};

const numbers: Record<Mode, Partial<ServerOptions>> = {
  suite: { pingInterval: 300, pingTimeout: 200, connectTimeout: 1_000 },
  app: { pingInterval: 1_000, pingTimeout: 1_000, connectTimeout: 2_000, ...application },
  patient: application,
  network: {
    ...application,
    pingInterval: networkTimes.pingInterval,
    pingTimeout: networkTimes.pingTimeout,
    connectTimeout: 2_000,
    connectionStateRecovery: { maxDisconnectionDuration: networkTimes.recoveryWindow, skipMiddlewares: true },
  },
};

/** What `pulso_echo --socketio` offers, on the server of the protocol's authors: a test that fails here is wrong. */
export async function startReference(mode: Mode): Promise<Endpoint> {
  const http = createServer();
  const server = new Server(http, { ...numbers[mode], serveClient: false, cors: { origin: true, credentials: true } });
  greet(server.of("/"));
  echo(server.of("/"));
  greet(server.of("/custom"));
  if (mode !== "suite") {
    answerQuestions(server.of("/"), answerTimeoutMs[mode]);
    publish(server.of("/"));
    endConnections(server.of("/"));
    greet(server.of(/^\/dyn-\d+$/) as unknown as Namespace);
    greet(
      server.of("/private").use((socket, next) => {
        if (socket.handshake.auth.token === "secret") return next();
        next(Object.assign(new Error("not authorized"), { data: { code: 401 } }));
      }),
    );
  }
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    port: (http.address() as AddressInfo).port,
    stop: async () => {
      http.closeAllConnections();
      await server.close();
    },
  };
}

function greet(namespace: Namespace): void {
  namespace.on("connection", (socket) => {
    if (!socket.recovered) socket.emit("auth", socket.handshake.auth);
  });
}

function echo(namespace: Namespace): void {
  namespace.on("connection", (socket) => {
    socket.on("message", (...args) => socket.emit("message-back", ...args));
    socket.on("message-with-ack", (...args) => (args.pop() as (...args: unknown[]) => void)(...args));
  });
}

function answerQuestions(namespace: Namespace, timeoutMs: number): void {
  const deliveries = new Map<string, number>();
  namespace.on("connection", (socket) => {
    socket.on("never-ack", () => {});
    socket.on("flaky", (id: string, ack: Ack) => {
      const count = (deliveries.get(id) ?? 0) + 1;
      deliveries.set(id, count);
      if (count >= 3) ack?.(count);
    });
    socket.on("who", (ack: Ack) => {
      const { auth, query } = socket.handshake;
      const { id, recovered } = socket;
      ack?.({ id, rooms: [...socket.rooms], recovered, transport: socket.conn.transport.name, auth, query });
    });
    socket.on("ask", (value: unknown, ack: Ack) => {
      socket.timeout(timeoutMs).emit("question", value, (error: Error | null, answer: unknown) => {
        if (error) ack?.("timeout");
        else ack?.(null, answer);
      });
    });
    socket.on("gather", (room: string, value: unknown, ack: Ack) => {
      namespace
        .to(room)
        .timeout(timeoutMs)
        .emit("question", value, (error: Error | null, answers: unknown[]) => ack?.(error ? "timeout" : null, answers));
    });
  });
}

function publish(namespace: Namespace): void {
  /** The last argument where it acknowledges, taken off. */
  const takeAck = (args: unknown[]): Ack => (typeof args.at(-1) === "function" ? (args.pop() as Ack) : undefined);
  namespace.on("connection", (socket: Socket) => {
    socket.on("join", (room: string, ack: Ack) => {
      void socket.join(room);
      ack?.();
    });
    socket.on("leave", (room: string, ack: Ack) => {
      void socket.leave(room);
      ack?.();
    });
    socket.on("to-room", (room: string, event: string, ...args: unknown[]) => {
      const ack = takeAck(args);
      socket.to(room).emit(event, ...args);
      ack?.();
    });
    socket.on("to-all", (event: string, ...args: unknown[]) => {
      const ack = takeAck(args);
      namespace.emit(event, ...args);
      ack?.();
    });
    for (const isVolatile of [false, true]) {
      socket.on(isVolatile ? "volatile-delayed" : "delayed", (ms: number, event: string, ...args: unknown[]) => {
        const ack = takeAck(args);
        const room = namespace.to(socket.id);
        setTimeout(() => (isVolatile ? room.volatile : room).emit(event, ...args), ms);
        ack?.();
      });
    }
    socket.on("burst", (count: number, ack: Ack) => {
      for (let i = 0; i < count; ++i) socket.emit("seq", i);
      ack?.();
    });
  });
}

function endConnections(namespace: Namespace): void {
  namespace.on("connection", (socket) => {
    socket.on("kick", () => socket.disconnect());
    socket.on("kick-all", () => socket.disconnect(true));
    socket.on("close-transport", () => socket.conn.close());
  });
}
