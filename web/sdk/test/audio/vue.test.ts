import { expect, test, vi } from "vitest";
import { effectScope, nextTick, ref } from "vue";
import { useAudioPlayer } from "../../src/vue.js";
import { FakeAudio, FakeServer, playing } from "./fakes.js";

test("plays, follows its token, and leaves with its scope", async () => {
  const servers: FakeServer[] = [];
  const createSocket = () => {
    const server = new FakeServer(Date.now);
    servers.push(server);
    return server;
  };
  const token = ref<string | null>("a");
  const scope = effectScope();
  const player = scope.run(() =>
    useAudioPlayer(token, { createSocket, audioElement: new FakeAudio(), serverUrl: "http://server" }),
  )!;
  await vi.waitFor(() => expect(player.connection.value).toBe("online"));
  player.playTrack("song");
  await vi.waitFor(() => expect(player.isPlaying.value).toBe(true));
  expect(player.currentTrack.value).toBe("song");

  token.value = "b";
  await nextTick();
  await vi.waitFor(() => expect(player.connection.value).toBe("online"));
  expect(player.isPlaying.value).toBe(false);
  expect(servers.map(({ connected }) => connected)).toEqual([false, true]);
  servers[1]!.tell("trackPlaying", { ...playing, currentTime: 20 });
  expect(player.currentTime.value).toBeCloseTo(20, 1);
  player.pauseTrack();
  await vi.waitFor(() => expect(player.isPlaying.value).toBe(false));
  scope.stop();
  expect(servers.some(({ connected }) => connected)).toBe(false);
});
