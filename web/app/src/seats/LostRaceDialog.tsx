import type { ErrorMessage } from "@pulso/sdk";
import { useEffect, useRef } from "react";
import { useTexts } from "../shared/i18n";
import type { HallSeat } from "./hall";
import { SeatFace, seatElementId } from "./Seat";

export interface LostRaceDialogProps {
  /** `seat_taken` or `seat_sold`. */
  error: ErrorMessage;
  seatId: string;
  nearby: HallSeat[];
  onPick(seatId: string): void;
  onClose(): void;
}

/** Says why a seat that looked free is not ours. Modal; closing it returns the focus to where the hall was left. */
export function LostRaceDialog({ error, seatId, nearby, onPick, onClose }: LostRaceDialogProps) {
  const { t, timeOfDay } = useTexts();
  const dialog = useRef<HTMLDialogElement>(null);
  const closeButton = useRef<HTMLButtonElement>(null);
  const focusAfter = useRef(seatId);

  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    closeButton.current?.focus();
    return () => {
      element?.close();
      document.getElementById(seatElementId(focusAfter.current))?.focus();
    };
  }, []);

  const pick = (picked: string) => {
    focusAfter.current = picked;
    onPick(picked);
  };

  return (
    <dialog
      ref={dialog}
      className="lost"
      aria-labelledby="lost-title"
      aria-describedby="lost-body"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className="lost-seat" aria-hidden="true">
        <span className="seat" data-status="other">
          <SeatFace status="other" number="" mark={0} />
        </span>
      </div>
      <h2 id="lost-title" className="mt-4 text-center font-display text-xl font-semibold text-balance">
        {t("lostTitle")}
      </h2>
      <div id="lost-body" className="mt-3 space-y-2 text-center text-pretty">
        <p>{t(error.code === "seat_sold" ? "lostSold" : "lostBody", { seat: seatId })}</p>
        {error.expires_at && (
          <p className="muted text-sm">{t("lostUntil", { time: timeOfDay(Date.parse(error.expires_at)) })}</p>
        )}
      </div>
      {nearby.length > 0 && (
        <div className="mt-5">
          <p className="muted text-center text-sm">{t("lostNearby")}</p>
          <div className="mt-2 flex justify-center gap-2">
            {nearby.map((seat) => (
              <button key={seat.seatId} type="button" className="action" onClick={() => pick(seat.seatId)}>
                {seat.seatId}
              </button>
            ))}
          </div>
        </div>
      )}
      <button ref={closeButton} type="button" className="primary mt-6 w-full" onClick={onClose}>
        {t("lostClose")}
      </button>
    </dialog>
  );
}
