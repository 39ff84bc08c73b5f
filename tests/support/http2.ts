import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
  connect,
} from "node:http2";
import { type TLSSocket, connect as connectTls } from "node:tls";

export interface Http2Answer {
  status: number;
  headers: IncomingHttpHeaders & IncomingHttpStatusHeader;
  body: Buffer;
}

/** A connection of Node's own HTTP/2 client, which trusts whatever certificate it is shown. */
export async function connectHttp2(port: number, more: SecureClientSessionOptions = {}): Promise<ClientHttp2Session> {
  const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false, ...more });
  await new Promise<void>((resolve, reject) => {
    session.once("connect", () => resolve());
    session.once("error", reject);
  });
  session.on("error", () => {}); // what the tests ask for is told by their streams
  return session;
}

/** The head of an answer; its body is the caller's to read. */
export async function headOf(stream: ClientHttp2Stream): Promise<IncomingHttpHeaders & IncomingHttpStatusHeader> {
  return new Promise((resolve, reject) => {
    stream.once("response", resolve);
    stream.once("error", reject);
    stream.once("close", () => reject(new Error(`the stream was closed with ${stream.rstCode}`)));
  });
}

/** A whole exchange. */
export async function askHttp2(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string | Uint8Array,
): Promise<Http2Answer> {
  const stream = session.request(headers, { endStream: body === undefined });
  const head = headOf(stream);
  const pieces: Buffer[] = [];
  stream.on("data", (piece: Buffer) => pieces.push(piece));
  const ended = new Promise<void>((resolve, reject) => {
    stream.once("end", resolve);
    stream.once("error", reject);
  });
  ended.catch(() => {});
  if (body !== undefined) stream.end(body);
  const answered = await head;
  await ended;
  return { status: answered[":status"] ?? 0, headers: answered, body: Buffer.concat(pieces) };
}

/** A frame (RFC 9113 §4.1). */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export const frameType = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8 };
export const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
/** The preface and settings that ask for nothing. */
export const hello = Buffer.concat([preface, frame(frameType.settings, 0, 0)]);
/** The fields of GET https / of `a`, by HPACK's static table and one literal. */
export const getFields = Buffer.from([0x82, 0x87, 0x84, 0x41, 0x01, 0x61]);
/** A whole request of these. */
export const getFrame = (stream: number): Buffer => frame(frameType.headers, 5, stream, getFields);

/** The whole frames of one type that came. */
export function framesOf(bytes: Buffer, type: number): { stream: number; payload: Buffer }[] {
  const frames = [];
  for (let at = 0; at + 9 <= bytes.length;) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    if (bytes.readUInt8(at + 3) === type) {
      frames.push({ stream: bytes.readUInt32BE(at + 5), payload: bytes.subarray(at + 9, end) });
    }
    at = end;
  }
  return frames;
}

/** The error codes of the GOAWAY frames that came. */
export const goaways = (bytes: Buffer): number[] =>
  framesOf(bytes, frameType.goaway).map(({ payload }) => payload.readUInt32BE(4));

/** A TLS connection that has agreed on HTTP/2, whose every byte the test chooses. */
export interface RawHttp2 {
  socket: TLSSocket;
  received: () => Buffer;
  isOver: () => boolean;
  ended: Promise<void>;
}

export async function rawHttp2(port: number): Promise<RawHttp2> {
  const socket = connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false, ALPNProtocols: ["h2"] });
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", () => resolve());
    socket.once("error", reject);
  });
  if (socket.alpnProtocol !== "h2") throw new Error(`agreed on ${socket.alpnProtocol}`);
  const pieces: Buffer[] = [];
  let isOver = false;
  socket.on("data", (piece: Buffer) => pieces.push(piece));
  socket.on("error", () => {});
  const ended = new Promise<void>((resolve) => {
    socket.once("close", () => {
      isOver = true;
      resolve();
    });
  });
  return { socket, received: () => Buffer.concat(pieces), isOver: () => isOver, ended };
}
