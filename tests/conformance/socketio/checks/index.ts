import { connectionChecks } from "./connections";
import { instanceChecks } from "./instances";
import { messageChecks } from "./messages";
import { networkChecks } from "./network";
import { reconnectionChecks } from "./reconnection";
import { roomChecks } from "./rooms";
import { type Check, type ClientOptions } from "./world";

const ways: Array<{ way: string; options: ClientOptions; last: string }> = [
  { way: "polling", options: { transports: ["polling"] }, last: "polling" },
  { way: "WebSocket", options: { transports: ["websocket"] }, last: "websocket" },
  { way: "polling, then WebSocket", options: { transports: ["polling", "websocket"] }, last: "websocket" },
];

/** On a network that works. */
export const plainChecks: Check[] = ways.flatMap(({ way, options, last }) => [
  ...connectionChecks(way, options, last),
  ...messageChecks(way, options),
  ...roomChecks(way, options),
]);

/** On one that fails, and those where the protocol's own clock takes its time. */
export const brokenNetworkChecks: Check[] = [
  ...ways.flatMap(({ way, options }) => networkChecks(way, options)),
  ...reconnectionChecks,
];

/** Where several instances share a Redis. */
export const killedInstanceChecks: Check[] = ways.flatMap(({ way, options }) => instanceChecks(way, options));
