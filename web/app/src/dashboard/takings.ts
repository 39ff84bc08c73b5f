import type { Movement } from "@pulso/sdk";

/** What came in, less what was given back, in each hour of one day, by the clock of this machine. */
export interface Takings {
  /** As `Date.toDateString` writes it. */
  readonly day: string;
  readonly hours: readonly number[];
}

const dayOf = (at: string | number) => new Date(at).toDateString();

/** Those of the day that `nowMs` is in: none yet if what is known is of an earlier one. */
export function takingsOfToday(known: Takings | null, nowMs: number): Takings {
  const day = dayOf(nowMs);
  return known?.day === day ? known : { day, hours: Array.from({ length: 24 }, () => 0) };
}

/** With a movement that was not counted yet; one of another day changes nothing. */
export function counted(
  known: Takings | null,
  { amount, timestamp }: Pick<Movement, "amount" | "timestamp">,
  nowMs: number,
): Takings {
  const today = takingsOfToday(known, nowMs);
  if (dayOf(timestamp) !== today.day) return today;
  const at = new Date(timestamp).getHours();
  return { ...today, hours: today.hours.map((sum, hour) => (hour === at ? sum + amount : sum)) };
}
