// Accounts, QRs and payments, and the events that tell of them.
import { describe, expect, it } from "vitest";

import { runCommand } from "../support/command";
import { Bank, type Data } from "../support/ledger";
import { ledgerEngine, ledgerEngines } from "../support/ledger_engine";
import { eventually } from "../support/processes";
import { sqlRows } from "../support/sql";

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe.each(ledgerEngines)("%s", (name) => {
  const engine = ledgerEngine(name);
  const { newShop, listen, news } = engine;

  describe("a QR", () => {
    it("is made, told of and shown", async () => {
      const shop = newShop();
      const client = await listen(shop);
      const dueDate = "2040-01-15T23:59:59.000Z";
      const asked = { amount: 100.5, description: "Pago de servicios", dueDate, transactionId: "TXN_123456" };
      const { status, data } = await shop.post("/qr", asked);
      const told = {
        qrId: expect.stringMatching(/^\d{20}$/),
        ...asked,
        currency: "BOB",
        singleUse: true,
        modifyAmount: false,
        status: "active",
      };
      expect({ status, data }).toEqual({
        status: 201,
        data: { ...told, paidAmount: 0, payments: 0, createdAt: time },
      });
      const [event] = await news(client, 1);
      expect(event).toMatchObject({ id: `qr_created_${data.qrId}`, type: "qr_created" });
      expect(event?.json).toEqual(told);
      expect(await shop.qr(data.qrId)).toEqual(data);
      expect((await shop.get("/qr")).data).toEqual({ qrs: [data], nextBefore: null });
    });

    it("is the same one for a sale that is named again, and no other sale's", async () => {
      const shop = newShop();
      const first = await shop.post("/qr", { amount: 5, transactionId: "sale" });
      const again = await shop.post("/qr", { amount: 5, transactionId: "sale" });
      expect([first.status, again.status]).toEqual([201, 200]);
      expect(again.data).toEqual(first.data);
      expect(await shop.post("/qr", { amount: 6, transactionId: "sale" })).toMatchObject({
        status: 409,
        code: "transaction_conflict",
      });
    });

    it.each<[object | string, number, string, string?]>([
      ["{", 400, "bad_json"],
      ["[]", 422, "bad_message", "body"],
      [{}, 422, "bad_message", "amount"],
      [{ amount: 0 }, 422, "bad_message", "amount"],
      [{ amount: -1 }, 422, "bad_message", "amount"],
      [{ amount: "5" }, 422, "bad_message", "amount"],
      [{ amount: 1.005 }, 422, "bad_message", "amount"],
      [{ amount: 1e300 }, 422, "bad_message", "amount"],
      [{ amount: 10_000_000_000_000.01 }, 422, "bad_message", "amount"],
      [{ amount: 1, currency: "bob" }, 422, "bad_message", "currency"],
      [{ amount: 1, currency: 7 }, 422, "bad_message", "currency"],
      [{ amount: 1.5, currency: "JPY" }, 422, "bad_message", "amount"],
      [{ amount: 1, singleUse: "yes" }, 422, "bad_message", "singleUse"],
      [{ amount: 1, modifyAmount: 1 }, 422, "bad_message", "modifyAmount"],
      [{ amount: 1, dueDate: "tomorrow" }, 422, "bad_message", "dueDate"],
      [{ amount: 1, dueDate: "2020-01-01T00:00:00.000Z" }, 422, "bad_message", "dueDate"],
      [{ amount: 1, description: "a\u0000b" }, 422, "bad_message", "description"],
      [{ amount: 1, description: "x".repeat(501) }, 422, "bad_message", "description"],
      [{ amount: 1, transactionId: "x".repeat(129) }, 422, "bad_message", "transactionId"],
      ["x".repeat(20_000), 413, "body_too_large"],
    ])("is not made of %j", async (body, status, code, field) => {
      const shop = newShop();
      expect(await shop.post("/qr", body)).toEqual({ status, code, field, data: undefined });
      expect((await shop.get("/qr")).data.qrs).toEqual([]);
    });

    it("keeps to the currency of the account's first", async () => {
      const shop = newShop();
      expect((await shop.post("/qr", { amount: 3, currency: "USD" })).data.currency).toBe("USD");
      expect((await shop.post("/qr", { amount: 3 })).data.currency).toBe("USD");
      expect(await shop.post("/qr", { amount: 3, currency: "EUR" })).toMatchObject({ code: "wrong_currency" });
    });

    it("is listed by status, part by part", async () => {
      const shop = newShop();
      const ids = [];
      for (let i = 1; i <= 5; ++i) ids.unshift(await shop.createQr(i));
      await shop.cancel(ids[2] as string);
      const idsOf = (data: Data): string[] => data.qrs.map((qr: Data) => qr.qrId);
      const first = (await shop.get("/qr?limit=2")).data;
      const rest = (await shop.get(`/qr?limit=3&before=${first.nextBefore}`)).data;
      expect([...idsOf(first), ...idsOf(rest)]).toEqual(ids);
      expect(idsOf((await shop.get("/qr?status=cancelled")).data)).toEqual([ids[2]]);
      expect(await shop.get("/qr?limit=none")).toMatchObject({ status: 422, field: "limit" });
    });

    it("is cancelled once, and takes no payment then", async () => {
      const shop = newShop();
      const qr = await shop.createQr(9);
      const client = await listen(shop);
      expect((await shop.cancel(qr)).data.status).toBe("cancelled");
      expect((await shop.cancel(qr)).status).toBe(200);
      expect(await engine.bank.pay(qr, "t", 9)).toMatchObject({ status: 409, code: "qr_cancelled" });
      expect(await engine.bank.settle(qr)).toMatchObject({ status: 409, code: "qr_not_active" });
      await shop.createQr(1);
      const [change, next] = await news(client, 2);
      expect(change).toMatchObject({
        type: "qr_status_change",
        json: { previousStatus: "active", newStatus: "cancelled", syncSource: "merchant" },
      });
      expect(next?.type).toBe("qr_created");
    });

    it("expires by itself when it is due, with an event, and takes no payment then", async () => {
      const shop = newShop();
      const client = await listen(shop, "?types=qr_status_change");
      const dueDate = new Date(Date.now() + 2_000).toISOString();
      const qr = await shop.createQr(9, { dueDate });
      const [event] = await news(client, 1);
      expect(event?.json).toEqual({
        qrId: qr,
        previousStatus: "active",
        newStatus: "expired",
        amount: 9,
        currency: "BOB",
        description: "",
        singleUse: true,
        dueDate,
        syncSource: "due_date",
      });
      expect(event?.id).toMatch(new RegExp(`^qr_status_change_${qr}_\\d{13}$`));
      expect(await engine.bank.pay(qr, "late", 9)).toMatchObject({ status: 409, code: "qr_expired" });
      expect((await shop.qr(qr)).status).toBe("expired");
      expect(await shop.cancel(qr)).toMatchObject({ status: 409, code: "qr_not_active" });
      expect(await shop.balance()).toBe(0);
    });
  });

  describe("a payment", () => {
    it("uses a single-use QR up and moves the balance, in three events", async () => {
      const shop = newShop();
      const qr = await shop.createQr(100.5, { description: "Pago de servicios", transactionId: "TXN_1" });
      const client = await listen(shop);
      const sender = {
        senderName: "Juan Pérez",
        senderDocumentId: "12345678",
        senderAccount: "1234567890",
        senderBankCode: "BANECO",
        description: "Pago de servicios",
      };
      const paymentDate = "2024-01-15T10:30:00.000Z";
      const answer = await engine.bank.pay(qr, "TXN_1", 100.5, { ...sender, paymentDate });
      // Ids of a fixed width are padded; an event's goes in a header.
      expect((await engine.bank.pay(qr, " TXN_1  ", 100.5)).data.duplicate).toBe(true);
      expect(await engine.bank.pay(qr, "   ", 100.5)).toMatchObject({ status: 422, field: "transactionId" });
      const paid = { qrId: qr, transactionId: "TXN_1", amount: 100.5, currency: "BOB" };
      expect(answer).toMatchObject({
        status: 200,
        data: { ...paid, newStatus: "used", newBalance: 100.5, duplicate: false },
      });
      const [payment, change, balance] = await news(client, 3);
      expect(payment?.id).toBe("qr_payment_TXN_1");
      expect(payment?.json).toEqual({
        ...paid,
        ...sender,
        paymentDate,
        paymentTime: "10:30:00",
        singleUse: true,
        newStatus: "used",
        newBalance: 100.5,
      });
      expect(change?.json).toMatchObject({ qrId: qr, previousStatus: "active", newStatus: "used" });
      expect(balance?.id).toMatch(new RegExp(`^balance_update_\\d{13}_${shop.account}$`));
      expect(balance?.json).toEqual({
        accountId: Number(shop.account),
        movementType: "qr_payment",
        amount: 100.5,
        previousBalance: 0,
        newBalance: 100.5,
        previousAvailableBalance: 0,
        newAvailableBalance: 100.5,
        description: "Pago QR recibido",
        qrId: qr,
        transactionId: "TXN_1",
        currency: "BOB",
      });
      expect(await shop.qr(qr)).toMatchObject({ status: "used", paidAmount: 100.5, payments: 1 });
      expect((await shop.get(`/qr/${qr}/payments`)).data.payments).toEqual([
        { ...sender, ...paid, movement: 1, paymentDate, refundedAmount: 0 },
      ]);
      expect((await shop.get("/account/payments")).data).toMatchObject({ payments: [paid], nextBefore: null });
      expect(await engine.bank.pay(qr, "TXN_2", 100.5)).toMatchObject({ status: 409, code: "qr_used" });
    });

    it("of a reusable QR leaves it active, without a status event", async () => {
      const shop = newShop();
      const qr = await shop.createQr(10, { singleUse: false });
      const client = await listen(shop);
      await engine.bank.pay(qr, "a", 10);
      await engine.bank.pay(qr, "b", 10);
      const types = (await news(client, 4)).map(({ type }) => type);
      expect(types).toEqual(["qr_payment", "account_balance_update", "qr_payment", "account_balance_update"]);
      expect(await shop.qr(qr)).toMatchObject({ status: "active", paidAmount: 20, payments: 2 });
    });

    it("may be of another amount only where the payer chooses", async () => {
      const shop = newShop();
      const fixed = await shop.createQr(10);
      const free = await shop.createQr(10, { modifyAmount: true, singleUse: false });
      const open = (await shop.post("/qr", { modifyAmount: true })).data.qrId as string;
      expect(await engine.bank.pay(fixed, "f", 9.99)).toMatchObject({
        status: 422,
        code: "wrong_amount",
        field: "amount",
      });
      expect(await engine.bank.pay(fixed, "f", 10, { currency: "USD" })).toMatchObject({ code: "wrong_currency" });
      expect(await engine.bank.pay(free, "g", 0)).toMatchObject({ code: "wrong_amount" });
      expect((await engine.bank.pay(free, "h", 3.33)).data.newBalance).toBe(3.33);
      expect((await engine.bank.pay(open, "i", 0.01)).data.newBalance).toBe(3.34);
    });

    it("said five times at once counts once, and each is told the same", async () => {
      const shop = newShop();
      const qr = await shop.createQr(7, { singleUse: false });
      const client = await listen(shop);
      const answers = await Promise.all(
        [0, 1, 0, 1, 0].map((i) => new Bank(i ? engine.one : engine.other).pay(qr, "T", 7)),
      );
      expect(answers.map(({ status, data }) => [status, data.newBalance])).toEqual(Array(5).fill([200, 7]));
      expect(answers.filter(({ data }) => !data.duplicate)).toHaveLength(1);
      await engine.bank.pay(qr, "next", 7);
      expect((await news(client, 4)).map(({ id }) => id).filter((id) => id.startsWith("qr_payment"))).toEqual([
        "qr_payment_T",
        "qr_payment_next",
      ]);
      expect(await shop.balance()).toBe(14);
      expect((await engine.bank.pay(qr, "T", 7)).data).toMatchObject({ duplicate: true, newBalance: 7 });
      expect(await engine.bank.pay(qr, "T", 8)).toMatchObject({ status: 409, code: "transaction_conflict" });
    });

    it("of a single-use QR by 200 at once succeeds once", async () => {
      const shop = newShop();
      const qr = await shop.createQr(1.25);
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, i) => new Bank(i % 2 ? engine.one : engine.other).pay(qr, `t${i}`, 1.25)),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ code }) => code === "qr_used")).toHaveLength(199);
      expect(await shop.balance()).toBe(1.25);
      expect(await shop.movements()).toHaveLength(1);
    });

    it("of 50 QRs on all instances at once adds up without a gap", async () => {
      const shop = newShop();
      const client = await listen(shop, "?types=account_balance_update");
      const amounts = Array.from({ length: 50 }, (_, i) => (i * 37 + 11) / 100);
      const qrs = await Promise.all(amounts.map((amount) => shop.createQr(amount)));
      await Promise.all(
        qrs.map((qr, i) => new Bank(i % 2 ? engine.one : engine.other).pay(qr, `p${i}`, amounts[i] as number)),
      );
      const sum = amounts.reduce((a, b) => a + Math.round(b * 100), 0) / 100;
      expect(await shop.balance()).toBe(sum);
      const movements = await shop.movements();
      const events = (await news(client, 50)).map(({ json }) => json);
      for (const chain of [movements, events]) {
        expect(chain[0].previousBalance).toBe(0);
        for (let i = 1; i < 50; ++i) expect(chain[i].previousBalance).toBe(chain[i - 1].newBalance);
        expect(chain[49].newBalance).toBe(sum);
      }
      expect(movements.map(({ number }: Data) => number)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
      expect(events.map(({ transactionId }) => transactionId)).toEqual(
        movements.map(({ transactionId }: Data) => transactionId),
      );
    });

    it.each<[object | string, number, string, string?]>([
      ["{", 400, "bad_json"],
      [{}, 422, "bad_message", "transactionId"],
      [{ transactionId: "t", amount: 5 }, 422, "bad_message", "currency"],
      [{ transactionId: "t", currency: "BOB" }, 422, "bad_message", "amount"],
      [{ transactionId: "", amount: 5, currency: "BOB" }, 422, "bad_message", "transactionId"],
      [{ transactionId: "a\nb", amount: 5, currency: "BOB" }, 422, "bad_message", "transactionId"],
      [{ transactionId: "t", amount: 5.001, currency: "BOB" }, 422, "bad_message", "amount"],
      [{ transactionId: "t", amount: 5, currency: "BOB", senderName: {} }, 422, "bad_message", "senderName"],
      [{ transactionId: "t", amount: 5, currency: "BOB", paymentDate: "now" }, 422, "bad_message", "paymentDate"],
    ])("of %j changes nothing", async (body, status, code, field) => {
      const shop = newShop();
      const qr = await shop.createQr(5);
      expect(await engine.bank.call(`/qr/${qr}/payments`, body)).toEqual({ status, code, field, data: undefined });
      expect(await shop.balance()).toBe(0);
    });

    it("of a QR that nobody has is unknown", async () => {
      for (const qr of ["26010100000000000000", "1", "x".repeat(300)]) {
        expect(await engine.bank.pay(qr, "t", 1)).toMatchObject({ status: 404, code: "unknown_qr" });
      }
    });
  });

  it("a settlement completes a QR, once", async () => {
    const shop = newShop();
    const qr = await shop.createQr(5);
    await engine.bank.pay(qr, "t", 5);
    const client = await listen(shop);
    expect((await engine.bank.settle(qr)).data.status).toBe("completed");
    expect((await engine.bank.settle(qr)).status).toBe(200);
    await shop.createQr(1);
    const [change, next] = await news(client, 2);
    expect(change?.json).toMatchObject({ previousStatus: "used", newStatus: "completed", syncSource: "bank_api" });
    expect(next?.type).toBe("qr_created");
    expect(await engine.bank.pay(qr, "u", 5)).toMatchObject({ code: "qr_used" });
  });

  it.each(["a/b", "..", "Ñ ?#%"])(
    "a payment that the bank calls %s is given back by its name in the body",
    async (id) => {
      const shop = newShop();
      const qr = await shop.createQr(10, { singleUse: false });
      expect((await engine.bank.pay(qr, id, 10)).status).toBe(200);
      const refund = await shop.post(`/qr/${qr}/refunds`, { transactionId: id, refundId: "r", amount: 4 });
      expect(refund).toMatchObject({ status: 200, data: { transactionId: id, amount: 4, newBalance: 6 } });
      const unnamed = await shop.post(`/qr/${qr}/refunds`, { amount: 1 });
      expect(unnamed).toMatchObject({ status: 422, code: "bad_message", field: "transactionId" });
    },
  );

  it.each(["/qr/%ff.svg", "/qr/%ff.png", "/qr/%ff", "/qr/1", "/qr/%ff/payments"])("%s is no QR", async (path) => {
    expect(await newShop().get(path)).toMatchObject({ status: 404, code: "unknown_qr" });
  });

  it("what a merchant takes back or calls off, and whom it has told, stands in the audit log", async () => {
    const shop = newShop();
    const [paid, cancelled] = [await shop.createQr(10), await shop.createQr(1)];
    await engine.bank.pay(paid, "t", 10);
    expect((await shop.refund(paid, "t", { refundId: "r", amount: 1 })).status).toBe(200);
    for (const _ of ["done", "done already"]) expect((await shop.cancel(cancelled)).status).toBe(200);
    const { webhookId } = (await shop.post("/webhooks", { url: "https://shop.example/pulso?token=secret" })).data;
    const path = `${shop.server.http}/webhooks/${webhookId}`;
    expect((await fetch(path, { method: "DELETE", headers: shop.headers })).status).toBe(200);
    const trail = await eventually(async () => {
      const text = await runCommand(shop.server, "audit", "tail", "-n", "200");
      const lines = text.split("\n").filter((line) => line.includes(`of-${shop.account}`));
      return lines.length === 4 && lines;
    });
    const told: Array<[action: string, subject: string]> = [
      ["events.refund", `${paid}/t`],
      ["events.cancel_qr", cancelled],
      ["events.create_webhook", webhookId],
      ["events.delete_webhook", webhookId],
    ];
    for (const parts of told)
      expect(trail, parts.join()).toContainEqual(expect.stringMatching(new RegExp(parts.join(".*"))));
    expect(trail.join()).not.toContain("secret");
  });

  describe("a refund", () => {
    it("moves the balance back, part by part, and never more than was paid", async () => {
      const shop = newShop();
      const qr = await shop.createQr(10);
      await engine.bank.pay(qr, "t", 10, { senderBankCode: "BANECO" });
      const client = await listen(shop);
      const first = await shop.refund(qr, "t", { refundId: "r1", amount: 2.5 });
      expect(first.data).toEqual({
        refundId: "r1",
        qrId: qr,
        transactionId: "t",
        amount: 2.5,
        currency: "BOB",
        refundedAmount: 2.5,
        newBalance: 7.5,
        duplicate: false,
      });
      expect((await shop.refund(qr, "t", { refundId: "r1", amount: 2.5 })).data).toEqual({
        ...first.data,
        duplicate: true,
      });
      expect(await shop.refund(qr, "t", { refundId: "r1", amount: 3 })).toMatchObject({ code: "transaction_conflict" });
      expect(await shop.refund(qr, "t", { amount: 7.51 })).toMatchObject({ code: "refund_exceeds_payment" });
      expect((await shop.refund(qr, "t")).data).toMatchObject({ amount: 7.5, newBalance: 0 });
      expect(await shop.refund(qr, "t")).toMatchObject({ status: 422, code: "refund_exceeds_payment" });
      const events = await news(client, 2);
      expect(events.map(({ json }) => [json.movementType, json.amount, json.previousBalance, json.newBalance])).toEqual(
        [
          ["qr_refund", -2.5, 10, 7.5],
          ["qr_refund", -7.5, 7.5, 0],
        ],
      );
      expect((await shop.get(`/qr/${qr}/payments`)).data.payments[0].refundedAmount).toBe(10);
    });

    it("is not more than the balance, and of known payments only", async () => {
      const shop = newShop();
      const [qr, next] = [await shop.createQr(10), await shop.createQr(4)];
      await engine.bank.pay(qr, "t", 10);
      expect(await shop.refund(qr, "none")).toMatchObject({ status: 404, code: "unknown_payment" });
      expect(await shop.refund(next, "t")).toMatchObject({ status: 404, code: "unknown_payment" });
      expect(await shop.refund(qr, "t", { amount: 0 })).toMatchObject({ code: "refund_exceeds_payment" });
      expect(await shop.refund(qr, "t", { amount: -1 })).toMatchObject({ code: "bad_message", field: "amount" });
      expect(await shop.balance()).toBe(10);
    });

    it("by ten at once gives back what was paid, once", async () => {
      const shop = newShop();
      const qr = await shop.createQr(10);
      await engine.bank.pay(qr, "t", 10);
      const answers = await Promise.all(Array.from({ length: 10 }, () => shop.refund(qr, "t")));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(await shop.balance()).toBe(0);
    });
  });

  it("an account's entries are its balance, and all entries together nothing", async () => {
    const shop = newShop();
    const qr = await shop.createQr(10, { singleUse: false });
    for (let i = 0; i < 5; ++i) await engine.bank.pay(qr, `t${i}`, 10, { senderBankCode: `B${i % 2}` });
    await shop.refund(qr, "t3", { amount: 4 });
    const movements = await shop.movements();
    expect(movements.map(({ amount }: Data) => amount)).toEqual([10, 10, 10, 10, 10, -4]);
    expect(await shop.balance()).toBe(46);
    const { database } = engine;
    const own = `SELECT sum(amount) FROM ledger_entries WHERE book = 'account:${shop.account}'`;
    expect(sqlRows(database, own)).toEqual([["4600"]]);
    expect(sqlRows(database, "SELECT sum(amount) FROM ledger_entries")).toEqual([["0"]]);
    const unbalanced =
      "SELECT count(*) FROM ledger_movements m WHERE 2 <> " +
      "(SELECT count(*) FROM ledger_entries e WHERE e.account = m.account AND e.number = m.number)";
    expect(sqlRows(database, unbalanced)).toEqual([["0"]]);
  });
});
