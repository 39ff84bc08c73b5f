import { io } from "socket.io-client";
import type { SocketLike } from "./channel.js";
import type { AudioElement } from "./output.js";

/** A user's JWT; a function is asked before each attempt to connect. */
export type Token = string | (() => string | Promise<string>);

export interface AudioPlayerOptions {
  /** Default: the page's own server; without a page `http://localhost:8001`. */
  serverUrl?: string;
  /** What the user's other devices call this one. Default: browser and system. */
  deviceName?: string;
  /** False: only `connect()` connects. Default true, at once. */
  autoConnect?: boolean;
  /** Whether media keys and the lock screen control this player. Default true. */
  mediaKeys?: boolean;
  /** Default: a new `Audio()`. */
  audioElement?: AudioElement;
  /** Default: socket.io-client's. */
  createSocket?: (serverUrl: string, token: Token, deviceName: string) => SocketLike;
  /** A clock in milliseconds that nobody sets. Default: the page's `performance`. */
  steadyNowMs?: () => number;
}

export type ResolvedOptions = ReturnType<typeof resolveOptions>;

export function resolveOptions(options: AudioPlayerOptions) {
  return {
    serverUrl: options.serverUrl ?? globalThis.location?.origin ?? "http://localhost:8001",
    deviceName: options.deviceName ?? describeDevice(globalThis.navigator?.userAgent ?? ""),
    autoConnect: options.autoConnect ?? true,
    mediaKeys: options.mediaKeys ?? true,
    audioElement: options.audioElement ?? (new Audio() as AudioElement),
    createSocket: options.createSocket ?? createSocket,
    steadyNowMs: options.steadyNowMs ?? (() => performance.timeOrigin + performance.now()),
  };
}

function createSocket(serverUrl: string, token: Token, deviceName: string): SocketLike {
  const ask = async (): Promise<string> => (typeof token === "function" ? token() : token);
  return io(serverUrl.replace(/^ws/, "http"), {
    autoConnect: false,
    auth: (answer) =>
      void ask().then(
        (fresh) => answer({ token: fresh, deviceName }),
        // The server refuses it, which shows; without an answer the connection would wait for ever.
        () => answer({ token: "" }),
      ),
    // A socket of its own: two players of two users on one page must not share a connection.
    forceNew: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 20_000,
    randomizationFactor: 0.5,
  });
}

/** `Firefox · Android`, from a browser's own description; the more particular names stand first. */
export function describeDevice(userAgent: string): string {
  const browsers = { "Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari" };
  const systems = {
    Android: "Android",
    iPhone: "iPhone",
    iPad: "iPad",
    Windows: "Windows",
    "Mac OS X": "macOS",
    CrOS: "ChromeOS",
    Linux: "Linux",
  };
  const named = (names: Record<string, string>) =>
    Object.entries(names).find(([part]) => userAgent.includes(part))?.[1];
  return [named(browsers), named(systems)].filter(Boolean).join(" · ") || "Pulso";
}
