// Who may change the ledger: the bank by its signature, a shop by its credential, and nobody else.
import { describe, expect, it } from "vitest";

import { createKey } from "../support/keys";
import { Shop, bankSignature } from "../support/ledger";
import { ledgerEngine, ledgerEngines } from "../support/ledger_engine";
import { userToken } from "../support/tokens";

describe.each(ledgerEngines)("%s", (name) => {
  const engine = ledgerEngine(name);
  const { newShop } = engine;

  describe("the bank's signature", () => {
    const seconds = (): number => Math.floor(Date.now() / 1000);
    it.each<[string, string, (target: string, body: string) => string | undefined]>([
      ["none", "bad_signature", () => undefined],
      ["an empty one", "bad_signature", () => ""],
      ["nonsense", "bad_signature", () => "t=,v1=,,,=;v1"],
      ["no time", "bad_signature", (target, body) => bankSignature("POST", target, body).replace(/^t=\d+,/, "")],
      ["two times", "bad_signature", (target, body) => `t=1,${bankSignature("POST", target, body)}`],
      ["another secret", "bad_signature", (target, body) => bankSignature("POST", target, body, { secret: "other" })],
      ["another body", "bad_signature", (target, body) => bankSignature("POST", target, `${body} `)],
      ["another path", "bad_signature", (target, body) => bankSignature("POST", `${target}/`, body)],
      ["another method", "bad_signature", (target, body) => bankSignature("PUT", target, body)],
      [
        "another time",
        "bad_signature",
        (target, body) => bankSignature("POST", target, body).replace(/t=\d+/, `t=${seconds() - 1}`),
      ],
      ["cut short", "bad_signature", (target, body) => bankSignature("POST", target, body).slice(0, -1)],
      [
        "six minutes old",
        "stale_signature",
        (target, body) => bankSignature("POST", target, body, { seconds: seconds() - 360 }),
      ],
      [
        "six minutes ahead",
        "stale_signature",
        (target, body) => bankSignature("POST", target, body, { seconds: seconds() + 360 }),
      ],
      [
        "an enormous time",
        "bad_signature",
        (target, body) => bankSignature("POST", target, body, { seconds: 2 ** 62 }),
      ],
    ])("%s is refused, and nothing is changed", async (_, code, sign) => {
      const shop = newShop();
      const qr = await shop.createQr(5);
      for (const path of [`/qr/${qr}/payments`, `/qr/${qr}/settlement`]) {
        const body = JSON.stringify({ transactionId: "t", amount: 5, currency: "BOB" });
        const signature = sign(path, body);
        const headers: Record<string, string> = signature === undefined ? {} : { "X-Bank-Signature": signature };
        expect(await engine.bank.call(path, body, headers)).toMatchObject({ status: 401, code });
      }
      expect(await shop.balance()).toBe(0);
      expect((await shop.qr(qr)).status).toBe("active");
    });

    it("may stand beside that of an older secret", async () => {
      const shop = newShop();
      const qr = await shop.createQr(5);
      const body = JSON.stringify({ transactionId: "t", amount: 5, currency: "BOB" });
      const path = `/api/qr/${qr}/payments`;
      const signature = bankSignature("POST", path, body).replace(",", `,v1=${"0".repeat(64)},`);
      expect((await engine.bank.call(path, body, { "X-Bank-Signature": signature })).status).toBe(200);
    });

    it("of a shop's credential is none", async () => {
      const shop = newShop();
      const qr = await shop.createQr(5);
      expect(await shop.post(`/qr/${qr}/payments`, { transactionId: "t", amount: 5, currency: "BOB" })).toMatchObject({
        status: 401,
        code: "bad_signature",
      });
    });
  });

  describe("who may", () => {
    it("see and change an account's QRs is its own people only", async () => {
      const [shop, rival] = [newShop(), newShop()];
      const qr = await shop.createQr(10);
      await engine.bank.pay(qr, "t", 10);
      expect((await rival.get(`/qr/${qr}`)).status).toBe(404);
      expect((await rival.get(`/qr/${qr}/payments`)).status).toBe(404);
      expect((await rival.get(`/qr?before=${qr}`)).status).toBe(404);
      expect((await rival.cancel(qr)).status).toBe(404);
      expect((await rival.refund(qr, "t")).status).toBe(404);
      expect((await rival.get("/qr")).data.qrs).toEqual([]);
      expect((await rival.get("/account/movements")).data.movements).toEqual([]);
      expect(await rival.balance()).toBe(0);
      expect(await shop.balance()).toBe(10);
    });

    it("write by an API key needs its scope", async () => {
      const reading = new Shop(engine.one, "1", { "X-API-Key": createKey(engine.one, ["stats:read"], engine.env) });
      const writing = new Shop(engine.one, "1", { "X-API-Key": createKey(engine.one, ["qr:write"], engine.env) });
      expect(await reading.post("/qr", { amount: 1 })).toMatchObject({ status: 403, code: "forbidden" });
      const qr = await writing.createQr(1);
      expect((await reading.qr(qr)).amount).toBe(1);
      expect(await reading.cancel(qr)).toMatchObject({ status: 403 });
      expect((await writing.cancel(qr)).status).toBe(200);
    });

    it("come without an account is nobody", async () => {
      const stranger = new Shop(engine.one, "", { Authorization: `Bearer ${userToken({ sub: "u" })}` });
      for (const path of ["/account", "/account/movements", "/qr", "/qr/26010100000000000000"]) {
        expect(await stranger.get(path)).toMatchObject({ status: 403, code: "no_account" });
        expect(await new Shop(engine.one, "", {}).get(path)).toMatchObject({ status: 401, code: "unauthorized" });
      }
    });

    it("play the bank of the demonstration is nobody here", async () => {
      const qr = await newShop().createQr(1);
      expect((await new Shop(engine.one, "", {}).post(`/demo/bank/${qr}/payments`)).status).toBe(404);
    });
  });
});
