import type { RoomSnapshot } from "@pulso/sdk";
import type { Key } from "../shared/catalogue";
import type { Texts } from "../shared/i18n";
import type { Hall, HallSeat } from "./hall";

export type SeatStatus = "available" | "mine" | "other" | "sold" | "blocked";

export const statusNames: Record<SeatStatus, Key> = {
  available: "stateAvailable",
  mine: "stateMine",
  other: "stateOther",
  sold: "stateSold",
  blocked: "stateBlocked",
};

export function statusOf(seat: HallSeat, room: RoomSnapshot): SeatStatus {
  if (room.sold.has(seat.seatId)) return "sold";
  if (room.mine.has(seat.seatId)) return "mine";
  if (room.others.has(seat.seatId)) return "other";
  return seat.blocked ? "blocked" : "available";
}

/** Category and price; empty where the hall has none. */
export function categoryText(seat: HallSeat, hall: Hall, { price }: Texts): string {
  const category = hall.categories.get(seat.categoryId ?? "");
  return category ? `${category.label}, ${price(category.price)}` : "";
}

/** The status in words; of a held seat also by whom, as far as they told, and until when. */
export function statusText(seat: HallSeat, room: RoomSnapshot, { t, timeOfDay }: Texts): string {
  if (room.pending.has(seat.seatId)) return t("statePending");
  const status = statusOf(seat, room);
  const hold = room.others.get(seat.seatId);
  if (status !== "other" || !hold) return t(statusNames[status]);
  const name = hold.userInfo["name"];
  const who = typeof name === "string" && name !== "" ? t("heldBy", { name }) : t("heldBySomeone");
  return hold.expiresAtMs === null ? who : `${who} ${t("until", { time: timeOfDay(hold.expiresAtMs) })}`;
}
