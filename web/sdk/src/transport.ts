import type { Command, ServerMessage } from "./messages.js";

/** What a transport reports upward. Nothing is reported after `onClose`, nor after `close()`. */
export interface TransportListener {
  onOpen(): void;
  onMessage(message: ServerMessage): void;
  /** A fault worth telling the user of the SDK; `onClose` follows if the transport did not survive it. */
  onFault(fault: unknown): void;
  onClose(code: number, reason: string): void;
}

/** One way to the server, for one connection: it is opened once and, once closed, thrown away. */
export interface Transport {
  open(): void;
  /** Only between `onOpen` and `onClose`. */
  send(command: Command): void;
  close(): void;
}

/** Who is connecting: read anew at each use, for the server may name a session at any time. */
export interface Identity {
  clientId: string;
  session: string | null;
}

/** `ws://host` and `http://host` name the same server; a trailing slash is of no meaning. */
export function urlOf(serverUrl: string, scheme: "ws" | "http", path: string): string {
  return serverUrl.replace(/^(?:ws|http)(s?):/, `${scheme}$1:`).replace(/\/+$/, "") + path;
}
