import { expect, test } from "vitest";
import { LedgerApi } from "../../src/events/index.js";

const serverUrl = "https://pulso.test";

test("asks with the credential as it is now, and gives the data", async () => {
  const asked: Array<[string, RequestInit | undefined]> = [];
  let count = 0;
  const api = new LedgerApi(
    serverUrl,
    () => `t${++count}`,
    async (url, init) => {
      asked.push([url, init]);
      return Response.json({ success: true, data: { qrId: "1" } });
    },
  );
  expect(await api.createQr({ amount: 5 })).toEqual({ qrId: "1" });
  await api.refund("1", "a/b", { refundId: "r" });
  expect(asked.map(([url, init]) => [init?.method, url, init?.body])).toEqual([
    ["POST", `${serverUrl}/qr`, '{"amount":5}'],
    ["POST", `${serverUrl}/qr/1/refunds`, '{"refundId":"r","transactionId":"a/b"}'],
  ]);
  expect(asked.map(([, init]) => (init?.headers as Record<string, string>)["authorization"])).toEqual([
    "Bearer t1",
    "Bearer t2",
  ]);
  expect(api.pictureUrl("7", "png")).toBe(`${serverUrl}/qr/7.png`);
});

test("rejects with the server's refusal", async () => {
  const refusal = { success: false, code: "bad_message", message: "A field is missing.", field: "amount" };
  const api = new LedgerApi(serverUrl, "t", async () => Response.json(refusal, { status: 422 }));
  await expect(api.createQr({})).rejects.toMatchObject({ status: 422, code: "bad_message", field: "amount" });
});
