import { beforeEach, describe, expect, test, vi } from "vitest";
import { AudioPlayer } from "../../src/index.js";
import { FakeAudio, FakeServer, playing, song } from "./fakes.js";

let audio: FakeAudio;
let server: FakeServer;
let player: AudioPlayer;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  audio = new FakeAudio();
  server = new FakeServer(Date.now);
  player = new AudioPlayer("token", {
    serverUrl: "http://server",
    audioElement: audio,
    createSocket: () => server,
    steadyNowMs: Date.now,
  });
  return () => {
    player.disconnect();
    vi.useRealTimers();
  };
});

/** Lets time pass for the clock and the element together. */
async function pass(seconds: number): Promise<void> {
  for (let steps = 0; steps < seconds * 20; ++steps) {
    audio.advance(0.05);
    await vi.advanceTimersByTimeAsync(50);
  }
}

const events = () => server.asked.map(({ event }) => event);

test("asks for the state once it knows the server's clock", async () => {
  await pass(2);
  expect(events()).toEqual(["getCurrentState"]);
  expect(player.sync.offsetMs).toBe(5_000);
  expect(player.snapshot).toMatchObject({ connection: "online", deviceId: "here", isPlaying: false });
});

describe("a command here", () => {
  test("plays what the server confirms, from its signed URL", async () => {
    await pass(1);
    player.playTrack("song", "whoever");
    await pass(1);
    expect(server.asked.at(-1)).toEqual({ event: "playTrack", payload: { trackId: "song", currentTime: 0 } });
    expect(audio.loads).toEqual(["http://server/api/tracks/stream/song?signature=1"]);
    expect(player.snapshot).toMatchObject({ trackId: "song", isPlaying: true, output: "playing" });
    expect(player.currentTime).toBeCloseTo(1, 1);
  });

  test("given before there is a connection is carried out", async () => {
    const early = new AudioPlayer("token", {
      serverUrl: "http://server",
      audioElement: audio,
      createSocket: () => server,
      autoConnect: false,
    });
    early.playTrack("song");
    expect(events()).toContain("playTrack");
    early.disconnect();
  });

  test("pauses at once, and resumes where it stopped", async () => {
    player.playTrack("song");
    await pass(4);
    player.pauseTrack();
    expect(audio.paused).toBe(true);
    await pass(3);
    player.resume();
    await pass(0.5);
    expect(server.asked.at(-1)?.payload["currentTime"]).toBeCloseTo(4, 1);
    expect(audio.paused).toBe(false);
    expect(audio.loads.length).toBe(1);
  });

  test("seeks within the track, though nobody tells this device", async () => {
    player.playTrack("song");
    await pass(2);
    player.seek(500);
    expect(server.asked.at(-1)).toEqual({ event: "seekTrack", payload: { currentTime: 180 } });
    player.seek(60);
    await pass(1);
    expect(audio.currentTime).toBeCloseTo(61, 0);
    expect(player.currentTime).toBeCloseTo(61, 0);
  });

  test("that is refused shows, and what was shown before is taken back", async () => {
    player.playTrack("song");
    await pass(2);
    server.refuses = { code: "rate_limited", message: "Too many messages." };
    player.pauseTrack();
    await vi.advanceTimersByTimeAsync(0);
    expect(player.snapshot.error).toEqual(server.refuses);
    server.refuses = null;
    player.getCurrentState();
    await pass(1);
    expect(player.snapshot).toMatchObject({ isPlaying: true, output: "playing" });
  });
});

describe("another device", () => {
  test("starts, pauses and seeks, and this one follows", async () => {
    await pass(1);
    server.tell("trackPlaying", { ...playing, currentTime: 30 });
    await pass(2);
    expect(audio.currentTime).toBeCloseTo(32, 0);
    server.tell("trackUpdated", { currentTime: 100 });
    await pass(1);
    expect(audio.currentTime).toBeCloseTo(101, 0);
    server.tell("trackPaused", { isPlaying: false, currentTime: 101.5 });
    expect(audio.paused).toBe(true);
    expect(audio.currentTime).toBe(101.5);
    expect(events()).toEqual(["getCurrentState"]);
  });

  test("is told where this one is once, and of no correction", async () => {
    await pass(1);
    server.tell("trackPlaying", { ...playing, currentTime: 0 });
    await pass(1);
    audio.currentTime += 2;
    const before = server.reports.length;
    await pass(6);
    expect(before).toBe(1);
    expect(server.reports.length).toBe(1);
    expect(Math.abs(player.sync.errorMs!)).toBeLessThan(20);
    await pass(6);
    const { trackId, revision, currentTime, serverTime } = server.reports.at(-1)!;
    expect({ trackId, revision }).toEqual({ trackId: "song", revision: server.state.revision });
    expect(currentTime - (serverTime - server.state.serverTime) / 1000).toBeCloseTo(0, 1);
  });

  test("alone is to be heard: this one falls silent and shows what plays there", async () => {
    player.playTrack("song");
    await pass(2);
    server.tell("trackPaused", { isPlaying: false, activeDeviceId: "there", currentTime: 2 });
    server.tell("playbackTransferred", { isPlaying: true, currentTime: 2 });
    await pass(2);
    expect(audio.paused).toBe(true);
    expect(player.snapshot).toMatchObject({ isPlaying: true, output: "silent", activeDeviceId: "there" });
    expect(player.currentTime).toBeCloseTo(4, 1);
    server.tell("playbackTransferred", { activeDeviceId: "here", currentTime: player.currentTime });
    await pass(1);
    expect(audio.paused).toBe(false);
    expect(audio.currentTime).toBeCloseTo(5, 0);
  });
});

describe("an element that is off", () => {
  const seeksAfterStart = () => audio.seeks.length;

  test("by a little is brought back by speed, without a seek", async () => {
    server.tell("trackPlaying", { ...playing, currentTime: 0 });
    await pass(1);
    const before = seeksAfterStart();
    audio.advance(0.08);
    await pass(5);
    expect(seeksAfterStart()).toBe(before);
    expect(Math.abs(player.sync.errorMs!)).toBeLessThan(16);
    expect(audio.playbackRate).toBe(1);
  });

  test("by a stall takes one seek", async () => {
    server.tell("trackPlaying", { ...playing, currentTime: 0 });
    await pass(1);
    const before = seeksAfterStart();
    audio.readyState = 2;
    audio.fire("waiting");
    audio.advance(-3);
    expect(player.snapshot.output).toBe("buffering");
    audio.readyState = 4;
    audio.fire("playing");
    await pass(9);
    expect(seeksAfterStart()).toBe(before + 1);
    expect(Math.abs(player.sync.errorMs!)).toBeLessThan(20);
  });
});

describe("a browser that forbids playing", () => {
  test("shows, pauses nobody, and a gesture ends it", async () => {
    audio.forbidsPlaying = true;
    await pass(1);
    server.tell("trackPlaying", { ...playing, currentTime: 10 });
    await pass(5);
    expect(player.snapshot).toMatchObject({ isPlaying: true, output: "blocked" });
    expect(server.reports).toEqual([]);
    expect(events()).not.toContain("pauseTrack");
    audio.forbidsPlaying = false;
    player.listen();
    await pass(2);
    expect(player.snapshot.output).toBe("playing");
    expect(audio.currentTime).toBeCloseTo(17, 0);
  });

  test("or stops it by itself, as for a call, waits for the user", async () => {
    server.tell("trackPlaying", { ...playing, currentTime: 0 });
    await pass(1);
    audio.pause();
    await pass(1);
    expect(player.snapshot.output).toBe("blocked");
    expect(events()).not.toContain("pauseTrack");
  });
});

test("at the end of a track the queue goes on, asked for once", async () => {
  await pass(1);
  server.say("queueUpdated", { queue: ["song", "other"], queueIndex: null });
  server.tell("trackPlaying", { ...playing, currentTime: 178, queueIndex: 0 });
  await pass(4);
  expect(server.asked.filter(({ event }) => event === "nextTrack")).toEqual([
    { event: "nextTrack", payload: { trackId: song.id, queueIndex: 0 } },
  ]);
});

test("each press of a button goes on by one, however quickly they follow", async () => {
  await pass(1);
  server.tell("trackPlaying", playing);
  player.next();
  player.next();
  player.previous();
  await pass(1);
  expect(server.asked.filter(({ event }) => /^(next|previous)Track$/.test(event))).toEqual([
    { event: "nextTrack", payload: {} },
    { event: "nextTrack", payload: {} },
    { event: "previousTrack", payload: {} },
  ]);
});

test("at the end of the last track it stops, and playing again begins anew", async () => {
  await pass(1);
  server.tell("trackPlaying", { ...playing, currentTime: 178 });
  await pass(4);
  expect(events()).not.toContain("nextTrack");
  expect(player.snapshot).toMatchObject({ isPlaying: false, output: "silent" });
  player.resume();
  await pass(1);
  expect(server.asked.at(-1)).toEqual({ event: "playTrack", payload: { trackId: "song", currentTime: 0 } });
  expect(audio.currentTime).toBeCloseTo(1, 0);
});

test("a URL that has expired is replaced by a fresh one, at the same place", async () => {
  await pass(1);
  server.tell("trackPlaying", { ...playing, currentTime: 40 });
  await pass(1);
  server.state = { ...server.state, track: { ...song, audioUrl: "/api/tracks/stream/song?signature=2" } };
  audio.fire("error");
  await pass(2);
  expect(audio.loads.at(-1)).toBe("http://server/api/tracks/stream/song?signature=2");
  expect(audio.currentTime).toBeCloseTo(player.currentTime, 1);
});

test("after a lost connection it plays on, and takes up the state again", async () => {
  player.playTrack("song");
  await pass(2);
  server.drop();
  expect(player.snapshot).toMatchObject({ connection: "reconnecting", deviceId: null });
  await pass(2);
  expect(audio.paused).toBe(false);
  server.reports.length = 0;
  server.connect();
  server.state = { ...server.state, isPlaying: false, currentTime: 3 };
  await pass(1);
  // Whether it still plays counts only where nobody has said otherwise, so it names no state that it had seen.
  expect(server.reports).toEqual([expect.objectContaining({ trackId: "song", isPlaying: true })]);
  expect(server.reports[0]).not.toHaveProperty("revision");
  expect(player.snapshot).toMatchObject({ connection: "online", isPlaying: false });
  expect(audio.paused).toBe(true);
});

test("a connection that the server ends is not made again with the same token", async () => {
  await pass(6);
  server.drop(true);
  expect(player.snapshot.connection).toBe("refused");
  player.connect();
  expect(player.snapshot.connection).toBe("online");
});

test("a connection whose token has ended is made again with a fresh one, unless it ends at once", async () => {
  const own = new FakeServer(Date.now);
  const fresh = new AudioPlayer(() => "fresh", {
    serverUrl: "http://server",
    audioElement: new FakeAudio(),
    createSocket: () => own,
  });
  await pass(6);
  own.drop(true);
  expect(fresh.snapshot.connection).toBe("online");
  own.drop(true);
  expect(fresh.snapshot.connection).toBe("refused");
  fresh.disconnect();
});

test("`disconnect` falls silent and leaves", async () => {
  player.playTrack("song");
  await pass(1);
  player.disconnect();
  expect(audio.paused).toBe(true);
  expect(player.snapshot).toMatchObject({ connection: "idle", track: null });
});
