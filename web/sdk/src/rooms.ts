import type { Fetch } from "./poll-transport.js";
import type { Room } from "./messages.js";
import { urlOf } from "./transport.js";

const requestTimeoutMs = 10_000;

/** A room with its seat map; rejects with an `Error` that names the status if the server refuses. */
export async function fetchRoom(serverUrl: string, roomId: string, fetch: Fetch = globalThis.fetch): Promise<Room> {
  return (await getJson(urlOf(serverUrl, "http", `/room/${encodeURIComponent(roomId)}`), fetch)) as Room;
}

/** The rooms that a demonstration server offers. */
export async function fetchRooms(serverUrl: string, fetch: Fetch = globalThis.fetch): Promise<Room[]> {
  return ((await getJson(urlOf(serverUrl, "http", "/rooms"), fetch)) as { rooms: Room[] }).rooms;
}

async function getJson(url: string, fetch: Fetch): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(requestTimeoutMs) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}
