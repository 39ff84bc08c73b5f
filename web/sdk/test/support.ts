import { WebSocket } from "ws";
import { onTestFinished } from "vitest";
import { SeatSelectionClient, type SeatSelectionEvents } from "../src/index.js";
import type { SeatSelectionOptions } from "../src/options.js";
import type { WebSocketConstructor } from "../src/websocket-transport.js";
import { FakeServer, type FakeServerOptions } from "../support/fake-server.js";

export const wsConstructor = WebSocket as unknown as WebSocketConstructor;

/** Retries come at once, so that no test waits for chance. */
export const quick: SeatSelectionOptions = { WebSocket: wsConstructor, random: () => 0 };

export async function startServer(options: FakeServerOptions = {}): Promise<{ server: FakeServer; url: string }> {
  const server = new FakeServer(options);
  onTestFinished(() => server.close());
  return { server, url: await server.listen() };
}

export function createClient(url: string, options: SeatSelectionOptions = {}): SeatSelectionClient {
  const client = new SeatSelectionClient(url, { ...quick, ...options });
  onTestFinished(() => client.disconnect());
  return client;
}

/** Resolves with the first event that satisfies `condition`. */
export function next<Name extends keyof SeatSelectionEvents>(
  client: SeatSelectionClient,
  name: Name,
  condition: (payload: SeatSelectionEvents[Name]) => boolean = () => true,
): Promise<SeatSelectionEvents[Name]> {
  return new Promise((resolve) => {
    const stop = client.on(name, (payload) => {
      if (!condition(payload)) return;
      stop();
      resolve(payload);
    });
  });
}

export async function joined(
  url: string,
  roomId: string,
  options: SeatSelectionOptions = {},
): Promise<SeatSelectionClient> {
  const client = createClient(url, options);
  const state = next(client, "seats", (room) => room.joined);
  client.connect();
  client.joinRoom(roomId);
  await state;
  return client;
}
