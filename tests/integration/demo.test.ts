// The made-up listeners of `pulso serve --demo`.
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Contract } from "../support/contract";
import { Pulso } from "../support/pulso";

describe("a demonstration", () => {
  let server: Pulso;
  beforeAll(async () => {
    server = await Pulso.start({ demo: true });
  });
  afterAll(async () => {
    await server?.stop();
  });

  const ask = (body: unknown): Promise<Response> =>
    fetch(`${server.http}/demo/token`, { method: "POST", body: JSON.stringify(body) });

  it("says what to open", async () => {
    const [, port] = await server.program.waitForOutput(/open http:\/\/localhost:(\d+) in two windows/);
    expect(Number(port)).toBe(server.port);
  });

  it("makes tokens of its users, as documented; its shops have accounts", async () => {
    const contract = new Contract();
    for (const user of ["ana", "luz", "shop-1", "shop-2"]) {
      const answer = await ask({ user });
      expect(answer.status).toBe(200);
      expect(await contract.checkAnswer("POST", "/demo/token", answer.clone())).toEqual([]);
      expect(answer.headers.get("Set-Cookie")).toMatch(/^pulso_media=.*; HttpOnly; SameSite=Lax$/);
      const { token, userId } = (await answer.json()) as { token: string; userId: string };
      expect(userId).toBe(user);
      const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
      expect(claims).toMatchObject({ sub: user });
      expect(String(claims.account_id)).toBe(user.startsWith("shop-") ? user.slice(5) : "undefined");
      expect(claims).not.toHaveProperty("roles");
      expect(claims).not.toHaveProperty("scope");
    }
  });

  it.each([{ user: "admin" }, { user: 7 }, {}, "ana"])("makes none for %j", async (body) => {
    const answer = await ask(body);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ code: "unknown_demo_user", field: "user" });
  });
});
