const columns = 13;
const rows = 7;
/** Column and row of the seats that stand out. */
const mine = ["6 3", "7 3"];
const taken = ["2 1", "3 1", "9 4", "10 4", "11 4", "4 5", "8 2", "1 6", "6 6"];

/** A hall in miniature. Decoration only. */
export function HallPicture() {
  return (
    <div className="hall grid place-items-center p-6 sm:p-9" aria-hidden="true">
      <svg viewBox="0 0 420 270" className="w-full max-w-md">
        <path d="M30 40 Q210 -12 390 40" fill="none" stroke="#ffe9b8" strokeWidth="4" strokeLinecap="round" />
        <path d="M30 40 Q210 -12 390 40 L350 110 L70 110 Z" fill="url(#beam)" />
        <defs>
          <linearGradient id="beam" x1="0" y1="0" x2="0" y2="1">
            <stop offset="0" stopColor="#ffe9b8" stopOpacity=".2" />
            <stop offset="1" stopColor="#ffe9b8" stopOpacity="0" />
          </linearGradient>
        </defs>
        {Array.from({ length: rows * columns }, (_, index) => {
          const column = index % columns;
          const row = Math.floor(index / columns);
          const place = `${column} ${row}`;
          const fill = mine.includes(place)
            ? "#fff3d6"
            : taken.includes(place)
              ? "#4b4466"
              : row < 4
                ? "#2f5f66"
                : "#5a4594";
          const x = 24 + column * 29 + (column > 8 ? 6 : 0) + (column < 4 ? -6 : 0);
          return (
            <rect
              key={place}
              x={x}
              y={74 + row * 28}
              width="21"
              height="20"
              rx="6"
              fill={fill}
              className={mine.includes(place) ? "glow" : undefined}
            />
          );
        })}
      </svg>
    </div>
  );
}
