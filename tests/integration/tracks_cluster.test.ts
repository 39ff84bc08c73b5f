// Playback over two instances on one Redis and one library.
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { CutProxy } from "../support/cut_proxy";
import { eventually } from "../support/processes";
import { Pulso } from "../support/pulso";
import { Redis } from "../support/redis";
import { userToken } from "../support/tokens";
import { reader, sharedTrack } from "../support/tracks";
import { TracksDevice } from "../support/tracks_device";

/** The contract's bound from the death of an instance to the end of its devices. */
const withinAMinuteMs = 60_000;

let redis: Redis;
let first: Pulso;
let second: Pulso;
let track: string;
const playing = (currentTime: number, isPlaying = true): object => ({ trackId: track, currentTime, isPlaying });

/** One more instance of theirs; the first brings the folder along. */
async function another(): Promise<Pulso> {
  const env = { REDIS_URL: redis.url, PULSO_LIMITS_MESSAGES_PER_SECOND: "0" };
  const server = await Pulso.start(first ? { env, folder: first.folder } : { env });
  await server.ready();
  return server;
}

beforeAll(async () => {
  redis = await Redis.start();
  first = await another();
  second = await another();
  track = await sharedTrack(first, "Everywhere", 120, 330);
}, 60_000);
afterAll(async () => {
  await second?.stop();
  await first?.stop();
  await redis?.stop();
});

describe("devices on two instances", () => {
  it("follow each other", async () => {
    const a = await TracksDevice.connect(first, "ana");
    const b = await TracksDevice.connect(second, "ana");
    await a.ask("playTrack", { trackId: track, currentTime: 5 });
    expect(await b.next("trackPlaying")).toMatchObject({ trackId: track, deviceId: a.id, isPlaying: true });
    await a.ask("updateStreaming", playing(5));
    await b.ask("updateStreaming", playing(5));
    await b.ask("updateStreaming", playing(50));
    expect((await a.next("trackUpdated")).currentTime).toBeCloseTo(50, 0);
    await a.ask("updateStreaming", playing(20));
    expect((await a.next("trackUpdated")).currentTime).toBeCloseTo(50, 0);
    expect(await b.news()).toEqual([]);
    const states = await Promise.all([a, b].map((device) => device.ask("getCurrentState")));
    expect(states[0]?.revision).toBe(states[1]?.revision);
    expect(states[0]?.devices.map(({ id }) => id).sort()).toEqual([a.id, b.id].sort());
    await b.ask("pauseTrack", { trackId: track, currentTime: 51 });
    expect(await a.next("trackPaused")).toMatchObject({ currentTime: 51 });
    a.close();
    b.close();
  });

  it("are answered with the state, also as events", async () => {
    const a = await TracksDevice.connect(first, "ana");
    const b = await TracksDevice.connect(second, "ana");
    await a.ask("playTrack", { trackId: track });
    for (const device of [a, b]) {
      await device.ask("getCurrentState");
      expect(await device.next("trackState")).toMatchObject({ trackId: track, isPlaying: true });
      await device.ask("listDevices");
      const { devices } = await device.next("devicesUpdated", (told) => told.devices.length === 2);
      expect(devices.map(({ id }) => id).sort()).toEqual([a.id, b.id].sort());
    }
    a.close();
    b.close();
  });

  it("lose no command when both command at once", async () => {
    const pair = [await TracksDevice.connect(first, "luz"), await TracksDevice.connect(second, "luz")];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (pair[i % 2] as TracksDevice).ask("addToQueue", { trackId: track })),
    );
    expect(answers.every(({ success }) => success)).toBe(true);
    expect((await (pair[0] as TracksDevice).ask("getCurrentState")).queue.length).toBe(20);
    for (const device of pair) device.close();
  });

  it("have their state after the instance is gone", async () => {
    const third = await another();
    const a = await TracksDevice.connect(third, "eva", { reconnection: false });
    await a.ask("playTrack", { trackId: track, currentTime: 9 });
    await third.kill();
    const answer = await fetch(`${second.http}/tracks/current-state`, { headers: reader("eva") });
    expect(await answer.json()).toMatchObject({ trackId: track, isPlaying: true });
    a.close();
  });

  it("are told that those of a killed instance are gone, and that what was to be heard there is paused", async () => {
    const third = await another();
    const phone = await TracksDevice.connect(third, "leo", { reconnection: false });
    const laptop = await TracksDevice.connect(second, "leo");
    await phone.ask("playTrack", { trackId: track, currentTime: 3 });
    expect(await laptop.ask("transferPlayback", { deviceId: phone.id })).toMatchObject({ success: true });
    const lost = phone.id; // which a client that is cut off has no more
    await third.kill();
    const isWithout = ({ devices }: { devices: { id: string }[] }): boolean => devices.every(({ id }) => id !== lost);
    const alone = await laptop.next("devicesUpdated", isWithout, withinAMinuteMs);
    expect(alone.devices).toMatchObject([{ id: laptop.id }]);
    const paused = await laptop.next("trackPaused", ({ activeDeviceId }) => activeDeviceId === null);
    expect(paused).toMatchObject({ trackId: track, isPlaying: false });
    expect(await laptop.ask("getCurrentState")).toMatchObject({ isPlaying: false, activeDeviceId: null });
    laptop.close();
    phone.close();
  }, 90_000);

  it("go on as who they were when their instance is killed, and nobody goes on as them", async () => {
    const third = await another();
    const proxy = await CutProxy.start(third.port);
    const moving = await TracksDevice.connect({ http: proxy.url }, "mia", { reconnectionDelay: 20 });
    const other = await TracksDevice.connect(second, "mia");
    await moving.ask("playTrack", { trackId: track, currentTime: 9 });
    expect(await moving.next("trackPlaying")).toMatchObject({ deviceId: moving.id });
    const id = moving.id;
    const back = new Promise<void>((resolve) => moving.socket.once("connect", resolve));
    proxy.leadTo(second.port);
    await third.kill();
    await other.ask("setVolume", { volume: 0.25 });
    await back;
    expect([moving.socket.recovered, moving.id]).toEqual([true, id]);
    await other.ask("pauseTrack", { trackId: track, currentTime: 12 });
    // Who returns is told how things are, too, under its own name.
    const paused = await moving.next("trackPaused", ({ deviceId }) => deviceId === other.id);
    expect(paused).toMatchObject({ currentTime: 12, volume: 0.25 });
    const { devices } = await other.ask("getCurrentState");
    expect(devices.map((device) => device.id).sort()).toEqual([id, other.id].sort());

    // What the client keeps to itself, in another user's hands.
    const { _pid: pid, _lastOffset: offset } = moving.socket as unknown as { _pid: string; _lastOffset: string };
    expect([typeof pid, typeof offset]).toEqual(["string", "string"]);
    const auth = { token: userToken({ sub: "eva" }), pid, offset };
    const thief = await TracksDevice.connect(first, null, { auth });
    expect(thief.socket.recovered).toBe(false);
    expect(thief.id).not.toBe(id);
    await other.ask("playTrack", { trackId: track, currentTime: 1 });
    expect(await thief.news()).toEqual([]);
    expect(await moving.next("trackPlaying"), "and still there").toMatchObject({ currentTime: 1 });
    for (const device of [moving, other, thief]) device.close();
    proxy.close();
  });

  it("are told plainly while Redis is away, and go on when it is back", async () => {
    const a = await TracksDevice.connect(first, "ivo");
    redis.freeze();
    expect(await a.ask("setVolume", { volume: 0.5 })).toMatchObject({ success: false, code: "unavailable" });
    redis.thaw();
    await eventually(async () => (await a.ask("setVolume", { volume: 0.4 })).success);
    a.close();
  }, 30_000);
});
