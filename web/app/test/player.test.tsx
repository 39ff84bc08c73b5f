import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PlayerPage } from "../src/player/PlayerPage";
import { timeText } from "../src/player/time-text";
import { keyTarget } from "../src/player/Waveform";
import { TextsProvider } from "../src/shared/i18n";

beforeEach(() => {
  localStorage.clear();
  localStorage.setItem("pulso.language", "en");
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test("times are minutes and seconds", () => {
  expect([0, 59.9, 60, 754].map(timeText)).toEqual(["0:00", "0:59", "1:00", "12:34"]);
});

test("keys move the slider within the track", () => {
  const to = (key: string, seconds = 60) => keyTarget(key, seconds, 100);
  expect(["ArrowRight", "ArrowLeft", "PageUp", "PageDown", "Home", "End"].map((key) => to(key))).toEqual([
    65, 55, 90, 30, 0, 100,
  ]);
  expect(to("ArrowRight", 98)).toBe(100);
  expect(to("ArrowDown", 2)).toBe(0);
  expect(to("Tab")).toBeNull();
});

test("a server that makes no tokens asks its visitors for theirs", async () => {
  const fetch = vi.fn(async () => new Response('{"code":"not_found"}', { status: 404 }));
  vi.stubGlobal("fetch", fetch);
  render(
    <TextsProvider>
      <PlayerPage serverUrl="http://127.0.0.1:9" user="ana" />
    </TextsProvider>,
  );
  const field = await screen.findByLabelText("Access token (JWT)");
  fireEvent.change(field, { target: { value: " a.b.c " } });
  fireEvent.click(screen.getByText("Enter"));
  await screen.findByRole("heading", { name: "One sound, on every screen you have." });
  await vi.waitFor(() =>
    expect(fetch).toHaveBeenCalledWith(
      "http://127.0.0.1:9/api/tracks?page=1&limit=60",
      expect.objectContaining({ headers: { authorization: "Bearer a.b.c" } }),
    ),
  );
});
