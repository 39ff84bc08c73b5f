import type { AccountEvent, BalanceUpdateData, LedgerAccount, Movement, Payment, Qr } from "@pulso/sdk";
import type { QrCreatedData, QrPaymentData, QrStatusChangeData } from "@pulso/sdk";
import { counted, type Takings } from "./takings";

/** What a shop sees. Immutable; `applied` makes the next one of an event. */
export interface LedgerState {
  readonly account: LedgerAccount;
  /** Newest first. */
  readonly qrs: readonly Qr[];
  /** Newest first. */
  readonly payments: readonly Payment[];
  /** Newest first. */
  readonly movements: readonly Movement[];
  /** Of all of the day's movements, also of those that are not among `movements` any more. */
  readonly takings: Takings;
}

/** Of each list; what is older is dropped. */
const keptMax = 500;

/** Each event may be told again of a state that has it already: nothing changes then. */
export function applied(state: LedgerState, { id, type, data }: AccountEvent, nowMs: number): LedgerState {
  if (type === "qr_created") return created(state, data as QrCreatedData, nowMs);
  if (type === "qr_payment") return paid(state, data as QrPaymentData);
  if (type === "qr_status_change") return changed(state, data as QrStatusChangeData);
  if (type === "account_balance_update") return moved(state, id, data as BalanceUpdateData, nowMs);
  return state;
}

function created(state: LedgerState, data: QrCreatedData, nowMs: number): LedgerState {
  if (state.qrs.some(({ qrId }) => qrId === data.qrId)) return state;
  const qr: Qr = { ...data, paidAmount: 0, payments: 0, createdAt: new Date(nowMs).toISOString() };
  return { ...state, qrs: [qr, ...state.qrs].slice(0, keptMax) };
}

function paid(state: LedgerState, data: QrPaymentData): LedgerState {
  if (state.payments.some(({ transactionId }) => transactionId === data.transactionId)) return state;
  const { paymentTime: _, singleUse: __, newStatus: ___, newBalance: ____, ...told } = data;
  const movement = (state.payments[0]?.movement ?? 0) + 1;
  const payment: Payment = { ...told, movement, refundedAmount: 0 };
  return {
    ...state,
    payments: [payment, ...state.payments].slice(0, keptMax),
    qrs: state.qrs.map((qr) =>
      qr.qrId === data.qrId ? { ...qr, payments: qr.payments + 1, paidAmount: qr.paidAmount + data.amount } : qr,
    ),
  };
}

function changed(state: LedgerState, data: QrStatusChangeData): LedgerState {
  return {
    ...state,
    qrs: state.qrs.map((qr) => (qr.qrId === data.qrId ? { ...qr, status: data.newStatus } : qr)),
  };
}

/** When a balance update was written, which only its id tells: one that was missed may come a day later. */
function writtenAtMs(id: string, nowMs: number): number {
  const ms = /^balance_update_(\d+)_/.exec(id)?.[1];
  return ms === undefined ? nowMs : Number(ms);
}

function moved(state: LedgerState, id: string, data: BalanceUpdateData, nowMs: number): LedgerState {
  const isKnown = state.movements.some(
    ({ movementType, transactionId, refundId }) =>
      movementType === data.movementType && transactionId === data.transactionId && refundId === data.refundId,
  );
  if (isKnown) return state;
  const number = (state.movements[0]?.number ?? 0) + 1;
  const movement: Movement = { ...data, number, timestamp: new Date(writtenAtMs(id, nowMs)).toISOString() };
  const refunded = data.movementType === "qr_refund" ? -data.amount : 0;
  return {
    ...state,
    account: {
      ...state.account,
      balance: data.newBalance,
      availableBalance: data.newAvailableBalance,
      currency: data.currency,
    },
    movements: [movement, ...state.movements].slice(0, keptMax),
    takings: counted(state.takings, movement, nowMs),
    payments: state.payments.map((payment) =>
      payment.transactionId === data.transactionId && refunded > 0
        ? { ...payment, refundedAmount: payment.refundedAmount + refunded }
        : payment,
    ),
  };
}
