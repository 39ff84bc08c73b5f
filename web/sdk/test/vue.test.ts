// @vitest-environment happy-dom
import { expect, onTestFinished, test, vi } from "vitest";
import { effectScope, isReactive, reactive, ref } from "vue";
import { useSeatSelection } from "../src/vue.js";
import { createClient, quick, startServer } from "./support.js";

test("a component sees its own seats, and follows its room", async () => {
  const { server, url } = await startServer();
  server.room("b").select("other", "ana", "B1", {});
  const roomId = ref("a");
  const name = ref("Eva");
  const scope = effectScope();
  onTestFinished(() => scope.stop());
  const seats = scope.run(() =>
    useSeatSelection(roomId, { ...quick, serverUrl: url, userInfo: () => ({ name: name.value }) }),
  )!;
  await vi.waitFor(() => expect(seats.room.value.joined).toBe(true));
  name.value = "Olga";
  seats.toggle("A1");
  await vi.waitFor(() => expect(seats.room.value.mine.get("A1")?.userInfo).toEqual({ name: "Olga" }));
  seats.renew("A1");
  seats.renew("A1");
  await vi.waitFor(() => expect(seats.error.value?.code).toBe("renew_limit"));
  roomId.value = "b";
  await vi.waitFor(() => expect(seats.room.value.others.has("B1")).toBe(true));
  expect(seats.room.value.mine.size).toBe(0);
});

test("a client kept in the data of a component stays itself", () => {
  const data = reactive({ client: createClient("ws://localhost:1") });
  expect(isReactive(data.client)).toBe(false);
  data.client.setMessageCallback(null);
});
