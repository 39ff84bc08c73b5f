import { createHmac } from "node:crypto";
import { type IncomingHttpHeaders, type Server, createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

export interface ReceivedCall {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Where webhooks lead in tests: keeps what it gets, and answers as it is told. */
export class WebhookReceiver {
  readonly calls: ReceivedCall[] = [];
  /** The status of the answer to a call; 0 cuts the connection, -1 leaves it open. */
  answer: (call: ReceivedCall, index: number) => number = () => 200;

  private constructor(
    private readonly server: Server,
    private readonly scheme: string,
  ) {}

  static async start(tls?: { key: Buffer; cert: Buffer }): Promise<WebhookReceiver> {
    const server = tls ? createTlsServer(tls) : createServer();
    const receiver = new WebhookReceiver(server as Server, tls ? "https" : "http");
    server.on("request", (request, response) => {
      let body = "";
      request.setEncoding("utf8");
      request.on("data", (piece: string) => (body += piece));
      request.on("end", () => {
        const call = { path: request.url ?? "", headers: request.headers, body };
        const status = receiver.answer(call, receiver.calls.length);
        receiver.calls.push(call);
        if (status === 0) return request.socket.destroy();
        if (status > 0) response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  url(path = "/"): string {
    return `${this.scheme}://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }
  /** Ids of the events of all calls, in their order. */
  get ids(): string[] {
    return this.calls.map(({ headers }) => String(headers["x-pulso-event-id"]));
  }
  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** Whether a call is signed with that secret. */
export function isSigned({ headers, body }: ReceivedCall, secret: string): boolean {
  const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["x-pulso-signature"])) ?? [];
  return createHmac("sha256", secret).update(`${time}.${body}`).digest("hex") === signature;
}
