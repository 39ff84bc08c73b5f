// Credentials from the command line to the live connection: made, listed, used, revoked, expired.
import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { runCommand } from "../support/command";
import { eventually } from "../support/processes";
import { Pulso, testSecret } from "../support/pulso";
import { SeatsClient } from "../support/seats_client";
import { userToken } from "../support/tokens";

/** The contract's bound from revocation or expiry to its effect. */
const boundMs = 5_000;
/** How long a token outlives its `exp`, for clocks that differ. */
const leewaySeconds = 30;

let server: Pulso;
beforeAll(async () => {
  server = await Pulso.start();
});
afterAll(async () => {
  await server?.stop();
});

const run = (...args: string[]): Promise<string> => runCommand(server, ...args);
const definition = JSON.stringify({ title: "Sala" });
const putRoom = (room: string, headers: Record<string, string>, query = ""): Promise<Response> =>
  fetch(`${server.http}/room/${room}${query}`, { method: "PUT", headers, body: definition });
const selections = (headers: Record<string, string>): Promise<Response> =>
  fetch(`${server.http}/room/minted/selections`, { headers });

async function createKey(...args: string[]): Promise<{ key: string; id: string }> {
  const known = new Set((await listedKeys()).map((line) => line.split(/\s+/)[0]));
  const key = (await run("key", "create", "--account", "1", ...args)).split("\n")[0] ?? "";
  const created = (await listedKeys()).find((line) => !known.has(line.split(/\s+/)[0] ?? ""));
  return { key, id: created?.split(/\s+/)[0] ?? "" };
}
const listedKeys = async (): Promise<string[]> => (await run("key", "list")).split("\n").filter(Boolean);

describe("an API key", () => {
  it("is shown once, is listed without its secret and opens what its scope says", async () => {
    const { key, id } = await createKey("--scope", "seats:write", "--name", "shop");
    const line = (await listedKeys()).find((listed) => listed.startsWith(id)) ?? "";
    expect(line).toMatch(/active.*account=.?1.*seats:write.*shop/);
    expect(line).not.toContain(key);
    expect((await putRoom("by_header", { "X-API-Key": key })).status).toBe(201);
    expect((await putRoom("by_bearer", { Authorization: `Bearer ${key}` })).status).toBe(201);
    expect((await putRoom("by_query", {}, `?api-key=${key}`)).status).toBe(201);
    expect((await putRoom("by_token", {}, `?token=${key}`)).status).toBe(201);
    expect(server.program.output).not.toContain(key);
  });

  it("opens nothing else", async () => {
    const { key } = await createKey("--scope", "stats:read");
    expect((await putRoom("forbidden", { "X-API-Key": key })).status).toBe(403);
    expect(
      (await putRoom("forbidden", { "X-API-Key": `${key.slice(0, -1)}${key.endsWith("a") ? "b" : "a"}` })).status,
    ).toBe(401);
    const nobody = await putRoom("forbidden", {});
    expect([nobody.status, nobody.headers.get("WWW-Authenticate")]).toEqual([401, "Bearer"]);
  });

  it("is refused within the bound of its revocation, while requests go on", async () => {
    const { key, id } = await createKey("--scope", "seats:write");
    expect((await putRoom("revocable", { "X-API-Key": key })).ok).toBe(true);
    await run("key", "revoke", id);
    await eventually(async () => (await selections({ "X-API-Key": key })).status === 401, boundMs);
    expect((await listedKeys()).find((line) => line.startsWith(id))).toContain("revoked");
    expect((await fetch(`${server.http}/health`)).ok).toBe(true);
  });

  it("ends with its time", async () => {
    const { key } = await createKey("--scope", "seats:write", "--expires", "2s");
    expect((await putRoom("short_lived", { "X-API-Key": key })).ok).toBe(true);
    await eventually(async () => (await selections({ "X-API-Key": key })).status === 401, 2_000 + boundMs);
  });

  it("leaves a trail", async () => {
    const trail = await run("audit", "tail", "-n", "50");
    expect(trail).toContain("api_key.create");
    expect(trail).toContain("api_key.revoke");
    expect(trail).toContain("seats.put_room");
  });
});

describe("a user's token", () => {
  it("made by the command line opens a connection that can select", async () => {
    const token = (await run("token", "mint", "--sub", "ana", "--name", "Ana")).trim();
    const ana = await SeatsClient.connect(server.ws, "desk", { token });
    await ana.join("minted");
    expect(await ana.select("minted", "A1")).toMatchObject({ type: "seat_selected" });
    await ana.close();
  });

  it("may come as the first message", async () => {
    const ana = await SeatsClient.connect(server.ws, "late_token");
    ana.send({ type: "auth", token: userToken({ sub: "late" }) });
    await ana.join("first_message");
    expect(await ana.select("first_message", "A1")).toMatchObject({ type: "seat_selected" });
    await ana.close();
    const nobody = await SeatsClient.connect(server.ws, "nobody");
    nobody.send({ type: "join_room", room_id: "first_message" });
    expect(await nobody.closed).toMatchObject({ code: 4401 });
  });

  it("is refused when its signature, algorithm, time or purpose is wrong", async () => {
    const now = Math.floor(Date.now() / 1000);
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signed = (head: object, claims: object): string => {
      const body = `${part(head)}.${part(claims)}`;
      return `${body}.${createHmac("sha256", testSecret).update(body).digest("base64url")}`;
    };
    const refused = [
      userToken({ sub: "ana" }, "some-other-secret-of-32-bytes-or-more"),
      userToken({ sub: "ana", exp: now - leewaySeconds - 1 }),
      userToken({ sub: "ana", nbf: now + leewaySeconds + 60 }),
      `${part({ alg: "none" })}.${part({ sub: "ana", exp: now + 60 })}.`,
      signed({ alg: "HS384", typ: "JWT" }, { sub: "ana", exp: now + 60 }),
      signed({ alg: "RS256", typ: "JWT" }, { sub: "ana", exp: now + 60 }),
      "not.a.token",
    ];
    for (const token of refused) {
      const answer = await selections({ Authorization: `Bearer ${token}` });
      expect(answer.status).toBe(401);
    }
    const good = userToken({ sub: "ana", exp: now - leewaySeconds + 20 });
    const answer = await selections({ Authorization: `Bearer ${good}` });
    expect(answer.status).toBe(200);
  });

  const closedInTime = async (client: SeatsClient, fromMs: number): Promise<void> => {
    expect(await client.closed).toMatchObject({ code: 4401 });
    expect(Date.now() - fromMs).toBeLessThan(boundMs);
  };

  it("closes its live connection when revoked by id, and no other", async () => {
    const [revoked, other] = [userToken({ sub: "eva", jti: "token-1" }), userToken({ sub: "eva", jti: "token-2" })];
    const first = await SeatsClient.connect(server.ws, "eva_1", { token: revoked });
    const second = await SeatsClient.connect(server.ws, "eva_2", { token: other });
    await first.join("revocation");
    await run("token", "revoke", "--jti", "token-1");
    await closedInTime(first, Date.now());
    second.send({ type: "ping" });
    await second.next("pong");
    await second.close();
  });

  it("closes all of a user's connections when the user is revoked", async () => {
    const token = userToken({ sub: "leo", iat: Math.floor(Date.now() / 1000) - 5 });
    const clients = await Promise.all(["leo_1", "leo_2"].map((id) => SeatsClient.connect(server.ws, id, { token })));
    await run("token", "revoke", "--sub", "leo");
    const from = Date.now();
    await Promise.all(clients.map((client) => closedInTime(client, from)));
    const answer = await selections({ Authorization: `Bearer ${token}` });
    expect(answer.status).toBe(401);
  });

  it("closes its live connection at its expiry plus the leeway", async () => {
    const exp = Math.floor(Date.now() / 1000) - leewaySeconds + 4;
    const ana = await SeatsClient.connect(server.ws, "expiring", { token: userToken({ sub: "ana", exp }) });
    await ana.join("expiry");
    await closedInTime(ana, (exp + leewaySeconds) * 1000);
    expect(Date.now()).toBeGreaterThan((exp + leewaySeconds) * 1000 - 1_000);
  });
});
