import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";

import { Contract } from "./contract";
import type { Pulso } from "./pulso";
import { userToken } from "./tokens";

/** What the events about playback carry, as far as tests look at it. */
export interface Playback {
  userId: string;
  deviceId: string | null;
  revision: number;
  serverTime: number;
  trackId: string | null;
  track: { id: string; title: string; audioUrl: string } | null;
  currentTime: number;
  isPlaying: boolean;
  volume: number;
  queueIndex: number | null;
  queue: string[];
  devices: Array<{ id: string; name: string; isLeader: boolean; isActive: boolean }>;
  activeDeviceId: string | null;
  code?: string;
  field?: string;
}
export interface Heard {
  event: string;
  payload: Playback;
}
export type Acknowledged = Playback & { success: boolean };

const contract = new Contract();

/** One device of a user, on an unmodified socket.io-client. What it hears is held to `protocol/asyncapi.yaml`. */
export class TracksDevice {
  readonly heard: Heard[] = [];
  #read = 0;
  #wake: () => void = () => {};

  private constructor(readonly socket: Socket) {
    socket.onAny((event: string, payload: Playback) => {
      const name = event === "error" ? "refused" : event;
      const documented = contract.asyncapi.components.messages[name];
      const complaints = documented ? contract.complaints(documented.payload, payload) : ["is not documented"];
      if (complaints.length > 0) throw new Error(`${event} ${JSON.stringify(payload)}: ${complaints.join("; ")}`);
      this.heard.push({ event, payload });
      this.#wake();
    });
  }

  static async connect(
    server: Pick<Pulso, "http">,
    user: string | null,
    { token, ...options }: Partial<ManagerOptions & SocketOptions> & { token?: unknown } = {},
  ): Promise<TracksDevice> {
    const shown = token ?? (user === null ? undefined : userToken({ sub: user }));
    const auth = shown === undefined ? {} : { token: shown };
    const device = new TracksDevice(io(server.http, { auth, forceNew: true, transports: ["websocket"], ...options }));
    await new Promise<void>((resolve, reject) => {
      device.socket.once("connect", resolve);
      device.socket.once("connect_error", reject);
    });
    return device;
  }

  get id(): string {
    return this.socket.id ?? "";
  }

  tell(event: string, payload: object = {}): void {
    this.socket.emit(event, payload);
  }

  /** Emits and waits for the acknowledgement: what was announced before it has been sent, too. */
  async ask(event: string, payload: object = {}): Promise<Acknowledged> {
    return (await this.socket.timeout(10_000).emitWithAck(event, payload)) as Acknowledged;
  }

  /** The next event of that name that has not been looked at; the ones before it are passed over. */
  async next(event: string, holds: (payload: Playback) => boolean = () => true, limitMs = 10_000): Promise<Playback> {
    const deadline = Date.now() + limitMs;
    while (true) {
      while (this.#read < this.heard.length) {
        const at = this.heard[this.#read++] as Heard;
        if (at.event === event && holds(at.payload)) return at.payload;
      }
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`no ${event}; heard ${JSON.stringify(this.heard.map((one) => one.event))}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Names of the events about playback since the last look, when all that is on its way has come. */
  async news(): Promise<string[]> {
    await this.ask("getCurrentState");
    // What another instance published travels another way than the acknowledgement.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const names = this.heard.slice(this.#read).map(({ event }) => event);
    this.#read = this.heard.length;
    return names.filter((name) => name !== "trackState" && name !== "devicesUpdated");
  }

  close(): void {
    this.socket.close();
  }
}
