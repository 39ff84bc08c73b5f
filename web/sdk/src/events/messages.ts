/** What the server says on an account's stream, by the type of the event. */

export type QrStatus = "active" | "used" | "completed" | "expired" | "cancelled";

export interface ConnectionData {
  message: string;
  accountId: number | string;
  userId: number | string | null;
  connectionId: string;
  authType: "apikey" | "jwt";
  tokenSource: "query" | "header";
  timestamp: string;
}

export interface HeartbeatData {
  timestamp: string;
  connectionId: string;
}

export interface QrCreatedData {
  qrId: string;
  /** The shop's name for the sale. */
  transactionId: string;
  amount: number;
  currency: string;
  description: string;
  dueDate: string | null;
  singleUse: boolean;
  modifyAmount: boolean;
  status: QrStatus;
}

export interface QrPaymentData {
  qrId: string;
  /** The bank's. */
  transactionId: string;
  amount: number;
  currency: string;
  senderName: string;
  senderDocumentId: string;
  senderAccount: string;
  senderBankCode: string;
  description: string;
  paymentDate: string;
  paymentTime: string;
  singleUse: boolean;
  newStatus: QrStatus;
  newBalance: number;
}

export interface QrStatusChangeData {
  qrId: string;
  previousStatus: QrStatus;
  newStatus: QrStatus;
  amount: number;
  currency: string;
  description: string;
  singleUse: boolean;
  dueDate: string | null;
  syncSource: string;
}

export interface BalanceUpdateData {
  accountId: number | string;
  movementType: "qr_payment" | "qr_refund";
  /** Negative for what leaves the account. */
  amount: number;
  previousBalance: number;
  newBalance: number;
  previousAvailableBalance: number;
  newAvailableBalance: number;
  description: string;
  qrId: string;
  transactionId: string;
  refundId?: string;
  currency: string;
}

/** What came next is not known to the server any more: what is shown has to be loaded anew. */
export interface ResetData {
  reason: string;
  /** What this client had said that it saw last, if the stream begins with this. */
  lastEventId?: string;
}

export interface AccountEventData {
  connection: ConnectionData;
  heartbeat: HeartbeatData;
  qr_created: QrCreatedData;
  qr_payment: QrPaymentData;
  qr_status_change: QrStatusChangeData;
  account_balance_update: BalanceUpdateData;
  reset: ResetData;
}

export const accountEventTypes = [
  "connection",
  "heartbeat",
  "qr_created",
  "qr_payment",
  "qr_status_change",
  "account_balance_update",
  "reset",
] as const satisfies ReadonlyArray<keyof AccountEventData>;

/** One event as handlers get it. */
export interface AccountEvent<Data = unknown> {
  /** Empty for `reset`, which has none. */
  readonly id: string;
  readonly type: string;
  readonly data: Data;
}
