// @vitest-environment happy-dom
import { act, renderHook, waitFor } from "@testing-library/react";
import { StrictMode } from "react";
import { expect, test } from "vitest";
import { useAudioPlayer } from "../../src/react.js";
import { FakeAudio, FakeServer, playing } from "./fakes.js";

function fakes() {
  const servers: FakeServer[] = [];
  const createSocket = () => {
    const server = new FakeServer(Date.now);
    servers.push(server);
    return server;
  };
  const audio = new FakeAudio();
  return { servers, audio, options: { createSocket, audioElement: audio, serverUrl: "http://server" } };
}

test("a component plays, follows, and leaves when it is unmounted", async () => {
  const { servers, audio, options } = fakes();
  const { result, unmount } = renderHook(() => useAudioPlayer("token", options), { wrapper: StrictMode });
  await waitFor(() => expect(result.current.connection).toBe("online"));
  act(() => result.current.playTrack("song", "whoever"));
  await waitFor(() => expect(result.current).toMatchObject({ isPlaying: true, currentTrack: "song" }));
  expect(result.current.audioElement).toBe(audio);
  const server = servers.find(({ connected }) => connected)!;
  act(() => server.tell("trackUpdated", { currentTime: 70 }));
  await waitFor(() => expect(result.current.currentTime).toBeGreaterThanOrEqual(70));
  act(() => result.current.pauseTrack());
  expect(result.current.isPlaying).toBe(false);
  unmount();
  expect(servers.some(({ connected }) => connected)).toBe(false);
});

test("waits for a token, and another one makes another connection", async () => {
  const { servers, options } = fakes();
  const { result, rerender, unmount } = renderHook(({ token }) => useAudioPlayer(token, options), {
    initialProps: { token: null as string | null },
  });
  expect(servers.some(({ connected }) => connected)).toBe(false);
  rerender({ token: "a" });
  await waitFor(() => expect(result.current.connection).toBe("online"));
  act(() => servers.at(-1)!.tell("trackPlaying", { ...playing }));
  expect(result.current.isPlaying).toBe(true);
  rerender({ token: "b" });
  await waitFor(() => expect(result.current.connection).toBe("online"));
  expect(result.current.isPlaying).toBe(false);
  expect(servers.filter(({ connected }) => connected).length).toBe(1);
  unmount();
});
