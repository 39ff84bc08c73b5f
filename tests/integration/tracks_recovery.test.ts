// Playback and a device whose connection was lost and comes back, over an unmodified socket.io-client.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { eventually } from "../support/processes";
import { Pulso } from "../support/pulso";
import { sharedTrack } from "../support/tracks";
import { TracksDevice } from "../support/tracks_device";

let server: Pulso;
let shared: string;
let second: string;
const devices: TracksDevice[] = [];
let userCount = 0;

/** Of a user of this test alone. */
async function twoDevices(): Promise<[TracksDevice, TracksDevice]> {
  const user = `user-${++userCount}`;
  const pair = [await TracksDevice.connect(server, user), await TracksDevice.connect(server, user)] as const;
  devices.push(...pair);
  return [...pair];
}

beforeAll(async () => {
  server = await Pulso.start({ env: { PULSO_LIMITS_MESSAGES_PER_SECOND: "0" } });
  shared = await sharedTrack(server, "First", 120, 330);
  second = await sharedTrack(server, "Second", 60, 440);
}, 60_000);
afterEach(() => {
  for (const device of devices.splice(0)) device.close();
});
afterAll(async () => {
  await server?.stop();
});

describe("a device whose connection was lost", () => {
  const connections = async (): Promise<number> => {
    const stats = (await (await fetch(`${server.http}/stats`)).json()) as { tracks: { connections: number } };
    return stats.tracks.connections;
  };
  /** Away, until `connect` is called; the server has noticed: what it takes for connected cannot come back. */
  const lose = async (device: TracksDevice, other: TracksDevice): Promise<void> => {
    device.socket.io.reconnection(false);
    const gone = new Promise((resolve) => device.socket.once("disconnect", resolve));
    device.socket.io.engine.close();
    await gone;
    await eventually(async () => (await connections()) === 1); // the other one
    for (let i = 0; i < 5; ++i) await other.ask("getCurrentState"); // every loop has had its turn
  };
  const comeBack = async (device: TracksDevice): Promise<void> => {
    const connected = new Promise<void>((resolve) => device.socket.once("connect", resolve));
    device.socket.connect();
    await connected;
    expect(device.socket.recovered).toBe(true);
  };

  it("is told how things are now, not what happened meanwhile", async () => {
    const [a, b] = await twoDevices();
    await a.ask("playTrack", { trackId: shared, currentTime: 1 });
    await b.next("trackPlaying");
    await lose(b, a);
    await a.ask("playTrack", { trackId: second, currentTime: 5 });
    await a.ask("pauseTrack", { trackId: second, currentTime: 6 });
    await a.ask("setQueue", { trackIds: [shared, second] });
    const last = await a.ask("playTrack", { trackId: shared, currentTime: 20 });
    const from = b.heard.length;
    await comeBack(b);
    const told = await b.next("trackPlaying");
    expect(told).toMatchObject({ trackId: shared, isPlaying: true });
    expect(told.serverTime).toBeGreaterThanOrEqual(last.serverTime);
    expect(told.currentTime - 20).toBeCloseTo((told.serverTime - last.serverTime) / 1000, 1);
    expect((await b.next("queueUpdated")).queue).toEqual([shared, second]);
    await b.ask("getCurrentState");
    const names = b.heard.slice(from).map(({ event }) => event);
    expect(names.filter((name) => name.startsWith("track"))).toEqual(["trackPlaying", "trackState"]);
  });

  it("is not given again what it was answered once", async () => {
    const [a, b] = await twoDevices();
    await a.ask("playTrack", { trackId: shared, currentTime: 1 });
    await b.next("trackPlaying");
    const client = b.socket as unknown as { _lastOffset: string };
    const { _lastOffset } = client;
    for (const question of ["getCurrentState", "listDevices"]) await b.ask(question);
    Object.assign(client, { _lastOffset }); // as if the answers had been lost
    await lose(b, a);
    const from = b.heard.length;
    await comeBack(b);
    await b.next("volumeUpdated");
    await b.next("devicesUpdated");
    expect(b.heard.slice(from).map(({ event }) => event)).toEqual([
      "trackPlaying",
      "queueUpdated",
      "volumeUpdated",
      "devicesUpdated",
    ]);
  });

  it("is told nothing when nothing has changed", async () => {
    const [a, b] = await twoDevices();
    await a.ask("playTrack", { trackId: shared, currentTime: 1 });
    await b.next("trackPlaying");
    await lose(b, a);
    await comeBack(b);
    expect(await b.news()).toEqual([]);
  });

  it("is the one to be heard again, if it was", async () => {
    const [a, b] = await twoDevices();
    await a.ask("playTrack", { trackId: shared, currentTime: 1 });
    const phone = b.id;
    await a.ask("transferPlayback", { deviceId: phone });
    await lose(b, a);
    await a.next("trackPaused", ({ deviceId }) => deviceId === phone);
    await comeBack(b);
    const back = await a.next("playbackTransferred", ({ deviceId }) => deviceId === phone);
    expect(back).toMatchObject({ activeDeviceId: phone, isPlaying: true });
  });
});
