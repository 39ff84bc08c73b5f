import { useTexts } from "../shared/i18n";
import { takingsOfToday, type Takings } from "./takings";
import { useMoney } from "./use-money";

const width = 480;
const height = 120;
const gap = 4;

/** The day's takings, hour by hour: as bars, and as a table for who does not see them. */
export function TakingsChart({ takings, currency }: { takings: Takings; currency: string }) {
  const { t } = useTexts();
  const money = useMoney();
  const now = Date.now();
  const { hours } = takingsOfToday(takings, now);
  const most = Math.max(...hours, 1);
  const total = hours.reduce((sum, amount) => sum + amount, 0);
  const step = width / hours.length;
  const current = new Date(now).getHours();
  return (
    <section className="card" aria-labelledby="takings-title">
      <div className="flex flex-wrap items-baseline justify-between gap-2">
        <h2 id="takings-title" className="font-display text-lg font-semibold">
          {t("takings")}
        </h2>
        <p className="font-semibold tabular-nums" data-testid="takings">
          {money(total, currency)}
        </p>
      </div>
      <svg className="takings" viewBox={`0 0 ${width} ${height + 24}`} aria-hidden="true">
        {hours.map((amount, hour) => {
          const size = (Math.max(amount, 0) / most) * height;
          return (
            <g key={hour}>
              <rect
                className="takings-room"
                x={hour * step + gap / 2}
                y={0}
                width={step - gap}
                height={height}
                rx={4}
              />
              <rect
                className="takings-bar"
                x={hour * step + gap / 2}
                y={height - size}
                width={step - gap}
                height={size}
                rx={4}
                data-now={hour === current || undefined}
              />
              {hour % 6 === 0 && (
                <text x={hour * step + gap / 2} y={height + 19}>
                  {String(hour).padStart(2, "0")}:00
                </text>
              )}
            </g>
          );
        })}
      </svg>
      <table className="sr-only">
        <caption>{t("takings")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("hour")}</th>
            <th scope="col">{t("amount")}</th>
          </tr>
        </thead>
        <tbody>
          {hours.map((amount, hour) =>
            amount === 0 ? null : (
              <tr key={hour}>
                <th scope="row">{String(hour).padStart(2, "0")}:00</th>
                <td>{money(amount, currency)}</td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </section>
  );
}
