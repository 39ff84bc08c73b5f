import { useCallback, useLayoutEffect, useRef, useState, type CSSProperties } from "react";
import { useTexts } from "../shared/i18n";
import { seatOf } from "./hall";
import { Legend } from "./Legend";
import { categoryText, statusText } from "./seat-status";
import { SeatGrid, type SeatGridProps } from "./SeatGrid";

/** The first shows the whole hall, however small its seats; the others keep seats large enough for a finger. */
const zooms = ["whole", 1, 1.3, 1.7] as const;

/** The auditorium: always in the dark, whatever the page's theme. The hall scrolls inside it, never the page. */
export function HallPanel({ hall, room, onToggle }: Omit<SeatGridProps, "onInspect">) {
  const texts = useTexts();
  const { t } = texts;
  const [inspected, setInspected] = useState<string | null>(null);
  const [zoomIndex, setZoomIndex] = useState(1);
  const viewport = useRef<HTMLDivElement>(null);
  const zoom = zooms[zoomIndex] ?? 1;

  // Before it is painted: a seat that moves below a finger that is on its way is missed.
  useLayoutEffect(() => {
    const element = viewport.current;
    if (element) element.scrollLeft = (element.scrollWidth - element.clientWidth) / 2;
  }, [hall, zoomIndex]);

  const onInspect = useCallback((seatId: string) => setInspected(seatId), []);
  const seat = inspected === null ? null : seatOf(hall, inspected);
  const style = {
    "--columns": hall.columns,
    "--seat-min": zoom === "whole" ? "8px" : "28px",
    "--zoom": zoom === "whole" ? 1 : zoom,
  } as CSSProperties;

  return (
    <section className="hall" aria-label={t("hall")}>
      <p id="hall-help" className="sr-only">
        {t("hallHelp")}
      </p>
      <div className="flex items-center justify-between gap-3 border-b border-white/10 px-3 py-2 sm:px-5">
        <p className="inspector min-w-0 text-sm" aria-hidden="true">
          {seat ? (
            <>
              <strong>{seat.seatId}</strong>
              <span>{categoryText(seat, hall, texts)}</span>
              <span>{statusText(seat, room, texts)}</span>
            </>
          ) : (
            <span>{t("inspectorIdle")}</span>
          )}
        </p>
        <div className="flex shrink-0 gap-1">
          <ZoomButton
            label={t("zoomOut")}
            sign="−"
            disabled={zoomIndex === 0}
            onClick={() => setZoomIndex(zoomIndex - 1)}
          />
          <ZoomButton
            label={t("zoomIn")}
            sign="+"
            disabled={zoomIndex === zooms.length - 1}
            onClick={() => setZoomIndex(zoomIndex + 1)}
          />
        </div>
      </div>
      <div ref={viewport} className="hall-viewport" style={style}>
        <div className="hall-content">
          <div className="screen" aria-hidden="true">
            <svg viewBox="0 0 600 40" preserveAspectRatio="none">
              <path
                d="M6 32 Q300 -16 594 32"
                fill="none"
                stroke="currentColor"
                strokeWidth="5"
                strokeLinecap="round"
                vectorEffect="non-scaling-stroke"
              />
            </svg>
            <span>{t("screen")}</span>
          </div>
          <SeatGrid hall={hall} room={room} onToggle={onToggle} onInspect={onInspect} />
        </div>
      </div>
      <Legend hall={hall} />
    </section>
  );
}

function ZoomButton({ label, sign, ...rest }: { label: string; sign: string; disabled: boolean; onClick(): void }) {
  return (
    <button type="button" className="zoom" aria-label={label} title={label} {...rest}>
      <span aria-hidden="true">{sign}</span>
    </button>
  );
}
