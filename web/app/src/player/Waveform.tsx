import type { AudioPlayer, TrackLibrary } from "@pulso/sdk";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { useTexts } from "../shared/i18n";
import { timeText } from "./time-text";

export interface WaveformProps {
  player: AudioPlayer;
  library: TrackLibrary;
  trackId: string;
  duration: number;
  /** In seconds, for who can't see the drawing. */
  currentTime: number;
}

const bars = 120;
const stepSeconds = 5;
const pageSeconds = 30;

/** How loud the track is as it goes along; where it is touched, it goes on. A slider for keyboards and screen readers. */
export function Waveform({ player, library, trackId, duration, currentTime }: WaveformProps) {
  const { t } = useTexts();
  const path = usePath(library, trackId);
  const slider = useRef<HTMLDivElement>(null);
  const [dragged, setDragged] = useState<number | null>(null);
  const shown = dragged ?? currentTime;

  // Straight to the element: drawing anew a few times a second is not worth a rendering of the page.
  useEffect(() => {
    const show = (seconds: number) => slider.current?.style.setProperty("--played", String(seconds / (duration || 1)));
    show(dragged ?? player.currentTime);
    return dragged === null ? player.on("time", show) : undefined;
  }, [player, duration, dragged]);

  const secondsAt = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return Math.min(Math.max(0, (event.clientX - left) / width), 1) * duration;
  };
  const press = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDragged(secondsAt(event));
  };
  const release = (event: PointerEvent<HTMLDivElement>) => {
    if (dragged === null) return;
    setDragged(null);
    player.seek(secondsAt(event));
  };
  const move = (event: KeyboardEvent) => {
    const to = keyTarget(event.key, player.currentTime, duration);
    if (to === null) return;
    event.preventDefault();
    player.seek(to);
  };

  return (
    <div className="wave">
      <span className="wave-time" aria-hidden="true">
        {timeText(shown)}
      </span>
      <div
        ref={slider}
        role="slider"
        tabIndex={0}
        className="wave-slider"
        aria-label={t("seekLabel")}
        aria-valuemin={0}
        aria-valuemax={Math.round(duration)}
        aria-valuenow={Math.round(Math.min(shown, duration))}
        aria-valuetext={t("seekValue", { time: timeText(shown), total: timeText(duration) })}
        onKeyDown={move}
        onPointerDown={press}
        onPointerMove={(event) => dragged !== null && setDragged(secondsAt(event))}
        onPointerUp={release}
        onPointerCancel={() => setDragged(null)}
      >
        {["wave-rest", "wave-played"].map((part) => (
          <svg key={part} className={part} viewBox={`0 0 ${bars} 100`} preserveAspectRatio="none" aria-hidden="true">
            <path d={path} />
          </svg>
        ))}
        <i className="wave-head" />
      </div>
      <span className="wave-time" aria-hidden="true">
        {timeText(duration)}
      </span>
    </div>
  );
}

/** Where a key leads to, in seconds; `null` for any other key. */
export function keyTarget(key: string, seconds: number, duration: number): number | null {
  const targets: Record<string, number> = {
    ArrowRight: seconds + stepSeconds,
    ArrowUp: seconds + stepSeconds,
    ArrowLeft: seconds - stepSeconds,
    ArrowDown: seconds - stepSeconds,
    PageUp: seconds + pageSeconds,
    PageDown: seconds - pageSeconds,
    Home: 0,
    End: duration,
  };
  const target = targets[key];
  return target === undefined ? null : Math.min(Math.max(0, target), duration);
}

/** One upright line a part; a flat one until the waveform is here. */
function usePath(library: TrackLibrary, trackId: string): string {
  const [peaks, setPeaks] = useState<readonly number[]>([]);
  useEffect(() => {
    let current = true;
    setPeaks([]);
    library.waveform(trackId, bars).then(
      (waveform) => current && setPeaks(waveform.peaks),
      // The slider works without it.
      () => {},
    );
    return () => {
      current = false;
    };
  }, [library, trackId]);
  return useMemo(
    () =>
      Array.from({ length: bars }, (_, index) => {
        const half = Math.max(2, (peaks[index] ?? 0) * 46);
        return `M${index + 0.5} ${50 - half}V${50 + half}`;
      }).join(""),
    [peaks],
  );
}
