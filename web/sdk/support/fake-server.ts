import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import type { Command, Room } from "../src/messages.js";
import { FakeRoom, Refusal, type Published } from "./fake-room.js";

export interface FakeServerOptions {
  rooms?: Room[];
  /** Default 5 min. */
  holdMs?: number;
  /** Seats that a rival takes in the moment somebody selects them. */
  contested?: string[];
}

/** Enough of Pulso's seats in one process for the SDK's tests and for work on the pages; no limits, no security. */
export class FakeServer {
  readonly commands: Command[] = [];
  /** Path and query of each WebSocket handshake. */
  readonly handshakes: string[] = [];
  /** While true, a handshake is answered by 403, as by a proxy that knows no WebSocket. */
  refuseWebSockets = false;
  readonly #rooms = new Map<string, FakeRoom>();
  readonly #options: FakeServerOptions;
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #expiry: NodeJS.Timeout;

  constructor(options: FakeServerOptions = {}) {
    this.#options = options;
    for (const room of options.rooms ?? []) this.#rooms.set(room.room_id, this.#create(room));
    this.#http = createServer((request, response) => void this.#respond(request, response));
    this.#http.on("upgrade", (request, socket, head) => {
      this.handshakes.push(request.url ?? "");
      if (this.refuseWebSockets) return void socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
      this.#sockets.handleUpgrade(request, socket, head, (peer) => this.#serve(peer, request.url ?? ""));
    });
    this.#expiry = setInterval(() => this.#rooms.forEach((room) => room.expire()), 250);
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#http.listen(port, "127.0.0.1", resolve));
    return `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    clearInterval(this.#expiry);
    this.dropAll();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  /** Cuts every WebSocket: with a close code, or without a word. */
  dropAll(code?: number): void {
    for (const peer of this.#sockets.clients) code === undefined ? peer.terminate() : peer.close(code);
  }

  room(roomId: string): FakeRoom {
    let room = this.#rooms.get(roomId);
    if (!room) this.#rooms.set(roomId, (room = this.#create({ room_id: roomId, seat_map: null })));
    return room;
  }

  #create(room: Room): FakeRoom {
    return new FakeRoom(room, this.#options.holdMs ?? 300_000);
  }

  #serve(peer: WebSocket, url: string): void {
    const { pathname, searchParams } = new URL(url, "http://fake");
    const clientId = decodeURIComponent(pathname.replace("/ws/", ""));
    const session = searchParams.get("session") ?? randomUUID();
    const joined = new Map<string, () => void>();
    const send = (message: object) => peer.send(JSON.stringify(message));
    const deliver = (published: Published) => send(viewOf(published, session));
    peer.on("close", () => joined.forEach((leave) => leave()));
    peer.on("message", (data) => {
      const command = JSON.parse(String(data)) as Command;
      this.commands.push(command);
      if (command.type === "ping") return send({ type: "pong", timestamp: new Date().toISOString() });
      const { room_id } = command;
      const room = this.room(room_id);
      const { offset } = room;
      switch (command.type) {
        case "join_room":
        case "resume": {
          const recovered = command.type === "resume" && command.offset <= offset;
          const answer = command.type === "resume" ? { recovered } : {};
          send({ type: "room_joined", room_id, client_id: clientId, session, offset, ...answer });
          if (recovered) room.log.slice(command.offset).forEach(deliver);
          else send({ type: "current_selections", room_id, ...room.state(session), offset });
          joined.get(room_id)?.();
          joined.set(room_id, room.subscribe(deliver));
          return;
        }
        case "leave_room":
          joined.get(room_id)?.();
          joined.delete(room_id);
          return send({ type: "room_left", room_id, client_id: clientId });
        default:
          try {
            const before = room.offset;
            const published = this.#perform(room, session, clientId, command);
            if (room.offset === before) deliver(published);
          } catch (refusal) {
            if (!(refusal instanceof Refusal)) throw refusal;
            send({
              type: "error",
              code: refusal.code,
              message: refusal.code,
              room_id,
              seat_id: command.seat_id,
              ...refusal.detail,
            });
          }
      }
    });
  }

  #perform(
    room: FakeRoom,
    session: string,
    clientId: string,
    command: Extract<Command, { seat_id: string }>,
  ): Published {
    const { seat_id } = command;
    if (command.type === "release_seat") return room.release(session, seat_id);
    if (command.type === "renew_seat") return room.renew(session, seat_id);
    if (this.#options.contested?.includes(seat_id) && room.heldBy("rival").length === 0) {
      room.select("rival", "user_rival", seat_id, { name: "Lucía" });
    }
    return room.select(session, clientId, seat_id, command.user_info);
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://fake");
    const [, first, roomId = "", what, seatId = "", action] = pathname.split("/").map(decodeURIComponent);
    const session = (request.headers["x-pulso-session"] as string | undefined) ?? randomUUID();
    const reply = (status: number, body: object) => {
      response.writeHead(status, {
        "Content-Type": "application/json",
        "X-Pulso-Session": session,
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "X-Pulso-Session",
      });
      response.end(JSON.stringify(body));
    };
    if (first === "health") return reply(200, { status: "healthy" });
    if (first === "rooms") return reply(200, { rooms: [...this.#rooms.values()].map(({ room }) => room) });
    if (first !== "room") return reply(404, { success: false, code: "not_found", message: pathname });
    const room = this.room(roomId);
    if (what === undefined) return reply(200, room.room);
    if (what === "selections") {
      const waitMs = Number(searchParams.get("wait")) * 1000;
      if (searchParams.get("version") === String(room.offset)) await changeOf(room, waitMs);
      const state = room.state(session);
      return reply(200, { room_id: roomId, count: state.selections.length, ...state });
    }
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const { client_id = "", user_info = {} } = JSON.parse(text || "{}");
    const seat = { room_id: roomId, seat_id: seatId };
    try {
      const type = request.method === "DELETE" ? "release_seat" : action === "renew" ? "renew_seat" : "select_seat";
      const published = this.#perform(room, session, client_id, { type, ...seat, user_info });
      return reply(200, { success: true, session, ...viewOf(published, session) });
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      return reply(409, { success: false, code: refusal.code, message: refusal.code, ...seat, ...refusal.detail });
    }
  }
}

function viewOf(published: Published, session: string): object {
  const isOwner = published.holdId !== null && published.session === session;
  return isOwner ? { ...published.message, hold_id: published.holdId } : published.message;
}

/** Resolves with the room's next broadcast, or after `waitMs`. */
function changeOf(room: FakeRoom, waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      unsubscribe();
      resolve();
    };
    const unsubscribe = room.subscribe(done);
    const timer = setTimeout(done, waitMs);
  });
}
