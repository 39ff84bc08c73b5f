// Playback that follows its user, over an unmodified socket.io-client and over HTTP.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { wavFile } from "../support/audio";
import { eventually } from "../support/processes";
import { Pulso } from "../support/pulso";
import { userToken } from "../support/tokens";
import { reader, sharedTrack, uploaded, writer } from "../support/tracks";
import { TracksDevice } from "../support/tracks_device";

let server: Pulso;
let shared: string;
let second: string;
let hers: string;
const devices: TracksDevice[] = [];
let userCount = 0;

/** A user of this test alone. */
const someone = (): string => `user-${++userCount}`;
async function connect(user: string, options = {}): Promise<TracksDevice> {
  const device = await TracksDevice.connect(server, user, options);
  devices.push(device);
  return device;
}
async function twoDevices(): Promise<[TracksDevice, TracksDevice, string]> {
  const user = someone();
  return [await connect(user), await connect(user), user];
}
const playing = (trackId: string, currentTime: number, isPlaying = true): object => ({
  trackId,
  currentTime,
  isPlaying,
  userId: "current-user-id",
});

beforeAll(async () => {
  server = await Pulso.start({ env: { PULSO_LIMITS_MESSAGES_PER_SECOND: "0" } });
  shared = await sharedTrack(server, "First", 120, 330);
  second = await sharedTrack(server, "Second", 60, 440);
  hers = (await uploaded(server, writer("ana"), wavFile(5, { title: "Hers" }, 550), "hers.wav")).id;
}, 60_000);
afterEach(() => {
  for (const device of devices.splice(0)) device.close();
});
afterAll(async () => {
  await server?.stop();
});

describe("two devices of a user", () => {
  it("are both told of play and pause, with a track that can be fetched", async () => {
    const [a, b, user] = await twoDevices();
    const answer = await a.ask("playTrack", { trackId: shared, currentTime: 3, userId: "current-user-id" });
    expect(answer).toMatchObject({ success: true, trackId: shared, isPlaying: true });
    for (const device of [a, b]) {
      const told = await device.next("trackPlaying");
      expect(told).toMatchObject({ userId: user, deviceId: a.id, trackId: shared, isPlaying: true });
      expect(told.currentTime).toBeCloseTo(3, 1);
      const audio = await fetch(new URL(told.track?.audioUrl ?? "", server.http), { headers: { Range: "bytes=0-9" } });
      expect(audio.status).toBe(206);
    }
    b.tell("pauseTrack", { trackId: shared, currentTime: 4.5 });
    for (const device of [a, b]) {
      expect(await device.next("trackPaused")).toMatchObject({ deviceId: b.id, currentTime: 4.5, isPlaying: false });
    }
  });

  it("hear of each other's reports only what is news", async () => {
    const [a, b] = await twoDevices();
    await a.ask("playTrack", { trackId: shared, currentTime: 0 });
    await b.next("trackPlaying");
    await a.next("trackPlaying");
    for (const at of [0, 0.1, 0.2]) {
      await a.ask("updateStreaming", playing(shared, at));
      await b.ask("updateStreaming", playing(shared, at));
    }
    expect([await a.news(), await b.news()]).toEqual([[], []]);
    await a.ask("updateStreaming", playing(shared, 42));
    expect((await b.next("trackUpdated")).currentTime).toBeCloseTo(42, 0);
    expect(await a.news()).toEqual([]);
    await b.ask("updateStreaming", playing(shared, 42.2));
    await b.ask("updateStreaming", playing(shared, 42.4, false));
    expect(await a.next("trackUpdated")).toMatchObject({ isPlaying: false, currentTime: 42.4 });
  });

  it("settle when one lags: it alone is corrected, and not again at once", async () => {
    const [a, b] = await twoDevices();
    await a.ask("playTrack", { trackId: shared, currentTime: 60 });
    await a.ask("updateStreaming", playing(shared, 60));
    await b.next("trackPlaying");
    await b.ask("updateStreaming", playing(shared, 50));
    expect((await b.next("trackUpdated")).currentTime).toBeCloseTo(60, 0);
    for (let i = 0; i < 8; ++i) await b.ask("updateStreaming", playing(shared, 50 + i / 4));
    expect(await b.news()).toEqual([]);
    expect(await a.news()).toEqual(["trackPlaying"]);
  });

  it("play on when a browser that blocks autoplay reports paused for ever", async () => {
    const [a, b] = await twoDevices();
    await a.ask("playTrack", { trackId: shared, currentTime: 0 });
    await a.ask("updateStreaming", playing(shared, 0.1));
    for (let i = 0; i < 10; ++i) await b.ask("updateStreaming", playing(shared, 0, false));
    expect(await a.news()).toEqual(["trackPlaying"]);
    expect((await a.ask("getCurrentState")).isPlaying).toBe(true);
  });

  it("ask for the state and get the position as it is now", async () => {
    const [a, b] = await twoDevices();
    expect(await a.ask("getCurrentState")).toMatchObject({ success: true, trackId: null, isPlaying: false });
    const from = performance.now();
    await a.ask("playTrack", { trackId: shared, currentTime: 10 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    b.tell("getCurrentState");
    const state = await b.next("trackState");
    expect(state.currentTime).toBeGreaterThan(10.25);
    expect(state.currentTime).toBeLessThanOrEqual(10 + (performance.now() - from) / 1000);
    expect(state.devices.map(({ id }) => id).sort()).toEqual([a.id, b.id].sort());
  });

  it("go through a queue, and each end is gone past once", async () => {
    const [a, b] = await twoDevices();
    await a.ask("setQueue", { trackIds: [shared, second] });
    expect((await b.next("queueUpdated")).queue).toEqual([shared, second]);
    await a.ask("playTrack", { trackId: shared });
    const answers = await Promise.all([a, b].map((device) => device.ask("nextTrack", { trackId: shared })));
    expect(answers.map(({ trackId }) => trackId)).toEqual([second, second]);
    expect((await a.ask("previousTrack")).trackId).toBe(shared);
    await a.ask("addToQueue", { trackId: shared, next: true });
    expect((await a.ask("getCurrentState")).queue).toEqual([shared, shared, second]);
    expect(await a.ask("setQueue", { trackIds: Array(501).fill(shared) })).toMatchObject({ success: false });
    await a.ask("setQueue", { trackIds: [] });
    expect(await a.ask("nextTrack")).toMatchObject({ success: false, code: "queue_end" });
  });

  it("share a volume, have names, and can be chosen", async () => {
    const [a, b] = await twoDevices();
    await a.ask("setVolume", { volume: 0.25 });
    expect((await b.next("volumeUpdated")).volume).toBe(0.25);
    await b.ask("registerDevice", { name: "Кухня" });
    expect(
      (await a.next("devicesUpdated", (told) => told.devices.some(({ name }) => name !== ""))).devices,
    ).toContainEqual(expect.objectContaining({ id: b.id, name: "Кухня", isActive: true }));
    await a.ask("playTrack", { trackId: shared });
    await a.ask("transferPlayback", { deviceId: b.id });
    expect(await a.next("trackPaused")).toMatchObject({ isPlaying: false });
    expect(await a.next("playbackTransferred")).toMatchObject({ activeDeviceId: b.id, isPlaying: true });
    await b.next("trackPlaying", (told) => told.activeDeviceId === b.id);
    expect(await a.ask("transferPlayback", { deviceId: "nobody" })).toMatchObject({ code: "unknown_device" });
    b.close();
    expect(await a.next("trackPaused")).toMatchObject({ activeDeviceId: null });
  });

  it("seek together", async () => {
    const [a, b] = await twoDevices();
    expect(await a.ask("seekTrack", { currentTime: 5 })).toMatchObject({ code: "nothing_playing" });
    await a.ask("playTrack", { trackId: shared });
    await a.ask("seekTrack", { currentTime: 90 });
    expect((await b.next("trackUpdated")).currentTime).toBeCloseTo(90, 0);
    expect(await a.news()).toEqual(["error", "trackPlaying"]);
  });

  it("get the server's clock", async () => {
    const [a] = await twoDevices();
    const before = Date.now();
    const { serverTime } = await a.ask("syncClock");
    expect(serverTime).toBeGreaterThanOrEqual(before - 5);
    expect(serverTime).toBeLessThanOrEqual(Date.now() + 5);
  });
});

describe("a command", () => {
  it("that comes again is answered again, and not executed again", async () => {
    const [a, b] = await twoDevices();
    const command = { trackId: shared, currentTime: 20, requestId: "r1" };
    await a.ask("playTrack", command);
    await a.ask("pauseTrack", { trackId: shared, currentTime: 21 });
    expect(await a.ask("playTrack", command)).toMatchObject({ success: true, isPlaying: false, currentTime: 21 });
    expect(await b.news()).toEqual(["trackPlaying", "trackPaused"]);
  });

  it.each([
    ["playTrack", {}, "bad_message", "trackId"],
    ["playTrack", { trackId: 7 }, "bad_message", "trackId"],
    ["playTrack", { trackId: "../../etc/passwd" }, "bad_message", "trackId"],
    ["playTrack", { trackId: "nothing-of-that-name" }, "unknown_track", undefined],
    ["pauseTrack", { trackId: "nothing-of-that-name" }, "unknown_track", undefined],
    [
      "updateStreaming",
      { trackId: "nothing-of-that-name", currentTime: 1, isPlaying: true },
      "unknown_track",
      undefined,
    ],
    ["updateStreaming", { trackId: "x", currentTime: -1, isPlaying: true }, "bad_message", "currentTime"],
    ["updateStreaming", { trackId: "x", currentTime: 1 }, "bad_message", "isPlaying"],
    ["seekTrack", { currentTime: "soon" }, "bad_message", "currentTime"],
    ["setVolume", { volume: 2 }, "bad_message", "volume"],
    ["setQueue", { trackIds: "all" }, "bad_message", "trackIds"],
    ["registerDevice", { name: "" }, "bad_message", "name"],
    ["setVolume", { volume: 1, requestId: "a b" }, "bad_message", "requestId"],
  ])("%s %j is refused with %s and changes nothing", async (event, payload, code, field) => {
    const [a, b] = await twoDevices();
    expect(await a.ask(event, payload)).toMatchObject({ success: false, code, ...(field ? { field } : {}) });
    expect(await a.next("error")).toMatchObject({ code });
    a.tell(event, payload);
    expect(await a.next("error")).toMatchObject({ code });
    expect(await b.news()).toEqual([]);
    expect((await a.ask("getCurrentState")).trackId).toBeNull();
  });

  it("stops when its track is deleted, and can be paused", async () => {
    const [a, b, user] = await twoDevices();
    const file = wavFile(30, { title: "Gone" }, 610);
    const { id } = await uploaded(server, writer(user), file, "gone.wav");
    await a.ask("setQueue", { trackIds: [shared, id, second] });
    await a.ask("playTrack", { trackId: id, currentTime: 2 });
    const gone = await fetch(`${server.http}/tracks/${id}`, { method: "DELETE", headers: writer(user) });
    expect(gone.status).toBe(200);
    expect(await b.next("trackPaused")).toMatchObject({ trackId: id, isPlaying: false });
    expect(await a.ask("getCurrentState")).toMatchObject({ isPlaying: false, queue: [shared, second] });
    expect(await a.ask("pauseTrack", { trackId: id, currentTime: 4 })).toMatchObject({ success: true, currentTime: 4 });
    expect(await a.ask("playTrack", { trackId: id })).toMatchObject({ success: false, code: "unknown_track" });
    expect(await a.ask("nextTrack")).toMatchObject({ success: true, trackId: second });
  });

  it("is led by no device that is not there", async () => {
    const [a, , user] = await twoDevices();
    const body = JSON.stringify({ currentTime: 7, deviceId: "ghost" });
    await fetch(`${server.http}/tracks/play/${shared}`, { method: "POST", headers: reader(user), body });
    await a.ask("updateStreaming", playing(shared, 7));
    const { devices } = await a.ask("getCurrentState");
    expect(devices.filter(({ isLeader }) => isLeader).map(({ id }) => id)).toEqual([a.id]);
  });

  it("over HTTP has the same effects and events", async () => {
    const [a, , user] = await twoDevices();
    const post = async (path: string, body: object): Promise<Response> =>
      fetch(`${server.http}${path}`, { method: "POST", headers: reader(user), body: JSON.stringify(body) });
    expect((await post(`/api/tracks/play/${shared}`, { currentTime: 7, userId: "luz" })).status).toBe(200);
    expect(await a.next("trackPlaying")).toMatchObject({ userId: user, deviceId: null, isPlaying: true });
    await post(`/tracks/update-state/${shared}`, { currentTime: 7.5, isPlaying: true });
    await post(`/tracks/update-state/${shared}`, { currentTime: 70, isPlaying: true });
    expect((await a.next("trackUpdated")).currentTime).toBeCloseTo(70, 0);
    await post(`/tracks/pause/${shared}`, { currentTime: 71 });
    expect(await a.next("trackPaused")).toMatchObject({ currentTime: 71 });
    const state = await fetch(`${server.http}/tracks/current-state`, { headers: reader(user) });
    expect(await state.json()).toMatchObject({ success: true, trackId: shared, currentTime: 71, isPlaying: false });
  });
});

describe("users", () => {
  it("hear nothing of each other, whatever is forged", async () => {
    const ana = await connect("ana");
    const luz = await connect("luz");
    await luz.ask("playTrack", { trackId: shared, userId: "ana" });
    for (const event of ["join", "joinRoom", "subscribe"]) luz.tell(event, { room: "user_ana" });
    luz.socket.emit("join", "user_ana");
    await ana.ask("playTrack", { trackId: hers, userId: "luz" });
    expect(await ana.news()).toEqual(["trackPlaying"]);
    expect(await luz.news()).toEqual(["trackPlaying"]);
    expect(luz.heard.every(({ payload }) => payload.userId === "luz")).toBe(true);
    expect((await luz.ask("getCurrentState")).trackId).toBe(shared);
  });

  it("cannot play, queue or transfer what is another's", async () => {
    const ana = await connect("ana");
    const luz = await connect("luz");
    for (const [event, payload] of [
      ["playTrack", { trackId: hers }],
      ["pauseTrack", { trackId: hers }],
      ["setQueue", { trackIds: [hers] }],
      ["addToQueue", { trackId: hers }],
      ["updateStreaming", playing(hers, 0)],
    ] as const) {
      expect(await luz.ask(event, payload), event).toMatchObject({ success: false, code: "unknown_track" });
    }
    expect(await luz.ask("transferPlayback", { deviceId: ana.id })).toMatchObject({ code: "unknown_device" });
    const answer = await fetch(`${server.http}/tracks/play/${hers}`, { method: "POST", headers: reader("luz") });
    expect(answer.status).toBe(404);
  });

  it("are refused with a token that does not hold", async () => {
    const forged = userToken({ sub: "ana" }, "another-secret-of-32-bytes-or-so");
    for (const token of [forged, "nonsense", undefined]) {
      const refused = TracksDevice.connect(server, null, token === undefined ? {} : { token });
      await expect(refused).rejects.toMatchObject({ data: { code: "unauthorized" } });
    }
  });

  it("are disconnected when their token ends", async () => {
    // Over already but for the leeway of 30 s.
    const exp = Math.floor(Date.now() / 1000) - 26;
    const device = await connect("brief", { token: userToken({ sub: "brief", exp }), reconnection: false });
    const ended = new Promise((resolve) => device.socket.once("disconnect", resolve));
    expect(await ended).toBe("io server disconnect");
  });

  it("are bounded in how fast they may send", async () => {
    const strict = await Pulso.start({
      env: { PULSO_LIMITS_MESSAGES_PER_SECOND: "1", PULSO_LIMITS_MESSAGES_BURST: "5" },
    });
    const device = await TracksDevice.connect(strict, "fast");
    const answers = await Promise.all(Array.from({ length: 10 }, () => device.ask("setVolume", { volume: 1 })));
    expect(answers.filter(({ success }) => success).length).toBeLessThanOrEqual(6);
    expect(answers.at(-1)).toMatchObject({ success: false, code: "rate_limited" });
    device.close();
    await strict.stop();
  });
});

describe("a state", () => {
  it("is paused at its position when the last device leaves", async () => {
    const [a, b, user] = await twoDevices();
    const from = performance.now();
    await a.ask("playTrack", { trackId: shared, currentTime: 30 });
    a.close();
    await b.next("devicesUpdated", (told) => told.devices.length === 1);
    b.close();
    const state = async (): Promise<{ isPlaying: boolean; currentTime: number }> =>
      (await (await fetch(`${server.http}/tracks/current-state`, { headers: reader(user) })).json()) as never;
    await eventually(async () => !(await state()).isPlaying);
    const { currentTime } = await state();
    expect(currentTime).toBeGreaterThan(30);
    expect(currentTime).toBeLessThanOrEqual(30 + (performance.now() - from) / 1000);
    expect((await state()).currentTime).toBe(currentTime);
  });

  it.each(["stop", "kill"] as const)("survives a restart after %s", async (how) => {
    const user = someone();
    const before = await TracksDevice.connect(server, user, { reconnection: false });
    await before.ask("setQueue", { trackIds: [shared, second] });
    const from = performance.now();
    await before.ask("playTrack", { trackId: shared, currentTime: 33 });
    await before.ask("setVolume", { volume: 0.5 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await server.program.end(how === "stop" ? "SIGTERM" : "SIGKILL");
    server = await server.restart();
    const after = await connect(user);
    const state = await after.ask("getCurrentState");
    expect(state).toMatchObject({ trackId: shared, isPlaying: false, volume: 0.5, queue: [shared, second] });
    expect(state.currentTime).toBeGreaterThanOrEqual(33);
    expect(state.currentTime).toBeLessThanOrEqual(33 + (performance.now() - from) / 1000);
  });

  it("goes on when the device that played on comes back after a restart", async () => {
    const user = someone();
    const device = await connect(user);
    await device.ask("playTrack", { trackId: shared, currentTime: 33 });
    await device.ask("updateStreaming", playing(shared, 33));
    await server.program.end("SIGTERM");
    server = await server.restart();
    await eventually(async () => device.socket.connected);
    await device.ask("updateStreaming", playing(shared, 35));
    expect(await device.ask("getCurrentState")).toMatchObject({ isPlaying: true });
  }, 30_000);
});

describe("where meetings are anonymous", () => {
  it("who shows nothing is let in, but not here", async () => {
    const open = await Pulso.start({ env: { PULSO_AUTH_ANONYMOUS: "meetings" } });
    const nobody = await TracksDevice.connect(open, null);
    nobody.tell("playTrack", { trackId: shared });
    expect(await nobody.next("error")).toMatchObject({ code: "unauthorized" });
    expect(await nobody.ask("getCurrentState")).toMatchObject({ success: false, code: "unauthorized" });
    for (const token of ["nonsense", 5, { a: 1 }]) {
      const refused = TracksDevice.connect(open, null, { token });
      await expect(refused).rejects.toMatchObject({ data: { code: "unauthorized" } });
    }
    nobody.close();
    await open.stop();
  });
});
