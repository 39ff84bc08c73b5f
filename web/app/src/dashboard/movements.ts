import { LedgerError, type LedgerApi, type Movement } from "@pulso/sdk";
import { counted, takingsOfToday, type Takings } from "./takings";

export type MovementSource = Pick<LedgerApi, "movements">;

/** The most that the server gives at once. */
const partLength = 200;
const triesMax = 5;
/** The server counts requests by the second. */
const restMs = 1_000;

/** All movements of an account, newest first, in parts: however many there are, only one part is held here. */
export async function* movementParts(api: MovementSource): AsyncGenerator<Movement[]> {
  for (let before: number | null | undefined; before !== null;) {
    const { movements, nextBefore } = await partBefore(api, before);
    yield movements;
    before = nextBefore;
  }
}

/** Many parts in a row may be more requests than the server takes from one address at once. */
async function partBefore(api: MovementSource, before: number | undefined): ReturnType<MovementSource["movements"]> {
  for (let tries = 1; ; ++tries) {
    try {
      return await api.movements({ limit: partLength, ...(before === undefined ? {} : { before }) });
    } catch (error) {
      if (!(error instanceof LedgerError && error.status === 429) || tries === triesMax) throw error;
      await new Promise((resolve) => setTimeout(resolve, restMs));
    }
  }
}

/** The newest part of the movements, and the sums of all of today's: what is behind the first part is not kept. */
export async function loadMovements(
  api: MovementSource,
  nowMs: number,
): Promise<{ movements: Movement[]; takings: Takings }> {
  const midnightMs = new Date(nowMs).setHours(0, 0, 0, 0);
  let newest: Movement[] | undefined;
  let takings = takingsOfToday(null, nowMs);
  for await (const movements of movementParts(api)) {
    newest ??= movements;
    takings = movements.reduce((sums, movement) => counted(sums, movement, nowMs), takings);
    const oldest = movements.at(-1);
    if (oldest && Date.parse(oldest.timestamp) < midnightMs) break;
  }
  return { movements: newest ?? [], takings };
}
