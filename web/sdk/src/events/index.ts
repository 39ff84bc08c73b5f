export { AccountEvents, connectEvents, type EventsError, type EventsState } from "./account-events.js";
export { LedgerApi, LedgerError } from "./ledger-api.js";
export type { LedgerAccount, Movement, Payment, Qr, QrOrder, Refund } from "./ledger-api.js";
export { accountEventTypes } from "./messages.js";
export type * from "./messages.js";
export type { EventSourceLike, EventsOptions } from "./options.js";
