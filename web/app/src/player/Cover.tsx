import type { CSSProperties } from "react";

/** A picture of a track, or, without one, a pattern that is always the same for the same track. Decoration only. */
export function Cover({ trackId, url, className = "" }: { trackId: string; url: string | null; className?: string }) {
  if (url !== null) return <img src={url} alt="" className={`cover ${className}`} loading="lazy" decoding="async" />;
  const hue = hueOf(trackId);
  return (
    <svg
      viewBox="0 0 60 60"
      className={`cover ${className}`}
      aria-hidden="true"
      style={{ "--hue": hue } as CSSProperties}
    >
      <rect width="60" height="60" fill="oklch(38% 0.12 var(--hue))" />
      {[24, 18, 12, 6].map((radius, index) => (
        <circle
          key={radius}
          cx={30 + (hue % 7) - 3}
          cy="30"
          r={radius}
          fill="none"
          stroke={`oklch(${58 + index * 9}% 0.13 var(--hue))`}
          strokeWidth="2.4"
        />
      ))}
    </svg>
  );
}

function hueOf(text: string): number {
  let hash = 0;
  for (const character of text) hash = (hash * 31 + character.charCodeAt(0)) % 360;
  return hash;
}
