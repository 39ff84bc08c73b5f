import { afterEach, expect, test, vi } from "vitest";
import { MediaKeys } from "../../src/audio/media-session.js";
import { song } from "./fakes.js";

afterEach(() => vi.unstubAllGlobals());

function keyboard() {
  const handlers = new Map<string, ((details: object) => void) | null>();
  const session = {
    metadata: null as { title: string } | null,
    playbackState: "none",
    setPositionState: vi.fn(),
    setActionHandler(action: string, handler: ((details: object) => void) | null) {
      if (action === "seekbackward") throw new TypeError("unknown action");
      handlers.set(action, handler);
    },
  };
  vi.stubGlobal("navigator", { mediaSession: session });
  vi.stubGlobal(
    "MediaMetadata",
    class {
      constructor(fields: object) {
        Object.assign(this, fields);
      }
    },
  );
  return { session, press: (action: string, details = {}) => handlers.get(action)?.(details) };
}

const commands = () => ({
  play: vi.fn(),
  pause: vi.fn(),
  next: vi.fn(),
  previous: vi.fn(),
  seek: vi.fn(),
  seekBy: vi.fn(),
});

test("keys command the player while it is attached, also where a browser lacks some", () => {
  const { press } = keyboard();
  const given = commands();
  const keys = new MediaKeys(given);
  keys.attach();
  press("play");
  press("nexttrack");
  press("seekto", { seekTime: 12 });
  press("seekforward");
  expect(given.play).toHaveBeenCalledOnce();
  expect(given.next).toHaveBeenCalledOnce();
  expect(given.seek).toHaveBeenCalledWith(12);
  expect(given.seekBy).toHaveBeenCalledWith(10);
  keys.detach();
  press("play");
  expect(given.play).toHaveBeenCalledOnce();
});

test("the lock screen shows what plays", () => {
  const { session } = keyboard();
  const keys = new MediaKeys(commands());
  keys.show({ track: song, isPlaying: true, position: 200, coverUrl: "http://server/cover" });
  expect(session).toMatchObject({ playbackState: "playing", metadata: { title: "Song" } });
  expect(session.setPositionState).toHaveBeenCalledWith({ duration: 180, position: 180 });
  keys.show({ track: null, isPlaying: false, position: 0, coverUrl: null });
  expect(session).toMatchObject({ playbackState: "none", metadata: null });
});

test("a browser without media keys is left alone", () => {
  vi.stubGlobal("navigator", {});
  const keys = new MediaKeys(commands());
  keys.attach();
  keys.show({ track: song, isPlaying: true, position: 0, coverUrl: null });
});
