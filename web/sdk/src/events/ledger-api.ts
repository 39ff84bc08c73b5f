import type { Token } from "../audio/options.js";
import type { Fetch } from "../poll-transport.js";
import type { QrStatus } from "./messages.js";

const requestTimeoutMs = 10_000;

export interface LedgerAccount {
  accountId: number | string;
  balance: number;
  availableBalance: number;
  currency: string;
}

export interface Movement {
  /** Counts within the account, without gaps. */
  number: number;
  movementType: "qr_payment" | "qr_refund";
  amount: number;
  previousBalance: number;
  newBalance: number;
  description: string;
  qrId: string;
  transactionId: string;
  refundId?: string;
  currency: string;
  timestamp: string;
}

export interface Qr {
  qrId: string;
  transactionId: string;
  amount: number;
  currency: string;
  description: string;
  dueDate: string | null;
  singleUse: boolean;
  modifyAmount: boolean;
  status: QrStatus;
  paidAmount: number;
  payments: number;
  createdAt: string;
}

export interface QrOrder {
  amount?: number;
  currency?: string;
  description?: string;
  dueDate?: string | null;
  singleUse?: boolean;
  modifyAmount?: boolean;
  /** Asked again with the same, the answer is the same QR. */
  transactionId?: string;
}

export interface Payment {
  qrId: string;
  /** The number of its movement. */
  movement: number;
  transactionId: string;
  amount: number;
  currency: string;
  senderName: string;
  senderDocumentId: string;
  senderAccount: string;
  senderBankCode: string;
  description: string;
  paymentDate: string;
  refundedAmount: number;
}

export interface Refund {
  refundId: string;
  qrId: string;
  transactionId: string;
  amount: number;
  refundedAmount: number;
  newBalance: number;
  duplicate: boolean;
}

/** The server's refusal: `code` is stable, `field` names what was wrong. */
export class LedgerError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field?: string,
  ) {
    super(message);
  }
}

/** An account's balance, QRs and payments. Everything rejects with a `LedgerError` if the server refuses. */
export class LedgerApi {
  readonly #serverUrl: string;
  readonly #token: Token;
  readonly #fetch: Fetch;

  constructor(serverUrl: string, token: Token, fetch: Fetch = (url, init) => globalThis.fetch(url, init)) {
    this.#serverUrl = serverUrl;
    this.#token = token;
    this.#fetch = fetch;
  }

  account(): Promise<LedgerAccount> {
    return this.#ask("GET", "/account");
  }
  /** Newest first; `before` is the last part's `nextBefore`. */
  movements({ before, limit = 50 }: { before?: number; limit?: number } = {}): Promise<{
    movements: Movement[];
    nextBefore: number | null;
  }> {
    return this.#ask("GET", `/account/movements?limit=${limit}${before === undefined ? "" : `&before=${before}`}`);
  }
  /** Of all QRs, newest first; `before` is the last part's `nextBefore`. */
  accountPayments({ before, limit = 50 }: { before?: number; limit?: number } = {}): Promise<{
    payments: Payment[];
    nextBefore: number | null;
  }> {
    return this.#ask("GET", `/account/payments?limit=${limit}${before === undefined ? "" : `&before=${before}`}`);
  }
  /** Newest first. */
  qrs({ before = "", limit = 50 }: { before?: string; limit?: number } = {}): Promise<{
    qrs: Qr[];
    nextBefore: string | null;
  }> {
    return this.#ask("GET", `/qr?limit=${limit}&before=${encodeURIComponent(before)}`);
  }
  qr(qrId: string): Promise<Qr> {
    return this.#ask("GET", `/qr/${encodeURIComponent(qrId)}`);
  }
  createQr(order: QrOrder): Promise<Qr> {
    return this.#ask("POST", "/qr", order);
  }
  cancelQr(qrId: string): Promise<Qr> {
    return this.#ask("POST", `/qr/${encodeURIComponent(qrId)}/cancellation`, {});
  }
  async payments(qrId: string): Promise<Payment[]> {
    const path = `/qr/${encodeURIComponent(qrId)}/payments?limit=200`;
    return (await this.#ask<{ payments: Payment[] }>("GET", path)).payments;
  }
  refund(
    qrId: string,
    transactionId: string,
    order: { refundId?: string; amount?: number; description?: string } = {},
  ): Promise<Refund> {
    // What banks call a payment may be no segment of a path: `a/b`, `..`.
    return this.#ask("POST", `/qr/${encodeURIComponent(qrId)}/refunds`, { ...order, transactionId });
  }
  /** Where its picture is, for whoever is to pay. */
  pictureUrl(qrId: string, kind: "svg" | "png" = "svg"): string {
    return new URL(`/qr/${encodeURIComponent(qrId)}.${kind}`, this.#serverUrl).href;
  }

  async #ask<Data>(method: string, path: string, body?: unknown): Promise<Data> {
    const token = typeof this.#token === "function" ? await this.#token() : this.#token;
    const answer = await this.#fetch(new URL(path, this.#serverUrl).href, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    const told = (await answer.json()) as { data?: Data; code?: string; message?: string; field?: string };
    if (answer.ok) return told.data as Data;
    throw new LedgerError(answer.status, told.code ?? "", told.message ?? "", told.field);
  }
}
