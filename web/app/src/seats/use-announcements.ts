import type { SeatSelectionClient, ServerMessage } from "@pulso/sdk";
import { useEffect, useRef, useState } from "react";
import { useTexts, type Texts } from "../shared/i18n";

const warningMs = 60_000;

/** What a screen reader is told: what became of one's own seats. Others' seats are told on the seats themselves. */
export function useAnnouncements(client: SeatSelectionClient, nowMs: number): string {
  const { t } = useTexts();
  const [said, setSaid] = useState("");
  const mine = useRef<ReadonlySet<string>>(new Set());
  const warned = useRef(new Set<string>());

  useEffect(
    () =>
      client.on("message", (message) => {
        const text = announcementOf(message, mine.current, client, t);
        if (text !== null) setSaid(text);
        mine.current = new Set(client.room()?.mine.keys());
      }),
    [client, t],
  );

  useEffect(() => {
    for (const { seatId, expiresAtMs } of client.room()?.mine.values() ?? []) {
      const warning = `${seatId} ${expiresAtMs}`;
      if (expiresAtMs === null || expiresAtMs - nowMs > warningMs || warned.current.has(warning)) continue;
      warned.current.add(warning);
      setSaid(t("sayMinute", { seat: seatId }));
    }
  }, [client, nowMs, t]);

  return said;
}

/** `before` are the seats that were ours before the message. */
export function announcementOf(
  message: ServerMessage,
  before: ReadonlySet<string>,
  client: Pick<SeatSelectionClient, "room">,
  t: Texts["t"],
): string | null {
  switch (message.type) {
    case "seat_selected":
      return client.room()?.mine.has(message.seat_id) ? t("sayMine", { seat: message.seat_id }) : null;
    case "seat_released":
      if (!before.has(message.seat_id)) return null;
      return t(message.reason === "expired" ? "sayExpired" : "sayReleased", { seat: message.seat_id });
    case "seat_renewed":
      return before.has(message.seat_id) ? t("sayRenewed", { seat: message.seat_id }) : null;
    case "seat_sold": {
      const bought = message.seats.filter((seatId) => before.has(seatId));
      return bought.length > 0 ? t("saySold", { seat: bought.join(", ") }) : null;
    }
    default:
      return null;
  }
}
