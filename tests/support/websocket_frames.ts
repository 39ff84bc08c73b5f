import { constants, deflateRawSync, inflateRawSync } from "node:zlib";

/** Opcodes of RFC 6455 §5.2. */
export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameToSend {
  opcode: number;
  payload?: string | Uint8Array;
  /** Default true. */
  final?: boolean;
  /** RSV1 to RSV3 as the bits 4, 2 and 1. */
  reserved?: number;
  /** Default true: a client masks. */
  masked?: boolean;
  /** What the head claims, instead of the payload's length. */
  declaredLength?: number | bigint;
  /** Spell the length in 8 bytes, however short it is. */
  longLength?: boolean;
}

export interface ReceivedFrame {
  opcode: number;
  final: boolean;
  reserved: number;
  payload: Buffer;
}

const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** One frame as a client writes it, or as none should. */
export function frame(options: FrameToSend): Buffer {
  const { final = true, reserved = 0, masked = true, longLength = false } = options;
  const payload = Buffer.from(options.payload ?? "");
  const length = BigInt(options.declaredLength ?? payload.length);
  const first = (final ? 0x80 : 0) | (reserved << 4) | options.opcode;
  const maskBit = masked ? 0x80 : 0;
  let head: Buffer;
  if (length < 126n && !longLength) {
    head = Buffer.from([first, maskBit | Number(length)]);
  } else if (length < 65_536n && !longLength) {
    head = Buffer.from([first, maskBit | 126, 0, 0]);
    head.writeUInt16BE(Number(length), 2);
  } else {
    head = Buffer.concat([Buffer.from([first, maskBit | 127]), Buffer.alloc(8)]);
    head.writeBigUInt64BE(length, 2);
  }
  if (!masked) return Buffer.concat([head, payload]);
  const hidden = Buffer.alloc(payload.length);
  for (let i = 0; i < payload.length; ++i) hidden[i] = (payload[i] ?? 0) ^ (mask[i % 4] ?? 0);
  return Buffer.concat([head, mask, hidden]);
}

export function closeFrame(code: number, reason: string | Uint8Array = ""): Buffer {
  return frame({ opcode: opcode.close, payload: Buffer.concat([closePayload(code), Buffer.from(reason)]) });
}

export function closePayload(code: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(code);
  return bytes;
}

/** The payload of a compressed message (RFC 7692 §7.2.1). */
export function deflated(message: string | Uint8Array): Buffer {
  const out = deflateRawSync(Buffer.from(message), { finishFlush: constants.Z_SYNC_FLUSH });
  return out.subarray(0, out.length - 4);
}

/** The message of which `payload` is the compressed form (RFC 7692 §7.2.2). */
export function inflated(payload: Buffer): string {
  const bytes = Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]);
  return inflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
}

/** The first frame of a server's bytes, if it is whole. */
export function decodeFrame(bytes: Buffer): { frame: ReceivedFrame; size: number } | undefined {
  if (bytes.length < 2) return undefined;
  const [first = 0, second = 0] = bytes;
  if ((second & 0x80) !== 0) throw new Error("a server's frame is masked");
  let length = second & 0x7f;
  let at = 2;
  if (length >= 126) {
    at = length === 126 ? 4 : 10;
    if (bytes.length < at) return undefined;
    length = at === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  }
  if (bytes.length < at + length) return undefined;
  const payload = Buffer.from(bytes.subarray(at, at + length));
  return {
    frame: { opcode: first & 0x0f, final: (first & 0x80) !== 0, reserved: (first >> 4) & 7, payload },
    size: at + length,
  };
}
