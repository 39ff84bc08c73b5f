// The cookie that lets media elements in: who gets it, and what it opens.
import { afterAll, beforeAll, expect, it } from "vitest";

import { wavFile } from "../support/audio";
import { runCommand } from "../support/command";
import { eventually } from "../support/processes";
import { Pulso } from "../support/pulso";
import { userToken } from "../support/tokens";
import { bearer, reader, type TrackAnswer, uploaded, writer } from "../support/tracks";

const content = wavFile(2, { title: "Tide" });
const ana = writer("ana");

let server: Pulso;
let track: TrackAnswer;
beforeAll(async () => {
  server = await Pulso.start();
  track = await uploaded(server, ana, content);
});
afterAll(async () => {
  await server?.stop();
});

const path = (): string => `/tracks/stream/${track.id}`;
const cookieOf = (answer: Response): string => (answer.headers.get("Set-Cookie") ?? "").split(";")[0] ?? "";
const ask = (method: string, target: string, headers: Record<string, string>): Promise<Response> =>
  fetch(server.http + target, { method, headers });
const heard = async (cookie: string): Promise<Buffer> =>
  Buffer.from(await (await ask("GET", path(), { Cookie: cookie })).arrayBuffer());

it("is set by an answer to a user, and lets media elements in", async () => {
  const listed = await fetch(`${server.http}/tracks`, { headers: ana });
  expect(listed.headers.get("Set-Cookie")).toMatch(/^pulso_media=[^;]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
  const cookie = { Cookie: cookieOf(listed) };
  expect(await heard(cookie.Cookie)).toEqual(content);
  expect((await ask("GET", `/tracks/${track.id}/waveform`, cookie)).status).toBe(200);
  expect(
    (await fetch(`${server.http}/tracks`, { headers: { ...ana, ...cookie } })).headers.get("Set-Cookie"),
  ).toBeNull();
});

it("comes with a Socket.IO connection over polling, and only with one that was let in", async () => {
  const connect = async (token: string): Promise<Response> => {
    const url = `${server.http}/socket.io/?EIO=4&transport=polling`;
    const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1)) as { sid: string };
    await fetch(`${url}&sid=${sid}`, { method: "POST", body: `40${JSON.stringify({ token })}` });
    return fetch(`${url}&sid=${sid}`);
  };
  const admitted = await connect(userToken({ sub: "ana" }));
  expect(await admitted.text()).toMatch(/^40\{"sid":/);
  expect(admitted.headers.get("Set-Cookie")).toMatch(/; HttpOnly; SameSite=Lax$/);
  expect(await heard(cookieOf(admitted))).toEqual(content);
  const refused = await connect("forged");
  expect(await refused.text()).toMatch(/^44\{/);
  expect(refused.headers.get("Set-Cookie")).toBeNull();
});

it("opens nothing but media, and is no token", async () => {
  const cookie = cookieOf(await fetch(`${server.http}/tracks`, { headers: ana }));
  expect((await ask("GET", "/tracks", { Cookie: cookie })).status).toBe(401);
  expect((await ask("GET", `/tracks/${track.id}`, { Cookie: cookie })).status).toBe(401);
  expect((await ask("DELETE", `/tracks/${track.id}`, { Cookie: cookie })).status).toBe(401);
  expect((await ask("GET", path(), bearer(cookie.replace("pulso_media=", "")))).status).toBe(401);
  expect((await ask("GET", path(), { Cookie: `pulso_media=${userToken({ sub: "ana" })}` })).status).toBe(401);
});

it("is another user's where another asks", async () => {
  const cookie = cookieOf(await fetch(`${server.http}/tracks`, { headers: reader("luz") }));
  expect((await ask("GET", path(), { Cookie: cookie })).status).toBe(404);
});

it("ends with the token that it was set for", async () => {
  const token = userToken({ sub: "ana", jti: "to-be-revoked" });
  const cookie = cookieOf(await fetch(`${server.http}/tracks`, { headers: bearer(token) }));
  expect((await ask("GET", path(), { Cookie: cookie })).status).toBe(200);
  await runCommand(server, "token", "revoke", "--jti", "to-be-revoked");
  await eventually(async () => (await ask("GET", path(), { Cookie: cookie })).status === 401);
});
