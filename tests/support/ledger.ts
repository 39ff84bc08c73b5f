import { createHmac } from "node:crypto";

import type { Pulso } from "./pulso";
import { userToken } from "./tokens";

export const bankSecret = "the-secret-that-the-bank-signs-with";

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at by what tests expect of them
export type Data = any;

export interface Answer {
  status: number;
  data: Data;
  code: string | undefined;
  field: string | undefined;
}

async function answerOf(response: Response): Promise<Answer> {
  const body = (await response.json()) as { data?: unknown; code?: string; field?: string };
  return { status: response.status, data: body.data, code: body.code, field: body.field };
}

/** What the bank puts beside a call, `seconds` after 1970. */
export function bankSignature(
  method: string,
  target: string,
  body: string,
  { seconds = Math.floor(Date.now() / 1000), secret = bankSecret } = {},
): string {
  const text = `${seconds}.${method} ${target}.${body}`;
  return `t=${seconds},v1=${createHmac("sha256", secret).update(text).digest("hex")}`;
}

/** The bank, as an instance hears it. */
export class Bank {
  constructor(readonly server: Pulso) {}

  async call(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const signed = headers ?? { "X-Bank-Signature": bankSignature("POST", path, text) };
    return answerOf(await fetch(`${this.server.http}${path}`, { method: "POST", headers: signed, body: text }));
  }

  pay(qr: string, transactionId: string, amount: number, more: object = {}): Promise<Answer> {
    return this.call(`/qr/${qr}/payments`, { transactionId, amount, currency: "BOB", ...more });
  }

  settle(qr: string, body: object = { syncSource: "bank_api" }): Promise<Answer> {
    return this.call(`/qr/${qr}/settlement`, body);
  }
}

/** A shop that has an account. */
export class Shop {
  readonly headers: Record<string, string>;

  constructor(
    readonly server: Pulso,
    readonly account: string,
    headers?: Record<string, string>,
  ) {
    this.headers = headers ?? { Authorization: `Bearer ${userToken({ sub: `of-${account}`, account_id: account })}` };
  }

  async get(path: string): Promise<Answer> {
    return answerOf(await fetch(`${this.server.http}${path}`, { headers: this.headers }));
  }

  async post(path: string, body?: unknown): Promise<Answer> {
    const text = typeof body === "string" || body === undefined ? (body ?? null) : JSON.stringify(body);
    return answerOf(await fetch(`${this.server.http}${path}`, { method: "POST", headers: this.headers, body: text }));
  }

  /** The id of a new QR. */
  async createQr(amount: number, more: object = {}): Promise<string> {
    const { status, data } = await this.post("/qr", { amount, ...more });
    if (status !== 201) throw new Error(`no QR: ${status}`);
    return data.qrId as string;
  }

  async qr(id: string): Promise<Data> {
    return (await this.get(`/qr/${id}`)).data;
  }

  async balance(): Promise<number> {
    return (await this.get("/account")).data.balance as number;
  }

  cancel(id: string): Promise<Answer> {
    return this.post(`/qr/${id}/cancellation`);
  }

  refund(id: string, transactionId: string, body?: object): Promise<Answer> {
    return this.post(`/qr/${id}/payments/${transactionId}/refund`, body);
  }

  /** All movements, oldest first. */
  async movements(): Promise<Data[]> {
    const all: Data[] = [];
    for (let before: number | null | "" = ""; before !== null;) {
      const { data } = await this.get(`/account/movements?limit=200&before=${before}`);
      all.push(...data.movements);
      before = data.nextBefore;
    }
    return all.reverse();
  }
}
