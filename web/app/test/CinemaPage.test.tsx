import { cleanup, configure, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { WebSocket } from "ws";
import { beforeEach, expect, test } from "vitest";
import { demoHall } from "../../sdk/support/demo-hall";
import { FakeServer } from "../../sdk/support/fake-server";
import { CinemaPage } from "../src/seats/CinemaPage";
import { TextsProvider } from "../src/shared/i18n";

// 300 seats are slow to draw and to search without a browser, more so on a busy machine.
configure({ asyncUtilTimeout: 10_000 });

let server: FakeServer;

beforeEach(async () => {
  localStorage.clear();
  localStorage.setItem("pulso.language", "en");
  sessionStorage.clear();
  server = new FakeServer({ rooms: [demoHall("sala", "Sala 1")], contested: ["C3"] });
  const serverUrl = await server.listen();
  render(
    <TextsProvider>
      <CinemaPage roomId="sala" serverUrl={serverUrl} WebSocket={WebSocket as never} />
    </TextsProvider>,
  );
  await screen.findByText("Sala 1");
  return async () => {
    cleanup();
    await server.close();
  };
});

const seat = (row: string, number: number) => document.getElementById(`seat-${row}${number}`) as HTMLButtonElement;

test("shows 300 seats, one of them a tab stop", () => {
  const seats = [...document.querySelectorAll<HTMLButtonElement>("[role=gridcell] > button")];
  expect(seats.length).toBe(300);
  expect(seat("C", 12).getAttribute("aria-label")).toBe("Row C, seat 12 · Platea, €8.50 · Available");
  expect(seats.filter(({ tabIndex }) => tabIndex === 0).length).toBe(1);
});

test("a click takes a seat, shows its time and price, and another lets it go", async () => {
  fireEvent.change(screen.getByLabelText("Your name"), { target: { value: "Eva" } });
  fireEvent.click(seat("C", 5));
  await screen.findByText("C5 is yours.");
  expect(seat("C", 5).getAttribute("aria-pressed")).toBe("true");
  screen.getByText(/^[45]:\d\d left$/);
  expect(server.commands).toContainEqual(expect.objectContaining({ seat_id: "C5", user_info: { name: "Eva" } }));
  fireEvent.click(seat("C", 5));
  await screen.findByText("C5 is free again.");
});

test("others' seats say whose they are, and do not react", async () => {
  server.room("sala").select("s", "ana", "D4", { name: "Ana" });
  await waitFor(() => expect(seat("D", 4).getAttribute("aria-label")).toContain("Held by Ana until"));
  fireEvent.click(seat("D", 4));
  expect(server.commands.some(({ type }) => type === "select_seat")).toBe(false);
});

test("a lost race is explained, and closing leads back to the hall", async () => {
  fireEvent.click(seat("C", 3));
  const dialog = await screen.findByRole("dialog", { name: "Someone was a moment faster" });
  expect(dialog.textContent).toContain("seat C3");
  fireEvent.click(screen.getByText("Choose another"));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(document.activeElement?.id).toBe("seat-C3");
});

test("a renewal beyond the limit is told, and not offered again", async () => {
  fireEvent.click(seat("C", 5));
  fireEvent.click(await screen.findByLabelText("More time for C5"));
  await screen.findByText("More time for C5.");
  fireEvent.click(screen.getByLabelText("More time for C5"));
  await screen.findByText("The time for this seat cannot be extended again.");
  expect(screen.queryByLabelText("More time for C5")).toBeNull();
});

test("arrow keys move through the hall", () => {
  seat("B", 5).focus();
  fireEvent.keyDown(seat("B", 5), { key: "ArrowRight" });
  expect(document.activeElement).toBe(seat("B", 6));
  fireEvent.keyDown(seat("B", 6), { key: "ArrowDown" });
  expect(document.activeElement).toBe(seat("C", 6));
});

test("a lost connection is shown, and comes back", async () => {
  server.dropAll();
  await screen.findByText("Retry");
  fireEvent.click(screen.getByText("Retry"));
  await waitFor(() => expect(screen.queryByText("Retry")).toBeNull());
});
