import { beforeEach, expect, test, vi } from "vitest";
import { Follower } from "../../src/audio/follower.js";
import { Latency } from "../../src/audio/latency.js";
import { FakeAudio } from "./fakes.js";

/** An element as on a real device: nothing is there at once. All in seconds. */
class SlowAudio extends FakeAudio {
  loadsIn = 0;
  seeksIn = 0;
  /** It says that it plays so long before it does. */
  startsIn = 0;
  #startsAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  override set src(url: string) {
    super.src = url;
    this.playbackRate = 1;
    this.readyState = 0;
    this.#readyIn(this.loadsIn);
  }
  override get src(): string {
    return super.src;
  }
  override set currentTime(seconds: number) {
    super.currentTime = seconds;
    this.seeking = true;
    if (this.readyState > 0) this.#readyIn(this.seeksIn);
  }
  override get currentTime(): number {
    return super.currentTime;
  }
  override advance(seconds: number): void {
    const isRunning = this.readyState >= 3 && this.playbackRate > 0;
    if (!isRunning) this.#startsAt = Date.now() + this.startsIn * 1000;
    else if (Date.now() >= this.#startsAt) super.advance(seconds);
  }

  #readyIn(seconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.readyState = 4;
      this.seeking = false;
      this.fire("seeked");
      if (!this.paused) this.fire("playing");
    }, seconds * 1000);
  }
}

let audio: SlowAudio;
let follower: Follower;
let isHidden: boolean;
/** The most that was heard too early, in seconds. */
let early: number;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  audio = new SlowAudio();
  isHidden = false;
  follower = new Follower(
    { element: audio, serverNowMs: Date.now, steadyNowMs: Date.now, isHidden: () => isHidden },
    { onChange: () => undefined, onEnded: () => undefined, onFault: () => undefined },
  );
  early = 0;
  return () => vi.useRealTimers();
});

/** `trackId` begins now, at `position`, and plays for `seconds`. */
async function play(trackId: string, seconds: number, position = 0): Promise<void> {
  const timeline = { position, atMs: Date.now(), isPlaying: true, duration: 180 };
  follower.follow({ trackId, url: `http://server/${trackId}`, timeline }, true);
  const end = Date.now() + seconds * 1000;
  for (let step = 1; Date.now() < end; ++step) {
    const before = audio.currentTime;
    audio.advance(0.01);
    await vi.advanceTimersByTimeAsync(10);
    const isHeard = audio.currentTime > before;
    if (isHeard) early = Math.max(early, audio.currentTime - position - (Date.now() - timeline.atMs) / 1000);
    if (step % 10 === 0) follower.check();
  }
}

const errorMs = () => Math.abs(follower.error ?? NaN) * 1000;

test("a file that takes a while to load begins where the others are by then, by one seek", async () => {
  audio.loadsIn = 0.2;
  await play("song", 1);
  expect(audio.seeks.length).toBe(1);
  expect(early).toBeLessThan(0.06);
  expect(errorMs()).toBeLessThan(60);
  await play("song", 3, follower.position);
  expect(audio.seeks.length).toBe(1);
  expect(errorMs()).toBeLessThan(5);
});

test("while it waits for the others, it shows where they are", async () => {
  await play("song", 0.2);
  expect(audio.playbackRate).toBe(0);
  expect(follower.position).toBeCloseTo(0.2, 5);
  expect(follower.error).toBe(null);
  expect(follower.status).toBe("playing");
});

test("what a load takes on this device is learnt", async () => {
  audio.loadsIn = 0.7;
  for (const id of ["first", "second", "third"]) await play(id, 5);
  const before = audio.seeks.length;
  await play("fourth", 1.5);
  expect(audio.seeks.length).toBe(before + 1);
  expect(errorMs()).toBeLessThan(60);
});

test("what a seek takes is another thing", async () => {
  audio.loadsIn = 0.7;
  for (const id of ["first", "second", "third"]) await play(id, 5);
  await play("third", 0.3, 90);
  expect(audio.playbackRate).toBe(1);
  expect(audio.currentTime).toBeCloseTo(90.3, 1);
});

test("what starting takes is learnt", async () => {
  audio.startsIn = 0.2;
  for (const position of [10, 40, 20, 50, 30]) await play("song", 5, position);
  await play("song", 1, 100);
  expect(errorMs()).toBeLessThan(30);
});

test("one odd time changes nothing of what is known", () => {
  const latency = new Latency(0.05, 0.3);
  latency.add(9);
  expect(latency.typical).toBe(0.05);
  for (const seconds of [0.1, 0.12, 0.1]) latency.add(seconds);
  expect(latency.typical).toBe(0.1);
  latency.add(9);
  expect(latency.typical).toBe(0.12);
});

test("a page that is neither seen nor heard does not wait: its timers are late", async () => {
  isHidden = true;
  await play("song", 0.2);
  expect(audio.playbackRate).toBe(1);
  await play("song", 5, 0.2);
  await play("another", 0);
  expect(audio.playbackRate, "it was heard a moment ago").toBe(0);
});

test("a browser that gets nowhere at a rate of 0 plays at 1", async () => {
  audio.loadsIn = 60;
  await play("song", 3.5);
  expect(audio.playbackRate).toBe(1);
  expect(follower.status).toBe("buffering");
});

test("a page that was not allowed to play begins where the others are when it is", async () => {
  audio.forbidsPlaying = true;
  await play("song", 1);
  expect(follower.status).toBe("blocked");
  await vi.advanceTimersByTimeAsync(20_000);
  audio.forbidsPlaying = false;
  audio.seeks.length = 0;
  await play("song", 1, 21);
  expect(audio.seeks.length).toBe(1);
  expect(audio.currentTime).toBeCloseTo(22, 1);
});

test("a pause while it waits is a pause, and it goes on from there", async () => {
  await play("song", 0.1);
  expect(audio.playbackRate).toBe(0);
  const timeline = { position: 0.1, atMs: Date.now(), isPlaying: false, duration: 180 };
  follower.follow({ trackId: "song", url: "http://server/song", timeline }, true);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(audio.paused).toBe(true);
  expect(audio.currentTime).toBe(0.1);
  await play("song", 2, 0.1);
  expect(audio.paused).toBe(false);
  expect(errorMs()).toBeLessThan(60);
});
