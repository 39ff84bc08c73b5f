import type { CSSProperties } from "react";
import { useTexts } from "../shared/i18n";
import type { Hall } from "./hall";
import { SeatFace } from "./Seat";
import { statusNames, type SeatStatus } from "./seat-status";

const neutral = "#8d86a8";

export function Legend({ hall }: { hall: Hall }) {
  const { t, price } = useTexts();
  const categories = [...hall.categories.values()];
  const statuses: SeatStatus[] = [
    ...(categories.length === 0 ? (["available"] as const) : []),
    "mine",
    "other",
    "sold",
    "blocked",
  ];
  return (
    <div className="legend" role="group" aria-label={t("legend")}>
      {categories.length > 0 && (
        <ul>
          {categories.map(({ id, label, price: amount, color, mark }) => (
            <li key={id}>
              <Sample status="available" color={color} mark={mark} />
              <span>
                {label} <b>{price(amount)}</b>
              </span>
            </li>
          ))}
        </ul>
      )}
      <ul>
        {statuses.map((status) => (
          <li key={status}>
            <Sample status={status} color={neutral} mark={0} />
            {t(statusNames[status])}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Sample({ status, color, mark }: { status: SeatStatus; color: string; mark: number }) {
  return (
    <span
      className="seat seat-sample"
      data-status={status}
      style={{ "--category": color } as CSSProperties}
      aria-hidden="true"
    >
      <SeatFace status={status} number="" mark={mark} />
    </span>
  );
}
