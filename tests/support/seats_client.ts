import WebSocket from "ws";

// biome-ignore lint/suspicious/noExplicitAny: a test looks into messages of every shape
export type Message = Record<string, any> & { type: string };

/** A bare WebSocket client of the seats system: what it has received can be waited for, one message at a time. */
export class SeatsClient {
  readonly received: Message[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  session = "";
  #waiting: Array<() => void> = [];
  #unread = 0;

  private constructor(
    readonly socket: WebSocket,
    readonly clientId: string,
  ) {
    socket.on("message", (data) => {
      const message = JSON.parse(data.toString()) as Message;
      if (message.type === "room_joined" && message.session) this.session = message.session;
      this.received.push(message);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => {
        resolve({ code, reason: reason.toString() });
        for (const wake of this.#waiting.splice(0)) wake();
      });
    });
    socket.on("error", () => {});
  }

  static async connect(
    server: string,
    clientId: string,
    query: Record<string, string> = {},
    options: WebSocket.ClientOptions = {},
  ): Promise<SeatsClient> {
    const parameters = new URLSearchParams(query).toString();
    const url = `${server}/ws/${clientId}${parameters ? `?${parameters}` : ""}`;
    const client = new SeatsClient(new WebSocket(url, options), clientId);
    await new Promise<void>((resolve, reject) => {
      client.socket.once("open", () => resolve());
      client.socket.once("error", reject);
    });
    return client;
  }

  send(message: unknown): void {
    this.socket.send(typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  /** The next message that has not been read yet and that fits; what stands before it counts as read. */
  async next(type?: string, fits: (message: Message) => boolean = () => true, limitMs = 15_000): Promise<Message> {
    const end = Date.now() + limitMs;
    while (true) {
      while (this.#unread < this.received.length) {
        const message = this.received[this.#unread++];
        if (message && (!type || message.type === type) && fits(message)) return message;
      }
      const left = end - Date.now();
      if (left <= 0 || this.socket.readyState === WebSocket.CLOSED) {
        const seen = this.received
          .slice(-6)
          .map((m) => JSON.stringify(m))
          .join("\n  ");
        throw new Error(`${this.clientId} did not get ${type ?? "a message"}; its last were:\n  ${seen}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Drops what has been received, for tests that receive very much. */
  forget(): void {
    this.received.length = 0;
    this.#unread = 0;
  }

  /** Everything that has come until a ping sent now is answered. */
  async settle(): Promise<Message[]> {
    const from = this.#unread;
    this.send({ type: "ping" });
    await this.next("pong");
    return this.received.slice(from, this.#unread - 1);
  }

  async join(room: string): Promise<{ joined: Message; selections: Message }> {
    this.send({ type: "join_room", room_id: room });
    const joined = await this.next("room_joined");
    const selections = await this.next("current_selections");
    return { joined, selections };
  }

  async select(room: string, seat: string, userInfo?: unknown): Promise<Message> {
    this.send({
      type: "select_seat",
      room_id: room,
      seat_id: seat,
      ...(userInfo === undefined ? {} : { user_info: userInfo }),
    });
    return this.next(
      undefined,
      (m) =>
        (m.type === "seat_selected" &&
          m.seat_id === seat &&
          m.client_id === this.clientId &&
          m.hold_id !== undefined) ||
        (m.type === "error" && m.seat_id === seat),
    );
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}
