// @vitest-environment happy-dom
import { act, renderHook, waitFor } from "@testing-library/react";
import { StrictMode } from "react";
import { expect, test } from "vitest";
import { useSeatSelection } from "../src/react.js";
import { joined, quick, startServer } from "./support.js";

test("a component sees its own seats and those of others", async () => {
  const { url } = await startServer();
  const other = await joined(url, "r");
  const { result, unmount } = renderHook(
    () => useSeatSelection("r", { ...quick, serverUrl: url, userInfo: { name: "Eva" } }),
    {
      wrapper: StrictMode,
    },
  );
  await waitFor(() => expect(result.current.room.joined).toBe(true));
  act(() => result.current.toggle("A1"));
  await waitFor(() => expect(result.current.room.mine.get("A1")?.userInfo).toEqual({ name: "Eva" }));
  act(() => other.selectSeat("A2"));
  await waitFor(() => expect(result.current.room.others.has("A2")).toBe(true));
  act(() => result.current.select("A2"));
  await waitFor(() => expect(result.current.error?.code).toBe("seat_taken"));
  act(() => result.current.dismissError());
  expect(result.current.error).toBeNull();
  act(() => result.current.toggle("A1"));
  await waitFor(() => expect(result.current.room.mine.size).toBe(0));
  unmount();
  expect(result.current.client.state.status).toBe("idle");
});

test("another room makes another connection", async () => {
  const { server, url } = await startServer();
  server.room("b").select("other", "ana", "B1", {});
  const { result, rerender, unmount } = renderHook(({ id }) => useSeatSelection(id, { ...quick, serverUrl: url }), {
    initialProps: { id: "a" },
  });
  await waitFor(() => expect(result.current.room.joined).toBe(true));
  rerender({ id: "b" });
  await waitFor(() => expect(result.current.room.others.has("B1")).toBe(true));
  expect(result.current.room.roomId).toBe("b");
  unmount();
});
