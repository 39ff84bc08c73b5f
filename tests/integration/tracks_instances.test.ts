// Two instances on one database and one media folder: what one takes in, the other has; whom one revokes, both end.
import { afterAll, beforeAll, expect, it } from "vitest";

import { wavFile } from "../support/audio";
import { runCommand } from "../support/command";
import { Postgres } from "../support/postgres";
import { temporaryFolder } from "../support/processes";
import { Pulso } from "../support/pulso";
import { userToken } from "../support/tokens";
import { reader, type TrackAnswer, upload, uploaded, writer } from "../support/tracks";
import { TracksDevice } from "../support/tracks_device";

const ana = writer("ana");
const content = wavFile(2, { title: "Ночной Поезд", artist: "Вокзал" });
const media = temporaryFolder();

let postgres: Postgres;
let one: Pulso;
let other: Pulso;
beforeAll(async () => {
  postgres = await Postgres.start();
  const env = { DATABASE_URL: postgres.url, PULSO_TRACKS_MEDIA_DIR: media.path };
  [one, other] = await Promise.all([Pulso.start({ env }), Pulso.start({ env })]);
});
afterAll(async () => {
  await one?.stop();
  await other?.stop();
  await postgres?.stop();
  media.remove();
});

it("a track uploaded to one is found, opened and deleted by the other", async () => {
  const track = await uploaded(one, ana, content);
  const found = await fetch(`${other.http}/tracks?search=${encodeURIComponent("вокзал ПОЕЗД")}`, { headers: ana });
  expect(((await found.json()) as { tracks: TrackAnswer[] }).tracks.map(({ id }) => id)).toEqual([track.id]);
  const audio = await fetch(`${other.http}${track.audioUrl}`, { headers: { Range: "bytes=4-" } });
  expect(audio.status).toBe(206);
  expect(Buffer.from(await audio.arrayBuffer()).equals(content.subarray(4))).toBe(true);
  expect((await fetch(`${other.http}${track.audioUrl}`)).headers.get("ETag")).toBe(
    (await fetch(`${one.http}${track.audioUrl}`)).headers.get("ETag"),
  );
  expect((await fetch(`${other.http}/tracks/${track.id}`, { headers: reader("luz") })).status).toBe(404);
  const gone = await fetch(`${other.http}/tracks/${track.id}`, { method: "DELETE", headers: ana });
  expect(gone.status).toBe(200);
  expect((await fetch(`${one.http}${track.audioUrl}`)).status).toBe(404);
});

it("the media cookie of one lets in at the other", async () => {
  const track = await uploaded(one, ana, content);
  const listed = await fetch(`${one.http}/tracks`, { headers: ana });
  const cookie = (listed.headers.get("Set-Cookie") ?? "").split(";")[0] ?? "";
  const audio = await fetch(`${other.http}/api/tracks/stream/${track.id}`, { headers: { Cookie: cookie } });
  expect(audio.status).toBe(200);
});

it("the same file sent to both at once is one track", async () => {
  const file = wavFile(1, { title: "Race" }, 333);
  const answers = await Promise.all([one, other, one, other].map((instance) => upload(instance, ana, file)));
  const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as TrackAnswer).id));
  expect(new Set(ids).size).toBe(1);
  expect(answers.filter(({ status }) => status === 201).length).toBe(1);
});

it.each([
  ["its id", (token: string) => ["--jti", token]],
  ["its user", (_token: string, user: string) => ["--sub", user]],
])("a token that is revoked by %s ends its connections to both, and no other", async (how, named) => {
  const [user, jti] = [`revoked by ${how}`, `token of ${how}`];
  const token = userToken({ sub: user, jti, iat: Math.floor(Date.now() / 1000) - 5 });
  const connect = async (instance: Pulso, shown: string): Promise<TracksDevice> =>
    TracksDevice.connect(instance, null, { token: shown, reconnection: false });
  const devices = await Promise.all([one, other].map((instance) => connect(instance, token)));
  const bystander = await connect(other, userToken({ sub: "somebody else" }));
  const ends = devices.map(
    ({ socket }) => new Promise<string>((resolve) => socket.once("disconnect", (reason) => resolve(reason))),
  );
  await runCommand(one, "token", "revoke", ...named(jti, user));
  expect(await Promise.all(ends)).toEqual(["io server disconnect", "io server disconnect"]);
  expect(await bystander.ask("getCurrentState")).toMatchObject({ success: true });
  await expect(connect(other, token)).rejects.toMatchObject({ data: { code: "unauthorized" } });
  bystander.close();
});
