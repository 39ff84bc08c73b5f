import { useEffect, useState } from "react";

/** `readMs()`, anew every second while `active`. */
export function useNow(readMs: () => number, active: boolean): number {
  const [, setTick] = useState(0);
  useEffect(() => {
    if (!active) return;
    const timer = setInterval(() => setTick((tick) => tick + 1), 1000);
    return () => clearInterval(timer);
  }, [active]);
  return readMs();
}
