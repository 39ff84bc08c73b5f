import { EngineioSocket } from "../../support/engineio";

/** A Socket.IO connection over a bare WebSocket: packets are written and read as the protocol document has them. */
export class RawSocketio extends EngineioSocket {
  constructor(port: number) {
    super(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`, {});
  }

  /** The Engine.IO handshake is taken; nothing of Socket.IO has been said. */
  static async open(port: number): Promise<RawSocketio> {
    const socket = new RawSocketio(port);
    const handshake = String(await socket.next());
    if (!handshake.startsWith("0{")) throw new Error(`no handshake: ${handshake}`);
    return socket;
  }

  /** Connected to a namespace and greeted; what the CONNECT answer holds. */
  async connect(namespace = "/", payload = ""): Promise<{ sid: string; pid?: string }> {
    const prefix = namespace === "/" ? "" : `${namespace},`;
    this.send(`40${prefix}${payload}`);
    const answer = String(await this.next());
    if (!answer.startsWith(`40${prefix}{`)) throw new Error(`not connected: ${answer}`);
    const greeting = String(await this.next());
    if (!greeting.startsWith(`42${prefix}["auth",`)) throw new Error(`no greeting: ${greeting}`);
    return JSON.parse(answer.slice(2 + prefix.length)) as { sid: string; pid?: string };
  }

  static async connected(port: number): Promise<RawSocketio> {
    const socket = await RawSocketio.open(port);
    await socket.connect();
    return socket;
  }
}
